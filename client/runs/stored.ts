/** How a run lies on the disk, and the checks when it is read again: a folder of files may have been changed by anyone. */
import type { TrainingPlan } from "../../engine/plan.ts";
import { type HistoryTable, MOST_ROWS, packedTable, rowLength, tableFromPacked } from "./history.ts";
import { epochsDone, lastEpoch, type RunState, type RunStatus } from "./runState.ts";

/** `run.json`: all but the numbers of the epochs, the weights and the snapshots, which are files of their own. */
export interface StoredRun {
  readonly version: 1;
  readonly state: Omit<RunState, "history" | "snapshots" | "progress">;
  readonly table: (Omit<HistoryTable, "columns" | "last"> & { readonly last: readonly number[] | null }) | null;
  readonly plan: TrainingPlan;
  readonly precision: "float32" | "float64";
}

/** A line of the history. */
export interface RunSummary {
  readonly id: string;
  /** The document's URI. */
  readonly file: string;
  readonly fileName: string;
  readonly name: string;
  readonly model: string;
  readonly begun: number;
  readonly seed: number;
  readonly status: RunStatus;
  readonly epochs: number;
  readonly loss: number | null;
  readonly valLoss: number | null;
  readonly seconds: number;
}

export function summaryOf(state: RunState): RunSummary {
  const { facts, name, status, end } = state;
  const last = lastEpoch(state);
  return {
    id: facts.id,
    file: facts.file,
    fileName: facts.fileName,
    name: name ?? facts.run,
    model: facts.model,
    begun: facts.begun,
    seed: facts.seed,
    status,
    epochs: epochsDone(state),
    loss: last?.loss ?? null,
    valLoss: last?.valLoss ?? null,
    seconds: end && "seconds" in end ? end.seconds : 0,
  };
}

export function storedFrom(
  { history, snapshots: _snapshots, progress: _progress, ...state }: RunState,
  plan: TrainingPlan,
  precision: StoredRun["precision"],
): StoredRun {
  if (!history) return { version: 1, state, table: null, plan, precision };
  const { columns: _columns, last, ...table } = history;
  // JSON writes null for NaN, which is read as NaN again.
  return { version: 1, state, table: { ...table, last: last && [...last] }, plan, precision };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const isText = (value: unknown): value is string => typeof value === "string";
const areTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
const isCount = (value: unknown): value is number => typeof value === "number" && Number.isInteger(value) && value >= 0;

/** undefined for what is not ours or of another version. */
export function parseStored(text: string): StoredRun | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value["version"] !== 1 || !isRecord(value["plan"]) || !isRunBase(value["state"])) return undefined;
  if (value["precision"] !== "float32" && value["precision"] !== "float64") return undefined;
  const { table } = value;
  if (table !== null) {
    if (!isRecord(table) || !isLayout(table["layout"]) || !isCount(table["stride"]) || !isCount(table["rows"])) return undefined;
    if (table["rows"] > MOST_ROWS) return undefined;
    if (table["last"] !== null && !Array.isArray(table["last"])) return undefined;
  }
  return value as unknown as StoredRun;
}

export const isLayout = (value: unknown): value is HistoryTable["layout"] =>
  isRecord(value) && areTexts(value["metrics"]) && areTexts(value["layers"]);

/** Enough of a run to be drawn without a surprise, its numbers apart. */
export function isRunBase(value: unknown): value is Omit<RunState, "history" | "snapshots" | "progress"> {
  if (!isRecord(value) || !isRecord(value["facts"])) return false;
  const { facts, warnings, started, end, status } = value;
  return (
    ["id", "file", "fileName", "run", "model"].every((key) => isText(facts[key])) &&
    typeof facts["begun"] === "number" &&
    isRecord(facts["lines"]) &&
    isText(status) &&
    Array.isArray(warnings) &&
    warnings.every((one) => isRecord(one) && isText(one["message"]) && isText(one["at"])) &&
    (started === null || (isRecord(started) && Array.isArray(started["layers"]) && isRecord(started["rows"]))) &&
    (end === null || (isRecord(end) && isText(end["kind"])))
  );
}

/** A run whose window was closed or killed in the middle of it has stopped there. */
export function endedFrom(stored: StoredRun): StoredRun {
  const { state, table } = stored;
  if (state.end) return stored;
  const epoch = table?.last?.[0] ?? 0;
  return { ...stored, state: { ...state, status: "stopped", end: { kind: "stopped", epoch, seconds: 0 } } };
}

/** What stands before a table's numbers, so that the file fits itself, whenever the other one was written. */
const TABLE_HEAD = 3;

/** The table of a stored run; undefined where the bytes don't fit. */
export function tableFrom(stored: StoredRun["table"], bytes: Uint8Array): HistoryTable | undefined {
  if (!stored) return undefined;
  const [stride = 0, rows = -1, seen = 0, ...none] = float64From(bytes.subarray(0, 8 * TABLE_HEAD));
  if (none.length > 0 || !(stride >= 1) || !isCount(rows) || rows > MOST_ROWS) return undefined;
  if (bytes.length !== 8 * (TABLE_HEAD + rowLength(stored.layout) * rows)) return undefined;
  const last = stored.last && Float64Array.from(stored.last, (n) => n ?? Number.NaN);
  return tableFromPacked({ ...stored, stride, rows, seen, last, numbers: float64From(bytes.subarray(8 * TABLE_HEAD)) });
}

export function tableBytes(table: HistoryTable): Uint8Array {
  const { numbers, stride, rows, seen } = packedTable(table);
  const all = new Float64Array(TABLE_HEAD + numbers.length);
  all.set([stride, rows, seen]);
  all.set(numbers, TABLE_HEAD);
  return new Uint8Array(all.buffer);
}

/** A copy, so that it begins where a float64 may; not by `slice`, which of Node's buffers gives a view of more than its bytes. */
export function float64From(bytes: Uint8Array): Float64Array {
  const numbers = new Float64Array(Math.floor(bytes.length / 8));
  new Uint8Array(numbers.buffer).set(bytes.subarray(0, 8 * numbers.length));
  return numbers;
}
