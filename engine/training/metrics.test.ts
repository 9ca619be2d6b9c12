/** Compares metrics with values computed by hand. */
import { describe, expect, test } from "vitest";
import { atOnce, epochsOf, noFiles, planOf } from "../../test/fixtures.ts";
import { predictor } from "../evaluate/predictor.ts";
import type { TrainingEvent } from "../events.ts";
import { compile } from "../network/compile.ts";
import { initializeWeights } from "../network/initialize.ts";
import { train } from "./trainer.ts";

/** Returns the metrics before any update of a network that outputs the activation of its input. Each row has an input and a target. */
async function measured(
  rows: string,
  metrics: string,
  loss: string,
  activation: string,
  units: number,
  kernel: string,
): Promise<Readonly<Record<string, number>>> {
  const text = `model M {\n  input ${units}\n  dense ${units} ${activation} kernel=${kernel} bias=false\n}\ndata D {\n${rows}\n}\ntrain M on D {\n  loss ${loss}\n  metrics ${metrics}\n  batch all\n  epochs 1\n}\n`;
  const events: TrainingEvent[] = [];
  await train(planOf(text), { host: atOnce, files: noFiles, precision: "float64", emit: (event) => events.push(event) });
  return epochsOf(events)[0]?.metrics ?? {};
}

