/** Predictions and expectations computed by hand: scales, tolerances, and the rows on which a claim is measured. */
import { describe, expect, test } from "vitest";
import { noFiles, planOf } from "../../test/fixtures.ts";
import { withDefaults } from "../catalog/index.ts";
import { loadExamples } from "../data/examples.ts";
import type { TrainingPlan } from "../plan.ts";
import { type Model, modelFor } from "../training/learner.ts";
import { claimHolds, measureClaims, rowPasses } from "./expectations.ts";
import { type Cell, type Prediction, predictor } from "./predictor.ts";

async function modelOf(plan: TrainingPlan): Promise<Model> {
  return modelFor(plan, await loadExamples(plan, noFiles, "float64"), { precision: "float64", capacity: 4 });
}
const planFor = (model: string, data: string, loss: string): TrainingPlan =>
  planOf(`model M {\n  ${model}\n}\ndata D {\n${data}\n}\ntrain M on D {\n  loss ${loss}\n}\n`);

async function predicted(plan: TrainingPlan, row: readonly Cell[]): Promise<Prediction["outputs"]> {
  const { network, examples } = await modelOf(plan);
  return predictor(network, plan.training.outputs, examples.fit)(row).outputs;
}

describe("a prediction", () => {
  test("scales its row as the training rows were, and scales the output back", async () => {
    // x has mean 2 and deviation 1, y mean 20 and deviation 10: for x = 5 the network's input is 3 and its output 3.5, which is 55.
    const data = "  1 -> 10\n  3 -> 30\n  scale standard\n  scale_target standard";
    const [output] = await predicted(planFor("input 1\n  dense 1 kernel=[[1]] bias=[0.5]", data, "mse"), [5]);
    expect(output?.values).toEqual([55]);
    expect(output?.chosen).toBeNull();
  });

  test("reads its cells in the order of the inputs' columns, and encodes words as in training", async () => {
    const data = '  features a, b, c\n  target y\n  one_hot c\n  1 2 "red" -> 0\n  2 3 "blue" -> 1';
    const model = "input c, b, a\n  dense 1 kernel=[[1000], [2000], [100], [1]] bias=false";
    // The words are in alphabetical order: blue, red.
    expect((await predicted(planFor(model, data, "mse"), ["red", 3, 4]))[0]?.values).toEqual([2304]);
    expect((await predicted(planFor(model, data, "mse"), ["blue", 3, 4]))[0]?.values).toEqual([1304]);
    await expect(predicted(planFor(model, data, "mse"), ["green", 3, 4])).rejects.toThrow(
      /"green" is not one of the words of c: blue, red/,
    );
    await expect(predicted(planFor(model, data, "mse"), ["red", "x", 4])).rejects.toThrow(/b must be a number, but it is "x"/);
  });

  test("has the name of the class and the score of each class", async () => {
    const [output] = await predicted(
      planFor("input 1\n  dense 2 softmax kernel=[[1, -1]]", '  1 -> "left"\n  2 -> "right"', "sparse_categorical_crossentropy"),
      [-1],
    );
    expect(output?.chosen).toBe("right");
    expect(output?.values[1]).toBeCloseTo(1 / (1 + Math.exp(-2)), 12);
  });

  test.each([
    ["hinge", "linear", "-1"],
    ["binary_crossentropy", "sigmoid", "0"],
  ])("under %s after %s, several columns of yes and no are no single class", async (loss, activation, no) => {
    const data = `  features a\n  target p, q\n  -2 -> ${no} 1\n  2 -> 1 1`;
    const [output] = await predicted(planFor(`input 1\n  dense 2 ${activation} kernel=[[1, 2]]`, data, loss), [2]);
    expect(output?.chosen).toBeNull();
    const answers = activation === "linear" ? [2, 4] : [1 / (1 + Math.exp(-2)), 1 / (1 + Math.exp(-4))];
    expect(output?.values).toEqual(answers.map((value) => expect.closeTo(value, 12)));
  });

  test.each([
    ["hinge", "linear", "-1", "1"],
    ["squared_hinge", "tanh", "-1", "1"],
    ["hinge", "linear", "0", "1"],
    ["binary_crossentropy", "sigmoid", "0", "1"],
  ])("names the two classes of %s after %s as the data write them: %s and %s", async (loss, activation, low, high) => {
    const plan = planFor(`input 1\n  dense 1 ${activation} kernel=[[1]]`, `  -2 -> ${low}\n  2 -> ${high}`, loss);
    expect((await predicted(plan, [-2]))[0]?.chosen).toBe(low);
    expect((await predicted(plan, [2]))[0]?.chosen).toBe(high);
  });
});

