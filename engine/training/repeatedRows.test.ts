import { describe, expect, test } from "vitest";
import { repeatedRows } from "./repeatedRows.ts";

/** Returns 60 training and 40 validation rows, of which the first `repeated` are training rows with the given targets. */
function split(repeated: number, targetOf: (row: number) => number = () => 0, featureOf: (row: number) => number = (row) => row) {
  const features = Float64Array.from({ length: 100 }, (_, row) => featureOf(row < 60 + repeated ? row % 60 : row));
  const targets = [{ values: Float64Array.from({ length: 100 }, (_, row) => targetOf(row)), width: 1 }];
  const part = (from: number, to: number): Uint32Array => Uint32Array.from({ length: to - from }, (_, k) => from + k);
  return { features, featureCount: 1, targets, parts: { train: part(0, 60), validation: part(60, 100), test: new Uint32Array() } };
}

describe("rows of the validation part that are in the training part, too", () => {
  test("are a finding if they are many", () => {
    expect(repeatedRows(split(10))).toMatchObject({
      code: "NN611",
      at: "data",
      message: expect.stringMatching(/^25 % of the validation rows are in the training part, too/),
    });
  });

  test.each([
    ["few of them", split(4)],
    ["another target", split(40, (row) => Number(row >= 60))],
    ["a truth table", split(40, undefined, (row) => row % 4)],
    ["none", split(0)],
  ])("no finding: %s", (_name, examples) => expect(repeatedRows(examples)).toBeUndefined());
});
