/** Tests that files and tables are read into examples, or rejected with a message that names the place. */

import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unpack } from "../../client/node/unpack.ts";
import { analyse } from "../../server/language/analysis.ts";
import { csvFacts } from "../../server/language/resolve/dataFacts.ts";
import { planOf, seed } from "../../test/fixtures.ts";
import type { FileReader } from "../host.ts";
import { readColumns, unpackedTable } from "./columns.ts";
import { parseCsv } from "./csv.ts";
import { CSV_FORMAT } from "./csvFormat.ts";
import { loadExamples } from "./examples.ts";
import { parseIdx } from "./idx.ts";
import { fitScaler } from "./scaling.ts";
import { splitRows } from "./split.ts";

const FORMAT = CSV_FORMAT;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function examplesFrom(
  csv: string,
  lines: string,
  model = "input 2\n  dense 2 softmax",
  loss = "sparse_categorical_crossentropy",
): Promise<Awaited<ReturnType<typeof loadExamples>>> {
  const text = `model M {\n  ${model}\n}\ndata D {\n  source csv("d.csv")\n${lines}\n}\ntrain M on D {\n  loss ${loss}\n}`;
  const known = csvFacts(bytes(csv), FORMAT, "d.csv");
  const { plans, issues } = analyse(text, { csv: () => known, idx: () => undefined });
  if (!plans[0]) throw new Error(issues.map(({ message }) => message).join("\n"));
  const files: FileReader = { read: async () => bytes(csv) };
  return await loadExamples(plans[0].plan, files, "float64");
}

