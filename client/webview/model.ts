/** What the panel knows and what the user has set: the views are functions of this. */

import type { ResultView, TensorView, Walk } from "../../engine/inspect/views.ts";
import type { PanelMemory } from "../messages/panelMemory.ts";
import type { ComparedRun, FromPanel } from "../messages/panelMessages.ts";
import type { Question } from "../messages/questions.ts";
import type { Layout } from "../runs/history.ts";
import type { Again, RunSummary } from "../runs/runSchemas.ts";
import { isOver, type RunState } from "../runs/runState.ts";
import type { Theme } from "./charts/theme.ts";

/** Answers about the shown run's network; of each kind the newest. */
export interface Answers {
  result?: ResultView;
  walk?: Walk;
  readonly tensors: Map<string, TensorView>;
  readonly problems: Map<Question["kind"], string>;
  /** Asked and not yet answered. */
  readonly asked: Set<string>;
  /** Asked when the run was over: their answers are of the weights that it ended with. */
  readonly final: Set<string>;
}

/** Epochs from one to another as the record has them. */
export interface StretchRows {
  readonly layout: Layout;
  readonly rows: Float64Array;
  readonly stride: number;
}

export interface Model {
  state: RunState | null;
  /** The file's newest run is shown, not one of its history. */
  isLatest: boolean;
  runs: readonly RunSummary[];
  compared: readonly ComparedRun[];
  /** Epochs that all charts are zoomed to; null: all. */
  zoom: { readonly from: number; readonly to: number } | null;
  stretch: StretchRows | null;
  answers: Answers;
  theme: Theme;
}

export interface Actions {
  readonly say: (message: FromPanel) => void;
  readonly reveal: (at: string) => void;
  readonly again: (how: Again) => void;
  /** Changes what is kept while the panel is hidden, and draws. */
  readonly remember: (change: Partial<PanelMemory>) => void;
  /** Asks about the network, unless the same question waits already. */
  readonly ask: (question: Question) => void;
  readonly zoom: (range: Model["zoom"]) => void;
  readonly redraw: () => void;
}

export interface View {
  readonly element: HTMLElement;
  /** `isNew`: nothing of what is on the screen may be kept: another run, or another theme. */
  readonly draw: (model: Model, memory: PanelMemory, isNew: boolean) => void;
}

export const noAnswers = (): Answers => ({ tensors: new Map(), problems: new Map(), asked: new Set(), final: new Set() });

export const questionKey = (question: Question): string =>
  question.kind === "tensor" ? `tensor ${question.layer} ${question.name}` : question.kind;

/** Whether an answer about the weights of that epoch is not of the newest ones, or of those that the run ended with. */
export const isStale = (state: RunState, { final }: Answers, question: Question, epoch: number): boolean =>
  isOver(state) ? !final.has(questionKey(question)) : (state.history?.last?.[0] ?? 0) > epoch;