test("a claim about r2 of several columns is about the mean of the columns' r2", async () => {
  const rows = "  1001 1 -> 1001 3\n  1002 2 -> 1002 1\n  1003 3 -> 1003 2";
  const model = await modelOf(planFor("input 2\n  dense 2 kernel=[[1, 0], [0, 1]]", rows, "mse"));
  expect((await measureClaims(model, ["r2"])).get("r2")).toBe(-0.5);
});

describe("a row of expectations", () => {
  const one = (values: readonly number[], chosen: string | null): Prediction => ({ outputs: [{ layer: "out", values, chosen }] });
  const passes = (
    prediction: Prediction,
    targets: readonly Cell[],
    loss: "mse" | "binary_crossentropy" | "hinge",
    tolerance: number,
  ): boolean =>
    rowPasses(prediction, targets, [{ layer: "out", loss: withDefaults("losses", loss), weight: 1, target: [0, 1] }], tolerance);

  test("of numbers passes up to the tolerance, inclusive", () => {
    expect(passes(one([1.25], null), [1], "mse", 0.25)).toBe(true);
    expect(passes(one([0.75], null), [1], "mse", 0.25)).toBe(true);
    expect(passes(one([1.25 + 2 ** -40], null), [1], "mse", 0.25)).toBe(false);
    expect(passes(one([0.75 - 2 ** -40], null), [1], "mse", 0.25)).toBe(false);
    // One wrong number fails the row.
    expect(passes(one([1, 2], null), [1, 3], "mse", 0.25)).toBe(false);
    expect(passes(one([Number.NaN], null), [1], "mse", 0.25)).toBe(false);
  });

  test("of classes passes if the class is right, whatever the tolerance", () => {
    expect(passes(one([0.51], "1"), [1], "binary_crossentropy", 0)).toBe(true);
    expect(passes(one([0.51], "1"), [0], "binary_crossentropy", 1)).toBe(false);
    expect(passes(one([0.4], "0"), [-1], "hinge", 0)).toBe(true);
    expect(passes(one([0.4], "0"), [1], "hinge", 0)).toBe(false);
    expect(passes(one([0.9], "yes"), ["yes"], "binary_crossentropy", 0)).toBe(true);
    expect(passes(one([0.9], "yes"), ["no"], "binary_crossentropy", 0)).toBe(false);
  });

  test("of several yes/no outputs passes if each rounded output is right", () => {
    expect(passes(one([0.6, 0.4], null), [1, 0], "binary_crossentropy", 0)).toBe(true);
    expect(passes(one([0.6, 0.6], null), [1, 0], "binary_crossentropy", 0)).toBe(false);
    // Scores under a loss of signs are unbounded, and the sign is the answer.
    expect(passes(one([2.6, -0.4], null), [1, -1], "hinge", 0)).toBe(true);
    expect(passes(one([2.6, 0.4], null), [1, -1], "hinge", 0)).toBe(false);
    expect(passes(one([2.6, Number.NaN], null), [1, -1], "hinge", 0)).toBe(false);
  });
});

describe("a claim", () => {
  test.each([
    [">=", [false, true, true]],
    ["<=", [true, true, false]],
    [">", [false, false, true]],
    ["<", [true, false, false]],
    ["==", [false, true, false]],
  ])("%s is tested below, at and above its number", (operator, wanted) => {
    expect([0.25, 0.5, 0.75].map((value) => claimHolds(value, operator, 0.5))).toEqual(wanted);
    // NaN means that the metric could not be measured. It satisfies no claim.
    expect(claimHolds(Number.NaN, operator, 0.5)).toBe(false);
  });

  test.each([
    ["", "train"],
    ["  split validation=0.25\n", "validation"],
    ["  split validation=0.25 test=0.25\n", "test"],
  ] as const)("with %j is measured on the %s part", async (split, part) => {
    const rows = Array.from({ length: 12 }, (_, k) => `  ${k} -> 0`).join("\n");
    const model = await modelOf(planFor("input 1\n  dense 1 kernel=[[1]] bias=false", split + rows, "mse"));
    const own = [...model.examples.parts[part]];
    const measured = await measureClaims(model, ["mae", "loss"]);
    // The network's output is the row's number, and the target is 0.
    expect(measured.get("mae")).toBeCloseTo(own.reduce((sum, k) => sum + k, 0) / own.length, 12);
    expect(measured.get("loss")).toBeCloseTo(own.reduce((sum, k) => sum + k * k, 0) / own.length, 12);
    expect([...measured.keys()].sort()).toEqual(["loss", "mae"]);
  });
});
