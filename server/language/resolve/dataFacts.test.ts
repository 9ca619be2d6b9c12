/** Tests the facts about data files against values computed by hand. */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { CSV_FORMAT } from "../../../engine/data/csvFormat.ts";
import { columnFacts } from "./columnFacts.ts";
import { csvFacts, idxFacts } from "./dataFacts.ts";

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
  test("of words and a few numbers is text, and the numbers are words, too", () =>
    expect(facts(["007", "2", "a", "b", "none"])).toMatchObject({ kind: "text", words: ["007", "2", "a", "b", "none"], gaps: 0 }));
  test("of numbers with a few words is one of numbers, and the first word has its place", () =>
    expect(facts([1, "-", 2, 3, "a", "b"])).toMatchObject({
      kind: "number",
      stray: { word: "a", place: "d.csv, row 6, column y" },
      gaps: 1,
    }));
  test("of numbers has more words for a missing value than one of words", () =>
    expect(facts([1, "None", "#N/A", 2, "?"])).toMatchObject({
      kind: "number",
      stray: undefined,
      gaps: 3,
      firstGap: "d.csv, row 3, column y",
    }));
  test("of numbers in another style has that style", () => {
    expect(facts(["3,68", "2,12", 5])).toMatchObject({
      kind: "text",
      otherNumbers: { style: { decimal: ",", thousands: null }, word: "3,68", place: "d.csv, row 2, column y" },
    });
    expect(facts([950, 12, "1,234"])).toMatchObject({
      kind: "number",
      otherNumbers: { style: { decimal: ".", thousands: "," }, word: "1,234" },
    });
    expect(facts(["a", "3,68"]).otherNumbers).toBeUndefined();
  });
  test("has the place of each class's first row", () => {
    const { firstPlace } = facts(["no", "yes", "no", "maybe"]);
    expect(["yes", "maybe", "x"].map(firstPlace)).toEqual(["d.csv, row 3, column y", "d.csv, row 5, column y", undefined]);
    expect(facts([0, 1, 2, 0, 2]).firstPlace("2")).toBe("d.csv, row 4, column y");
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
  const read = csvFacts(new TextEncoder().encode("a,b\n1,2\n1\n"), CSV_FORMAT, "d.csv");
  expect(read).toEqual({ problem: expect.stringContaining("d.csv, row 3") });
});

describe("the first column", () => {
  const indexOf = (text: string): unknown => {
    const known = csvFacts(new TextEncoder().encode(text), CSV_FORMAT, "d.csv");
    return "facts" in known ? known.facts.index : known.problem;
  };
  test.each([
    [",a\n5,1\n5,2\n", "unnamed"],
    ["id,a\n0,1\n1,2\n2,2\n", "counting"],
    ["id,a\n1,1\n2,2\n3,2\n", "counting"],
    ["id,a\n17,1\n4,2\n9,2\n", "distinct"],
    ["name,a\nAnn,1\nBob,2\nCy,2\n", "distinct"],
    ["date,a\n2020-01-01,1\n2020-01-02,2\n", "distinct"],
    ["a,b\n1,1\n1,2\n", undefined],
    ["a,b\n1.5,1\n2.5,2\n", undefined],
    ["a,b\nx,1\n,2\n", undefined],
    ["a,b\n1,1\n", undefined],
  ])("of %j looks like an index: %s", (text, sign) => expect(indexOf(text)).toBe(sign));
});

describe("an IDX file", () => {
  /** Returns a file of unsigned bytes with one axis, and a header that declares `promised` of them. */
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
