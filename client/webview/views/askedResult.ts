/** Asks for the result of the shown epoch while a view shows it. A network in training is evaluated a few times a second. */
import type { ResultView } from "../../../engine/inspect/views.ts";
import { isOver } from "../../runs/runState.ts";
import { type Actions, isStale, type Model } from "../model.ts";

/** Milliseconds between two evaluations of a network in training. */
const EVERY_MS = 300;

export function resultAsker(actions: Actions): (model: Model) => ResultView | undefined {
  let lastAsked = Number.NEGATIVE_INFINITY;
  let isWaiting = false;
  return (model) => {
    const { state, answers } = model;
    const { result, cursor } = answers;
    if (!state?.started) return result;
    const isDue = !result || isStale(state, answers, { kind: "result" }, result.place.epoch);
    // Evaluated automatically while the view is visible. After a problem the user decides when to try again.
    if (!isDue || answers.problems.has("result")) return result;
    const everyMs = cursor === null && !isOver(state) ? EVERY_MS : 0;
    const wait = lastAsked + everyMs - performance.now();
    if (wait <= 0) {
      lastAsked = performance.now();
      actions.ask({ kind: "result" });
    } else if (!isWaiting) {
      isWaiting = true;
      setTimeout(() => {
        isWaiting = false;
        actions.redraw();
      }, wait);
    }
    return result;
  };
}
