import { describe, expect, test } from "vitest";
import { addRows, type HistoryTable, type Layout, MOST_ROWS, newTable, rowLength } from "../../runs/history.ts";
import { Backlog } from "./backlog.ts";

const layout: Layout = { metrics: [], layers: [] };
const width = rowLength(layout);

/** Adds epochs to the table and the backlog, as a training does. */
function train(table: HistoryTable, backlog: Backlog, from: number, to: number): void {
  const rows = new Float64Array(width * (to - from + 1)).fill(1);
  for (let epoch = from; epoch <= to; epoch++) rows[(epoch - from) * width] = epoch;
  addRows(table, rows);
  backlog.addEpochs(table, rows);
}
const epochsOf = (rows: Float64Array | undefined): number[] => [...(rows ?? [])].filter((_, k) => k % width === 0);

describe("the backlog of a busy panel", () => {
  test("is taken as a whole, in order, and is then empty", () => {
    const [table, backlog] = [newTable(layout), new Backlog()];
    expect(backlog.isEmpty).toBe(true);
    train(table, backlog, 1, 3);
    backlog.addEvents([{ kind: "paused", epoch: 3 }]);
    train(table, backlog, 4, 5);
    expect(backlog.isEmpty).toBe(false);
    const { epochs, events } = backlog.take(table);
    expect(epochsOf(epochs?.rows)).toEqual([1, 2, 3, 4, 5]);
    expect(events).toEqual([{ kind: "paused", epoch: 3 }]);
    expect([backlog.isEmpty, backlog.take(table)]).toEqual([true, { epochs: null, events: [] }]);
  });

  test("is too large once it holds more rows than a table, and then stores only the last part", () => {
    const [table, backlog] = [newTable(layout), new Backlog()];
    train(table, backlog, 1, MOST_ROWS);
    expect(backlog.isTooLarge).toBe(false);
    train(table, backlog, MOST_ROWS + 1, MOST_ROWS + 2);
    expect(backlog.isTooLarge).toBe(true);
    train(table, backlog, MOST_ROWS + 3, MOST_ROWS + 4);
    expect(epochsOf(backlog.take(table).epochs?.rows)).toEqual([MOST_ROWS + 4]);
  });

  test("restarts with the events of a snapshot", () => {
    const [table, backlog] = [newTable(layout), new Backlog()];
    train(table, backlog, 1, 3 * MOST_ROWS);
    backlog.restart([{ kind: "resumed", epoch: 3 }]);
    expect([backlog.isTooLarge, backlog.take(table)]).toEqual([false, { epochs: null, events: [{ kind: "resumed", epoch: 3 }] }]);
  });
});
