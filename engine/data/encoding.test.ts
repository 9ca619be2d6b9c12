/** Tests the encoding of new rows' cells by the fit of a training. */
import { describe, expect, test } from "vitest";
import { readColumns } from "./columns.ts";
import { CSV_FORMAT } from "./csvFormat.ts";
import { encodeFeatures } from "./encoding.ts";

/** Returns the one-hot rows of a column `k`, row by row. */
async function encoded(cells: readonly string[], words: readonly string[]): Promise<number[][]> {
  const bytes = new TextEncoder().encode(`k,x\n${cells.map((cell) => `${cell},1\n`).join("")}`);
  const table = await readColumns({ ...CSV_FORMAT, kind: "csv", path: "k.csv" }, ["k"], { read: async () => bytes });
  const matrix = new Float64Array(cells.length * words.length);
  const feature = { name: "k", from: 0, width: words.length, words, scaler: { offset: 0, factor: 1 }, fill: Number.NaN };
  encodeFeatures([feature], [table.column("k")], [...cells.keys()], { matrix, width: words.length });
  return cells.map((_, row) => [...matrix.subarray(row * words.length, (row + 1) * words.length)]);
}

describe("a column that `one_hot` expands", () => {
  test("of numbers takes a number in any spelling", async () =>
    expect(await encoded(["3.0", "01", "2"], ["1", "2", "3"])).toEqual([
      [0, 0, 1],
      [1, 0, 0],
      [0, 1, 0],
    ]));
  test("of numbers names the cell that is none, not a number beside it", async () =>
    await expect(encoded(["3.0", "x", "y"], ["1", "2", "3"])).rejects.toThrow(
      /k\.csv, row 3, column k: "x" is not one of the known words/,
    ));
  test("of words takes a number only as it is written", async () =>
    await expect(encoded(["low", "3.0", "high"], ["3", "high", "low"])).rejects.toThrow(/row 3, column k: "3\.0" is not one/));
});
