/** An inspector's walk-through, results and tensors, compared with values computed by hand, with `nn gradients` and with the training. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { atOnce, noFiles, planOf } from "../../test/fixtures.ts";
import { gradientsOf } from "../evaluate/gradients.ts";
import type { TrainingEvent } from "../events.ts";
import type { TrainingPlan } from "../plan.ts";
import { train } from "../training/trainer.ts";
import { openInspector } from "./inspector.ts";
import type { Walk, WalkMatrix } from "./views.ts";

/** Trains the plan and returns an inspector with the final weights. */
async function inspect(plan: TrainingPlan, files = noFiles) {
  let stateNow: (() => Uint8Array) | undefined;
  await train(plan, {
    host: atOnce,
    files,
    emit: () => undefined,
    precision: "float64",
    onReady: (now) => {
      stateNow = now;
    },
  });
  const checkpoint = stateNow?.();
  if (!checkpoint) throw new Error("no checkpoint");
  const inspector = await openInspector(plan, files, { precision: "float64" });
  inspector.use(checkpoint);
  return inspector;
}

const sampleFiles = { read: async (path: string) => new Uint8Array(readFileSync(inProject("samples", path))) };
const sample = (name: string): TrainingPlan => planOf(readFileSync(inProject("samples", name), "utf8"));
const matrixOf = (walk: Walk, title: string, name: string): WalkMatrix => {
  const found = walk.stages.find((stage) => stage.title === title)?.matrices.find((matrix) => matrix.name.startsWith(name));
  if (!found) throw new Error(`${title} has no ${name}: ${walk.stages.map((stage) => stage.title).join("; ")}`);
  return found;
};

/** Returns all lines of a matrix's workings. */
const linesOf = ({ workings }: WalkMatrix): string[] => (workings ?? []).flat().flatMap(({ lines }) => lines);

describe("the walk-through of a step", () => {
  // a = 2x on (1→0), (2→0): loss (4 + 16) / 2, ∂L/∂a = 2 · (a − 0) / 2, ∂L/∂w = 1·2 + 2·4, w = 2 − 0.1 · 10
  const hand = planOf(
    "model M {\n  input 1\n  dense 1 linear kernel=[[2]] bias=false\n}\ndata D {\n  1 -> 0\n  2 -> 0\n}\ntrain M on D {\n  loss mse\n  optimizer sgd(learning_rate=0.1)\n  batch all\n  shuffle false\n  epochs 1\n}",
  );

  test("has the numbers computed by hand, with the workings of each", async () => {
    const inspector = await openInspector(hand, noFiles, { precision: "float64" });
    const walk = await inspector.walk();
    expect(walk.stages.map(({ pass }) => pass)).toEqual(["data", "forward", "loss", "error", "backward", "backward", "update"]);
    // Without a checkpoint, the inspector uses the plan's initial weights.
    expect(walk.loss).toBe(10);
    expect(matrixOf(walk, "Forward through dense_1", "a").values).toEqual([[2], [4]]);
    expect(matrixOf(walk, "The output error of dense_1", "∂L/∂a").values).toEqual([[2], [4]]);
    const gradient = matrixOf(walk, "Back through dense_1", "∂L/∂W");
    expect(gradient.values).toEqual([[10]]);
    expect(linesOf(gradient)).toEqual(["∂L/∂w = Σ x · ∂L/∂z = 1 · 2 + 2 · 4 = 10"]);
    const update = matrixOf(walk, "The update of dense_1's kernel", "kernel, updated");
    expect(update.values).toEqual([[1]]);
    expect(linesOf(update)).toEqual(["w ← w − lr · g = 2 − 0.1 · 10 = 1"]);
  });

  test.each(["xor.nn", "iris.nn"])("has the gradients of `nn gradients` on %s", async (name) => {
    const plan = sample(name);
    const whole: TrainingPlan = { ...plan, training: { ...plan.training, epochs: 0, batch: null, shuffle: false } };
    const inspector = await openInspector(whole, sampleFiles, { precision: "float64" });
    const walk = await inspector.walk();
    const known = await gradientsOf(whole, sampleFiles);
    expect(walk.loss).toBeCloseTo(known.loss, 12);
    let compared = 0;
    for (const { id, kernel } of known.layers) {
      if (!kernel) continue;
      const shown = matrixOf(walk, `Back through ${id}`, "∂L/∂W").values;
      for (const [i, row] of shown.entries()) {
        for (const [j, value] of row.entries()) {
          expect(value).toBeCloseTo((kernel[i] as number[])[j] ?? Number.NaN, 12);
          compared++;
        }
      }
    }
    expect(compared).toBeGreaterThan(5);
  });

  test("shows the reverse pass through every trained layer, outputs first", async () => {
    const walk = await (await openInspector(sample("iris.nn"), sampleFiles, { precision: "float64" })).walk();
    expect(walk.stages.filter(({ pass }) => pass === "backward").map(({ layer }) => layer)).toEqual(["dense_1", "hidden", null]);
  });
});

