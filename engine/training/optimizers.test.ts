/** Compares updates and `clip` with gradients and steps computed by hand. */
import { describe, expect, test } from "vitest";
import { atOnce, noFiles, planOf } from "../../test/fixtures.ts";
import { type Configured, withDefaults } from "../catalog/index.ts";
import { compile } from "../network/compile.ts";
import { optimizerState, updateOf } from "./optimizers.ts";
import { train } from "./trainer.ts";

/** Returns the weight after each gradient, starting at 1, with the learning rate 0.1. */
function weightsAfter(use: Configured<"optimizers">, gradients: readonly number[]): number[] {
  const { network: plan } = planOf(
    "model M {\n  input x\n  dense 1 bias=false kernel=[[1]]\n}\ndata D {\n  1 -> 1\n}\ntrain M on D {\n  loss mse\n}",
  );
  const network = compile(plan, { precision: "float64", capacity: 1 });
  const [state, update] = [optimizerState({ optimizer: use, learningRate: 0.1 }, network), updateOf(use, network)];
  const weight = Float64Array.of(1);
  return gradients.map((gradient) => {
    state.step++;
    update(weight, Float64Array.of(gradient), 0, 1, 0.1, state);
    return weight[0] ?? Number.NaN;
  });
}

describe("two updates by hand", () => {
  test("adamax", () => {
    const [first = 0, second = 0] = weightsAfter(withDefaults("optimizers", "adamax"), [2, -1]);
    // m = 0.2, u = 2.
    expect(first).toBeCloseTo(1 - ((0.1 / 0.1) * 0.2) / (2 + 1e-7), 14);
    // m = 0.9 · 0.2 − 0.1 = 0.08; u is the decayed maximum 0.999 · 2, since |−1| is smaller.
    expect(second).toBeCloseTo(first - ((0.1 / 0.19) * 0.08) / (1.998 + 1e-7), 14);
  });

  test("adam with amsgrad divides by the largest v, not by the last", () => {
    const { settings } = withDefaults("optimizers", "adam");
    const [first = 0, second = 0] = weightsAfter({ name: "adam", settings: { ...settings, amsgrad: 1 } }, [2, 0]);
    // m = 0.2, v = 0.004.
    expect(first).toBeCloseTo(1 - (((0.1 * Math.sqrt(0.001)) / 0.1) * 0.2) / (Math.sqrt(0.004) + 1e-7), 14);
    // m = 0.18; v falls to 0.003996, so the largest is still 0.004.
    expect(second).toBeCloseTo(first - (((0.1 * Math.sqrt(0.001999)) / 0.19) * 0.18) / (Math.sqrt(0.004) + 1e-7), 14);
  });
});

/**
 * Returns the weights after one step of sgd with learning rate 1 from a kernel of zeros, without a bias. For the row (a, b → 1) under mse, the
 * gradient is −2 · (a, b), so the step without clipping is 2 · (a, b).
 */
async function stepOf(row: string, clip: string, layers = "dense 1 bias=false kernel=[[0], [0]]"): Promise<number[]> {
  const plan = planOf(
    `model M {\n  input 2\n  ${layers}\n}\ndata D {\n  ${row} -> 1\n}\ntrain M on D {\n  loss mse\n  optimizer sgd(learning_rate=1)\n  batch all\n  epochs 1\n  ${clip}\n}`,
  );
  const trained = await train(plan, { host: atOnce, files: noFiles, precision: "float64", emit: () => undefined });
  return [...(trained?.network.weights ?? [])];
}

describe("clip", () => {
  test("without it the step is the gradient", async () => {
    expect(await stepOf("3 4", "")).toEqual([6, 8]);
  });

  test("by norm: a gradient of length 10 is scaled to length 5 in the same direction", async () => {
    expect(await stepOf("3 4", "clip norm=5")).toEqual([3, 4]);
  });

  test("by norm: a gradient of at most that length does not change", async () => {
    expect(await stepOf("3 4", "clip norm=10")).toEqual([6, 8]);
    expect(await stepOf("3 4", "clip norm=11")).toEqual([6, 8]);
  });

  test("by value: each number is limited on its own, on both sides of 0", async () => {
    // The gradient is (−6, 8): 6 is within 7, 8 is not.
    expect(await stepOf("3 -4", "clip value=7")).toEqual([6, -7]);
    expect(await stepOf("-3 4", "clip value=7")).toEqual([-6, 7]);
    expect(await stepOf("-4 3", "clip value=7")).toEqual([-7, 6]);
  });

  test("by both: first each value, then the length of the clipped gradient", async () => {
    // (−6, −8) clipped at 3 is (−3, −3), whose length 3√2 is scaled to √2. In the other order the result would be (−0.85, −1.13).
    const step = await stepOf("3 4", "clip value=3 norm=1.4142135623730951");
    expect(step[0]).toBeCloseTo(1, 12);
    expect(step[1]).toBeCloseTo(1, 12);
  });

  test("by norm: the length is that of all layers' gradients together", async () => {
    // With w = (0.12, 0.16) and x = (3, 4), h = 1; with v = 2, y = 2, an error of 1. The gradient is 2 · h = 2 for v and
    // 2 · v · x = (12, 16) for w. Its length is √(4 + 144 + 256).
    const layers = "dense 1 bias=false kernel=[[0.12], [0.16]]\n  dense 1 bias=false kernel=[[2]]";
    const [w1 = 0, w2 = 0, v = 0] = await stepOf("3 4", "clip norm=1", layers);
    const length = Math.sqrt(404);
    expect(w1).toBeCloseTo(0.12 - 12 / length, 12);
    expect(w2).toBeCloseTo(0.16 - 16 / length, 12);
    expect(v).toBeCloseTo(2 - 2 / length, 12);
  });

  test("a frozen layer does not add to the length, even if it has a penalty", async () => {
    const plain = await stepOf("3 4", "clip norm=5");
    const frozen = await stepOf(
      "3 4",
      "clip norm=5",
      "dense 2 bias=false kernel=[[1, 0], [0, 1]] l2=10 freeze=true\n  dense 1 bias=false kernel=[[0], [0]]",
    );
    expect(frozen).toEqual([1, 0, 0, 1, ...plain]);
  });
});
