/** Every refactoring at every word of the samples and conformance cases: the plans, the findings and the comments stay. */
import { describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { codeActions } from "../../server/features/codeActions.ts";
import type { Ranges } from "../../server/features/ranges.ts";
import type { Analysis } from "../../server/language/analysis.ts";
import type { TextChange } from "../../server/language/diagnostics/issue.ts";
import type { Span } from "../../server/language/syntax/span.ts";
import { conformanceCases, nnFilesIn } from "../fixtures.ts";
import { checked, withChanges } from "./caseFiles.ts";

const URI = "file:///x.nn";
/** Offsets as columns of one line. */
const ranges: Ranges = { of: ({ start, end }) => ({ start: { line: 0, character: start }, end: { line: 0, character: end } }) };

interface Offer {
  readonly title: string;
  readonly changes: readonly TextChange[];
}

/** Returns the refactorings at each word, and those of each selection of up to four words' lines. A layer's new name changes the plan. */
function offersIn(analysis: Analysis): Offer[] {
  const starts = analysis.tokens.tokens.map(({ startOffset }) => startOffset);
  const places: Span[] = starts.flatMap((start, i) => [
    { start, end: start },
    ...[6, 12].map((k) => ({ start, end: starts[i + k] ?? start })),
  ]);
  const found = new Map<string, Offer>();
  for (const place of places) {
    for (const { title, edit } of codeActions(analysis, place, { uri: URI, ranges }, ["refactor"])) {
      if (title.startsWith("Name this layer")) continue;
      const changes = (edit?.changes?.[URI] ?? []).map(({ range, newText }) => ({
        span: { start: range.start.character, end: range.end.character },
        text: newText,
      }));
      found.set(JSON.stringify(changes), { title, changes });
    }
  }
  return [...found.values()];
}

const plansOf = ({ plans }: Analysis): unknown => plans.map((planned) => planned?.plan);
const codesOf = ({ issues }: Analysis): string[] => [...new Set(issues.map(({ code }) => code))].sort();
const commentsOf = ({ text, tree }: Analysis): string[] =>
  [...new Set(tree.comments.map(({ start, end }) => text.slice(start, end).trim()))].sort();

const texts = [
  ...nnFilesIn(inProject("samples")),
  ...(["contract", "contract-2", "cases"] as const)
    .flatMap((file) => conformanceCases(file))
    .map(([name, marked]): [string, string] => [name, marked.replace(/[ \t]*#! NN\d+/g, "")]),
];

describe("a refactoring changes neither plans nor findings nor comments", () => {
  test.each(texts)("%s", async (_name, text) => {
    const before = await checked(text);
    if (before.issues.some(({ severity }) => severity === "error")) return;
    for (const { title, changes } of offersIn(before)) {
      const after = await checked(withChanges(text, changes));
      const shown = `${title}\n${after.text}`;
      expect(plansOf(after), shown).toEqual(plansOf(before));
      expect(codesOf(after), shown).toEqual(codesOf(before));
      expect(commentsOf(after), shown).toEqual(commentsOf(before));
    }
  });

  test("each kind is offered somewhere", async () => {
    let missing = ["Extract to", "as `repeat", "copies", "with its value"];
    for (const [, text] of texts) {
      if (missing.length === 0) break;
      const offers = offersIn(await checked(text));
      missing = missing.filter((part) => !offers.some(({ title }) => title.includes(part)));
    }
    expect(missing).toEqual([]);
  });
});