describe("metrics by hand", () => {
  test("regression", async () => {
    // Errors 1, −2, 0, 1: mae 4/4, mse 6/4; targets 1 2 3 6 have mean 3 and Σ(t − 3)² = 14.
    const { mae, mse, rmse, r2 } = await measured(
      "  2 -> 1\n  0 -> 2\n  3 -> 3\n  7 -> 6",
      "mae, mse, rmse, r2",
      "mse",
      "linear",
      1,
      "[[1]]",
    );
    expect([mae, mse, rmse, r2]).toEqual([1, 1.5, Math.sqrt(1.5), 1 - 6 / 14]);
  });

  test("percentage errors", async () => {
    // |2 − 1| / 1, |0 − 2| / 2, 0 and |7 − 5| / 5 of −5: 1, 1, 0 and 2.4 times 100.
    const { mape } = await measured("  2 -> 1\n  0 -> 2\n  3 -> 3\n  7 -> -5", "mape", "mse", "linear", 1, "[[1]]");
    expect(mape).toBeCloseTo((100 * (1 + 1 + 0 + 2.4)) / 4, 10);
  });

  test.each([
    [1, 1 / 4],
    [2, 3 / 4],
    [3, 1],
  ])("the right class among the %i largest outputs", async (k, wanted) => {
    // In the four rows, the true class has the largest output, the second largest, the second largest again (tied with another output, which does not
    // count as larger), and the third largest.
    const rows = "  5 1 0 -> 0\n  5 1 0 -> 1\n  5 1 1 -> 2\n  5 3 1 -> 2";
    const name = `top_k_accuracy(k=${k})`;
    const { top_k_accuracy: share } = await measured(
      rows,
      name,
      "sparse_categorical_crossentropy",
      "softmax",
      3,
      "[[1, 0, 0], [0, 1, 0], [0, 0, 1]]",
    );
    expect(share).toBe(wanted);
  });

  test("top_k_accuracy of one-hot targets, and of one output", async () => {
    const identity = "[[1, 0, 0], [0, 1, 0], [0, 0, 1]]";
    const oneHot = await measured(
      "  5 1 0 -> 0 1 0\n  5 3 1 -> 0 0 1",
      "top_k_accuracy(2)",
      "categorical_crossentropy",
      "softmax",
      3,
      identity,
    );
    expect(oneHot["top_k_accuracy"]).toBe(1 / 2);
    const single = await measured(
      "  -2 -> 0\n  1 -> 1\n  2 -> 0",
      "top_k_accuracy, accuracy",
      "binary_crossentropy",
      "sigmoid",
      1,
      "[[1]]",
    );
    expect(single).toEqual({ top_k_accuracy: 2 / 3, accuracy: 2 / 3 });
  });

  test("r2 of several columns is the mean of the columns' r2", async () => {
    // The first column is exact, so its r2 is 1. The second has the errors 2, -1 and -1 and the mean 2, so its r2 is 1 - 6 / 2 = -2. A pooled r2 would be near 1.
    const rows = "  1001 1 -> 1001 3\n  1002 2 -> 1002 1\n  1003 3 -> 1003 2";
    const { r2 } = await measured(rows, "r2", "mse", "linear", 2, "[[1, 0], [0, 1]]");
    expect(r2).toBe(-0.5);
  });

  test("two classes", async () => {
    // For the inputs −2 −1 1 2 3, sigmoid predicts class 1 for the positive ones: 2 true positives (1, 3), 1 false positive (2), 1 false negative
    // (−1).
    const rows = "  -2 -> 0\n  -1 -> 1\n  1 -> 1\n  2 -> 0\n  3 -> 1";
    const { accuracy, precision, recall, f1, auc } = await measured(
      rows,
      "accuracy, precision, recall, f1, auc",
      "binary_crossentropy",
      "sigmoid",
      1,
      "[[1]]",
    );
    expect([accuracy, precision, recall]).toEqual([3 / 5, 2 / 3, 2 / 3]);
    expect(f1).toBeCloseTo(2 / 3, 12);
    // The pairs (class 1, class 0) are −1>−2, −1<2, 1>−2, 1<2, 3>−2, 3>2: 4 of 6 are in order.
    expect(auc).toBeCloseTo(4 / 6, 12);
  });

  test("a tie counts half in the area under the curve", async () => {
    const { auc } = await measured("  1 -> 0\n  1 -> 1\n  2 -> 1\n  0 -> 0", "auc", "binary_crossentropy", "sigmoid", 1, "[[1]]");
    // The pairs are (1, 1), a tie, 1>0, 2>1 and 2>0: 3.5 of 4.
    expect(auc).toBeCloseTo(3.5 / 4, 12);
  });

  test("three classes: the unweighted mean over the classes that occur", async () => {
    // The predictions are 0 0 1 2, the classes 0 1 1 1: class 0 has precision 1/2 and recall 1, class 1 has 1 and 1/3, class 2 is predicted once, wrongly.
    const rows = "  5 0 0 -> 0\n  5 1 0 -> 1\n  0 5 0 -> 1\n  0 0 5 -> 1";
    const { accuracy, precision, recall, f1 } = await measured(
      rows,
      "accuracy, precision, recall, f1",
      "sparse_categorical_crossentropy",
      "softmax",
      3,
      "[[1, 0, 0], [0, 1, 0], [0, 0, 1]]",
    );
    expect(accuracy).toBe(2 / 4);
    expect(precision).toBeCloseTo((1 / 2 + 1 + 0) / 3, 12);
    expect(recall).toBeCloseTo((1 + 1 / 3 + 0) / 3, 12);
    expect(f1).toBeCloseTo((2 / 3 + 1 / 2 + 0) / 3, 12);
  });

  test("hinge: the sign of the output is the class", async () => {
    const { accuracy, precision } = await measured(
      "  -1 -> -1\n  0.2 -> 1\n  0.4 -> -1\n  -3 -> 1",
      "accuracy, precision",
      "hinge",
      "linear",
      1,
      "[[1]]",
    );
    expect([accuracy, precision]).toEqual([2 / 4, 1 / 2]);
  });
});

