/** Tests that the losses equal their formulas: with weights, with extreme numbers, and where probabilities are clipped. */
import { describe, expect, test } from "vitest";
import { atOnce, epochsOf, noFiles, planOf } from "../../test/fixtures.ts";
import { type Gradients, gradientsOf } from "../evaluate/gradients.ts";
import type { TrainingEvent } from "../events.ts";
import { train } from "../training/trainer.ts";

interface LossCase {
  /** The output layer. Its initial bias is its preactivation, because the only feature is 0. */
  readonly layer: string;
  readonly loss: string;
  readonly target: string;
}

const textOf = ({ layer, loss, target }: LossCase): string =>
  `model M {\n  input 1\n  out: ${layer}\n}\ndata D {\n  0 -> ${target}\n}\ntrain M on D {\n  loss ${loss}\n  batch all\n  epochs 1\n}\n`;

const found = (one: LossCase): Promise<Gradients> => gradientsOf(planOf(textOf(one)), noFiles);
/** ∂loss/∂z, which for one row is the bias's gradient. */
const slopes = ({ layers }: Gradients): readonly number[] => (layers.find(({ id }) => id === "out")?.bias ?? []) as readonly number[];

const close = (values: readonly number[], wanted: readonly number[]): void => {
  expect(values).toHaveLength(wanted.length);
  for (const [k, value] of wanted.entries()) expect(values[k]).toBeCloseTo(value, 12);
};

describe("an output's weight", () => {
  // softmax(ln 1, ln 3) = (¼, ¾); sigmoid(ln 3) = ¾.
  const [one, three] = [0, Math.log(3)];
  test.each([
    ["sparse_categorical_crossentropy", `dense 2 softmax bias=[${one}, ${three}]`, "0", Math.log(4), [-3 / 4, 3 / 4]],
    ["categorical_crossentropy", `dense 2 softmax bias=[${one}, ${three}]`, "0 1", Math.log(4 / 3), [1 / 4, -1 / 4]],
    ["binary_crossentropy", `dense 1 sigmoid bias=[${three}]`, "0", Math.log(4), [3 / 4]],
    ["mse", "dense 2 bias=[3, 1]", "1 1", 2, [2, 0]],
  ])("%s: loss and gradient are multiplied by it", async (loss, layer, target, value, slope) => {
    for (const weight of [1, 0.25]) {
      const line = weight === 1 ? loss : `${loss}\n  loss_weights out=${weight}`;
      const result = await found({ layer, loss: line, target });
      expect(result.loss).toBeCloseTo(weight * value, 12);
      close(
        slopes(result),
        slope.map((each) => weight * each),
      );
    }
  });

  test("multiplies the loss in the epoch's event too", async () => {
    const events: unknown[] = [];
    const layer = `dense 2 softmax bias=[0, ${three}]`;
    const text = textOf({ layer, loss: "sparse_categorical_crossentropy\n  loss_weights out=0.25", target: "0" });
    await train(planOf(text), {
      host: atOnce,
      files: noFiles,
      precision: "float64",
      emit: (event) => void (event.kind === "epoch" && events.push(event.loss)),
    });
    expect(events).toEqual([expect.closeTo(0.25 * Math.log(4), 12)]);
  });
});

describe("an output of several axes", () => {
  // softmax(0, ln 3) = (¼, ¾) and softmax(ln 3, 0) = (¾, ¼), each over the last axis.
  const three = Math.log(3);
  const textFor = (activation: string): string =>
    `model M {\n  input 1\n  out: dense 4 bias=[0, ${three}, ${three}, 0]\n  reshape 2x2\n  ${activation}\n}\ndata D {\n  0 -> 0 1 0 1\n}\ntrain M on D {\n  loss categorical_crossentropy\n  metrics accuracy, recall\n  batch all\n  epochs 1\n}\n`;

  test("softmax and categorical_crossentropy run over the last axis, and the loss is the mean over the others", async () => {
    const result = await gradientsOf(planOf(textFor("softmax")), noFiles);
    expect(result.layers.at(-1)?.output).toEqual([[1 / 4, 3 / 4, 3 / 4, 1 / 4].map((share) => expect.closeTo(share, 12))]);
    expect(result.loss).toBeCloseTo((Math.log(4 / 3) + Math.log(4)) / 2, 12);
    close(
      slopes(result),
      [1 / 4, -1 / 4, 3 / 4, -3 / 4].map((slope) => slope / 2),
    );
  });

  test("without a softmax the outputs of the last axis are divided by their sum", async () => {
    const result = await gradientsOf(planOf(textFor("softplus")), noFiles);
    const [zero, far] = [Math.log(2), Math.log(4)];
    expect(result.loss).toBeCloseTo((Math.log((zero + far) / far) + Math.log((zero + far) / zero)) / 2, 12);
  });

  test("each place of the other axes counts as a row of classes in the metrics", async () => {
    const events: TrainingEvent[] = [];
    await train(planOf(textFor("softmax")), { host: atOnce, files: noFiles, emit: (event) => void events.push(event) });
    // The first place is right, the second wrong. Class 1 occurs twice and is predicted once; class 0 is predicted once and never occurs.
    expect(epochsOf(events)[0]?.metrics).toEqual({ accuracy: 0.5, recall: 0.25 });
  });
});