describe("a network's results", () => {
  test("after early stopping are those of the best epoch, with its number", async () => {
    const plan = sample("early-stopping.nn");
    let end: TrainingEvent | undefined;
    let take: (() => Uint8Array) | undefined;
    await train(plan, {
      host: atOnce,
      files: noFiles,
      precision: "float64",
      onReady: (now) => (take = now),
      emit: (event) => (end = event),
    });
    if (end?.kind !== "finished" || end.restoredEpoch === null || !take) throw new Error("No epoch was restored.");
    const inspector = await openInspector(plan, noFiles, { precision: "float64" });
    inspector.use(take());
    expect(end.restoredEpoch).toBeLessThan(end.epochs);
    expect(inspector.result().place.epoch).toBe(end.restoredEpoch);
  });

  test("of a trained XOR: all classes right, and the surface separates them", async () => {
    const inspector = await inspect(sample("xor.nn"));
    const { place, outputs, surface } = inspector.result();
    expect(place).toMatchObject({ part: "training", rows: 4, of: 4, epoch: 1000 });
    expect(outputs[0]).toMatchObject({
      kind: "classes",
      classes: ["0", "1"],
      matrix: [
        [2, 0],
        [0, 2],
      ],
      right: 4,
      asked: 4,
      mistakes: [],
    });
    if (!surface) throw new Error("no surface");
    expect(surface.points.map(({ at, target }) => [...at, target])).toEqual([
      [0, 0, 0],
      [0, 1, 1],
      [1, 0, 1],
      [1, 1, 0],
    ]);
    // The surface at the grid point nearest to (x, y).
    const value = (x: number, y: number): number => {
      const k = (v: number, j: number): number =>
        Math.round(((v - (surface.from[j] ?? 0)) / ((surface.to[j] ?? 1) - (surface.from[j] ?? 0))) * (surface.size - 1));
      return surface.values[0]?.[k(y, 1) * surface.size + k(x, 0)] ?? Number.NaN;
    };
    expect(value(0, 1)).toBeGreaterThan(0.8);
    expect(value(1, 0)).toBeGreaterThan(0.8);
    expect(value(0, 0)).toBeLessThan(0.2);
    expect(value(1, 1)).toBeLessThan(0.2);
  });

  test("of a network that always predicts class 0: the rows of class 1 are its mistakes, the largest loss first", async () => {
    const plan = planOf(
      "model M {\n  input x\n  dense 2 softmax kernel=[[-1, 1]] bias=[3, -3]\n}\ndata D {\n  features x\n  target y\n  0 -> 0\n  1 -> 1\n  2 -> 1\n}\ntrain M on D {\n  loss sparse_categorical_crossentropy\n  epochs 1\n}",
    );
    const { outputs, surface } = (await openInspector(plan, noFiles, { precision: "float64" })).result();
    const [first] = outputs;
    if (first?.kind !== "classes") throw new Error("no classes");
    expect(first.matrix).toEqual([
      [1, 0],
      [2, 0],
    ]);
    expect(first.mistakes.map(({ row, truth, predicted, features }) => [row, truth, predicted, features[0]?.value])).toEqual([
      [2, "1", "0", "1"],
      [3, "1", "0", "2"],
    ]);
    // softmax(3 − x, x − 3): the score of 1 at x = 1 is 1 / (1 + e⁴)
    expect(first.mistakes[0]?.loss).toBeCloseTo(Math.log(1 + Math.exp(4)), 9);
    expect(surface).toMatchObject({ features: ["x"], size: 201 });
  });

  test("of numbers: predicted and true values in the target's own units", async () => {
    const plan = planOf(
      "model M {\n  input x\n  dense 1 linear kernel=[[2]] bias=[1]\n}\ndata D {\n  features x\n  target y\n  1 -> 3\n  2 -> 5\n  3 -> 10\n}\ntrain M on D {\n  loss mse\n  epochs 1\n}",
    );
    const [first] = (await openInspector(plan, noFiles, { precision: "float64" })).result().outputs;
    if (first?.kind !== "numbers") throw new Error("no numbers");
    expect(first.units[0]).toMatchObject({ name: "y", truth: [3, 5, 10], predicted: [3, 5, 7] });
    expect(first.units[0]?.residuals).toMatchObject({ mean: 1, max: 3 });
    // 1 − 9 / Σ (t − 6)²
    expect(first.units[0]?.r2).toBeCloseTo(1 - 9 / 26, 12);
    expect(first.mistakes.map(({ row }) => row)).toEqual([3]);
  });
});

describe("a tensor's gradient is the one of the update", () => {
  // The output equals the target 2, so the gradient is only the penalty's, 2 · 0.5 · 2 = 2. Clipping halves it.
  test.each([
    ["the penalty's gradient", "", 2],
    ["the penalty's gradient, clipped", "  clip norm=1\n", 1],
  ])("%s is in the histogram and in the heat map", async (_name, clip, wanted) => {
    const plan = planOf(
      `model M {\n  input x\n  dense 1 linear l2=0.5 kernel=[[2]] bias=false\n}\ndata D {\n  features x\n  target y\n  1 -> 2\n}\ntrain M on D {\n  loss mse\n  optimizer sgd(learning_rate=1e-9)\n${clip}  epochs 1\n}`,
    );
    const events: TrainingEvent[] = [];
    await train(plan, { host: atOnce, files: noFiles, precision: "float64", isWatched: () => true, emit: (event) => events.push(event) });
    const snapshot = events.find((event) => event.kind === "snapshot");
    expect(snapshot?.parameters[0]?.gradients).toEqual([wanted]);
    const { gradient } = (await openInspector(plan, noFiles, { precision: "float64" })).tensor("dense_1", "kernel");
    expect([...(gradient ?? [])]).toEqual([wanted]);
  });
});

test("a tensor has the run's weights and the gradient of one mini-batch", async () => {
  const inspector = await inspect(sample("iris.nn"), sampleFiles);
  const { shape, weights, gradient, epoch } = inspector.tensor("hidden", "kernel");
  expect([shape, weights.length, gradient?.length, epoch]).toEqual([[4, 16], 64, 64, 60]);
  expect(() => inspector.tensor("hidden", "gamma")).toThrow("hidden has no gamma.");
});
