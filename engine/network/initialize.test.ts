import { describe, expect, test } from "vitest";
import { planOf } from "../../test/fixtures.ts";
import { names } from "../catalog/index.ts";
import { type InitializerName, initializers } from "../catalog/initializers.ts";
import { parameterFacts } from "../catalog/parameters.ts";
import { compile } from "./compile.ts";
import { initializeWeights } from "./initialize.ts";

/** [largest possible value, deviation] for a kernel of 250 inputs and 400 units, by hand from the papers' formulas. */
const WANTED: { readonly [I in InitializerName]: readonly [number, number] } = {
  glorot_uniform: [Math.sqrt(6 / 650), Math.sqrt(2 / 650)],
  glorot_normal: [(2 * Math.sqrt(2 / 650)) / 0.8796256610342398, Math.sqrt(2 / 650)],
  he_uniform: [Math.sqrt(6 / 250), Math.sqrt(2 / 250)],
  he_normal: [(2 * Math.sqrt(2 / 250)) / 0.8796256610342398, Math.sqrt(2 / 250)],
  lecun_uniform: [Math.sqrt(3 / 250), Math.sqrt(1 / 250)],
  lecun_normal: [(2 * Math.sqrt(1 / 250)) / 0.8796256610342398, Math.sqrt(1 / 250)],
  uniform: [0.05, 0.05 / Math.sqrt(3)],
  normal: [Number.POSITIVE_INFINITY, 0.05],
  truncated_normal: [0.1, 0.05 * 0.8796256610342398],
  zeros: [0, 0],
  ones: [1, 0],
};

function kernel(init: string, activation = "linear"): Float64Array {
  const { network } = planOf(
    `model M {\n  input 250\n  dense 400 ${activation} ${init}\n}\ndata D {\n  ${"0 ".repeat(250)}-> ${"0 ".repeat(400)}\n}\ntrain M on D {\n  loss mse\n}`,
  );
  const compiled = compile(network, { precision: "float64", capacity: 1 });
  initializeWeights(compiled, 42);
  return Float64Array.from(compiled.parameters[0]?.values ?? []);
}

describe("initializers", () => {
  test.each(names(initializers))("%s: range, mean and deviation of 100,000 numbers", (name) => {
    const values = kernel(`init=${name}`);
    const [limit, deviation] = WANTED[name];
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const spread = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
    expect(values.length).toBe(100_000);
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(limit * (1 + 1e-12));
    expect(Math.abs(mean - (name === "ones" ? 1 : 0))).toBeLessThan(4.5 * (deviation / Math.sqrt(values.length)) + 1e-12);
    expect(Math.abs(spread - deviation)).toBeLessThan(0.01 * deviation + 1e-12);
  });

  // 4.55 % of a normal distribution are beyond two deviations. Keras truncates truncated_normal at two of its deviations. he_normal's
  // limit is 2.27 times the deviation after truncation.
  test.each([
    ["normal", 0.05, 0.0455, Number.POSITIVE_INFINITY],
    ["normal(0.5, mean=3)", 0.5, 0.0455, Number.POSITIVE_INFINITY],
    ["truncated_normal(stddev=0.5, mean=3)", 0.5, 0, 2],
    ["he_normal", Math.sqrt(2 / 250), 0.0346, 2 / 0.8796256610342398],
  ])("%s: the share beyond two deviations, and the cut", (init, deviation, share, cut) => {
    const mean = init.includes("mean") ? 3 : 0;
    const distances = [...kernel(`init=${init}`)].map((value) => Math.abs(value - mean) / deviation);
    expect(Math.abs(distances.filter((distance) => distance > 2).length / 100_000 - share)).toBeLessThan(share === 0 ? 1e-12 : 0.003);
    expect(Math.max(...distances)).toBeLessThanOrEqual(cut * (1 + 1e-12));
    if (Number.isFinite(cut)) expect(Math.max(...distances)).toBeGreaterThan(cut * 0.999);
    else expect(Math.max(...distances)).toBeGreaterThan(3.5);
  });

  test.each([
    ["relu", "he_uniform"],
    ["selu", "lecun_normal"],
    ["tanh", "glorot_uniform"],
    ["linear", "glorot_uniform"],
  ])("under %s the default is %s", (activation, name) => {
    // Don't use toEqual: its report of 100,000 differences takes minutes.
    const wanted = kernel(`init=${name}`, activation);
    expect(kernel("", activation).every((value, i) => value === wanted[i])).toBe(true);
  });

  test("an activation on the next line decides the initializer as the layer's own does", () => {
    const plan = planOf("model M {\n  input 2\n  dense 3\n  relu\n  dense 1\n}\ndata D {\n  0 1 -> 1\n}\ntrain M on D {\n  loss mse\n}");
    expect(plan.network.layers[1]?.parameters[0]?.start).toEqual({ kind: "initializer", use: { name: "he_uniform", settings: {} } });
  });

  test("every kernel and every seed has different numbers", () => {
    const plan = planOf(
      "model M {\n  input 4\n  dense 4 bias=false\n  dense 4 bias=false\n  dense 1 bias=false\n}\ndata D {\n  0 0 0 0 -> 1\n}\ntrain M on D {\n  loss mse\n}",
    );
    const weightsOf = (seed: number): number[] => {
      const network = compile(plan.network, { precision: "float64", capacity: 1 });
      initializeWeights(network, seed);
      return [...network.weights];
    };
    const weights = weightsOf(1);
    expect(new Set(weights).size).toBe(36);
    expect(weightsOf(1)).toEqual(weights);
    for (const [k, weight] of weightsOf(2).entries()) expect(weight).not.toBe(weights[k]);
  });
});

test("fans are a matrix's axes, a convolution's window times its channels and filters, and a vector's length", () => {
  expect(parameterFacts.kernel.fans([250, 400])).toEqual({ in: 250, out: 400 });
  expect(parameterFacts.kernel.fans([3, 3, 16, 32])).toEqual({ in: 144, out: 288 });
  expect(parameterFacts.kernel.fans([5, 16, 32])).toEqual({ in: 80, out: 160 });
  expect(parameterFacts.bias.fans([7])).toEqual({ in: 7, out: 7 });
});