describe("extreme preactivations", () => {
  test.each([
    ["the class itself is certain", "0", 0, [0, 0]],
    // −ln softmax = z₀ − z₁, because the smaller exponential is negligible.
    ["another class is certain", "1", 2000, [1, -1]],
  ])("softmax of ±1000, %s: finite and exact", async (_what, target, loss, slope) => {
    const result = await found({ layer: "dense 2 softmax bias=[1000, -1000]", loss: "sparse_categorical_crossentropy", target });
    expect(result.loss).toBe(loss);
    close(slopes(result), slope);
  });

  test("softmax of preactivations that are all far below 0", async () => {
    const result = await found({ layer: "dense 2 softmax bias=[-1000, -1001]", loss: "sparse_categorical_crossentropy", target: "1" });
    // ln(1 + e⁻¹) + 1
    expect(result.loss).toBeCloseTo(1 + Math.log1p(Math.exp(-1)), 12);
  });

  test.each([
    [1000, "1", 0, 0],
    [1000, "0", 1000, 1],
    [-1000, "1", 1000, -1],
  ])("sigmoid of %d for the target %s", async (z, target, loss, slope) => {
    const result = await found({ layer: `dense 1 sigmoid bias=[${z}]`, loss: "binary_crossentropy", target });
    expect(result.loss).toBe(loss);
    close(slopes(result), [slope]);
  });
});

describe("probabilities are clipped by 1e-7 as in Keras if the activation is not the loss's own", () => {
  test.each([
    // softplus(−40) is 4e-18, negligible compared with softplus(5).
    ["a share below 1e-7 counts as 1e-7", "0", -Math.log(1e-7)],
    ["a share above 1 − 1e-7 counts as 1 − 1e-7", "1", -Math.log(1 - 1e-7)],
  ])("categorical, %s, and has no slope", async (_what, target, loss) => {
    const result = await found({ layer: "dense 2 softplus bias=[-40, 5]", loss: "sparse_categorical_crossentropy", target });
    expect(result.loss).toBeCloseTo(loss, 12);
    close(slopes(result), [0, 0]);
  });

  test("a categorical loss does not clip a share of 2e-7", async () => {
    // softplus(z) = 2e-7 at z = ln(e^2e-7 − 1). The other output is 1 − 2e-7, so that they add up to 1.
    const z = (a: number): number => Math.log(Math.expm1(a));
    const layer = `dense 2 softplus bias=[${z(2e-7)}, ${z(1 - 2e-7)}]`;
    const result = await found({ layer, loss: "sparse_categorical_crossentropy", target: "0" });
    expect(result.loss).toBeCloseTo(-Math.log(2e-7), 8);
    // ∂/∂a₀ = 1 − 1/a₀ and softplus'(z) = 1 − e⁻ᵃ
    expect(slopes(result)[0]).toBeCloseTo((1 - 1 / 2e-7) * -Math.expm1(-2e-7), 5);
  });

  test.each([
    ["1", -4, -Math.log(1e-7)],
    ["0", -4, -Math.log(1 - 1e-7)],
    ["0", 4, -Math.log(1e-7)],
  ])("binary, the target %s under hard_sigmoid(%d), which is 0 or 1", async (target, z, loss) => {
    const result = await found({ layer: `dense 1 hard_sigmoid bias=[${z}]`, loss: "binary_crossentropy", target });
    expect(result.loss).toBeCloseTo(loss, 8);
    close(slopes(result), [0]);
  });
});

describe("huber below, at and above delta", () => {
  test.each([
    // ½e² and e up to delta = 2; 2|e| − 2 and ±2 beyond.
    [1, 0.5, 1],
    [2, 2, 2],
    [3, 4, 2],
    [-3, 4, -2],
  ])("an error of %d", async (error, loss, slope) => {
    const result = await found({ layer: `dense 1 bias=[${error}]`, loss: "huber(delta=2)", target: "0" });
    expect(result.loss).toBe(loss);
    expect(slopes(result)).toEqual([slope]);
  });
});

// At exactly 0, the perceptron rule counts the row as wrong, so that zero weights start to change.
describe("hinge and perceptron near their boundary", () => {
  test.each([
    ["hinge", 1 + 2 ** -20, 0, 0],
    ["hinge", 1 - 2 ** -20, 2 ** -20, -1],
    ["perceptron", 0, 0, -1],
    ["perceptron", 0.25, 0, 0],
    ["perceptron", -0.25, 0.25, -1],
  ])("%s at %d for the target 1", async (loss, z, value, slope) => {
    const result = await found({ layer: `dense 1 bias=[${z}]`, loss, target: "1" });
    expect(result.loss).toBe(value);
    expect(slopes(result)[0]).toBeCloseTo(slope, 12);
  });
});
