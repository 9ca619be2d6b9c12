/** The panel's model: the run's data and the user's choices. The views are functions of it. */

import type { AnsweredRow, ResultView, RuleTrace, TensorView, UnitPlanes, Walk, WalkStage } from "../../engine/inspect/views.ts";
import type { FileEdit, TrainingKnobs } from "../messages/knobSchemas.ts";
import type { PanelMemory } from "../messages/panelMemory.ts";
import type {
  ComparedRun,
  DebuggedNetwork,
  DebuggedStep,
  DebuggedView,
  FromPanel,
  Notice,
  PlannedTraining,
  UntrainedModel,
} from "../messages/panelMessages.ts";
import type { AskedRow, Question } from "../messages/questions.ts";
import type { Layout } from "../runs/history.ts";
import type { Retraining, RunSummary } from "../runs/runSchemas.ts";
import { epochsDone, isOver, type RunState, restoredEpoch } from "../runs/runState.ts";
import type { Theme } from "./charts/theme.ts";

/** Answers about the network of the shown run, the newest of each kind. */
export interface Answers {
  /** The epoch on the timeline, for every view and question; null for the newest. */
  cursor: number | null;
  result?: ResultView;
  row?: AnsweredRow;
  /** null if the features are not two columns of numbers. */
  planes?: UnitPlanes | null;
  walk?: Walk;
  rule?: RuleTrace;
  readonly tensors: Map<string, TensorView>;
  readonly problems: Map<Question["kind"], string>;
  /** Keys of pending questions. */
  readonly asked: Set<string>;
  /** Keys of the questions whose answers use the weights at the end of the run. */
  readonly final: Set<string>;
}

/** A range of epochs from the record of the run. */
export interface StretchRows {
  readonly layout: Layout;
  readonly rows: Float64Array;
  readonly stride: number;
}

/** The file without a training in the panel. */
export interface UntrainedFile {
  readonly fileName: string;
  readonly models: readonly UntrainedModel[];
  /** The newest row followed through a model. */
  walked: { readonly model: number; readonly row: number; readonly stages: readonly WalkStage[] } | null;
}

/** The file's debug session at its current stop. The views' contents are null until the host has sent them. */
export interface DebuggedStop {
  readonly stop: number;
  step: DebuggedStep | null;
  network: DebuggedNetwork | null;
  /** The views that have sent their request at this stop. */
  readonly asked: Set<DebuggedView>;
}

export interface Model {
  /** The document's URI and the file's name; empty until the host has sent them. */
  file: string;
  fileName: string;
  /** Whether the panel is pinned to the file. Otherwise it follows the active editor. */
  isPinned: boolean;
  /** The trainings of a file without runs; null until the host has sent them. */
  planned: readonly PlannedTraining[] | null;
  state: RunState | null;
  /** null if there is a run, or until the host has read the file. */
  untrained: UntrainedFile | null;
  /** null if the file is not being debugged. */
  debugged: DebuggedStop | null;
  /** Whether the newest run is shown, rather than an earlier one. */
  isLatest: boolean;
  runs: readonly RunSummary[];
  compared: readonly ComparedRun[];
  /** Whether the timeline is playing. */
  isPlaying: boolean;
  /** The epochs that all charts are zoomed to, or null for all epochs. */
  zoom: { readonly from: number; readonly to: number } | null;
  stretch: StretchRows | null;
  answers: Answers;
  /** The knobs of the file's trainings. */
  knobs: readonly TrainingKnobs[];
  /** Why the last edit was refused; "" if it was accepted. */
  editProblem: string;
  /** The row the user asks about; null if none. */
  asked: AskedRow | null;
  /** The host's sentences about the shown run. */
  notices: readonly Notice[];
  theme: Theme;
}

export interface Actions {
  /** Sends a message to the host. */
  readonly send: (message: FromPanel) => void;
  readonly reveal: (at: string) => void;
  readonly again: (how: Retraining) => void;
  /** Changes the panel's memory, which survives while the panel is hidden, and redraws. */
  readonly remember: (change: Partial<PanelMemory>) => void;
  /** Edits the file's text. */
  readonly edit: (edit: FileEdit) => void;
  /** Asks about the network, unless the same question is pending. */
  readonly ask: (question: Question) => void;
  /** Asks about a row, now and whenever the weights change. */
  readonly askRow: (asked: AskedRow) => void;
  /** Requests a view's content for the debug session, once per stop. */
  readonly askDebugged: (view: DebuggedView) => void;
  /** Forgets why questions had no answer, so that views ask again. */
  readonly forgetProblems: () => void;
  readonly zoom: (range: Model["zoom"]) => void;
  /** Moves the timeline to an epoch, or to the newest for null, and stops playback. */
  readonly seek: (epoch: number | null) => void;
  /** Starts or stops playback. */
  readonly play: (isPlaying: boolean) => void;
  readonly redraw: () => void;
}

export interface View {
  readonly element: HTMLElement;
  /** `mustRebuild` means that nothing on the screen may be reused, because the run or the theme has changed. */
  readonly draw: (model: Model, memory: PanelMemory, mustRebuild: boolean) => void;
}

export const noAnswers = (): Answers => ({ cursor: null, tensors: new Map(), problems: new Map(), asked: new Set(), final: new Set() });

export const questionKey = (question: Question): string =>
  question.kind === "tensor" ? `tensor ${question.layer} ${question.name}` : question.kind;

/**
 * Returns whether an answer about the weights of `epoch` is out of date: the timeline is at another epoch, or it follows the newest and the
 * run has newer weights or ended after the question.
 */
export const isStale = (state: RunState, { cursor, final }: Answers, question: Question, epoch: number): boolean =>
  cursor !== null ? epoch !== cursor : isOver(state) ? !final.has(questionKey(question)) : (state.history?.last?.[0] ?? 0) > epoch;

/** Returns the knobs of the shown training; undefined if the file has none. */
export const shownKnobs = ({ knobs, state }: Model): TrainingKnobs | undefined =>
  (state && knobs.find(({ run }) => run === state.facts.run)) ?? knobs[0];

/** Returns the epoch shown in every view: the timeline's, or the epoch of the newest weights. */
export const shownEpoch = ({ answers, state }: Model): number =>
  answers.cursor ?? (state ? (restoredEpoch(state) ?? epochsDone(state)) : 0);

/** Returns the recorded snapshot nearest at or before the shown epoch, or the first one. */
export function snapshotAt(model: Model): RunState["snapshots"][number] | undefined {
  const { snapshots = [] } = model.state ?? {};
  const shown = shownEpoch(model);
  return snapshots.findLast(({ epoch }) => epoch <= shown) ?? snapshots[0];
}

/** Returns the numbers of the asked row, in the order of the form's cells; null if there is none or it has other cells. */
export function askedPlace({ asked, answers: { row } }: Pick<Model, "asked" | "answers">, { form }: ResultView): readonly number[] | null {
  if (!asked || !row || row.cells.length !== form.cells.length) return null;
  const numbers = row.cells.map(Number);
  return numbers.every(Number.isFinite) ? numbers : null;
}
