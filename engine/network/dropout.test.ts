/** Compares dropout's reverse pass in training with the mask drawn in its forward pass. */
import { beforeEach, describe, expect, test } from "vitest";
import { planOf, seed } from "../../test/fixtures.ts";
import { randomFrom } from "../random.ts";
import { compile } from "./compile.ts";
import { initializeWeights } from "./initialize.ts";
import { forwardPass, type Mode, type Network, reversePass } from "./network.ts";

const RATE = 0.375;
const ROWS = 200;
const UNITS = 20;
const SCALE = 1 / (1 - RATE);

const plan = planOf(
  `model M {\n  input 1\n  h: dense ${UNITS} init=uniform(limit=2)\n  d: dropout ${RATE}\n  o: dense 1 init=uniform(limit=2)\n}\ndata D {\n  1 -> 0\n}\ntrain M on D {\n  loss mse\n}`,
);
let network: Network;

beforeEach(() => {
  network = compile(plan.network, { precision: "float64", capacity: ROWS });
  initializeWeights(network, seed);
  for (const { planned, values } of network.parameters) if (planned.name === "bias") values.fill(0.5);
  const input = tensor("input_1").values;
  for (let row = 0; row < ROWS; row++) input[row] = Math.sin(row);
});

const tensor = (id: string) => {
  const step = network.stepOf.get(id);
  if (!step) throw new Error(`There is no layer ${id}.`);
  return step.output;
};

/** Runs a forward pass. Each `draw` has its own mask. */
function forward(mode: Mode, draw = 1): void {
  network.batch.random = randomFrom(seed, "dropout", draw);
  forwardPass(network, mode);
}

/** Returns the factor of each number: its output divided by its input. No input here is 0. */
function factors(): number[] {
  const [x, y] = [tensor("h").values, tensor("d").values];
  return Array.from(x, (value, i) => (y[i] ?? Number.NaN) / value);
}

/** Returns a gradient of the loss with distinct numbers. */
const slopeOf = (row: number): number => Math.cos(3 * row);

function reverse(): void {
  network.signals.fill(0);
  tensor("o").gradient?.forEach((_, row, gradient) => {
    gradient[row] = slopeOf(row);
  });
  reversePass(network);
}

describe(`dropout in training (seed ${seed})`, () => {
  test("sets a share of `rate` to 0 and multiplies the rest by 1 / (1 − rate)", () => {
    forward("train");
    const dropped = factors().filter((factor) => factor === 0).length;
    for (const factor of factors()) if (factor !== 0) expect(factor).toBeCloseTo(SCALE, 12);
    // 4,000 draws: the share's deviation is √(0.375 · 0.625 / 4000) = 0.0077.
    expect(Math.abs(dropped / (ROWS * UNITS) - RATE)).toBeLessThan(5 * 0.0077);
  });

  test("the gradient is multiplied by the mask's factors, which are 0 for dropped numbers", () => {
    forward("train");
    const mask = factors().map((factor) => factor !== 0);
    reverse();
    const kernel =
      network.stepOf.get("o") && network.parameters.find(({ layer, planned }) => layer.id === "o" && planned.name === "kernel");
    const gradient = tensor("h").gradient ?? [];
    expect(gradient).toHaveLength(ROWS * UNITS);
    mask.forEach((passed, i) => {
      const above = slopeOf(Math.floor(i / UNITS)) * (kernel?.values[i % UNITS] ?? Number.NaN);
      if (passed) expect(gradient[i]).toBeCloseTo(above * SCALE, 12);
      else expect(gradient[i]).toBe(0);
    });
    expect(mask).toContain(true);
    expect(mask).toContain(false);
  });

  test("the gradients of the layer below equal the central differences of the pass with the same mask", () => {
    forward("train");
    reverse();
    const loss = (): number => {
      forward("train");
      return Array.from(tensor("o").values).reduce((sum, y, row) => sum + slopeOf(row) * y, 0);
    };
    const kernel = network.parameters.find(({ layer }) => layer.id === "h");
    const found = [...(kernel?.gradient ?? [])];
    expect(found).toHaveLength(UNITS);
    found.forEach((gradient, j) => {
      if (!kernel) return;
      const own = kernel.values[j] ?? 0;
      kernel.values[j] = own + 1e-5;
      const above = loss();
      kernel.values[j] = own - 1e-5;
      const below = loss();
      kernel.values[j] = own;
      expect(gradient).toBeCloseTo((above - below) / 2e-5, 6);
    });
  });

  test("every batch draws a new mask", () => {
    forward("train", 1);
    const first = factors();
    forwardPass(network, "train");
    expect(factors()).not.toEqual(first);
    forward("train", 1);
    expect(factors()).toEqual(first);
  });

  test.each(["inspect", "infer"] as const)("%s drops nothing in either pass", (mode) => {
    forward("train");
    forward(mode);
    expect([...tensor("d").values]).toEqual([...tensor("h").values]);
    reverse();
    expect([...(tensor("h").gradient ?? [])]).toEqual([...(tensor("d").gradient ?? [])]);
  });
});
