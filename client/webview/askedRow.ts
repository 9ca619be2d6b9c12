/** Asks about the row that the user chose, typed or drew, and again when the weights change. */
import type { AskedRow } from "../messages/questions.ts";
import { type Actions, type Answers, isStale, type Model } from "./model.ts";
import { pacedAsk } from "./pacedAsk.ts";

export function rowAsker(actions: Actions): (model: Model) => void {
  const ask = pacedAsk(actions);
  /** The row of the last question, and the answers of its run. */
  let last: { readonly asked: AskedRow; readonly answers: Answers } | undefined;
  return (model) => {
    const { state, answers, asked } = model;
    if (!asked || !state?.started || answers.asked.has("row")) return;
    const isNew = last?.asked !== asked || last.answers !== answers;
    const isOld = answers.row !== undefined && isStale(state, answers, { kind: "row", asked }, answers.row.epoch);
    if (!isNew && (answers.problems.has("row") || !isOld)) return;
    last = { asked, answers };
    if (isNew) actions.ask({ kind: "row", asked });
    else ask(model, { kind: "row", asked });
  };
}
