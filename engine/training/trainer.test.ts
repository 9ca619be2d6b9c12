/** Tests the training loop: determinism, breaks, early stopping and divergence. */
import { describe, expect, test } from "vitest";
import { atOnce, epochsOf, noFiles, planOf } from "../../test/fixtures.ts";
import { loadExamples } from "../data/examples.ts";
import type { TrainingEvent } from "../events.ts";
import type { TrainingHost } from "../host.ts";
import type { TrainingPlan } from "../plan.ts";
import { modelFor, rowsAtOnce } from "./learner.ts";
import { lossWithGradients } from "./step.ts";
import { type Trained, train } from "./trainer.ts";

const ROWS = Array.from(
  { length: 40 },
  (_, i) => `  ${Math.sin(i).toFixed(4)} ${Math.cos(3 * i).toFixed(4)} -> ${Math.sin(2 * i).toFixed(4)}`,
).join("\n");
const text = (training: string, model = "dense 8 tanh\n  dropout 0.2\n  dense 1", data = ""): string =>
  `model M {\n  input 2\n  ${model}\n}\ndata D {\n${ROWS}\n${data}}\ntrain M on D {\n  loss mse\n${training}\n}`;

async function run(
  plan: TrainingPlan,
  host: TrainingHost = atOnce,
): Promise<{ events: TrainingEvent[]; trained: Trained | undefined; weights: number[] }> {
  const events: TrainingEvent[] = [];
  const trained = await train(plan, { host, files: noFiles, emit: (event) => events.push(event) });
  return { events, trained, weights: [...(trained?.network.weights ?? [])] };
}

