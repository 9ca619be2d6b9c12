/** The format of a run on the disk, and its validation on reading, since another program may have changed the files. */
import * as v from "valibot";
import type { TrainingEventOf } from "../../engine/events.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { snapshots } from "../messages/eventSchemas.ts";
import { trainingPlan } from "../messages/planSchemas.ts";
import { object, precision, read, results, text } from "../messages/valueSchemas.ts";
import { type HistoryTable, packedTable, rowLength, tableFromPacked } from "./history.ts";
import { owner, thisProcess } from "./owner.ts";
import { isStatusOfEnd, type RunSummary, runEntries, STATUS_FITS_END, tableEntries } from "./runSchemas.ts";
import { epochsDone, type RunState, restoredEpoch, weightsEpoch } from "./runState.ts";

/** The table without its numbers, which are in a separate file. */
const storedTable = v.pipe(
  object({ ...tableEntries, last: v.nullable(results) }),
  v.check(({ layout, last }) => last === null || last.length === rowLength(layout), "the last row has the columns of its layout"),
);

/** The content of `run.json`. The numbers of the epochs, the weights and the snapshots are in separate files. */
export const storedRun = object({
  version: v.literal(1),
  state: v.pipe(
    object(runEntries),
    v.check((state) => isStatusOfEnd(state), STATUS_FITS_END),
  ),
  table: v.nullable(storedTable),
  plan: trainingPlan,
  precision,
  /** The process that trains the run; absent when it is over. */
  owner: v.exactOptional(owner),
});
export type StoredRun = v.InferOutput<typeof storedRun>;

export function summaryOf(state: RunState): RunSummary {
  const { facts, name, status, end, ended, started, warnings } = state;
  const weights = weightsEpoch(state);
  const restored = restoredEpoch(state);
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
    ...(restored !== null && { restored }),
    loss: weights?.loss ?? null,
    valLoss: weights?.valLoss ?? null,
    seconds: end && "seconds" in end ? end.seconds : 0,
    ...(ended !== undefined && { ended }),
    ...(weights && { metrics: Object.entries(weights.metrics).map(([metric, value]) => ({ name: metric, value })) }),
    ...(started?.settings && { settings: started.settings }),
    ...(facts.text !== undefined && { text: facts.text }),
    ...(facts.series !== undefined && { series: facts.series }),
    ...(warnings.length > 0 && { findings: [...new Set(warnings.map(({ code }) => code))] }),
  };
}

/** Returns the same as `summaryOf`, for a run whose epochs have not been read. */
export function storedSummary({ state, table }: StoredRun): RunSummary {
  const last = table?.last ? Float64Array.from(table.last) : null;
  return summaryOf({ ...state, history: table && { ...table, last, columns: [], rows: 0 }, snapshots: [], progress: null });
}

export function storedFrom(
  { history, snapshots: _snapshots, progress: _progress, ...state }: RunState,
  plan: TrainingPlan,
  precision: StoredRun["precision"],
): StoredRun {
  const owned = state.end ? {} : { owner: thisProcess };
  if (!history) return { version: 1, state, table: null, plan, precision, ...owned };
  const { columns: _columns, last, ...table } = history;
  // JSON writes NaN as null, which the schema reads as NaN.
  return { version: 1, state, table: { ...table, last: last && [...last] }, plan, precision, ...owned };
}

/** Returns undefined if the text is not a stored run, or one of another version. */
export const parseStored = (json: string): StoredRun | undefined => read(storedRun, parsed(json));

/** Returns an empty list if the text is not a list of snapshots, since the run can be shown without them. */
export const parseSnapshots = (json: string): TrainingEventOf<"snapshot">[] => read(snapshots, parsed(json)) ?? [];

/** A rename of a run's file, from one URI to another. The window that trains the run has not saved it yet. */
export const movedRun = object({ from: text, file: text, fileName: text });
export type MovedRun = v.InferOutput<typeof movedRun>;

export const parseMoved = (json: string): MovedRun | undefined => read(movedRun, parsed(json));

/** Returns the facts with the file's new name. Returns them unchanged if the file has been renamed again since. */
export const factsAfter = (facts: RunState["facts"], { from, file, fileName }: MovedRun): RunState["facts"] =>
  facts.file === from ? { ...facts, file, fileName } : facts;

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/**
 * Returns a run with an end. If its window was closed or killed first, the run stopped at its last saved epoch. `saved` is the time of the
 * last save.
 */
export function endedFrom(stored: StoredRun, saved: number): StoredRun {
  const { state, table } = stored;
  if (state.end) return stored;
  const epoch = table?.last?.[0] ?? 0;
  const { owner: _owner, ...rest } = stored;
  const end = { kind: "stopped", epoch, seconds: 0 } as const;
  return { ...rest, state: { ...state, status: "stopped", end, ended: Math.round(saved) } };
}

/** `table.bin` starts with this many header values, so that it can be read whichever version of run.json was saved last. */
const TABLE_HEAD = 3;
const tableHead = object({ stride: tableEntries.stride, rows: tableEntries.rows, seen: tableEntries.seen });

/** Returns the table of a stored run; undefined if the bytes don't fit. */
export function tableFrom(stored: StoredRun["table"], bytes: Uint8Array): HistoryTable | undefined {
  if (!stored) return undefined;
  const [stride = 0, rows = -1, seen = -1] = float64From(bytes.subarray(0, 8 * TABLE_HEAD));
  if (!v.is(tableHead, { stride, rows, seen })) return undefined;
  if (bytes.length !== 8 * (TABLE_HEAD + rowLength(stored.layout) * rows)) return undefined;
  const last = stored.last && Float64Array.from(stored.last);
  return tableFromPacked({ ...stored, stride, rows, seen, last, numbers: float64From(bytes.subarray(8 * TABLE_HEAD)) });
}

export function tableBytes(table: HistoryTable): Uint8Array {
  const { numbers, stride, rows, seen } = packedTable(table);
  const all = new Float64Array(TABLE_HEAD + numbers.length);
  all.set([stride, rows, seen]);
  all.set(numbers, TABLE_HEAD);
  return new Uint8Array(all.buffer);
}

/** Returns the bytes as numbers. It copies them for alignment. `slice` would not do, since it returns a view of a Node Buffer. */
export function float64From(bytes: Uint8Array): Float64Array {
  const numbers = new Float64Array(Math.floor(bytes.length / 8));
  new Uint8Array(numbers.buffer).set(bytes.subarray(0, 8 * numbers.length));
  return numbers;
}
