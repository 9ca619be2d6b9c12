/** The facts about data files against values computed by hand. */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { columnFacts, csvFacts, idxFacts } from "./dataFacts.ts";

const facts = (cells: readonly (string | number)[]): ReturnType<typeof columnFacts> =>
  columnFacts("y", cells.map(String), (row) => `d.csv, row ${row + 2}, column y`);

describe("a column", () => {
  test("of numbers: range, mean, deviation, gaps", () => {
    // Deviations from the mean 5: -3, -1, 1, 3, so the variance is (9 + 1 + 1 + 9) / 4 = 5.
    expect(facts([2, "", 4, 6, "", 8])).toMatchObject({
      kind: "number",
      min: 2,
      max: 8,
      mean: 5,
      gaps: 2,
      firstGap: "d.csv, row 3, column y",
      isWhole: true,
      words: [],
    });
    expect(facts([2, 4, 6, 8]).deviation).toBeCloseTo(Math.sqrt(5), 12);
    expect(facts([2, 4.5]).isWhole).toBe(false);
  });
  test("of words, in order, with their counts", () => {
    expect(facts(["b", "a", " b ", ""])).toMatchObject({ kind: "text", words: ["a", "b"], gaps: 1 });
    expect([...facts(["b", "a", "b"]).counts]).toEqual([
      ["a", 1],
      ["b", 2],
    ]);
  });
  test("of gaps alone is empty", () => expect(facts(["", ""])).toMatchObject({ kind: "empty", gaps: 2, isWhole: false }));
  test("of words of which some look like numbers is text, one of numbers with a few words is rejected", () => {
    expect(facts([1, 2, "a", "b"])).toMatchObject({ kind: "text", words: ["a", "b"] });
    expect(() => facts([1, 2, 3, "a", "b"])).toThrow('d.csv, row 5, column y: "a" is text where a number belongs');
  });
  test.each([
    [100, 100],
    [101, 0],
  ])("of %i different whole numbers counts %i classes", (count, classes) =>
    expect(facts(Array.from({ length: count }, (_, k) => k)).counts.size).toBe(classes),
  );
  test("of fractions counts no classes", () => expect(facts([1, 2, 2.5]).counts.size).toBe(0));
});

test("a table that can't be read has a problem with its place", () => {
  const read = csvFacts(new TextEncoder().encode("a,b\n1,2\n1\n"), { header: true, delimiter: "," }, "d.csv");
  expect(read).toEqual({ problem: expect.stringContaining("d.csv, row 3") });
});

describe("an IDX file", () => {
  /** Returns a file of unsigned bytes with one axis, whose header promises `promised` of them. */
  const labels = (promised: number, values: readonly number[]): Uint8Array => new Uint8Array([0, 0, 8, 1, 0, 0, 0, promised, ...values]);
  const read = (bytes: Uint8Array, size = bytes.length): ReturnType<typeof idxFacts> => idxFacts(bytes, size, bytes.subarray(-4), "l.idx");

  test("of labels, plain and packed", async () => {
    for (const bytes of [labels(3, [4, 9, 0]), new Uint8Array(gzipSync(labels(3, [4, 9, 0])))])
      expect(await read(bytes)).toEqual({ facts: { shape: [3], largest: 9 } });
  });
  test("that is shorter than its header promises", async () => {
    expect(await read(labels(3, [4, 9]))).toEqual({ problem: expect.stringContaining("l.idx") });
    expect(await read(new Uint8Array(gzipSync(labels(3, [4, 9]))))).toEqual({ problem: expect.stringContaining("is cut off or damaged") });
  });
  test("that is packed and longer than its header promises", async () =>
    expect(await read(new Uint8Array(gzipSync(labels(3, [4, 9, 0, 1]))))).toEqual({ problem: expect.stringContaining("another length") }));
  test("whose gzip data are damaged", async () => {
    const packed = new Uint8Array(gzipSync(labels(3, [4, 9, 0])));
    expect(await read(packed.subarray(0, packed.length - 9))).toEqual({ problem: expect.stringContaining("can't be unpacked") });
  });
  test("of which only the beginning was read", async () => {
    const images = new Uint8Array([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4]);
    expect(await idxFacts(images, 16 + 8, new Uint8Array(4), "i.idx")).toEqual({ facts: { shape: [2, 2, 2], largest: undefined } });
    expect(await idxFacts(images, 16 + 7, new Uint8Array(4), "i.idx")).toEqual({ problem: expect.stringContaining("i.idx") });
  });
});
