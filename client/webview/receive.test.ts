/** The host's messages in the panel's model. */
import { expect, test } from "vitest";
import type { ResultView } from "../../engine/inspect/views.ts";
import type { Notice, ToPanel } from "../messages/panelMessages.ts";
import { type Model, noAnswers } from "./model.ts";
import { receive } from "./receive.ts";

test("answers about other data are forgotten when the data files change or the notice about them does, and by no other notice", () => {
  const result = {} as ResultView;
  const answers = { ...noAnswers(), cursor: 3, asked: new Set(["walk"]) };
  const model = { state: { facts: { id: "1" } }, notices: [], answers } as unknown as Model;
  const isForgottenBy = (message: ToPanel): boolean => {
    model.answers.result = result;
    model.answers.problems.set("walk", "no data");
    receive(model, message);
    expect(model.answers).toMatchObject({ cursor: 3, asked: new Set(["walk"]) });
    expect(model.answers.problems.size).toBe(model.answers.result ? 1 : 0);
    return model.answers.result === undefined;
  };
  const isForgotten = (notices: readonly Notice[]): boolean => isForgottenBy({ kind: "notices", run: "1", notices: [...notices] });
  const data = (message: string): Notice => ({ kind: "data", message });
  const text: Notice = { kind: "text", message: "The text has changed." };
  expect([[text], [text, data("59 rows")], [data("59 rows")], [data("60 rows")], [text]].map(isForgotten)).toEqual([
    false,
    true,
    false,
    true,
    true,
  ]);
  expect(["1", "2"].map((run) => isForgottenBy({ kind: "dataChanged", run }))).toEqual([true, false]);
});