describe("on the boundary", () => {
  // In Keras, an output above ½ means class 1, and exactly ½ means class 0.
  test.each([
    ["sigmoid", "[[1]]"],
    ["hard_sigmoid", "[[1]]"],
  ])("an output of exactly ½ under %s is class 0", async (activation, kernel) => {
    const measure = (rows: string) => measured(rows, "accuracy, precision, recall", "binary_crossentropy", activation, 1, kernel);
    expect(await measure("  0 -> 0")).toMatchObject({ accuracy: 1 });
    expect(await measure("  0 -> 1")).toMatchObject({ accuracy: 0, recall: 0 });
    expect(await measure("  1e-9 -> 1")).toMatchObject({ accuracy: 1, recall: 1 });
    // A row of class 1 is above ½ and a row of class 0 is exactly ½, so there is no false positive.
    expect(await measure("  1 -> 1\n  0 -> 0")).toMatchObject({ accuracy: 1, precision: 1, recall: 1 });
  });

  test("each of several outputs of exactly ½ is class 0", async () => {
    const { accuracy } = await measured("  0 0 -> 0 1\n  0 3 -> 0 1", "accuracy", "binary_crossentropy", "sigmoid", 2, "[[1, 0], [0, 1]]");
    expect(accuracy).toBe(3 / 4);
  });

  test("an output of exactly 0 under hinge is class −1", async () => {
    const { accuracy, recall } = await measured("  0 -> -1\n  0 -> 1\n  1 -> 1", "accuracy, recall", "hinge", "linear", 1, "[[1]]");
    expect([accuracy, recall]).toEqual([2 / 3, 1 / 2]);
  });

  test("of equal largest outputs the first is the class, as in argmax", async () => {
    // In two rows classes 0 and 1 tie, in two rows 1 and 2, in the last row all three.
    const rows = "  2 2 0 -> 0\n  2 2 0 -> 1\n  0 2 2 -> 1\n  0 2 2 -> 2\n  1 1 1 -> 0";
    const identity = "[[1, 0, 0], [0, 1, 0], [0, 0, 1]]";
    const { accuracy, recall } = await measured(rows, "accuracy, recall", "sparse_categorical_crossentropy", "softmax", 3, identity);
    expect(accuracy).toBe(3 / 5);
    // Both rows of class 0 are right, one of the two rows of class 1, and none of class 2.
    expect(recall).toBeCloseTo((1 + 1 / 2 + 0) / 3, 12);
  });

  test.each([
    ["1 sigmoid kernel=[[1]]", "binary_crossentropy", [0], "0"],
    ["1 sigmoid kernel=[[1]]", "binary_crossentropy", [1e-9], "1"],
    ["1 tanh kernel=[[1]]", "hinge", [0], "0"],
    ["1 tanh kernel=[[1]]", "hinge", [1e-9], "1"],
    ["3 softmax kernel=[[0, 1, 1]]", "sparse_categorical_crossentropy", [1], "1"],
    ["3 softmax kernel=[[0, 0, 0]]", "sparse_categorical_crossentropy", [1], "0"],
  ])("dense %s under %s predicts for %j class %s", (layer, loss, row, chosen) => {
    const target = loss === "hinge" ? "-1" : "0";
    const plan = planOf(
      `model M {\n  input 1\n  dense ${layer}\n}\ndata D {\n  1 -> ${target}\n  2 -> 1\n}\ntrain M on D {\n  loss ${loss}\n}\n`,
    );
    const network = compile(plan.network, { precision: "float64", capacity: 1 });
    initializeWeights(network, 1);
    expect(predictor(network, plan.training.outputs, null)(row).outputs[0]?.chosen).toBe(chosen);
  });
});

