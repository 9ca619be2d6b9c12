/** What the host and the panel say to each other, and the checks on arrival: neither trusts the other's shape. */
import type { ResultView, TensorView, Walk } from "../../engine/inspect/views.ts";
import type { Answer, Question } from "../inspect/messages.ts";
import { type Delta, type HistoryTable, type Layout, MOST_ROWS, type PackedTable, rowLength } from "../runs/history.ts";
import type { RunEvent, RunState } from "../runs/runState.ts";
import { isLayout, isRunBase, type RunSummary } from "../runs/stored.ts";

/** A run drawn over the panel's own. */
export interface ComparedRun<Table = HistoryTable> {
  readonly summary: RunSummary;
  readonly table: Table;
}

/** A run as it travels. */
export type PackedRun = Omit<RunState, "history"> & { readonly history: PackedTable | null };

export type ToPanel =
  /** All there is; replaces what the panel had. null: nothing was trained yet. */
  | { readonly kind: "snapshot"; readonly state: PackedRun | null; readonly isLatest: boolean }
  /** What came since. */
  | {
      readonly kind: "events";
      readonly run: string;
      readonly epochs: Delta | null;
      readonly events: readonly RunEvent[];
    }
  /** The history of the file's runs, newest first. */
  | { readonly kind: "runs"; readonly runs: readonly RunSummary[] }
  | { readonly kind: "compared"; readonly runs: readonly ComparedRun<PackedTable>[] }
  /** Every recorded epoch of a stretch, where the panel has only some; `rows` as in events. */
  | { readonly kind: "stretch"; readonly run: string; readonly layout: Layout; readonly rows: Float64Array; readonly stride: number }
  | { readonly kind: "answer"; readonly run: string; readonly answer: Answer }
  /** A question that has no answer, and why. */
  | { readonly kind: "problem"; readonly run: string; readonly question: Question["kind"]; readonly message: string };

/** How a run is trained once more. */
export type Again = "same" | "seed" | "longer";
export type HistoryFormat = "csv" | "json";
export type PictureFormat = "png" | "svg";

export type FromPanel =
  /** The panel's script runs and wants a snapshot, with the runs over it that it had. */
  | { readonly kind: "ready"; readonly compared: readonly string[] }
  /** Everything sent so far is drawn: so many epochs, of that run. The next events are sent after this. */
  | { readonly kind: "drawn"; readonly run: string | null; readonly epochs: number }
  | { readonly kind: "pause" }
  | { readonly kind: "resume" }
  | { readonly kind: "stop" }
  | { readonly kind: "train" }
  | { readonly kind: "again"; readonly how: Again }
  /** Show a plan's part in the editor, by source map key. */
  | { readonly kind: "reveal"; readonly at: string }
  | { readonly kind: "ask"; readonly question: Question }
  | { readonly kind: "compare"; readonly runs: readonly string[] }
  /** Show a run of the history; null: the file's newest. */
  | { readonly kind: "show"; readonly run: string | null }
  | { readonly kind: "stretch"; readonly from: number; readonly to: number }
  | { readonly kind: "exportHistory"; readonly format: HistoryFormat }
  | { readonly kind: "exportWeights" }
  | { readonly kind: "exportPicture"; readonly name: string; readonly format: PictureFormat; readonly base64: string };

/** What the panel keeps while it is hidden, moved, or over a reload of the window. */
export interface PanelMemory {
  readonly file: string;
  /** A run of the history that is shown; null: the newest. */
  readonly run: string | null;
  readonly tab: string;
  readonly compared: readonly string[];
  readonly smoothing: number;
  readonly isLogarithmic: boolean;
  readonly figure: string;
  readonly parameter: string;
  readonly stage: number;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const isText = (value: unknown): value is string => typeof value === "string";
/** A name or an id, not a document. */
const isName = (value: unknown): value is string => isText(value) && value.length < 1000;
const areNames = (value: unknown): value is string[] => Array.isArray(value) && value.length <= 100 && value.every(isName);
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
/** A screen's worth of picture. */
const MOST_PICTURE = 20e6;

/** undefined for anything that is not a message of ours. */
export function fromPanel(message: unknown): FromPanel | undefined {
  if (!isRecord(message)) return undefined;
  const { kind } = message;
  switch (kind) {
    case "pause":
    case "resume":
    case "stop":
    case "train":
    case "exportWeights":
      return { kind };
    case "ready": {
      const { compared } = message;
      return areNames(compared) ? { kind, compared } : undefined;
    }
    case "drawn": {
      const { run, epochs } = message;
      return (isText(run) || run === null) && isNumber(epochs) ? { kind, run, epochs } : undefined;
    }
    case "again": {
      const { how } = message;
      return how === "same" || how === "seed" || how === "longer" ? { kind, how } : undefined;
    }
    case "reveal":
      return isName(message["at"]) ? { kind, at: message["at"] } : undefined;
    case "ask": {
      const question = questionFrom(message["question"]);
      return question && { kind, question };
    }
    case "compare":
      return areNames(message["runs"]) ? { kind, runs: message["runs"] } : undefined;
    case "show": {
      const { run } = message;
      return run === null || isName(run) ? { kind, run } : undefined;
    }
    case "stretch": {
      const { from, to } = message;
      return isNumber(from) && isNumber(to) && from <= to ? { kind, from, to } : undefined;
    }
    case "exportHistory": {
      const { format } = message;
      return format === "csv" || format === "json" ? { kind, format } : undefined;
    }
    case "exportPicture": {
      const { name, format, base64 } = message;
      const isPicture = isText(base64) && base64.length < MOST_PICTURE && /^[\w+/]*={0,2}$/.test(base64);
      return isName(name) && (format === "png" || format === "svg") && isPicture ? { kind, name, format, base64 } : undefined;
    }
    default:
      return undefined;
  }
}

function questionFrom(value: unknown): Question | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, layer, name } = value;
  if (kind === "result" || kind === "walk") return { kind };
  return kind === "tensor" && isName(layer) && isName(name) ? { kind, layer, name } : undefined;
}

