import { describe, expect, test } from "vitest";
import { reachedLines, type SeedResult } from "./seedResults.ts";

/** Returns results with these accuracies, starting at seed 42. */
const accuracies = (...values: number[]): SeedResult[] =>
  values.map((accuracy, k) => ({ seed: 42 + k, epochs: 9, end: "finished", values: { accuracy }, findings: [] }));

describe("how many seeds reach what", () => {
  test.each([
    [[1, 1, 1], "accuracy: 3 of 3 reach 1"],
    [[1, 0.75, 1, 1, 0.5, 1, 0.75, 1], "accuracy: 5 of 8 reach 1, 2 end at 0.75, 1 at 0.5"],
    [[0.75, 1, 1, 1], "accuracy: 3 of 4 reach 1, 1 ends at 0.75"],
    [[0.91, 0.99, 0.95], "accuracy: best 0.99, median 0.95, worst 0.91"],
    [[0.9, 0.5, 0.7, 0.6], "accuracy: best 0.9, median 0.65, worst 0.5"],
    [[0.9, 0.5], "accuracy: best 0.9, median 0.7, worst 0.5"],
    [[1, Number.NaN], "accuracy: 1 of 2 reach 1, 1 without a value"],
    [[Number.NaN], "accuracy: no value"],
  ])("%j", (values, line) => expect(reachedLines(accuracies(...values))).toEqual([line]));

  test("the best loss is the lowest", () => {
    const [one] = accuracies(1);
    const results = [0.4, 0.1, 0.3].map((loss) => ({ ...(one as SeedResult), values: { loss } }));
    expect(reachedLines(results)).toEqual(["loss: best 0.1, median 0.3, worst 0.4"]);
  });

  test("a seed without an epoch has no values, and findings are counted", () => {
    const [one, two] = accuracies(1, 1) as [SeedResult, SeedResult];
    expect(
      reachedLines([
        { ...one, findings: ["NN602"] },
        { ...two, values: {}, end: "failed" },
      ]),
    ).toEqual(["accuracy: 1 of 2 reach 1, 1 without a value", "NN602: found in 1 of 2"]);
  });
});
