/** All the texts of which server/language/robustness.test.ts tries a sample. */
import { describe, test } from "vitest";
import { seed } from "../fixtures.ts";
import {
  anywhereHolds,
  checkHolds,
  featuresHold,
  prefixes,
  randomChangesHold,
  seedTexts,
  withObjectWords,
  withoutOneWord,
} from "../mutations.ts";

const texts = seedTexts();

describe("any text", () => {
  test("every third prefix of every sample and case, with LF and CRLF", () => {
    for (const { text, offset } of prefixes(texts, 3)) featuresHold(checkHolds(text), offset);
  });

  test("every sample and case with one word left out", () => {
    for (const { text, offset } of withoutOneWord(texts, 1)) featuresHold(checkHolds(text), offset);
  });

  test("words that every JavaScript object has, wherever a word can stand", () => {
    for (const text of withObjectWords(texts)) anywhereHolds(text, 11);
  });

  test.each([1, 2, 3, 4])(`20,000 random changes (seed ${seed}), part %i of 4`, (part) => {
    randomChangesHold(texts, { seed: seed + part, count: 5000 });
  });
});
