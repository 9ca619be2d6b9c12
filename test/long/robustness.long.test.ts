/** Tests all texts; server/language/robustness.test.ts tests a share of them. */
import { describe, test } from "vitest";
import { seed } from "../fixtures.ts";
import {
  prefixes,
  requireCheck,
  requireEverywhere,
  requireFeatures,
  requireForRandomChanges,
  seedTexts,
  withObjectWords,
  withoutOneWord,
} from "../mutations.ts";

const texts = seedTexts();

describe("any text", () => {
  test("every third prefix of every sample and case, with LF and CRLF", () => {
    for (const { text, offset } of prefixes(texts, 3)) requireFeatures(requireCheck(text), offset);
  });

  test("every sample and case with one word left out", () => {
    for (const { text, offset } of withoutOneWord(texts, 1)) requireFeatures(requireCheck(text), offset);
  });

  test("names of JavaScript object members in place of every word", () => {
    for (const text of withObjectWords(texts)) requireEverywhere(text, 11);
  });

  test.each([1, 2, 3, 4])(`20,000 random changes (seed ${seed}), part %i of 4`, (part) => {
    requireForRandomChanges(texts, { seed: seed + part, count: 5000 });
  });
});
