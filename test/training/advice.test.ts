/** The checker's advice about training is true: its claims about gradients and weights are measured in trainings of its own examples. */
import { describe, expect, test } from "vitest";
import type { TrainingEvent } from "../../engine/events.ts";
import { train } from "../../engine/training/trainer.ts";
import { analyse } from "../../server/language/analysis.ts";
import { diagnostics } from "../../server/language/diagnostics/table.ts";
import { atOnce, epochsOf, noFiles, planOf } from "../fixtures.ts";

const moons = (layers: string, training: string): string =>
  `model M {\n  input x1, x2\n  ${layers}\n}\ndata D {\n  source moons(samples=100)\n}\ntrain M on D {\n  loss binary_crossentropy\n  ${training}\n}\n`;

describe("NN507: units that all start the same", () => {
  /** Trains and returns each unit's incoming weights. */
  async function unitsAfter(layers: string): Promise<number[][]> {
    const plan = planOf(moons(layers, "optimizer sgd(learning_rate=0.1)\n  epochs 20"));
    const trained = await train(plan, { host: atOnce, files: noFiles, precision: "float64", emit: () => undefined });
    const kernel = trained?.network.parameters.find(({ planned }) => planned.name === "kernel");
    if (!kernel) throw new Error("The network has no kernel.");
    const units = kernel.planned.shape.at(-1) ?? 0;
    return Array.from({ length: units }, (_, unit) => [...kernel.values].filter((_w, i) => i % units === unit));
  }
  const messageOf = (layers: string): string =>
    analyse(moons(layers, "epochs 1"))
      .issues.filter(({ code }) => code === "NN507")
      .map(({ message }) => message)
      .join();
  const different = (units: readonly number[][]): number => new Set(units.map((unit) => unit.join())).size;

  test.each([
    "dense 6 tanh init=ones\n  dense 1 sigmoid init=ones",
    "dense 6 tanh init=zeros\n  dense 1 sigmoid init=ones",
    "dense 2 kernel=[[3, 3], [-1, -1]]\n  tanh\n  dense 1 sigmoid kernel=[[2], [2]]",
    "dense 3 sigmoid init=ones bias=[4, 4, 4]\n  dense 2 relu kernel=[[1, -2], [1, -2], [1, -2]]\n  dense 1 sigmoid",
  ])("equal weights into and out of the units: they stay equal (%s)", async (layers) => {
    expect(messageOf(layers)).toMatch(/the same weights, into them and out of them, so they receive the same gradients and stay equal/);
    expect(different(await unitsAfter(layers))).toBe(1);
  });

  test("zeros under relu: the weights stay 0", async () => {
    const layers = "dense 6 relu init=zeros\n  dense 1 sigmoid";
    expect(messageOf(layers)).toMatch(/start at 0, where `relu` has no slope, so they receive no gradient and stay 0/);
    expect((await unitsAfter(layers)).flat().every((w) => w === 0)).toBe(true);
  });

  test("zeros under tanh: the units become different, so the message does not say that they stay equal", async () => {
    const layers = "dense 6 tanh init=zeros\n  dense 1 sigmoid";
    expect(messageOf(layers)).toMatch(/a poor start: every unit begins with the same output/);
    expect(different(await unitsAfter(layers))).toBe(6);
  });

  test.each([
    "dense 6 tanh\n  dense 1 sigmoid init=zeros",
    "dense 6 tanh init=ones\n  dense 1 sigmoid",
    "dense 2 tanh init=ones bias=[1, -1]\n  dense 1 sigmoid init=ones",
    "dense 2 tanh kernel=[[1, 1], [1, 2]]\n  dense 1 sigmoid init=ones",
    "dense 6 tanh init=ones\n  dropout 0.5\n  dense 1 sigmoid init=ones",
  ])("units that become different are not reported (%s)", async (layers) => {
    expect(messageOf(layers)).toBe("");
    expect(different(await unitsAfter(layers))).toBeGreaterThan(1);
  });
});

describe("NN506: a deep stack is reported where the gradient vanishes", () => {
  /** Returns the gradient's norm at the first hidden layer as a share of that at the last one in the first epoch: the median of five seeds. */
  async function shareAtFirst(activation: string, depth: number): Promise<number> {
    const shares: number[] = [];
    for (const seed of [1, 2, 3, 4, 5]) {
      const events: TrainingEvent[] = [];
      const text = moons(
        `repeat ${depth} {\n    dense 8 ${activation}\n  }\n  dense 1 sigmoid`,
        `optimizer sgd(learning_rate=0.05)\n  epochs 1\n  seed ${seed}`,
      );
      await train(planOf(text), { host: atOnce, files: noFiles, emit: (event) => events.push(event) });
      const layers = epochsOf(events).at(-1)?.layers ?? [];
      shares.push((layers[0]?.gradient.norm ?? Number.NaN) / (layers.at(-2)?.gradient.norm ?? Number.NaN));
    }
    return shares.sort((a, b) => a - b)[2] ?? Number.NaN;
  }

  test("five layers of sigmoid leave less than a hundredth of it, five and ten of tanh more than a quarter", async () => {
    expect(await shareAtFirst("sigmoid", 5)).toBeLessThan(0.01);
    expect(await shareAtFirst("tanh", 5)).toBeGreaterThan(0.25);
    expect(await shareAtFirst("tanh", 10)).toBeGreaterThan(0.25);
  });
});

test("NN405: the repair that the message names leads to a file without errors", () => {
  const { example } = diagnostics.NN405;
  const [found] = analyse(example).issues;
  expect(found?.message).toContain("replace the steps by `sigmoid` and train with `loss binary_crossentropy` and `optimizer sgd`");
  const repaired = example.replace("tlu 1", "dense 1 sigmoid").replace("optimizer perceptron", "loss binary_crossentropy\n  optimizer sgd");
  expect(analyse(repaired).issues).toEqual([]);
});
