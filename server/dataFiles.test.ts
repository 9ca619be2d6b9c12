/** Tests how much of a data file the checker reads. */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { safetensorsFrom } from "../engine/files/safetensors.ts";
import { randomFrom } from "../engine/random.ts";
import { seed } from "../test/fixtures.ts";
import { dataReader, type FileAccess } from "./dataFiles.ts";

const place = { uri: "file:///project/m.nn", roots: ["file:///project"] };

/** Access to one file that counts the bytes read. */
function fileOf(content: string | Uint8Array): { access: FileAccess; read: () => number } {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  let read = 0;
  const access: FileAccess = {
    stat: async () => ({ size: bytes.length, version: "1" }),
    read: async (_uri, from, to) => {
      read += to - from;
      return bytes.subarray(from, to);
    },
  };
  return { access, read: () => read };
}

const textFor = (inputs: number): string =>
  `model M {\n  input ${inputs}\n  dense 1\n}\ndata D {\n  source csv("wide.csv")\n  target y\n}\ntrain M on D {\n  loss mse\n}\n`;
const wide = (columns: number, rows: number): string =>
  `${Array.from({ length: columns }, (_, k) => `column_${k}`).join(",")},y\n${`${"0.25,".repeat(columns)}1\n`.repeat(rows)}`;

test.each([
  ["whose names alone are longer than the first part", 180_000],
  ["whose first row ends beyond it", 120_000],
])("a file %s is read up to its first rows", async (_what, columns) => {
  const content = wide(columns, 30);
  const { access, read } = fileOf(content);
  const { issues } = await dataReader(access).analyse(textFor(columns), place);
  expect(issues).toEqual([]);
  expect(read()).toBeLessThan(content.length);
});

test("a long file that is not a table of lines is not read to its end", async () => {
  const { access, read } = fileOf("x".repeat(80_000_000));
  const { issues } = await dataReader(access).analyse(textFor(1), place);
  expect(issues.map(({ code }) => code)).toEqual(["NN406"]);
  expect(read()).toBeLessThan(70_000_000);
});

describe("a table in gzip", () => {
  const packed = (text: string): Uint8Array => new Uint8Array(gzipSync(text));
  const analysed = async (content: Uint8Array) => await dataReader(fileOf(content).access).analyse(textFor(2), place);
  test("is read as a plain one", async () => {
    const { issues, data } = await analysed(packed("a,b,y\n1.5,2,3\n2.5,3,4\n"));
    expect(issues).toEqual([]);
    expect(data[0]?.rows).toBe(2);
  });
  test("whose content is long is read up to the sample's size, whatever it unpacks to", async () => {
    // The first file is packed to 1 % of its size, the second hardly at all.
    const random = randomFrom(seed, "generator");
    const digits = (): string =>
      Array.from({ length: 60 }, () => String.fromCharCode(33 + random.below(90)))
        .join("")
        .replaceAll(/["#,;|]/g, "x");
    for (const row of [() => "1,2,3\n", () => `1,2,3,${digits()}\n`]) {
      const names = row().split(",").length > 3 ? "a,b,y,text\n" : "a,b,y\n";
      const count = row().length > 10 ? 50_000 : 600_000;
      const { issues, data } = await analysed(packed(names + Array.from({ length: count }, row).join("")));
      expect(issues.filter(({ code }) => code === "NN406")).toEqual([]);
      expect([data[0]?.isSample, data[0]?.sampleText]).toEqual([true, expect.stringMatching(/^first (?:1\.89|2\.1) MB$/)]);
      expect(data[0]?.column("a")).toMatchObject({ kind: "number", min: 1, max: 1 });
    }
  });
  test("that is cut off is said to be damaged", async () => {
    const whole = packed("a,b,y\n1,2,3\n2,3,4\n");
    const { issues } = await analysed(whole.subarray(0, whole.length - 12));
    expect(issues.map(({ code, message }) => `${code} ${message}`)).toEqual([
      expect.stringMatching(/^NN406 wide\.csv can't be read: the gzip data ends too early/),
    ]);
  });
});

test("a file that is no table is called by its name", async () => {
  const parquet = new Uint8Array([...new TextEncoder().encode("PAR1"), ...new Uint8Array(100)]);
  const { issues } = await dataReader(fileOf(parquet).access).analyse(textFor(1), place);
  expect(issues.map(({ code, message }) => `${code} ${message}`)).toEqual([
    expect.stringMatching(/^NN406 wide\.csv is Parquet, .*read_parquet/),
  ]);
});

describe("weights that a training begins with", () => {
  const starting = (path: string): string =>
    `model M {\n  input a\n  out: dense 1\n}\ndata D {\n  1 -> 2\n}\ntrain M on D {\n  start weights("${path}")\n  loss mse\n}\n`;
  const weights = safetensorsFrom([
    { name: "out/kernel", shape: [1, 1], values: Float32Array.of(1) },
    { name: "out/bias", shape: [1], values: Float32Array.of(1) },
    { name: "rest/kernel", shape: [100_000], values: new Float32Array(100_000) },
  ]);

  test("are read up to the end of their header", async () => {
    const { access, read } = fileOf(weights);
    expect((await dataReader(access).analyse(starting("w.safetensors"), place)).issues).toEqual([]);
    expect(read()).toBeLessThan(1000);
  });

  test.each([
    ["outside the workspace", starting("../w.safetensors"), weights, "../w.safetensors is outside the workspace"],
    ["that are none", starting("w"), "model M {\n", "w can't be read as weights: it is not a safetensors file"],
    ["of 7 bytes", starting("w"), "1234567", "w can't be read as weights: it is not a safetensors file"],
    [
      "whose header is cut off",
      starting("w"),
      weights.subarray(0, 60),
      "w can't be read as weights: it is not a safetensors file, or it is cut off",
    ],
  ])("%s have one message", async (_name, text, content, message) => {
    const { issues } = await dataReader(fileOf(content).access).analyse(text, place);
    expect(issues.map((one) => `${one.code} ${one.message}`)).toEqual([expect.stringContaining(`NN406 ${message}`)]);
  });
});