describe("CSV", () => {
  test("quoted cells, CRLF, a byte-order mark and blank lines are read", () => {
    const table = parseCsv(bytes('a,"b, c"\r\n1,"x ""y"""\r\n\r\n2,z\r\n'), FORMAT, "t.csv");
    expect(table).toMatchObject({
      columns: ["a", "b, c"],
      rows: [
        ["1", 'x "y"'],
        ["2", "z"],
      ],
    });
    expect(csvFacts(new Uint8Array([0xef, 0xbb, 0xbf, ...bytes("a,b\n1,2\n")]), FORMAT, "t.csv")).toMatchObject({
      facts: { columns: [{ name: "a" }, { name: "b" }] },
    });
  });

  test.each([
    ["a,b\n1,2\n3\n4,5\n", /t\.csv, row 3: 1 value where the header has 2/],
    ["a,b\n1,2,3\n", /t\.csv, row 2: 3 values where the header has 2/],
    ["", /t\.csv is empty/],
    ["a,b\n", /no rows/],
    ["a,a\n1,2\n", /two columns are named "a"/],
    ['a,b\n1,"2\n', /quoted cell is not closed/],
    ["a,b\n1,2\n3,\0\n", /t\.csv, row 3: there is a NUL byte/],
  ])("%j is rejected with its place", (text, message) => {
    expect(() => parseCsv(bytes(text), FORMAT, "t.csv")).toThrow(message);
  });

  test("the beginning of a file may end within a quoted cell, a whole file may not", () => {
    const text = 'a,b\n1,2\n3,"x\n';
    expect(parseCsv(bytes(text), { ...FORMAT, isBeginning: true }, "t.csv").rows).toEqual([["1", "2"]]);
    expect(() => parseCsv(bytes(text), FORMAT, "t.csv")).toThrow(/quoted cell/);
  });

  test("text where a number belongs is reported with file, row and column, in a column that is used", async () => {
    const csv = "a,b,c\n1,2,1\n3,x,0\n5,-,1\n7,8,0\n";
    const files: FileReader = { read: async () => bytes(csv) };
    const { column } = await readColumns({ kind: "csv", path: "t.csv", ...FORMAT }, ["a", "b"], files);
    expect(() => column("b").number(1)).toThrow('t.csv, row 3, column b: "x" is text where a number belongs; correct the cell');
    expect([0, 2, 3].map(column("b").number)).toEqual([2, Number.NaN, 8]);
    expect([0, 1, 2, 3].map(column("a").number)).toEqual([1, 3, 5, 7]);
  });

  test("a column of words has its cells as they are written, also those that look like numbers", async () => {
    const csv = "a,b,c\n007,1.0,x\nA12,2,none\n-,3,none\nB,none,y\n";
    const { column } = await readColumns({ kind: "csv", path: "t.csv", ...FORMAT }, ["a", "b", "c"], { read: async () => bytes(csv) });
    const words = (name: string): string[] => [0, 1, 2, 3].map(column(name).word);
    expect(words("a")).toEqual(["007", "A12", "-", "B"]);
    expect(words("b")).toEqual(["1", "2", "3", ""]);
    expect(words("c")).toEqual(["x", "none", "none", "y"]);
    expect(["a", "b", "c"].map((name) => column(name).isText)).toEqual([true, false, true]);
    expect([0, 1, 2, 3].map(column("b").isGap)).toEqual([false, false, false, true]);
  });

  test("a table in gzip is read, up to a size", async () => {
    const packed = new Uint8Array(gzipSync(bytes("a,b\n1,2\n3,4\n")));
    const { column } = await readColumns({ kind: "csv", path: "t.csv.gz", ...FORMAT }, ["b"], { read: async () => packed });
    expect([...(column("b").numbers ?? [])]).toEqual([2, 4]);
    for (const unpacker of [undefined, unpack]) {
      expect((await unpackedTable(packed, "t.csv.gz", unpacker, 12)).length).toBe(12);
      await expect(unpackedTable(packed, "t.csv.gz", unpacker, 11)).rejects.toThrow(/t\.csv\.gz unpacks to more than 11 B/);
      await expect(unpackedTable(packed.subarray(0, 15), "t.csv.gz", unpacker)).rejects.toThrow(/t\.csv\.gz can't be unpacked/);
    }
  });
});

describe("missing values", () => {
  const csv = "a,b,c\n1,10,x\n,20,y\n3,30,x\n5,40,y\n";
  test("are an error with file, row and column by default", async () => {
    await expect(examplesFrom(csv, "  target c")).rejects.toThrow(/d\.csv, row 3, column a: the value is missing .*write `missing drop`/);
  });
  test("`missing drop` leaves out the row", async () => {
    const { rows, features } = await examplesFrom(csv, "  target c\n  missing drop");
    expect([rows, [...features]]).toEqual([3, [1, 10, 3, 30, 5, 40]]);
  });
  test("`missing mean` fills in the training part's mean", async () => {
    const { features } = await examplesFrom(csv, "  target c\n  missing mean");
    expect([...features]).toEqual([1, 10, 3, 20, 3, 30, 5, 40]);
  });
});

describe("encoding", () => {
  test("class names are sorted, or in the order of `classes`", async () => {
    const csv = "a,b,c\n1,2,pear\n3,4,apple\n";
    expect([...((await examplesFrom(csv, "  target c")).targets[0]?.values ?? [])]).toEqual([1, 0]);
    expect([...((await examplesFrom(csv, "  target c\n  classes pear, apple")).targets[0]?.values ?? [])]).toEqual([0, 1]);
  });
  test("one_hot encodes each word as a feature of its own", async () => {
    const { features } = await examplesFrom("a,b,c\n1,red,0\n2,blue,1\n", "  target c\n  one_hot b", "input 3\n  dense 2 softmax");
    expect([...features]).toEqual([1, 0, 1, 2, 1, 0]);
  });
  test("hinge reads 0 and 1 as −1 and 1", async () => {
    const { targets } = await examplesFrom("a,b,c\n1,2,0\n3,4,1\n", "  target c", "input 2\n  dense 1 tanh", "hinge");
    expect([...(targets[0]?.values ?? [])]).toEqual([-1, 1]);
  });
});

describe("scaling", () => {
  test("standard, minmax and a constant column", () => {
    expect(fitScaler("standard", [1, 2, 3, 4])).toEqual({ offset: 2.5, factor: Math.sqrt(1.25) });
    expect(fitScaler("minmax", [2, 6, 4])).toEqual({ offset: 2, factor: 4 });
    expect(fitScaler("standard", [5, 5])).toEqual({ offset: 5, factor: 1 });
  });
  test("is fitted on the training part alone", async () => {
    const plan = planOf(
      `model M {\n  input 1\n  dense 1\n}\ndata D {\n${Array.from({ length: 20 }, (_, i) => `  ${i} -> ${i}`).join("\n")}\n  scale standard\n  split validation=0.5\n}\ntrain M on D {\n  loss mse\n}`,
    );
    const { features, parts } = await loadExamples(plan, { read: () => Promise.reject() }, "float64");
    const train = [...parts.train].map((row) => features[row] ?? 0);
    expect(train.reduce((a, b) => a + b, 0) / train.length).toBeCloseTo(0, 12);
    expect(train.reduce((a, b) => a + b * b, 0) / train.length).toBeCloseTo(1, 12);
  });
});

describe("split", () => {
  test(`parts are disjoint, ascending, of the requested sizes, with the same share of each class (seed ${seed})`, () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 300 }),
        fc.integer({ min: 1, max: 4 }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        fc.nat(1e6),
        (rows, classes, validation, test, own) => {
          const classOf = (row: number): number => row % classes;
          const parts = splitRows(rows, { train: 1 - validation - test, validation, test }, own, classOf);
          const all = [...parts.train, ...parts.validation, ...parts.test];
          expect([...all].sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, i) => i));
          expect(Math.abs(parts.validation.length - rows * validation)).toBeLessThanOrEqual(1);
          for (let k = 0; k < classes; k++) {
            const size = all.filter((row) => classOf(row) === k).length;
            expect(Math.abs(parts.validation.filter((row) => classOf(row) === k).length - size * validation)).toBeLessThanOrEqual(1);
          }
        },
      ),
      { seed, numRuns: 200 },
    );
  });
  test("the same seed draws the same rows, another seed draws others", () => {
    const of = (seed_: number): string => splitRows(100, { train: 0.5, validation: 0.5, test: 0 }, seed_, undefined).train.join();
    expect(of(1)).toBe(of(1));
    expect(of(1)).not.toBe(of(2));
  });
});

describe("IDX", () => {
  const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9);
  test("a plain and a gzip file have the same values", async () => {
    expect(await parseIdx(labels, "l")).toEqual({ shape: [3], values: Uint8Array.of(7, 8, 9) });
    expect((await parseIdx(new Uint8Array(gzipSync(labels)), "l")).values).toEqual(Uint8Array.of(7, 8, 9));
  });
  test.each([
    ["cut within its values", labels.subarray(0, 9), /l is cut off: its header promises 3 = 3 values, but 1 are present/],
    ["cut within its header", labels.subarray(0, 6), /ends within its header/],
    ["of another kind", bytes("PK whatever"), /not an IDX file/],
    ["of floats", Uint8Array.of(0, 0, 0x0d, 1, 0, 0, 0, 1, 0, 0, 0, 0), /type 0x0d; only unsigned bytes/],
    ["packed and cut", new Uint8Array(gzipSync(labels)).subarray(0, 15), /can't be unpacked/],
  ])("a file %s is rejected", async (_what, file, message) => {
    await expect(parseIdx(file, "l")).rejects.toThrow(message);
  });
});
