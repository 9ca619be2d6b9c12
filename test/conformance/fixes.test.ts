/** Every quick fix of every conformance case, and all of them at once, lead to no new finding. */
import { describe, expect, test } from "vitest";
import { TextDocument } from "vscode-languageserver-textdocument";
import { codeActions } from "../../server/features/codeActions.ts";
import { rangesIn } from "../../server/features/ranges.ts";
import type { Issue } from "../../server/language/diagnostics/issue.ts";
import { conformanceCases } from "../fixtures.ts";
import { checked, withChanges } from "./caseFiles.ts";

/** Fixes after which another finding appears, and why: it depends on what the fix makes known, or is advice on the remaining text. */
const FOLLOWED: Readonly<Record<string, string>> = {
  // The inputs of the join are only known to be unused when their shapes fit.
  "concat-and-add": "NN302 Change `b` to 3 units -> NN215; NN302 Change `a` to 2 units -> NN215",
  // The number of classes or features changes with the fix, and the model's own size is a second decision.
  "class-left-out": "NN219 Add `versicolor` -> NN305",
  "class-named-twice": "NN219 Remove the second `1.0` -> NN305",
  "text-feature-that-nothing-names": "NN217 Add `one_hot species` -> NN301",
  // The case has no target, which is found when its source can be read.
  "unclosed-string": 'NN103 Add `"` -> NN212',
  // Of two fixes, the second keeps the index among the features, which is advice.
  "index-that-the-input-does-not-count": "NN301 Change to `input 3` -> NN529",
  // The comment hides nothing when the error is gone.
  "nn-ignore-of-an-error": "NN202 Change to `relu` -> NN532",
};

/** The same after all preferred fixes at once, for the same reasons. */
const FOLLOWED_BY_ALL: Readonly<Record<string, string>> = {
  "concat-and-add": "NN215",
  "class-left-out": "NN305",
  "class-named-twice": "NN305",
  "text-feature-that-nothing-names": "NN301",
  "unclosed-string": "NN212",
  "nn-ignore-of-an-error": "NN532",
};

const cases = (["contract", "contract-2", "cases"] as const).flatMap((file) => conformanceCases(file));

/** Returns the codes that occur more often after a change than before it. */
const freshCodes = (after: readonly string[], before: readonly string[]): string[] =>
  after.filter((one, k) => after.slice(0, k + 1).filter((same) => same === one).length > before.filter((same) => same === one).length);

describe("all preferred fixes at once lead to no new finding", () => {
  test.each(cases)("%s", async (name, marked) => {
    const text = marked.replace(/[ \t]*#! NN\d+/g, "");
    const document = TextDocument.create("file:///x.nn", "nn", 1, text);
    const analysis = await checked(text);
    const [action, ...others] = codeActions(analysis, { start: 0, end: 0 }, { uri: document.uri, ranges: rangesIn(document) }, [
      "source.fixAll",
    ]);
    expect(others).toEqual([]);
    expect(action !== undefined).toBe(analysis.issues.some(({ fixes: [first] }) => first && first.isGuess !== true));
    if (!action) return;
    const { issues } = await checked(TextDocument.applyEdits(document, action.edit?.changes?.[document.uri] ?? []));
    const codes = (found: readonly Issue[]): string[] => found.map(({ code }) => code);
    expect(freshCodes(codes(issues), codes(analysis.issues)).join(" ")).toBe(FOLLOWED_BY_ALL[name] ?? "");
  });
});

describe("a quick fix leads to no new finding", () => {
  test.each(cases)("%s", async (name, marked) => {
    const text = marked.replace(/[ \t]*#! NN\d+/g, "");
    const { issues } = await checked(text);
    const codes = issues.map(({ code }) => code);
    const followed: string[] = [];
    for (const { code, fixes } of issues) {
      for (const { title, changes } of fixes) {
        const left = (await checked(withChanges(text, changes))).issues.map((issue) => issue.code);
        const fresh = freshCodes(left, codes);
        if (fresh.length > 0) followed.push(`${code} ${title} -> ${fresh.join(" ")}`);
      }
    }
    expect(followed.join("; ")).toBe(FOLLOWED[name] ?? "");
  });
});