export function toPanel(message: unknown): ToPanel | undefined {
  if (!isRecord(message)) return undefined;
  const { kind, run } = message;
  switch (kind) {
    case "snapshot": {
      const { state, isLatest } = message;
      return (state === null || isPackedRun(state)) && typeof isLatest === "boolean" ? { kind, state, isLatest } : undefined;
    }
    case "events": {
      const { epochs, events } = message;
      if (!isText(run) || !Array.isArray(events) || !events.every(isEvent)) return undefined;
      if (epochs === null) return { kind, run, epochs, events };
      return isDelta(epochs) ? { kind, run, epochs, events } : undefined;
    }
    case "runs":
      return areSummaries(message["runs"]) ? { kind, runs: message["runs"] } : undefined;
    case "compared": {
      const { runs } = message;
      const isGood = Array.isArray(runs) && runs.every((one) => isRecord(one) && isSummary(one["summary"]) && isTable(one["table"]));
      return isGood ? { kind, runs } : undefined;
    }
    case "stretch": {
      const { layout, rows, stride } = message;
      return isText(run) && isLayout(layout) && areRows(rows, layout) && isNumber(stride) ? { kind, run, layout, rows, stride } : undefined;
    }
    case "answer":
      return isText(run) && isAnswer(message["answer"]) ? { kind, run, answer: message["answer"] } : undefined;
    case "problem": {
      const { question, message: text } = message;
      const isQuestion = question === "result" || question === "walk" || question === "tensor";
      return isText(run) && isQuestion && isText(text) ? { kind, run, question, message: text } : undefined;
    }
    default:
      return undefined;
  }
}

const EVENT_KINDS: { readonly [K in RunEvent["kind"]]: true } = {
  loading: true,
  started: true,
  snapshot: true,
  progress: true,
  warning: true,
  paused: true,
  resumed: true,
  diverged: true,
  stopped: true,
  finished: true,
  failed: true,
};
const isEvent = (value: unknown): value is RunEvent =>
  isRecord(value) &&
  isText(value["kind"]) &&
  Object.hasOwn(EVENT_KINDS, value["kind"]) &&
  (value["kind"] !== "snapshot" || isSnapshot(value));

const isSnapshot = (value: unknown): boolean =>
  isRecord(value) &&
  isNumber(value["epoch"]) &&
  Array.isArray(value["parameters"]) &&
  value["parameters"].every(
    (one) => isRecord(one) && isDistribution(one["weights"]) && (one["gradient"] === null || isDistribution(one["gradient"])),
  ) &&
  Array.isArray(value["outputs"]) &&
  value["outputs"].every((one) => isRecord(one) && isDistribution(one["values"]));

const isDistribution = (value: unknown): boolean =>
  isRecord(value) && Array.isArray(value["bins"]) && isNumber(value["min"]) && isNumber(value["max"]);

const areRows = (rows: unknown, layout: Layout): rows is Float64Array =>
  rows instanceof Float64Array && rows.length % rowLength(layout) === 0;

const isDelta = (value: unknown): value is Delta =>
  isRecord(value) &&
  isLayout(value["layout"]) &&
  areRows(value["rows"], value["layout"]) &&
  isNumber(value["stride"]) &&
  isNumber(value["seen"]) &&
  (value["best"] === null || isRecord(value["best"]));

function isTable(value: unknown): value is PackedTable {
  if (!isRecord(value) || !isLayout(value["layout"])) return false;
  const { rows, numbers, last, stride } = value;
  return (
    isNumber(rows) &&
    rows <= MOST_ROWS &&
    isNumber(stride) &&
    numbers instanceof Float64Array &&
    numbers.length === rows * rowLength(value["layout"]) &&
    (last === null || (areRows(last, value["layout"]) && last.length === rowLength(value["layout"])))
  );
}

function isPackedRun(value: unknown): value is PackedRun {
  if (!isRecord(value) || !isRunBase(value)) return false;
  const { history, snapshots } = value as Record<string, unknown>;
  return (history === null || isTable(history)) && Array.isArray(snapshots) && snapshots.every(isSnapshot);
}

const isSummary = (value: unknown): value is RunSummary =>
  isRecord(value) && ["id", "file", "fileName", "name", "model", "status"].every((key) => isText(value[key])) && isNumber(value["begun"]);
const areSummaries = (value: unknown): value is RunSummary[] => Array.isArray(value) && value.every(isSummary);

function isAnswer(value: unknown): value is Answer {
  if (!isRecord(value)) return false;
  const { result, walk, tensor } = value;
  switch (value["kind"]) {
    case "result":
      return isRecord(result) && isRecord((result as unknown as ResultView).place) && Array.isArray(result["outputs"]);
    case "walk":
      return isRecord(walk) && Array.isArray((walk as unknown as Walk).stages);
    case "tensor":
      return isRecord(tensor) && (tensor as unknown as TensorView).weights instanceof Float32Array && Array.isArray(tensor["shape"]);
    default:
      return false;
  }
}