describe("metrics of an epoch", () => {
  const epochs = async (model: string, data: string, training: string) => {
    const events: TrainingEvent[] = [];
    const text = `model M {\n  input 1\n  ${model}\n}\ndata D {\n${data}\n}\ntrain M on D {\n  ${training}\n  optimizer sgd(learning_rate=1e-30)\n  epochs 3\n}\n`;
    await train(planOf(text), { host: atOnce, files: noFiles, precision: "float64", emit: (event) => events.push(event) });
    return epochsOf(events).map(({ metrics }) => metrics);
  };

  test.each([
    ["mae, mse, rmse, r2", "dense 1 kernel=[[1]]", "mse", "  2 -> 1\n  0 -> 2\n  3 -> 3\n  7 -> 6"],
    [
      "accuracy, precision, recall, f1, auc",
      "dense 1 sigmoid kernel=[[1]]",
      "binary_crossentropy",
      "  -2 -> 0\n  -1 -> 1\n  1 -> 1\n  2 -> 0\n  3 -> 1",
    ],
  ])("%s: nothing is carried over from the previous epoch", async (metrics, layer, loss, rows) => {
    const measuredEpochs = await epochs(layer, rows, `loss ${loss}\n  metrics ${metrics}\n  batch 2\n  shuffle false`);
    const [first] = measuredEpochs;
    expect(Object.keys(first ?? {})).toEqual(metrics.split(", "));
    expect(measuredEpochs).toEqual([first, first, first]);
  });

  test.each([
    ["r2 of one column", "dense 1 kernel=[[1]]", "  1 -> 0.1\n  2 -> 0.1\n  3 -> 0.1", "mse", "r2"],
    ["r2 of two columns, one of them constant", "dense 2 kernel=[[1, 1]]", "  1 -> 5 0.1\n  2 -> 6 0.1\n  3 -> 7 0.1", "mse", "r2"],
    ["r2 where the constant is met", "dense 1 kernel=[[0]] bias=[0.1]", "  1 -> 0.1\n  2 -> 0.1", "mse", "r2"],
    ["auc of one class", "dense 1 sigmoid kernel=[[1]]", "  1 -> 1\n  2 -> 1", "binary_crossentropy", "auc"],
  ])("%s is undefined", async (_what, layer, rows, loss, metric) => {
    const [metrics] = await epochs(layer, rows, `loss ${loss}\n  metrics ${metric}\n  batch 2\n  shuffle false`);
    expect(metrics).toEqual({ [metric]: Number.NaN });
  });

  test("are in the target's own units where it is scaled", async () => {
    // The target has mean 20 and deviation 10, so the output's error of half a deviation is 5.
    const [metrics] = await epochs(
      "dense 1 kernel=[[1]] bias=[0.5]",
      "  -1 -> 10\n  1 -> 30\n  scale_target standard",
      "loss mse\n  metrics mae, mse, rmse, r2\n  batch all",
    );
    expect(metrics).toEqual({ mae: 5, mse: 25, rmse: 5, r2: 0.75 });
  });

  test("have the prefix val_ on the validation part, and the output's name if there are several outputs", async () => {
    const [metrics] = await epochs(
      "a: dense 1 from input_1\n  b: dense 1 from input_1\n  output a, b",
      "  1 -> 1 2\n  1 -> 1 2\n  split validation=0.5",
      "loss mse\n  metrics mae, r2",
    );
    expect(Object.keys(metrics ?? {})).toEqual([
      "a_mae",
      "a_r2",
      "b_mae",
      "b_r2",
      "a_loss",
      "b_loss",
      "val_a_mae",
      "val_a_r2",
      "val_b_mae",
      "val_b_r2",
      "val_a_loss",
      "val_b_loss",
    ]);
  });

  test("a metric of one output is measured for it alone", async () => {
    const [metrics] = await epochs(
      "a: dense 1 from input_1\n  b: dense 1 from input_1\n  output a, b",
      "  1 -> 1 2\n  1 -> 1 2",
      "loss mse\n  metrics r2, b=mae, a=mape",
    );
    expect(Object.keys(metrics ?? {}).filter((name) => !name.endsWith("_loss"))).toEqual(["a_r2", "a_mape", "b_r2", "b_mae"]);
  });

  test("r2 is computed from its epoch alone while the weights change", async () => {
    const events: TrainingEvent[] = [];
    const text =
      "model M {\n  input 1\n  dense 1 kernel=[[3]]\n}\ndata D {\n  -1 -> 1\n  0 -> 2\n  1 -> 6\n}\ntrain M on D {\n  loss mse\n  metrics mse, r2\n  optimizer sgd(learning_rate=0.125)\n  batch all\n  epochs 4\n}\n";
    await train(planOf(text), { host: atOnce, files: noFiles, precision: "float64", emit: (event) => events.push(event) });
    // The targets 1 2 6 have mean 3, squared distances 4 1 9 and variance 14 / 3.
    const values = epochsOf(events).map(({ metrics: { mse = Number.NaN, r2 = Number.NaN } }) => ({ mse, r2 }));
    for (const { mse, r2 } of values) expect(r2).toBeCloseTo(1 - mse / (14 / 3), 12);
    expect(new Set(values.map(({ mse }) => mse)).size).toBe(4);
  });
});
