/** Names written to a file are read back unchanged. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { seed } from "../../../test/fixtures.ts";
import { analyse } from "../analysis.ts";
import { NO_FILES } from "../resolve/dataFacts.ts";
import { writtenName } from "./writtenName.ts";

const targetOf = (written: string): readonly string[] | undefined =>
  analyse(`data D {\n  source csv("d.csv")\n  target ${written}\n}\n`, NO_FILES).data[0]?.target;

test.each([
  ["a_1", "a_1"],
  ["größe", "größe"],
  ["b c", '"b c"'],
  ["1st", '"1st"'],
  ["", '""'],
  ["from", '"from"'],
  ["true", '"true"'],
  ["data", "data"],
  ['say "hi"\\', '"say \\"hi\\"\\\\"'],
  ["a\nb\u0001", '"a\\nb\\u{1}"'],
])("%j is written %s", (name, written) => {
  expect(writtenName(name)).toBe(written);
  expect(targetOf(written)).toEqual([name]);
});

test(`any name is read as it was (seed ${seed})`, () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme-composite", maxLength: 12 }), (name) => {
      expect(targetOf(writtenName(name))).toEqual([name]);
    }),
    { seed, numRuns: 500 },
  );
});
