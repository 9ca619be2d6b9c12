/** Requests the result of the shown epoch while a view shows it. */
import type { ResultView } from "../../../engine/inspect/views.ts";
import { type Actions, isStale, type Model } from "../model.ts";
import { pacedAsk } from "../pacedAsk.ts";

export function resultAsker(actions: Actions): (model: Model) => ResultView | undefined {
  const ask = pacedAsk(actions);
  return (model) => {
    const { state, answers } = model;
    const { result } = answers;
    if (!state?.started) return result;
    const isDue = !result || isStale(state, answers, { kind: "result" }, result.place.epoch);
    // Evaluated automatically while the view is visible. After a problem, the user decides when to retry.
    if (isDue && !answers.problems.has("result")) ask(model, { kind: "result" });
    return result;
  };
}
