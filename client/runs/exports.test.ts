import { describe, expect, test } from "vitest";
import { parseCsv } from "../../engine/data/csv.ts";
import { CSV_FORMAT } from "../../engine/data/csvFormat.ts";
import { parseSafetensors } from "../../engine/files/safetensors.ts";
import { utf8From } from "../../engine/host.ts";
import { train } from "../../engine/training/trainer.ts";
import { atOnce, noFiles, planOf } from "../../test/fixtures.ts";
import { csvFrom, jsonFrom } from "./exports.ts";
import { layoutOf, packedTable, rowLength, writeRow } from "./history.ts";
import { addEpochs, addEvent, newRun, type RunState } from "./runState.ts";
import { endedFrom, parseStored, storedFrom, summaryOf, tableBytes, tableFrom } from "./storedRun.ts";
import { weightsFrom } from "./trainedFile.ts";

const plan = planOf(
  "model M {\n  input a\n  dense 2 relu\n  dense 1\n}\ndata D {\n  features a\n  target y\n  1 -> 2\n  2 -> 4\n}\ntrain M on D {\n  loss mse\n  optimizer adam\n  metrics mae\n  epochs 5\n}",
);

/** Trains a network. Returns the run, all its rows and its last checkpoint. */
async function realRun(): Promise<{ run: RunState; rows: Float64Array; checkpoint: Uint8Array }> {
  const run = newRun({ id: "r1", file: "file:///m.nn", fileName: "m.nn", run: "M", model: "M", begun: 0, seed: 42, lines: {} });
  const parts: Float64Array[] = [];
  let stateNow: (() => Uint8Array) | undefined;
  await train(plan, {
    host: atOnce,
    files: noFiles,
    onReady: (now) => (stateNow = now),
    isWatched: () => true,
    emit(event) {
      if (event.kind !== "epoch") {
        addEvent(run, event);
        return;
      }
      const row = new Float64Array(rowLength(layoutOf(event)));
      writeRow(event, row, 0);
      parts.push(row);
      addEpochs(run, layoutOf(event), row);
    },
  });
  const rows = Float64Array.from(parts.flatMap((part) => [...part]));
  return { run, rows, checkpoint: stateNow?.() ?? new Uint8Array() };
}

describe("a run as files", () => {
  test("the history as CSV has a named column for each statistic, and empty cells for missing numbers", async () => {
    const { run, rows } = await realRun();
    const { columns, rows: lines } = parseCsv(utf8From(csvFrom(run, rows)), CSV_FORMAT, "history.csv");
    expect(columns.slice(0, 6)).toEqual(["epoch", "loss", "val_loss", "learning_rate", "seconds", "mae"]);
    expect(columns).toContain("dense_1.norm");
    expect(lines.map(([epoch]) => epoch)).toEqual(["1", "2", "3", "4", "5"]);
    // There is no validation, and the loss has all its digits.
    expect(lines[4]?.[2]).toBe("");
    expect(Number(lines[4]?.[1])).toBe(run.history?.last?.[1]);
  });

  test("the history as JSON has the same columns, the plan and the run's end", async () => {
    const { run, rows } = await realRun();
    const value = JSON.parse(jsonFrom(run, plan, rows));
    expect(value).toMatchObject({ file: "m.nn", seed: 42, begun: "1970-01-01T00:00:00.000Z", end: { event: "finished", epochs: 5 } });
    expect(value.started).toMatchObject({ event: "started", version: 1, epochs: 5 });
    expect(value.epochs.epoch).toEqual([1, 2, 3, 4, 5]);
    expect(value.epochs.val_loss).toEqual([null, null, null, null, null]);
    expect(value.plan.network.layers).toHaveLength(3);
  });

  test("the weights are the checkpoint's, without the optimizer's state", async () => {
    const { checkpoint } = await realRun();
    const names = [...parseSafetensors(weightsFrom(checkpoint)).tensors.keys()];
    expect(names).toEqual(["dense_1/kernel", "dense_1/bias", "dense_2/kernel", "dense_2/bias"]);
    expect([...parseSafetensors(checkpoint).tensors.keys()]).toContain("optimizer/0");
  });
});

describe("a run on the disk", () => {
  test("is read as it was saved", async () => {
    const { run } = await realRun();
    const text = JSON.stringify(storedFrom(run, plan, "float32"));
    const stored = parseStored(text);
    if (!stored || !run.history) throw new Error("not read");
    const table = tableFrom(stored.table, tableBytes(run.history));
    expect(table && packedTable(table)).toEqual(packedTable(run.history));
    expect(summaryOf({ ...stored.state, history: table ?? null, snapshots: [], progress: null })).toEqual(summaryOf(run));
    expect(endedFrom(stored, 7)).toBe(stored);
  });

  test("counts as stopped at its last saved epoch if its window was killed", async () => {
    const { run } = await realRun();
    const killed = { ...run, status: "training" as const, end: null };
    const stored = parseStored(JSON.stringify(storedFrom(killed, plan, "float32")));
    expect(stored && endedFrom(stored, 7).state).toMatchObject({ status: "stopped", end: { kind: "stopped", epoch: 5 }, ended: 7 });
  });

  test.each([
    ["", "empty"],
    ["{", "truncated"],
    ['{"version":2}', "of another version"],
    ['{"version":1,"plan":{},"precision":"float32","table":null,"state":{"facts":{"id":1}}}', "with incomplete facts"],
    ['{"version":1,"plan":{},"precision":"float16","table":null,"state":null}', "of another precision"],
  ])("%s is not a run: %s", (text) => {
    expect(parseStored(text)).toBeUndefined();
  });

  test("a table with too few or too many bytes is refused", async () => {
    const { run } = await realRun();
    const stored = parseStored(JSON.stringify(storedFrom(run, plan, "float32")));
    if (!stored || !run.history) throw new Error("not read");
    const bytes = tableBytes(run.history);
    expect(tableFrom(stored.table, bytes.subarray(0, bytes.length - 8))).toBeUndefined();
    expect(tableFrom(stored.table, bytes.subarray(8))).toBeUndefined();
    expect(tableFrom(stored.table, new Uint8Array())).toBeUndefined();
  });
});
