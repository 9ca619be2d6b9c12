/** The checker is total: any text gives a result, quickly, with ranges inside the text. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkHolds, formatHolds, mutation, seedTexts } from "../../test/mutations.ts";
import { codeActions } from "../features/codeActions.ts";
import { completion } from "../features/completion.ts";
import { documentLinks } from "../features/documentLinks.ts";
import { documentSymbols } from "../features/documentSymbols.ts";
import { folding } from "../features/folding.ts";
import { hover } from "../features/hover.ts";
import { inlayHints } from "../features/inlayHints.ts";
import { highlights, rename } from "../features/names.ts";
import type { Ranges } from "../features/ranges.ts";
import { selectionRange } from "../features/selectionRanges.ts";
import { signatureHelp } from "../features/signatureHelp.ts";
import type { Analysis } from "./analysis.ts";

const texts = seedTexts();
const plainRanges: Ranges = { of: ({ start, end }) => ({ start: { line: 0, character: start }, end: { line: 0, character: end } }) };
const seed = Number(process.env["SEED"] ?? Date.now() % 1e6);

function featuresHold(analysis: Analysis, offset: number): void {
  completion(analysis, offset, ["a.csv"]);
  hover(analysis, offset);
  documentSymbols(analysis, plainRanges);
  const { length } = analysis.text;
  for (const { range } of highlights(analysis, offset, plainRanges)) expect(range.end.character).toBeLessThanOrEqual(length);
  rename(analysis, offset, "other", plainRanges);
  folding(analysis, (at) => at);
  inlayHints(analysis, { start: 0, end: length }, plainRanges, { shapes: true, totals: true });
  selectionRange(analysis, offset, plainRanges);
  signatureHelp(analysis.text, offset);
  documentLinks(analysis, plainRanges, (path) => path);
  codeActions(analysis, { start: offset, end: offset }, { uri: "file:///x.nn", ranges: plainRanges });
}

describe("any text", () => {
  test("every prefix of every sample, with LF and CRLF", () => {
    for (const text of texts.slice(0, 12)) {
      for (const version of [text, text.replaceAll("\n", "\r\n")]) {
        for (let length = 0; length <= version.length; length += 3) featuresHold(checkHolds(version.slice(0, length)), length);
      }
    }
  });

  test("every sample with one word left out", () => {
    for (const text of texts) {
      for (const { index, 0: word } of text.matchAll(/[^\s]+/g))
        featuresHold(checkHolds(text.slice(0, index) + text.slice(index + word.length)), index);
    }
  });

  // In parts, so that they run side by side with other files' tests and a failure names its part.
  test.each([0, 1, 2, 3])(`5,000 random changes (seed ${seed}), part %i`, (part) => {
    let count = 0;
    fc.assert(
      fc.property(mutation(texts), (text) => {
        const analysis = checkHolds(text);
        // Features and formatter on one of ten: the checker's own time is what counts here.
        if (count++ % 10 !== 0) return;
        featuresHold(analysis, count % (text.length + 1));
        formatHolds(text);
      }),
      { seed: seed + part, numRuns: 5000 },
    );
  });

  test("very deep nesting, very long lines, names of Object.prototype", () => {
    for (const text of [
      "(".repeat(10_000),
      `model M {\n  dense 3 kernel=${"[".repeat(10_000)}`,
      `model M {\n${"repeat 2 {\n".repeat(10_000)}`,
      `model M {\n  input ${"a,".repeat(50_000)}b\n}`,
      `model M {\n  ${"dense ".repeat(20_000)}\n}`,
      `data D {\n  ${"1 ".repeat(20_000)}-> 1\n}`,
      `model M {\n  dense 3 kernel=[[${"1, ".repeat(50_000)}1]]\n}`,
      "model constructor {\n  __proto__: input 4\n  toString 3\n  dense 3 hasOwnProperty\n  dense 3 constructor=2 from valueOf\n}\ntrain constructor on __proto__ {\n  loss toString\n  constructor 3\n}",
      "let a = b\nlet b = a\nmodel M {\n  input a\n  dense b\n}",
    ]) {
      checkHolds(text);
    }
  });

  test("200,000 characters of noise", () => {
    let state = seed + 1;
    const next = (): number => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return state >> 8;
    };
    const letters = 'abc {}()[],:="\n#.->0123 model train input dense\0é🦆';
    const text = Array.from({ length: 200_000 }, () => letters[next() % letters.length]).join("");
    expect(checkHolds(text).issues.length).toBeLessThanOrEqual(5000);
  });
});
