/**
 * The state of a training run, which the panel draws and the store saves. The host and the panel build it from the same events with the
 * same functions, so a snapshot and the deltas after it always agree.
 */
import type { TrainingEvent, TrainingEventOf } from "../../engine/events.ts";
import { numberText, plural } from "../../engine/numberText.ts";
import { plainText } from "../../engine/safeText.ts";
import { isSnapshotEpoch } from "../../engine/training/snapshotEpochs.ts";
import { addDelta, addRows, type Delta, type Epoch, epochAt, epochFrom, type HistoryTable, type Layout, newTable } from "./history.ts";

export type RunStatus = "loading" | "training" | "paused" | "finished" | "stopped" | "diverged" | "failed";

export interface RunFacts {
  readonly id: string;
  /** The document's URI. */
  readonly file: string;
  readonly fileName: string;
  readonly run: string;
  readonly model: string;
  /** Milliseconds since 1970. */
  readonly begun: number;
  /** null if another program trains the run and wrote no plan. */
  readonly seed: number | null;
  /** Lines (from 0) of the plan's parts, by source map key, when the run began. */
  readonly lines: Readonly<Record<string, number>>;
  /** The hash of the document's text when the run began; absent in runs of older versions. */
  readonly text?: string;
  /** The id of the series of seeds that the run belongs to, if any. */
  readonly series?: string;
  /** Present if another program trains the run and this window only follows it. */
  readonly followed?: true;
}

/** All events but epochs, which arrive as rows. */
export type RunEvent = Exclude<TrainingEvent, { kind: "epoch" }>;
/** The event that ended a run. */
export type RunEnd = Extract<TrainingEvent, { kind: "finished" | "stopped" | "diverged" | "failed" }>;

export interface RunState {
  /** Replaced when the document is renamed. */
  facts: RunFacts;
  /** The name that the user gave it. The default is `facts.run`. */
  name?: string;
  status: RunStatus;
  started: TrainingEventOf<"started"> | null;
  /** null before the first epoch. */
  history: HistoryTable | null;
  readonly snapshots: TrainingEventOf<"snapshot">[];
  progress: TrainingEventOf<"progress"> | null;
  /** The progress of reading a large data file; absent before, and for small files. */
  loading?: TrainingEventOf<"loading">;
  readonly warnings: TrainingEventOf<"warning">[];
  /** The epoch of the earlier run whose weights this run started from; absent if it started from initial weights. */
  continued?: number;
  end: RunEnd | null;
  /**
   * When it ended, in milliseconds since 1970; the time of the last save if its window was killed. Absent in a panel that followed it, and
   * in runs of older versions.
   */
  ended?: number;
}

export const newRun = (facts: RunFacts): RunState => ({
  facts,
  status: "loading",
  started: null,
  history: null,
  snapshots: [],
  progress: null,
  warnings: [],
  end: null,
});

/** Returns a note for exports if the training diverged, because the run then has restored weights; otherwise none. */
export const divergenceNotes = (end: TrainingEvent | null | undefined): string[] =>
  end?.kind === "diverged" ? [`The training diverged: ${end.message}`] : [];
/** Whether the run belongs to a .nn file. A followed run without one belongs to its own history. */
export const hasFile = ({ facts }: RunState): boolean => !facts.followed || !facts.file.endsWith("/history.jsonl");
/** Whether the program that trained the run wrote its plan, so that it can be trained again and computed with. */
export const hasPlan = ({ facts }: Pick<RunState, "facts">): boolean => facts.seed !== null;
export const isOver = ({ end }: RunState): boolean => end !== null;
export const nameOf = ({ name, facts }: Pick<RunState, "name" | "facts">): string => name ?? facts.run;

export const lastEpoch = ({ history }: RunState): Epoch | undefined =>
  history?.last ? epochFrom(history.layout, history.last) : undefined;

