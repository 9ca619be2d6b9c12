/** The checker is total: any text gives a result, quickly, with ranges inside the text. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seed } from "../../test/fixtures.ts";
import { checkHolds, featuresHold, formatHolds, mutation, seedTexts } from "../../test/mutations.ts";
import { hover } from "../features/hover.ts";
import { analyse } from "./analysis.ts";

const texts = seedTexts();

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
  test.each([0, 1, 2, 3])(`5,000 random changes (seed ${seed}), part %i`, { timeout: 240_000 }, (part) => {
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

  test("words that every JavaScript object has, wherever a word can stand", () => {
    for (const word of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
      for (const text of texts.slice(0, 12)) {
        // One word of each line, another in each version, so that every place has its turn.
        for (let turn = 0; turn < 4; turn++) {
          const changed = text.replace(/^( *)(.*)$/gm, (_line, space: string, rest: string) => {
            const pieces = rest.split(/([A-Za-z_]+)/);
            const at = 2 * turn + 1;
            return at < pieces.length ? space + pieces.with(at, word).join("") : space + rest;
          });
          const analysis = checkHolds(changed);
          for (let offset = 0; offset <= changed.length; offset += 11) {
            featuresHold(analysis, offset);
            expect(hover(analysis, offset)?.markdown ?? "").not.toMatch(/undefined|native code/);
          }
        }
      }
    }
  });

  test("long lines are no hang for any feature or the formatter", () => {
    // Each was once looked at again from each of its own places: by the square of these lengths it would outlast the test.
    const n = 40_000;
    for (const text of [
      `model M {\n  input ${"a, ".repeat(n)}b\n}\n`,
      `data D {\n  ${"1 ".repeat(n)}-> 1\n  1 -> 1 # why\n}\n`,
      `train M on D {\n  metrics ${"accuracy, ".repeat(n)}mse\n}\n`,
      `model M {\n  dense 3 ${"relu ".repeat(n)} # why\n  dense 1 # because\n}\n`,
    ]) {
      const analysis = analyse(text);
      featuresHold(analysis, text.length >> 1);
      formatHolds(text);
    }
  });

  test(`200,000 characters of noise (seed ${seed})`, () => {
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
