/** The conformance cases: each file has exactly the marked codes on the marked lines. If it has no error, its trainings train. */
import { describe, expect, test } from "vitest";
import { lineMap } from "../../client/terminal/lineMap.ts";
import type { TrainingEvent } from "../../engine/events.ts";
import { train } from "../../engine/training/trainer.ts";
import { diagnostics } from "../../server/language/diagnostics/table.ts";
import { atOnce, conformanceCases } from "../fixtures.ts";
import { caseFiles, checked } from "./caseFiles.ts";

/**
 * Returns the found codes, the codes that the text marks, and how each training with a plan ended. `#! NN303` at the end of a line expects
 * this code on this line. Every training is one epoch.
 */
async function outcomeOf(text: string): Promise<{ found: string[]; wanted: string[]; trainings: string[] }> {
  const wanted = text.split("\n").flatMap((line, i) => [...line.matchAll(/#! (NN\d+)/g)].map(([, code]) => `${i + 1} ${code}`));
  const source = text.replace(/[ \t]*#! NN\d+/g, "");
  const { issues, plans } = await checked(source);
  const lines = lineMap(source);
  const trainings: string[] = [];
  const hasError = issues.some(({ severity }) => severity === "error");
  for (const planned of hasError ? [] : plans) {
    const { plan } = planned ?? {};
    if (!plan) trainings.push("no plan");
    else {
      let last: TrainingEvent | undefined;
      const short = { ...plan, training: { ...plan.training, epochs: 1 } };
      await train(short, { host: atOnce, files: caseFiles, emit: (event) => (last = event) });
      trainings.push(last?.kind === "failed" ? last.message : (last?.kind ?? "no event"));
    }
  }
  return { wanted, found: issues.map(({ span, code }) => `${lines.at(span.start).line} ${code}`), trainings };
}

async function expectExact(text: string): Promise<void> {
  const { found, wanted, trainings } = await outcomeOf(text);
  expect(found).toEqual(wanted);
  expect(trainings).toEqual(trainings.map(() => "finished"));
}

describe("conformance cases of the language's definition", () => {
  test.each(conformanceCases("contract"))("%s", async (_name, text) => await expectExact(text));

  test.each(conformanceCases("contract-2"))("%s", async (_name, text) => await expectExact(text));
});

describe("conformance cases of the project", () => {
  const cases = conformanceCases("cases");

  test.each(cases)("%s", async (_name, text) => await expectExact(text));

  test("every code has a case", () => {
    const marked = cases.map(([, text]) => text).join("\n");
    expect(Object.keys(diagnostics).filter((code) => !marked.includes(`#! ${code}`))).toEqual([]);
  });
});
