/** Requests the step that the user wants, and again when the timeline moves. */
import type { Question } from "../../messages/questions.ts";
import { isOver, type RunState } from "../../runs/runState.ts";
import { type Actions, type Answers, isStale } from "../model.ts";

export type WalkQuestion = Extract<Question, { kind: "walk" }>;
const NEXT_BATCH: WalkQuestion = { kind: "walk", weights: "current", rows: "batch", row: 0 };
const isSame = (a: WalkQuestion, b: WalkQuestion | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

export interface AskedStep {
  /** Changes the wanted step. */
  readonly want: (change: Partial<WalkQuestion>) => void;
  /** Requests the same step again with newer weights. */
  readonly again: () => void;
  readonly wanted: () => WalkQuestion;
  /** Sends the request if necessary. Returns whether the user could replace the shown step by one with newer weights. */
  readonly ask: (state: RunState, answers: Answers) => boolean;
  /** Starts with the next mini-batch of another run. */
  readonly begin: () => void;
}

export function askedStep(actions: Actions): AskedStep {
  let wanted = NEXT_BATCH;
  let asked: WalkQuestion | undefined;
  return {
    want(change) {
      wanted = { ...wanted, ...change };
      actions.redraw();
    },
    again() {
      asked = undefined;
      actions.redraw();
    },
    wanted: () => wanted,
    ask(state, answers) {
      const { walk, problems, cursor } = answers;
      const hasProblem = problems.has("walk");
      const isOld = walk !== undefined && wanted.weights === "current" && isStale(state, answers, wanted, walk.epoch);
      // The step of a finished run, or at a timeline epoch, follows the epoch. During training, the user requests each step.
      const follows = !hasProblem && (cursor !== null || isOver(state));
      // The answer is forgotten when the data change.
      const isForgotten = walk === undefined && !hasProblem;
      if (!answers.asked.has("walk") && state.started && ((follows && isOld) || isForgotten || !isSame(wanted, asked))) {
        asked = wanted;
        actions.ask(wanted);
      }
      return hasProblem || isOld;
    },
    begin() {
      wanted = NEXT_BATCH;
      asked = undefined;
    },
  };
}
