/**
 * The bytes of a safetensors file, read by a reader that follows the format's description: 8 bytes for the header's length N (unsigned,
 * little-endian), N bytes of JSON that begin with `{` and may end in spaces, then the numbers without a gap.
 */
import { describe, expect, test } from "vitest";
import { crc32 } from "./crc32.ts";
import { type NamedTensor, parseSafetensors, safetensorsFrom } from "./safetensors.ts";

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

function read(file: Uint8Array): { start: number; header: Record<string, Entry>; numbers: (entry: Entry) => number[] } {
  const bytes = Buffer.from(file);
  const length = bytes.readUInt32LE(0) + 2 ** 32 * bytes.readUInt32LE(4);
  const start = 8 + length;
  const text = bytes.toString("utf8", 8, start);
  expect(text).toMatch(/^\{.*\} *$/s);
  const { __metadata__: _, ...header } = JSON.parse(text) as Record<string, Entry>;
  return {
    start,
    header,
    numbers({ dtype, data_offsets: [from, to] }) {
      const size = dtype === "F32" ? 4 : 8;
      return Array.from({ length: (to - from) / size }, (_value, k) => {
        const at = start + from + k * size;
        return size === 4 ? bytes.readFloatLE(at) : bytes.readDoubleLE(at);
      });
    },
  };
}

const tensors = (name: string, make: (numbers: number[]) => NamedTensor["values"]): NamedTensor[] => [
  { name: `${name}/kernel`, shape: [2, 3], values: make([1.5, -2, 3.25, 1e-7, 5, -0]) },
  { name: `${name}/bias`, shape: [3], values: make([7, 8, 9]) },
  { name: "one", shape: [1], values: make([-11]) },
];

describe("safetensors", () => {
  // Names of nine lengths produce a header of every length modulo 8.
  const lengths = Array.from({ length: 9 }, (_, k) => k + 1);
  test.each(lengths)("a name of %i letters: the numbers begin at a multiple of 8 and follow each other without a gap", (length) => {
    for (const Kind of [Float32Array, Float64Array]) {
      const written = tensors("n".repeat(length), (numbers) => Kind.from(numbers));
      const file = safetensorsFrom(written);
      const { start, header, numbers } = read(file);
      expect(start % 8).toBe(0);
      let end = 0;
      for (const { name, shape, values } of written) {
        const entry = header[name];
        if (!entry) throw new Error(`The header lacks ${name}.`);
        expect(entry).toEqual({
          dtype: values instanceof Float32Array ? "F32" : "F64",
          shape,
          data_offsets: [end, end + values.byteLength],
        });
        expect(numbers(entry)).toEqual([...values]);
        [, end] = entry.data_offsets;
      }
      expect(Object.keys(header)).toHaveLength(written.length);
      expect(file.length).toBe(start + end);
    }
  });

  test("the numbers are aligned also if the file has metadata and a name with letters of several bytes", () => {
    const written = tensors("größe", (numbers) => Float32Array.from(numbers));
    const file = safetensorsFrom(written, { version: "1", note: "é" });
    const { start, header, numbers } = read(file);
    expect(start % 8).toBe(0);
    const entry = header["größe/bias"];
    expect(entry && numbers(entry)).toEqual([7, 8, 9]);
    expect(parseSafetensors(file).metadata).toMatchObject({ version: "1", note: "é" });
  });

  test("a file of another program is read: without padding, in another order, with an unknown type, at an offset in a larger buffer", () => {
    const header = `{"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},"h":{"dtype":"I16","shape":[4],"data_offsets":[0,8]},"a":{"dtype":"F64","shape":[],"data_offsets":[16,24]}}`;
    const bytes = Buffer.alloc(3 + 8 + header.length + 24);
    bytes.writeUInt32LE(header.length, 3);
    bytes.write(header, 11);
    const data = 11 + header.length;
    bytes.writeFloatLE(0.5, data + 8);
    bytes.writeFloatLE(-4, data + 12);
    bytes.writeDoubleLE(0.1, data + 16);
    const { tensors: found } = parseSafetensors(new Uint8Array(bytes.buffer, bytes.byteOffset + 3, bytes.length - 3));
    expect([...found.values()]).toEqual([
      { name: "b", shape: [2], values: Float32Array.of(0.5, -4) },
      { name: "a", shape: [], values: Float64Array.of(0.1) },
    ]);
  });

  test("a tensor whose shape does not match its length is rejected by name", () => {
    const file = safetensorsFrom([{ name: "abc", shape: [2], values: Float32Array.of(1, 2) }]);
    const text = Buffer.from(file).toString("latin1").replace('"shape":[2]', '"shape":[3]');
    expect(() => parseSafetensors(Uint8Array.from(Buffer.from(text, "latin1")))).toThrow(
      "gives abc a shape that does not match its length",
    );
  });
});

/** Returns a file with this header and `length` bytes of numbers, as written by another program or an older version. */
function foreign(header: string, length: number): Uint8Array {
  const json = Buffer.from(header);
  const bytes = Buffer.alloc(8 + json.length + length);
  bytes.writeUInt32LE(json.length, 0);
  json.copy(bytes, 8);
  return Uint8Array.from(bytes);
}

describe("a damaged file is refused", () => {
  const file = safetensorsFrom(tensors("h", Float32Array.from.bind(Float32Array)), { version: "1" });

  test("with any single bit flipped", () => {
    for (let bit = 0; bit < 8 * file.length; bit++) {
      const damaged = file.slice();
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => parseSafetensors(damaged), `bit ${bit & 7} of byte ${bit >> 3}`).toThrow(Error);
    }
  });

  test("cut off anywhere, or with bytes at its end", () => {
    for (let length = 0; length < file.length; length++)
      expect(() => parseSafetensors(file.subarray(0, length)), `${length} bytes`).toThrow(Error);
    expect(() => parseSafetensors(Uint8Array.from([...file, 0]))).toThrow("1 bytes after one that belong to no tensor");
  });

  test.each([
    [
      "tensors that share bytes",
      '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
      "a and b overlap",
    ],
    [
      "tensors with the same bytes",
      '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
      "a and b overlap",
    ],
    ["a gap between tensors", '{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', "4 bytes between the header and a"],
    ["an unknown type beyond the end", '{"a":{"dtype":"I16","shape":[9],"data_offsets":[0,18]}}', "cut off: a ends at byte 18 of 8"],
    [
      "a name twice",
      '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"\\u0061":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
      "its header has a twice",
    ],
    ["offsets twice", '{"a":{"dtype":"F32","shape":[2],"data_offsets":[9,9],"data_offsets":[0,8]}}', "its header has data_offsets twice"],
  ])("with %s", (_name, header, reason) => {
    expect(() => parseSafetensors(foreign(header, 8))).toThrow(reason);
  });
});

test("a file without a checksum is read: older versions and other programs write none", () => {
  const header =
    '{"__metadata__":{"version":"1"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}';
  expect([...parseSafetensors(foreign(header, 8)).tensors.keys()]).toEqual(["a", "b"]);
  // Equal keys in different objects are not duplicates.
  expect(
    parseSafetensors(foreign('{"__metadata__":{"a":"\\"a\\":"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 8)).tensors.size,
  ).toBe(1);
});

test("the checksum is that of zip and gzip", () => {
  // The check value of CRC-32/ISO-HDLC.
  expect(crc32(Buffer.from("123456789"))).toBe("cbf43926");
  expect(crc32(Buffer.from("6789"), crc32(Buffer.from("12345")))).toBe("cbf43926");
});
