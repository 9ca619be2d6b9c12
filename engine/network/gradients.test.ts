/** The reverse pass of every layer, activation and loss equals the central differences of its forward pass, in float64. */
import { describe, expect, test } from "vitest";
import { noFiles, planOf } from "../../test/fixtures.ts";
import { activations } from "../catalog/activations.ts";
import { names } from "../catalog/index.ts";
import { type LossName, losses } from "../catalog/losses.ts";
import { checkGradients } from "../evaluate/gradientCheck.ts";
import type { PlannedKind } from "../plan.ts";

async function gradientError(text: string): Promise<number> {
  const check = await checkGradients(planOf(text), noFiles);
  expect(check?.anyGradient).toBe(true);
  return check?.maxRelativeError ?? Number.NaN;
}

const table = (rows: string): string => `data D {\n${rows}\n}\n`;
const train = (loss: string): string => `train M on D {\n  loss ${loss}\n  batch all\n}\n`;
const NUMBERS = table(
  "  features a, b, c\n  target t, u\n  0.31 -0.72 1.13 -> 0.4 -0.9\n  -1.41 0.55 0.23 -> -0.2 0.7\n  0.87 1.29 -0.68 -> 1.1 0.3\n  -0.13 -0.94 -1.77 -> 0.6 -1.2",
);
const CLASSES = table(
  "  features a, b, c\n  target t\n  0.31 -0.72 1.13 -> 0\n  -1.41 0.55 0.23 -> 2\n  0.87 1.29 -0.68 -> 1\n  -0.13 -0.94 -1.77 -> 2",
);
const ONE_HOT = table(
  "  features a, b, c\n  target t, u\n  0.31 -0.72 1.13 -> 1 0\n  -1.41 0.55 0.23 -> 0 1\n  0.87 1.29 -0.68 -> 0.3 0.7",
);

const COUNTS = table("  features a, b, c\n  target t, u\n  0.31 -0.72 1.13 -> 3 0\n  -1.41 0.55 0.23 -> 1 2\n  0.87 1.29 -0.68 -> 5 1");

