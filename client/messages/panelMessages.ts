/** What the host and the panel say to each other, and the checks on arrival: neither trusts the other's shape. */
import * as v from "valibot";
import type { HistoryTable } from "../runs/history.ts";
import {
  again,
  areRows,
  delta,
  historyFormat,
  layout,
  packedRun,
  packedTable,
  pictureFormat,
  ROWS_ARE_WHOLE,
  type RunSummary,
  runId,
  runSummary,
} from "../runs/runSchemas.ts";
import { runEvent } from "./eventSchemas.ts";
import { answer, question } from "./questions.ts";
import { count, float64Array, list, name, number, object, positive, read, text } from "./valueSchemas.ts";

/** A run drawn over the panel's own. */
export interface ComparedRun<Table = HistoryTable> {
  readonly summary: RunSummary;
  readonly table: Table;
}

export const toPanelSchema = v.variant("kind", [
  /** All there is; replaces what the panel had. null: nothing was trained yet. */
  object({ kind: v.literal("snapshot"), state: v.nullable(packedRun), isLatest: v.boolean() }),
  /** What came since. */
  object({ kind: v.literal("events"), run: runId, epochs: v.nullable(delta), events: list(runEvent) }),
  /** The history of the file's runs, newest first. */
  object({ kind: v.literal("runs"), runs: list(runSummary) }),
  object({ kind: v.literal("compared"), runs: list(object({ summary: runSummary, table: packedTable })) }),
  /** Every recorded epoch of a stretch, where the panel has only some; `rows` as in events. */
  v.pipe(
    object({ kind: v.literal("stretch"), run: runId, layout, rows: float64Array, stride: positive }),
    v.check((value) => areRows(value), ROWS_ARE_WHOLE),
  ),
  object({ kind: v.literal("answer"), run: runId, answer }),
  /** A question that has no answer, and why. */
  object({ kind: v.literal("problem"), run: runId, question: v.picklist(["result", "walk", "tensor"]), message: text }),
]);
export type ToPanel = v.InferOutput<typeof toPanelSchema>;

/** A screen's worth of picture. */
export const MOST_PICTURE = 20_000_000;

const runs = list(runId, 100);

export const fromPanelSchema = v.variant("kind", [
  /** The panel's script runs and wants a snapshot, with the runs over it that it had. */
  object({ kind: v.literal("ready"), compared: runs }),
  /** Everything sent so far is drawn: so many epochs, of that run. The next events are sent after this. */
  object({ kind: v.literal("drawn"), run: v.nullable(runId), epochs: count }),
  object({ kind: v.literal("pause") }),
  object({ kind: v.literal("resume") }),
  object({ kind: v.literal("stop") }),
  object({ kind: v.literal("train") }),
  object({ kind: v.literal("again"), how: again }),
  /** Show a plan's part in the editor, by source map key. */
  object({ kind: v.literal("reveal"), at: name }),
  object({ kind: v.literal("ask"), question }),
  object({ kind: v.literal("compare"), runs }),
  /** Show a run of the history; null: the file's newest. */
  object({ kind: v.literal("show"), run: v.nullable(runId) }),
  v.pipe(
    object({ kind: v.literal("stretch"), from: number, to: number }),
    v.check(({ from, to }) => from <= to, "a stretch does not end before it begins"),
  ),
  object({ kind: v.literal("exportHistory"), format: historyFormat }),
  object({ kind: v.literal("exportWeights") }),
  object({
    kind: v.literal("exportPicture"),
    name,
    format: pictureFormat,
    base64: v.pipe(v.string(), v.maxLength(MOST_PICTURE), v.regex(/^[A-Za-z\d+/]*={0,2}$/)),
  }),
]);
export type FromPanel = v.InferOutput<typeof fromPanelSchema>;

/** Returns undefined for anything that is not a message of ours. */
export const fromPanel = (message: unknown): FromPanel | undefined => read(fromPanelSchema, message);
export const toPanel = (message: unknown): ToPanel | undefined => read(toPanelSchema, message);
