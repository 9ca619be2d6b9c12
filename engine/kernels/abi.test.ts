/** Tests that the numbers of the binary interface are distinct and fit in their words. */
import { expect, test } from "vitest";
import {
  ACTIVATIONS,
  CALLS,
  GRADIENT_STATISTICS,
  LOSSES,
  RANGE_STATISTICS,
  STATISTIC,
  STRETCH_STATISTIC,
  STRETCH_STATISTICS,
  WORDS,
} from "./abi.ts";
import { writeEntries } from "./entries.ts";

test("every call fits into an entry with its code", () => {
  for (const [call, operands] of Object.entries(CALLS)) expect(1 + Object.keys(operands).length, call).toBeLessThanOrEqual(WORDS);
});

test.each([
  ["activations", Object.values(ACTIVATIONS)],
  ["losses", Object.values(LOSSES).map((loss) => loss?.number)],
  ["statistics of a stretch", Object.values(STRETCH_STATISTIC)],
  ["statistics of a range", Object.values(STATISTIC)],
])("%s are numbered from 0 without gaps or duplicates", (_name, numbers) => {
  const used = numbers.filter((number) => number !== undefined).sort((a, b) => a - b);
  expect(used).toEqual(used.map((_, k) => k));
});

test("the counts of statistics equal the numbers of their names", () => {
  expect(Object.keys(STRETCH_STATISTIC)).toHaveLength(STRETCH_STATISTICS);
  expect(Object.keys(STATISTIC)).toHaveLength(RANGE_STATISTICS);
  expect(Object.keys(STATISTIC).slice(0, GRADIENT_STATISTICS)).toEqual(["norms", "sum", "largest", "zeros", "squares"]);
});

test("an entry's words are its code and its operands in the table's order, with 0 for absent ones", () => {
  const memory = new ArrayBuffer(8 * WORDS);
  const [ints, floats] = [new Int32Array(memory), new Float32Array(memory)];
  ints.fill(-1);
  writeEntries(
    [
      { call: "gather", stride: 6, to: 5, width: 4, start: 3, columns: 2, table: 1 },
      { call: "activate", setting: 0.25, activation: 10, z: 20, a: 30, width: 40 },
    ],
    ints,
    floats,
  );
  expect([...ints.subarray(0, 8)]).toEqual([0, 1, 2, 3, 4, 5, 6, 0]);
  expect([...ints.subarray(WORDS, WORDS + 5)]).toEqual([2, 10, 20, 30, 40]);
  expect(floats[WORDS + 5]).toBe(0.25);
});