describe("training", () => {
  test("the same file and seed produce the same bits, another seed different ones", async () => {
    const plan = planOf(text("  optimizer adam\n  epochs 5\n  batch 7"));
    const [first, second] = [await run(plan), await run(plan)];
    expect(second.weights).toEqual(first.weights);
    expect(epochsOf(second.events).map(({ loss }) => loss)).toEqual(epochsOf(first.events).map(({ loss }) => loss));
    expect((await run(planOf(text("  optimizer adam\n  epochs 5\n  batch 7\n  seed 43")))).weights).not.toEqual(first.weights);
  });

  test("XOR with two hidden units, the language's first example, is learned with the default seed", async () => {
    const plan = planOf(
      "model Xor {\n  input a, b\n  hidden: dense 2 tanh\n  dense 1 sigmoid\n}\ndata XorTable {\n  features a, b\n  target   y\n  0 0 -> 0\n  0 1 -> 1\n  1 0 -> 1\n  1 1 -> 0\n}\ntrain Xor on XorTable {\n  loss      binary_crossentropy\n  optimizer sgd(learning_rate=0.5)\n  epochs    2000\n}\n",
    );
    expect(epochsOf((await run(plan)).events).at(-1)?.loss).toBeLessThan(0.01);
  });

  test("a break before every batch changes no bit, and its time is not counted", async () => {
    const plan = planOf(text("  epochs 3\n  batch 7"));
    let time = 0;
    const slow: TrainingHost = {
      now: () => (time += 15),
      rest: async () => {
        time += 1e6;
        return "go";
      },
    };
    const paused = await run(plan, slow);
    expect(paused.weights).toEqual((await run(plan)).weights);
    expect(epochsOf(paused.events).every(({ seconds }) => seconds < 10)).toBe(true);
  });

  test("a stop ends the training within the epoch, returns the network, and reports the last completed epoch", async () => {
    let rests = 0;
    let time = 0;
    const { events, trained } = await run(planOf(text("  epochs 1000\n  batch 7")), {
      now: () => (time += 30),
      rest: async () => (++rests > 20 ? "stop" : "go"),
    });
    const last = events.at(-1);
    expect(last).toMatchObject({ kind: "stopped", epoch: epochsOf(events).length });
    expect(trained).toBeDefined();
    expect(rests).toBe(21);
  });

  test("a batch computed in pieces has the same gradients, bit for bit", async () => {
    const plan = planOf(text("  batch all", "dense 8 tanh\n  layer_norm\n  dense 1"));
    const examples = await loadExamples(plan, noFiles, "float32");
    const gradients = (capacity: number): number[] => {
      const model = modelFor(plan, examples, { precision: "float32", capacity });
      lossWithGradients(model, { order: examples.parts.train, from: 0, rows: 40, mode: "train" });
      return [...model.network.gradients];
    };
    for (const capacity of [12, 5, 1]) expect(gradients(capacity)).toEqual(gradients(40));
  });

  test("a batch that takes too long to interrupt is computed in pieces of a multiple of 4 rows", () => {
    const plan = planOf(
      `model M {\n  input 2\n  dense 2000 tanh\n  dense 500 tanh\n  dense 1\n}\ndata D {\n${ROWS}\n}\ntrain M on D {\n  loss mse\n  batch all\n}`,
    );
    expect(rowsAtOnce(plan, 40)).toBe(4);
    expect(rowsAtOnce(planOf(text("  batch all")), 40)).toBe(40);
    for (let units = 100; units <= 400; units += 7) {
      const rows = rowsAtOnce(planOf(text("  batch all", `dense ${units}\n  dense ${units} tanh\n  dense 1`)), 1e6);
      expect(rows).toBeLessThan(1e6);
      expect(rows % 4, `${rows} rows of ${units} units`).toBe(0);
    }
  });

  test("a batch whose statistics are needed is never divided into pieces", () => {
    expect(rowsAtOnce(planOf(text("  batch all", "dense 400\n  batch_norm\n  dense 400\n  dense 1")), 1e6)).toBe(1e6);
  });

  test("the loss is the mean over the rows during training, before each update", async () => {
    // With one weight w = 2 and no bias, y = 2x. The rows (1→0), (2→0) have losses 4 and 16, mean 10. The gradient is mean(2·2x·x) = (4+16)/2 = 10, so
    // w = 2 − 0.1·10 = 1.
    const plan = planOf(
      "model M {\n  input 1\n  dense 1 linear kernel=[[2]] bias=false\n}\ndata D {\n  1 -> 0\n  2 -> 0\n}\ntrain M on D {\n  loss mse\n  optimizer sgd(learning_rate=0.1)\n  batch all\n  epochs 2\n  metrics mae\n}",
    );
    const { events } = await run(plan);
    const epochs = epochsOf(events);
    expect(epochs.map(({ loss }) => loss)).toEqual([10, 2.5]);
    expect(epochs[0]?.metrics).toEqual({ mae: 3 });
    expect(epochs[0]?.layers).toEqual([
      {
        layer: "dense_1",
        gradient: { norm: 10, mean: 10, spread: 0, max: 10, zeros: 0 },
        updateRatio: 0.5,
        weightNorm: 1,
        deadUnits: null,
        units: null,
      },
    ]);
  });

  test("a run that diverges stops, reports the repair, and restores the last good weights", async () => {
    const { events, weights } = await run(
      planOf(
        text("  optimizer sgd(learning_rate=1)\n  epochs 300", "dense 8 relu\n  dense 8 relu\n  dense 1").replace(
          /-> (-?[\d.]+)/g,
          "-> 1e6",
        ),
      ),
    );
    expect(events.at(-1)).toMatchObject({ kind: "diverged", code: "NN601" });
    expect(events.at(-1)).toHaveProperty("message", expect.stringMatching(/values of about 1000000.*add `scale_target standard`/));
    expect(weights.every(Number.isFinite)).toBe(true);
  });

  test("early stopping waits for its patience and restores the best epoch", async () => {
    const plan = planOf(
      text(
        "  optimizer sgd(learning_rate=0.9)\n  epochs 500\n  stop early_stopping(patience=3)",
        "dense 8 tanh\n  dense 1",
        "  split validation=0.3\n",
      ),
    );
    const { events } = await run(plan);
    const losses = epochsOf(events).map(({ valLoss }) => valLoss ?? Number.NaN);
    const best = losses.indexOf(Math.min(...losses)) + 1;
    expect(losses.length).toBe(best + 3);
    expect(events.at(-1)).toMatchObject({ kind: "finished", epochs: best + 3, restoredEpoch: best });
  });

  test("a frozen layer's weights do not change while others are trained", async () => {
    const plan = planOf(text("  epochs 2", "dense 4 tanh freeze=true\n  dense 1"));
    const before = await run({ ...plan, training: { ...plan.training, epochs: 1 } });
    const after = await run(plan);
    expect(after.weights.slice(0, 12)).toEqual(before.weights.slice(0, 12));
    expect(after.weights.slice(12)).not.toEqual(before.weights.slice(12));
  });

  test("the losses in float32 and float64 agree within 1e-4", async () => {
    const plan = planOf(text("  optimizer adam\n  epochs 10"));
    const losses = async (precision: "float32" | "float64"): Promise<number[]> => {
      const events: TrainingEvent[] = [];
      await train(plan, { host: atOnce, files: noFiles, precision, emit: (event) => events.push(event) });
      return epochsOf(events).map(({ loss }) => loss);
    };
    const exact = await losses("float64");
    (await losses("float32")).forEach((loss, i) => {
      expect(Math.abs(loss - (exact[i] ?? 0)) / (exact[i] ?? 1)).toBeLessThan(1e-4);
    });
  });
});