describe("gradients equal central differences", () => {
  // Step functions are excluded: their derivative is 0 by definition.
  const smooth = names(activations).filter((name) => !("step" in activations[name]));
  test.each(smooth)("activation %s in a hidden layer", async (name) => {
    expect(await gradientError(`model M {\n  input a, b, c\n  dense 4 ${name}\n  dense 2\n}\n${NUMBERS}${train("mse")}`)).toBeLessThan(
      1e-6,
    );
  });

  test.each(smooth)("activation %s on a line of its own", async (name) => {
    expect(await gradientError(`model M {\n  input a, b, c\n  dense 4\n  ${name}\n  dense 2\n}\n${NUMBERS}${train("mse")}`)).toBeLessThan(
      1e-6,
    );
  });

  /** For each loss, networks with and without the activation whose preactivation it can use. */
  const LOSS_CASES: { readonly [L in LossName]: readonly string[] } = {
    mse: [`dense 2\n}\n${NUMBERS}`],
    mae: [`dense 2\n}\n${NUMBERS}`],
    log_cosh: [`dense 2\n}\n${NUMBERS}`],
    mape: [`dense 2\n}\n${NUMBERS}`],
    msle: [`dense 2 softplus\n}\n${COUNTS}`],
    poisson: [`dense 2 softplus\n}\n${COUNTS}`, `dense 2 exponential\n}\n${COUNTS}`],
    huber: [`dense 2\n}\n${NUMBERS}`],
    perceptron: [`dense 2\n}\n${ONE_HOT.replaceAll("0.3 0.7", "0 1")}`],
    squared_hinge: [`dense 2 tanh\n}\n${ONE_HOT.replaceAll("0.3 0.7", "0 1")}`],
    hinge: [`dense 2 tanh\n}\n${ONE_HOT.replaceAll("0.3 0.7", "0 1")}`],
    binary_crossentropy: [`dense 2 sigmoid\n}\n${ONE_HOT}`, `dense 2\n  sigmoid\n}\n${ONE_HOT}`, `dense 2 hard_sigmoid\n}\n${ONE_HOT}`],
    binary_focal_crossentropy: [`dense 2 sigmoid\n}\n${ONE_HOT}`, `dense 2 hard_sigmoid\n}\n${ONE_HOT}`],
    kl_divergence: [`dense 2 softmax\n}\n${ONE_HOT}`, `dense 2 sigmoid\n}\n${ONE_HOT}`],
    categorical_crossentropy: [`dense 2 softmax\n}\n${ONE_HOT}`, `dense 2 softplus\n}\n${ONE_HOT}`],
    sparse_categorical_crossentropy: [`dense 3 softmax\n}\n${CLASSES}`, `dense 3 sigmoid\n}\n${CLASSES}`],
  };
  test.each(names(losses))("loss %s", async (loss) => {
    for (const end of LOSS_CASES[loss])
      expect(await gradientError(`model M {\n  input a, b, c\n  dense 4 tanh\n  ${end}${train(loss)}`)).toBeLessThan(1e-6);
  });

  /** Losses with non-default settings, after each activation with a different formula. */
  const SETTING_CASES: readonly (readonly [string, string])[] = [
    ["binary_crossentropy(label_smoothing=0.25)", `dense 2 sigmoid\n}\n${ONE_HOT}`],
    ["binary_crossentropy(label_smoothing=0.25)", `dense 2 hard_sigmoid\n}\n${ONE_HOT}`],
    ["categorical_crossentropy(label_smoothing=0.25)", `dense 2 softmax\n}\n${ONE_HOT}`],
    ["categorical_crossentropy(label_smoothing=0.25)", `dense 2 softplus\n}\n${ONE_HOT}`],
    ["sparse_categorical_crossentropy(label_smoothing=0.25)", `dense 3 softmax\n}\n${CLASSES}`],
    ["sparse_categorical_crossentropy(label_smoothing=0.25)", `dense 3 sigmoid\n}\n${CLASSES}`],
    ["binary_focal_crossentropy(gamma=0)", `dense 2 sigmoid\n}\n${ONE_HOT}`],
    ["binary_focal_crossentropy(gamma=0.5)", `dense 2 sigmoid\n}\n${ONE_HOT}`],
  ];
  test.each(SETTING_CASES)("loss %s", async (loss, end) => {
    expect(await gradientError(`model M {\n  input a, b, c\n  dense 4 tanh\n  ${end}${train(loss)}`)).toBeLessThan(1e-6);
  });

  const LAYER_CASES = {
    input: "input a, b, c\n  dense 2",
    dense: "input a, b, c\n  dense 3 tanh l1=0.01 l2=0.02\n  dense 2 bias=false",
    activation: "input a, b, c\n  dense 3\n  elu 0.7\n  dense 2",
    flatten: "input a, b, c\n  dense 6 tanh\n  reshape 2x3\n  flatten\n  dense 2",
    reshape: "input a, b, c\n  dense 6 tanh\n  reshape 3x2\n  tanh\n  flatten\n  dense 2",
    // Dropout is off while gradients are inspected.
    dropout: "input a, b, c\n  dense 6 tanh\n  dropout 0.5\n  dense 2",
    concat: "i: input a, b, c\n  x: dense 2 tanh\n  y: dense 3 tanh from i\n  concat from x, y, i\n  dense 2",
    add: "i: input a, b, c\n  x: dense 3 tanh\n  add from x, i, x\n  dense 2",
    batch_norm: "input a, b, c\n  dense 6 tanh\n  batch_norm\n  reshape 2x3\n  batch_norm epsilon=0.1\n  flatten\n  dense 2",
    layer_norm: "input a, b, c\n  dense 6 tanh\n  layer_norm\n  reshape 2x3\n  layer_norm epsilon=0.1\n  flatten\n  dense 2",
    normalize: "input a, b, c\n  normalize\n  dense 3 tanh\n  normalize\n  dense 2",
    // A step on a side branch: its output is a constant for the rest of the network.
    neuron: "i: input a, b, c\n  n: neuron a, b, not c threshold=1\n  dense 3 tanh from i\n  k: concat from n, dense_1\n  dense 2",
    multiply: "i: input a, b, c\n  x: dense 3 tanh\n  multiply from x, i, x\n  dense 2",
    subtract: "i: input a, b, c\n  x: dense 3 tanh\n  subtract from x, i, i\n  dense 2",
    average: "i: input a, b, c\n  x: dense 3 tanh\n  average from x, i, x\n  dense 2",
    maximum: "i: input a, b, c\n  x: dense 3 tanh\n  y: dense 3 from i\n  maximum from x, y, i, x\n  dense 2",
    minimum: "i: input a, b, c\n  x: dense 3 tanh\n  y: dense 3 from i\n  minimum from x, y, i, x\n  dense 2",
    // Noise is off while gradients are inspected.
    gaussian_noise: "input a, b, c\n  dense 6 tanh\n  gaussian_noise 0.5\n  dense 2",
    prelu: "input a, b, c\n  dense 6 tanh\n  prelu alpha=[0.1, -0.2, 0.3, -0.4, 1, 2]\n  reshape 2x3\n  prelu\n  flatten\n  dense 2",
  } satisfies Record<PlannedKind, string>;
  test.each(Object.keys(LAYER_CASES) as PlannedKind[])("layer %s", async (kind) => {
    expect(await gradientError(`model M {\n  ${LAYER_CASES[kind]}\n}\n${NUMBERS}${train("mse")}`)).toBeLessThan(1e-6);
  });

  test("branches that part and meet, and two weighted outputs, one of which feeds another layer", async () => {
    const model =
      "i: input a, b, c\n  h: dense 3 tanh\n  one: dense 1 tanh\n  two: dense 1 from h\n  k: concat from one, two\n  three: dense 2 from k\n  output one, three";
    const data = table("  features a, b, c\n  target t, u, v\n  0.31 -0.72 1.13 -> 0.4 -0.9 1\n  -1.41 0.55 0.23 -> -0.2 0.7 0.2");
    expect(
      await gradientError(
        `model M {\n  ${model}\n}\n${data}train M on D {\n  loss one=mse three=huber(0.3)\n  loss_weights one=0.3 three=2\n  batch all\n}`,
      ),
    ).toBeLessThan(1e-6);
  });
});