/** Returns the number of completed epochs. */
export const epochsDone = ({ history }: RunState): number => history?.last?.[0] ?? 0;

/** Returns the epoch whose weights early stopping restored at the end of the run; null if it restored none. */
export const restoredEpoch = ({ end }: Pick<RunState, "end">): number | null => (end?.kind === "finished" ? end.restoredEpoch : null);

/** Returns the epoch of the run's newest weights: the restored one or the last one. */
export function weightsEpoch(state: RunState): Epoch | undefined {
  const restored = restoredEpoch(state);
  return (restored === null ? undefined : epochAt(state.history, restored)) ?? lastEpoch(state);
}

/** Adds rows of epochs to the state. */
export function addEpochs(state: RunState, layout: Layout, rows: Float64Array): void {
  state.history ??= newTable(layout);
  addRows(state.history, rows);
}

/** Applies the changes of another state's table. */
export function addEpochDelta(state: RunState, delta: Delta): void {
  state.history ??= newTable(delta.layout);
  addDelta(state.history, delta);
}

/** Adds an event to the state. */
export function addEvent(state: RunState, event: RunEvent): void {
  switch (event.kind) {
    case "started":
      state.started = event;
      state.status = "training";
      return;
    case "loading":
      state.loading = event;
      return;
    case "progress":
      state.progress = event;
      return;
    case "snapshot": {
      const retained = state.snapshots.filter(({ epoch }) => isSnapshotEpoch(epoch, event.stride));
      if (retained.length < state.snapshots.length) state.snapshots.splice(0, state.snapshots.length, ...retained);
      state.snapshots.push(event);
      return;
    }
    case "warning":
      state.warnings.push(event);
      return;
    case "paused":
      state.status = "paused";
      return;
    case "resumed":
      if (state.status !== "paused") state.continued = event.epoch;
      state.status = "training";
      return;
    default:
      state.status = event.kind;
      state.end = event;
  }
}

/** Returns why the run has no weights. `folder` is the path of its files. */
export function whyNoWeights({ facts, started, end }: RunState, folder: string): string {
  if (facts.followed)
    return end
      ? "This run has no weights: the program that trained it saved no checkpoint.safetensors, and no weights.safetensors with the plan."
      : "There are no weights yet: the program that trains this run has not saved a checkpoint.safetensors.";
  if (!started)
    return end
      ? "This run has no weights: it ended before its data were read."
      : "There are no weights yet: the data are still being read.";
  return `The weights of this run are missing: ${folder} has no checkpoint.safetensors. Its window ended before they were saved, or the file was deleted.`;
}

/** Returns why epochs have no recorded values, such as activations, as the end of a sentence. */
export function whyNotRecorded({ facts, started }: RunState): string {
  if (started?.kernels.startsWith("torch")) return "PyTorch trainings do not record them.";
  if (facts.followed) return "the program that trains this run does not write them.";
  return "they are recorded only while this panel is visible.";
}

/** Returns the text of the status bar for the runs in progress. With several, it changes only when one starts, ends, pauses or resumes. */
export function statusOfAll(runs: readonly RunState[]): string {
  const [only] = runs;
  if (only && runs.length === 1) return statusText(only);
  const paused = runs.filter(({ status }) => status === "paused").length;
  const icon = paused === runs.length ? "$(debug-pause)" : "$(sync~spin)";
  return `${icon} ${plural(runs.length, "training")}${paused === 0 ? "" : `, ${paused} paused`}`;
}

/** Returns the status of a run in progress: its name, its epoch and its loss. */
export function statusText(state: RunState): string {
  const { started, status } = state;
  const last = lastEpoch(state);
  const icon = status === "paused" ? "$(debug-pause)" : "$(sync~spin)";
  const epoch = started ? ` ${last?.epoch ?? 0}/${started.epochs}` : " loading";
  return `${icon} ${plainText(nameOf(state))}${epoch}${last ? `, loss ${numberText(last.loss)}` : ""}`;
}
