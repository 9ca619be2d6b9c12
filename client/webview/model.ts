/** The panel's model: the run's data and the user's choices. The views are functions of it. */

import type { ResultView, TensorView, Walk } from "../../engine/inspect/views.ts";
import type { PanelMemory } from "../messages/panelMemory.ts";
import type { ComparedRun, FromPanel, Notice } from "../messages/panelMessages.ts";
import type { Question } from "../messages/questions.ts";
import type { Layout } from "../runs/history.ts";
import type { Retraining, RunSummary } from "../runs/runSchemas.ts";
import { isOver, type RunState } from "../runs/runState.ts";
import type { Theme } from "./charts/theme.ts";

/** Answers about the shown run's network, the newest of each kind. */
export interface Answers {
  result?: ResultView;
  walk?: Walk;
  readonly tensors: Map<string, TensorView>;
  readonly problems: Map<Question["kind"], string>;
  /** Keys of the questions that are not yet answered. */
  readonly asked: Set<string>;
  /** Keys of the questions that were asked after the run ended. Their answers are about its final weights. */
  readonly final: Set<string>;
}

/** A range of epochs from the run's record. */
export interface StretchRows {
  readonly layout: Layout;
  readonly rows: Float64Array;
  readonly stride: number;
}

export interface Model {
  state: RunState | null;
  /** Whether the file's newest run is shown, rather than one of its history. */
  isLatest: boolean;
  runs: readonly RunSummary[];
  compared: readonly ComparedRun[];
  /** The epochs that all charts are zoomed to, or null for all epochs. */
  zoom: { readonly from: number; readonly to: number } | null;
  stretch: StretchRows | null;
  answers: Answers;
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
  /** Asks about the network, unless the same question is pending. */
  readonly ask: (question: Question) => void;
  /** Forgets why questions had no answer, so that a view asks again. */
  readonly forgetProblems: () => void;
  readonly zoom: (range: Model["zoom"]) => void;
  readonly redraw: () => void;
}

export interface View {
  readonly element: HTMLElement;
  /** `mustRebuild` means that nothing on the screen may be reused: the run or the theme has changed. */
  readonly draw: (model: Model, memory: PanelMemory, mustRebuild: boolean) => void;
}

export const noAnswers = (): Answers => ({ tensors: new Map(), problems: new Map(), asked: new Set(), final: new Set() });

export const questionKey = (question: Question): string =>
  question.kind === "tensor" ? `tensor ${question.layer} ${question.name}` : question.kind;

/** Returns whether an answer about the weights of `epoch` is out of date: the run has newer weights, or it ended after the question. */
export const isStale = (state: RunState, { final }: Answers, question: Question, epoch: number): boolean =>
  isOver(state) ? !final.has(questionKey(question)) : (state.history?.last?.[0] ?? 0) > epoch;
