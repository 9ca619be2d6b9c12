/** The checker is total: any text gives a result, quickly, with ranges inside the text. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeActions } from "../features/codeActions.ts";
import { completion } from "../features/completion.ts";
import { documentSymbols } from "../features/documentSymbols.ts";
import { hover } from "../features/hover.ts";
import type { Ranges } from "../features/ranges.ts";
import { type Analysis, analyse } from "./analysis.ts";

const samples = join(import.meta.dirname, "../../samples");
const texts = readdirSync(samples)
  .filter((name) => name.endsWith(".nn"))
  .map((name) => readFileSync(join(samples, name), "utf8"));
const plainRanges: Ranges = { of: ({ start, end }) => ({ start: { line: 0, character: start }, end: { line: 0, character: end } }) };

function holds(text: string): Analysis {
  const analysis = analyse(text);
  for (const { span, related, fixes, message } of analysis.issues) {
    for (const { start, end } of [
      span,
      ...related.map((other) => other.span),
      ...fixes.flatMap(({ changes }) => changes.map((change) => change.span)),
    ]) {
      if (!(start >= 0 && start <= end && end <= text.length))
        throw new Error(`The range ${start}..${end} is not inside a text of ${text.length}: ${message}`);
    }
    if (/undefined|NaN|\[object/.test(message.replace(/`[^`]*`/g, ""))) throw new Error(`A message that says nothing: ${message}`);
  }
  return analysis;
}

function featuresHold(text: string, offset: number): void {
  const analysis = holds(text);
  completion(analysis, offset, ["a.csv"]);
  hover(analysis, offset);
  documentSymbols(analysis, plainRanges);
  codeActions(analysis, { start: offset, end: offset }, { uri: "file:///x.nn", ranges: plainRanges });
}

describe("any text", () => {
  test("every prefix of every sample, with LF and CRLF", () => {
    for (const text of texts) {
      for (const version of [text, text.replaceAll("\n", "\r\n")]) {
        for (let length = 0; length <= version.length; length += 3) featuresHold(version.slice(0, length), length);
      }
    }
  });

  test("every sample with one word left out", () => {
    for (const text of texts) {
      for (const { index, 0: word } of text.matchAll(/[^\s]+/g))
        featuresHold(text.slice(0, index) + text.slice(index + word.length), index);
    }
  });

  const seed = Number(process.env["SEED"] ?? Date.now() % 1e6);
  test(`3,000 random changes (seed ${seed})`, () => {
    const odd = fc.constantFrom(
      "{",
      "}",
      "(",
      ")",
      "[",
      "]",
      "\n",
      '"',
      "#",
      "->",
      "\0",
      "\ud800",
      "\uFEFF",
      "\u2028",
      "🦆",
      "1e999",
      "-",
      "..",
      "from",
      "repeat 99999999 {",
      "let x = x\n",
      "train",
      ":",
      "=",
    );
    const change = fc.tuple(fc.nat(), fc.nat(30), odd);
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.array(change, { minLength: 1, maxLength: 6 }), (text, changes) => {
        let changed = text;
        for (const [at, length, insert] of changes) {
          const from = at % (changed.length + 1);
          changed = changed.slice(0, from) + insert + changed.slice(from + length);
        }
        featuresHold(changed, (changes[0]?.[0] ?? 0) % (changed.length + 1));
      }),
      { seed, numRuns: 3000 },
    );
  });

  test("very deep nesting, very long lines, names of Object.prototype", () => {
    for (const text of [
      "(".repeat(100_000),
      `model M {\n  dense 3 kernel=${"[".repeat(20_000)}`,
      `model M {\n${"repeat 2 {\n".repeat(5000)}`,
      `model M {\n  input ${"a,".repeat(50_000)}b\n}`,
      `model M {\n  ${"dense ".repeat(100_000)}\n}`,
      "model constructor {\n  __proto__: input 4\n  toString 3\n  dense 3 hasOwnProperty\n  dense 3 constructor=2 from valueOf\n}\ntrain constructor on __proto__ {\n  loss toString\n  constructor 3\n}",
      "let a = b\nlet b = a\nmodel M {\n  input a\n  dense b\n}",
    ]) {
      holds(text);
    }
  });

  test("a megabyte of random text", () => {
    let state = seed + 1;
    const next = (): number => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return state >> 8;
    };
    const letters = 'abc {}()[],:="\n#.->0123 model train input dense\0é🦆';
    const text = Array.from({ length: 1_000_000 }, () => letters[next() % letters.length]).join("");
    expect(holds(text).issues.length).toBeLessThanOrEqual(5000);
  });
});
