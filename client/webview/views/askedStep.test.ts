/** The requests of One Step. */
import { expect, test } from "vitest";
import type { Question } from "../../messages/questions.ts";
import type { RunState } from "../../runs/runState.ts";
import { type Actions, type Answers, noAnswers } from "../model.ts";
import { askedStep } from "./askedStep.ts";

test("a step that is forgotten because the data have changed is requested again, but not while it is pending or after a problem", () => {
  const questions: Question[] = [];
  const step = askedStep({ ask: (question: Question) => questions.push(question) } as unknown as Actions);
  const state = { started: {}, end: null, status: "training", history: null } as unknown as RunState;
  const requestsAt = (answers: Answers): number => {
    const before = questions.length;
    step.ask(state, answers);
    return questions.length - before;
  };
  const walk = { epoch: 0 } as NonNullable<Answers["walk"]>;
  expect(requestsAt(noAnswers())).toBe(1);
  expect(requestsAt({ ...noAnswers(), asked: new Set(["walk"]) })).toBe(0);
  expect(requestsAt({ ...noAnswers(), walk })).toBe(0);
  expect(requestsAt(noAnswers())).toBe(1);
  expect(requestsAt({ ...noAnswers(), problems: new Map([["walk", "There is no file."]]) })).toBe(0);
});
