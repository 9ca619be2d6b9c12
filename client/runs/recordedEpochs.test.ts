/** The epochs that a record lacks, compared with the rows that a training records. */
import { expect, test } from "vitest";
import { rowBuffer } from "../node/rowBuffer.ts";
import { addRows, type Epoch, layoutOf, newTable } from "./history.ts";
import { everyEpochUpTo, missingEpochs } from "./recordedEpochs.ts";

const epochOf = (epoch: number): Epoch => ({
  kind: "epoch",
  epoch,
  loss: 1,
  valLoss: null,
  metrics: {},
  learningRate: 0.1,
  seconds: 1,
  layers: [],
});
const layout = layoutOf(epochOf(1));
const WIDTH = 5;

/** Returns the table and the recorded rows of a training from one epoch to another. */
function trained(from: number, to: number) {
  const buffer = rowBuffer();
  for (let epoch = from; epoch <= to; epoch++) buffer.add(epochOf(epoch));
  buffer.addLast();
  const rows = buffer.take()?.rows ?? new Float64Array(0);
  const table = newTable(layout);
  addRows(table, rows);
  const without = (first: number, last: number): Float64Array => {
    const indices = Array.from({ length: rows.length / WIDTH }, (_, k) => k);
    const rest = indices.filter((k) => (rows[k * WIDTH] ?? 0) < first || (rows[k * WIDTH] ?? 0) > last);
    return Float64Array.from(rest.flatMap((k) => [...rows.subarray(k * WIDTH, (k + 1) * WIDTH)]));
  };
  return { table, rows, without };
}

test("a complete record lacks no epoch, also where only one in 10 is recorded", () => {
  const most = everyEpochUpTo(WIDTH);
  for (const [from, to] of [
    [1, 3],
    [51, 120],
    [most - 5, most + 47],
  ] as const) {
    const { table, rows } = trained(from, to);
    expect(missingEpochs(table, rows)).toEqual([]);
  }
});

test("the epochs of each gap are named from the first that is missing to the last", () => {
  const most = everyEpochUpTo(WIDTH);
  const { table, without } = trained(most - 5, most + 47);
  expect(missingEpochs(table, without(most - 2, most + 20))).toEqual([[most - 2, most + 20]]);
  expect(missingEpochs(table, without(most + 11, most + 39))).toEqual([[most + 20, most + 30]]);
  expect(missingEpochs(table, without(0, most + 5))).toEqual([[most - 5, most]]);
  const short = trained(1, 100);
  expect(missingEpochs(short.table, new Float64Array(0))).toEqual([[1, 100]]);
  expect(missingEpochs(short.table, short.without(90, 100))).toEqual([[90, 100]]);
});
