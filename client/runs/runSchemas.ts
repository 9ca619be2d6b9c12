/** The schemas of a run in messages and on the disk: its facts and its table of epochs. */
import * as v from "valibot";
import { ending, loading, progress, runSettings, snapshots, started, warning } from "../messages/eventSchemas.ts";
import {
  amount,
  count,
  float64Array,
  growingList,
  list,
  number,
  object,
  positive,
  result,
  schemaOf,
  text,
} from "../messages/valueSchemas.ts";
import { type Delta, type Layout, MOST_ROWS, type PackedTable, rowLength } from "./history.ts";
import type { RunFacts, RunState, RunStatus } from "./runState.ts";

/** A run in a message, with its table packed. */
export type PackedRun = Omit<RunState, "history"> & { readonly history: PackedTable | null };

/** Only letters, digits, hyphens and underscores, since an id is also the name of the run's folder. */
export const runId = v.pipe(v.string(), v.regex(/^[\w-]{1,80}$/));

export const status = schemaOf<RunStatus>()(v.picklist(["loading", "training", "paused", "finished", "stopped", "diverged", "failed"]));

export const layout = schemaOf<Layout>()(object({ metrics: list(text), layers: list(text) }));

const best = v.nullable(object({ epoch: positive, loss: number }));

/** How a run is trained again: unchanged, with another seed, from several seeds, or from its last checkpoint for longer. */
export const retraining = v.picklist(["same", "seed", "seeds", "longer"]);
export type Retraining = v.InferOutput<typeof retraining>;

export const historyFormat = v.picklist(["csv", "json"]);
export type HistoryFormat = v.InferOutput<typeof historyFormat>;
export const pictureFormat = v.picklist(["png", "svg"]);
export type PictureFormat = v.InferOutput<typeof pictureFormat>;

/** The fields of a table apart from its numbers, in messages and on the disk. */
export const tableEntries = { layout, stride: positive, rows: v.pipe(count, v.maxValue(MOST_ROWS)), best, seen: count };

export const packedTable = schemaOf<PackedTable>()(
  v.pipe(
    object({ ...tableEntries, last: v.nullable(float64Array), numbers: float64Array }),
    v.check(
      ({ layout: own, rows, numbers, last }) =>
        numbers.length === rows * rowLength(own) && (last === null || last.length === rowLength(own)),
      "a table has the columns of its layout",
    ),
  ),
);

/** Whether the numbers are complete rows of the layout. */
export const areRows = ({ layout: own, rows }: { readonly layout: Layout; readonly rows: Float64Array }): boolean =>
  rows.length % rowLength(own) === 0;
export const ROWS_ARE_WHOLE = "rows are whole";

export const delta = schemaOf<Delta>()(
  v.pipe(
    object({ layout, rows: float64Array, stride: positive, best, seen: count }),
    v.check((value) => areRows(value), ROWS_ARE_WHOLE),
  ),
);

/** The latest time that a Date can represent. */
const MOST_MILLISECONDS = 8.64e15;

export const facts = schemaOf<RunFacts>()(
  object({
    id: runId,
    file: text,
    fileName: text,
    run: text,
    model: text,
    begun: v.pipe(count, v.maxValue(MOST_MILLISECONDS)),
    seed: v.nullable(count),
    lines: v.pipe(v.record(text, count), v.readonly()),
    text: v.exactOptional(text),
    series: v.exactOptional(runId),
    followed: v.exactOptional(v.literal(true)),
  }),
);

/** The fields of a run apart from its epochs, snapshots and progress. */
export const runEntries = {
  facts,
  name: v.exactOptional(text),
  status,
  started: v.nullable(started),
  loading: v.exactOptional(loading),
  warnings: growingList(warning),
  continued: v.exactOptional(count),
  end: v.nullable(ending),
  ended: v.exactOptional(count),
};

/** Whether the status matches the run's end: the end's kind, or the status of a run in progress if there is no end. */
export const isStatusOfEnd = ({ status: own, end }: Pick<RunState, "status" | "end">): boolean =>
  end ? own === end.kind : own === "loading" || own === "training" || own === "paused";
export const STATUS_FITS_END = "the status is that of the end";

export const packedRun = schemaOf<PackedRun>()(
  v.pipe(
    object({ ...runEntries, history: v.nullable(packedTable), snapshots, progress: v.nullable(progress) }),
    v.check((value) => isStatusOfEnd(value), STATUS_FITS_END),
  ),
);

/** A run in the list of runs. */
export const runSummary = object({
  id: runId,
  /** The document's URI. */
  file: text,
  fileName: text,
  name: text,
  model: text,
  begun: count,
  /** null if another program trained it and wrote no plan. */
  seed: v.nullable(count),
  status,
  epochs: count,
  /** The epoch whose weights early stopping restored; absent if it restored none. */
  restored: v.exactOptional(count),
  /** The losses of the newest weights. */
  loss: v.nullable(result),
  valLoss: v.nullable(result),
  seconds: amount,
  /** When it ended, in milliseconds since 1970; absent while it is in progress, and in runs of older versions. */
  ended: v.exactOptional(count),
  /** The metrics of the newest weights. */
  metrics: v.exactOptional(list(object({ name: text, value: result }))),
  /** Absent before the data are read, and in runs of older versions. */
  settings: v.exactOptional(runSettings),
  /** The hash of the text that was trained; absent in runs of older versions. */
  text: v.exactOptional(text),
  /** The id of the series of seeds that the run belongs to, if any. */
  series: v.exactOptional(runId),
  /** The codes of its findings; absent if there are none. */
  findings: v.exactOptional(list(text)),
});
export type RunSummary = v.InferOutput<typeof runSummary>;
