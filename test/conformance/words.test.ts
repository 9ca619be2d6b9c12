/**
 * Every word of the language has an example that has no finding and trains. At the word's place in it, the hover explains the word and completion
 * offers it.
 */
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { type Meaning, meanings, whatText } from "../../engine/catalog/words.ts";
import { wordsPage } from "../../engine/catalog/wordsPage.ts";
import type { TrainingEvent } from "../../engine/events.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { train } from "../../engine/training/trainer.ts";
import { completion } from "../../server/features/completion.ts";
import { hover } from "../../server/features/hover.ts";
import { atOnce } from "../fixtures.ts";
import { caseFiles, checked } from "./caseFiles.ts";

/** Returns how a training of one epoch ended. */
async function ended(plan: TrainingPlan): Promise<string> {
  let last: TrainingEvent | undefined;
  const short = { ...plan, training: { ...plan.training, epochs: 1 } };
  await train(short, { host: atOnce, files: { read: (path) => caseFiles.read(basename(path)) }, emit: (event) => (last = event) });
  return last?.kind === "failed" ? last.message : (last?.kind ?? "no event");
}

const lines = wordsPage().text.split("\n");
const cases = meanings.map((meaning) => ({ ...meaning, name: whatText(meaning) }));
const marks = ({ word, example: { text, at } }: Meaning): boolean => text.startsWith(word, at);

test("only these arguments are written without their name", () => {
  const unnamed = cases.filter((one) => !marks(one)).map(({ of: [owner], word }) => `${owner} ${word}`);
  expect(unnamed).toEqual([
    "input shape",
    "dense units",
    "dense activation",
    "tlu units",
    "tlu step",
    "neuron inputs",
    "reshape shape",
    "dropout rate",
    "gaussian_noise stddev",
    ...["exponential_decay", "step_decay", "cosine_decay", "polynomial_decay"].map((name) => `${name} initial`),
    "one_cycle maximum",
    "reduce_on_plateau rate",
    "csv path",
    "idx images",
    "idx labels",
    "weights path",
  ]);
});

describe("a word's example", () => {
  test.each(cases.filter(marks))("$word, $name", async ({ word, summary, example: { text, at } }) => {
    const analysis = await checked(text);
    expect(
      analysis.issues.map(({ code, message }) => `${code} ${message}`),
      text,
    ).toEqual([]);

    const isNamed = text[at + word.length] === "=";
    const shown = hover(analysis, at + 1, "file:///docs")?.markdown;
    expect(shown, text).toContain(summary);
    const [, line] = /\]\(file:\/\/\/docs\/words\.md#L(\d+)\)$/.exec(shown ?? "") ?? [];
    expect(lines[Number(line) - 1], text).toBe(`## ${word}`);
    const next = lines.findIndex((other, k) => k >= Number(line) && other.startsWith("## "));
    expect(lines.slice(Number(line), next < 0 ? undefined : next).join("\n")).toContain(summary);

    // As when the line is typed up to the word.
    const typed = text.slice(0, at) + text.slice(text.indexOf("\n", at));
    const labels = completion(await checked(typed), at).map(({ item }) => item.label);
    expect(labels, text).toContain(isNamed ? `${word}=` : word);

    for (const planned of analysis.plans) expect(planned && (await ended(planned.plan)), text).toBe("finished");
  });
});
