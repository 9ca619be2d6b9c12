/**
 * The checker analyses any text quickly, with all spans inside the text. A sample of each kind of text is tested here. `npm run test:long`
 * tests all of them, and `npm run fuzz` tests new ones.
 */
import { describe, expect, test } from "vitest";
import { seed } from "../../test/fixtures.ts";
import {
  prefixes,
  requireCheck,
  requireEverywhere,
  requireFeatures,
  requireFormat,
  requireForRandomChanges,
  requireLinearCost,
  seedTexts,
  withObjectWords,
  withoutOneWord,
} from "../../test/mutations.ts";
import { analyse } from "./analysis.ts";
import { csvFacts } from "./resolve/dataFacts.ts";

const texts = seedTexts();

describe("any text", () => {
  test("prefixes of samples, with LF and CRLF", () => {
    for (const { text, offset } of prefixes(texts.slice(0, 12), 89)) requireFeatures(requireCheck(text), offset);
  });

  test("samples and cases with one word left out", () => {
    for (const { text, offset } of withoutOneWord(texts, 47)) requireFeatures(requireCheck(text), offset);
  });

  test(`300 random changes (seed ${seed})`, () => {
    requireForRandomChanges(texts, { seed, count: 300 });
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
      requireCheck(text);
    }
  });

  test("names that every JavaScript object has, in place of any word", () => {
    for (const text of withObjectWords(texts.slice(0, 2))) requireEverywhere(text, 97);
  });

  // Texts of these kinds once took time quadratic in their length.
  test.each<[string, (n: number) => string]>([
    ["inputs", (n) => `model M {\n  input ${"a, ".repeat(n)}b\n}\n`],
    ["a row of numbers", (n) => `data D {\n  ${"1 ".repeat(n)}-> 1\n  1 -> 1 # why\n}\n`],
    ["metrics", (n) => `train M on D {\n  metrics ${"accuracy, ".repeat(n)}mse\n}\n`],
    ["arguments", (n) => `model M {\n  dense 3 ${"relu ".repeat(n)} # why\n  dense 1 # because\n}\n`],
  ])("the checker, every feature and the formatter take time by the length of a line of %s, not by its square", async (_what, textOf) => {
    await requireLinearCost((n) => {
      const text = textOf(n);
      requireFeatures(analyse(text), text.length >> 1);
      requireFormat(text);
    }, 1000);
  });

  // Data of these kinds once took time quadratic in the number of columns.
  test.each<[string, string, (k: number) => string, string]>([
    ["numbers", "", (k) => String(k % 7), "  target y\n"],
    ["words", "one_hot", (k) => (k % 2 === 0 ? "yes" : "no"), "  target y\n"],
    ["targets", "target", (k) => String(k % 7), ""],
  ])("the checker takes time by the number of columns of %s, not by its square", async (_what, directive, cell, line) => {
    await requireLinearCost((n) => {
      const names = Array.from({ length: n }, (_, k) => `c${k}`);
      const row = `${names.map((_, k) => cell(k)).join(",")},1\n`;
      const text = `model M {\n  input ${n}\n  dense 1\n}\ndata D {\n  source csv("wide.csv")\n${line}${directive ? `  ${directive} c0..c${n - 1}\n` : ""}}\ntrain M on D {\n  loss mse\n}\n`;
      const bytes = new TextEncoder().encode(`${names.join(",")},y\n${row}${row}`);
      analyse(text, { csv: (path, format) => csvFacts(bytes, format, path), idx: () => undefined });
    }, 500);
  });

  test(`200,000 characters of noise (seed ${seed})`, () => {
    let state = seed + 1;
    const next = (): number => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return state >> 8;
    };
    const letters = 'abc {}()[],:="\n#.->0123 model train input dense\0é🦆';
    const text = Array.from({ length: 200_000 }, () => letters[next() % letters.length]).join("");
    expect(requireCheck(text).issues.length).toBeLessThanOrEqual(5000);
  });
});
