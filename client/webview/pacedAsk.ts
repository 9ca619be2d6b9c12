/** Asks about the network's current weights. If the network is training, asks only a few times a second. */
import type { Question } from "../messages/questions.ts";
import { isOver } from "../runs/runState.ts";
import type { Actions, Model } from "./model.ts";

/** Milliseconds between two questions about a network in training. */
const EVERY_MS = 300;

/** Returns a function that asks the question, or redraws the page when it is time to ask. */
export function pacedAsk(actions: Actions): (model: Model, question: Question) => void {
  let lastAsked = Number.NEGATIVE_INFINITY;
  let isWaiting = false;
  return ({ state, answers: { cursor } }, question) => {
    const everyMs = cursor === null && state && !isOver(state) ? EVERY_MS : 0;
    const wait = lastAsked + everyMs - performance.now();
    if (wait <= 0) {
      lastAsked = performance.now();
      actions.ask(question);
    } else if (!isWaiting) {
      isWaiting = true;
      setTimeout(() => {
        isWaiting = false;
        actions.redraw();
      }, wait);
    }
  };
}
