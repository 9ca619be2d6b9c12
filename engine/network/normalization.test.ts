/** The statistics of `batch_norm` and `normalize` equal Keras's formulas by hand: moving = momentum · moving + (1 − momentum) · batch. */
import { describe, expect, test } from "vitest";
import { atOnce, epochsOf, noFiles, planOf } from "../../test/fixtures.ts";
import { predictor } from "../evaluate/predictor.ts";
import type { TrainingEvent } from "../events.ts";
import { type Trained, train } from "../training/trainer.ts";
import { compile } from "./compile.ts";
import { initializeWeights } from "./initialize.ts";
import { forwardPass, type Mode } from "./network.ts";

interface Normalized {
  readonly trained: Trained;
  readonly events: readonly TrainingEvent[];
  readonly parameter: (name: string) => readonly number[];
  /** Returns the only number of a parameter. */
  readonly single: (name: string) => number;
}

async function normalized(rows: string, training: string, more = ""): Promise<Normalized> {
  const events: TrainingEvent[] = [];
  const plan = planOf(
    `model M {\n  input 1\n  n: batch_norm momentum=0.75 epsilon=0.25\n  dense 1 linear kernel=[[2]]\n}\ndata D {\n${rows}\n${more}}\ntrain M on D {\n  loss mse\n  optimizer sgd(learning_rate=0.125)\n  shuffle false\n${training}\n}`,
  );
  const trained = await train(plan, { host: atOnce, files: noFiles, precision: "float64", emit: (event) => events.push(event) });
  if (!trained) throw new Error(JSON.stringify(events.at(-1)));
  return {
    trained,
    events,
    parameter: (name) => parametersNamed(trained, name),
    single: (name) => parametersNamed(trained, name)[0] ?? Number.NaN,
  };
}

const parametersNamed = ({ network }: Trained, name: string): readonly number[] =>
  network.parameters.flatMap(({ planned, values }) => (planned.name === name ? [...values] : []));

/** Returns gamma · (x − mean) / √(variance + 0.25) + beta after the dense layer, with the trained weights. */
function byHand({ single }: Normalized, x: number, mean: number, variance: number): number {
  return ((single("gamma") * (x - mean)) / Math.sqrt(variance + 0.25) + single("beta")) * single("kernel") + single("bias");
}

describe("batch_norm's moving statistics", () => {
  test("move a quarter of the way to the batch's mean and uncorrected variance in each step", async () => {
    // 1 and 5 have mean 3 and variance 4 (8 if it were corrected). After three steps of momentum ¾ from mean 0 and variance 1:
    // mean 3 · (1 − ¾³) = 3 · 37/64, variance 4 − 3 · ¾³ = 4 − 3 · 27/64.
    const { parameter } = await normalized("  1 -> 0\n  5 -> 1", "  batch all\n  epochs 3");
    expect(parameter("moving_mean")).toEqual([(3 * 37) / 64]);
    expect(parameter("moving_variance")).toEqual([4 - (3 * 27) / 64]);
  });

  test("are updated by every mini-batch in turn", async () => {
    // Batches (1, 5) and (2, 2) have mean 3 and 2, variance 4 and 0. Mean 0 → ¾ → 17/16; variance 1 → 7/4 → 21/16.
    const { parameter } = await normalized("  1 -> 0\n  5 -> 1\n  2 -> 0\n  2 -> 0", "  batch 2\n  epochs 1");
    expect([parameter("moving_mean"), parameter("moving_variance")]).toEqual([[17 / 16], [21 / 16]]);
  });

  test("normalize a prediction, whatever its row", async () => {
    const result = await normalized("  1 -> 0\n  5 -> 1", "  batch all\n  epochs 3");
    const predict = predictor(result.trained.network, [], result.trained.examples.fit);
    for (const x of [-2, 0, 3, 7]) {
      const [output] = predict([x]).outputs;
      expect(output?.values[0]).toBeCloseTo(byHand(result, x, (3 * 37) / 64, 4 - (3 * 27) / 64), 12);
    }
  });

  test("normalize the validation rows, and validation does not change them", async () => {
    // The statistics of the three training rows, which depend on the split, are applied to the three validation rows.
    const rows = "  1 -> 0\n  5 -> 1\n  9 -> 2\n  12 -> 3\n  20 -> 4\n  31 -> 5";
    const result = await normalized(rows, "  batch all\n  epochs 1", "  split validation=0.5\n");
    const { examples } = result.trained;
    const row = (index: number): readonly [number, number] => [examples.features[index] ?? 0, examples.targets[0]?.values[index] ?? 0];
    const own = [...examples.parts.train].map((index) => row(index)[0]);
    const mean = own.reduce((a, b) => a + b, 0) / own.length;
    const variance = own.reduce((sum, x) => sum + (x - mean) ** 2, 0) / own.length;
    const [movingMean, movingVariance] = [mean / 4, 0.75 + variance / 4];
    expect(result.parameter("moving_mean")[0]).toBeCloseTo(movingMean, 12);
    expect(result.parameter("moving_variance")[0]).toBeCloseTo(movingVariance, 12);
    const errors = [...examples.parts.validation].map((index) => {
      const [x, t] = row(index);
      return (byHand(result, x, movingMean, movingVariance) - t) ** 2;
    });
    expect(errors).toHaveLength(3);
    expect(epochsOf(result.events)[0]?.valLoss).toBeCloseTo(errors.reduce((a, b) => a + b, 0) / errors.length, 10);
  });

  test("are one number per place of the last axis, over the batch and all other axes", () => {
    const plan = planOf(
      "model M {\n  input 4\n  reshape 2x2\n  batch_norm momentum=0.5\n  flatten\n  dense 1\n}\ndata D {\n  1 10 3 30 -> 0\n  5 50 7 90 -> 1\n}\ntrain M on D {\n  loss mse\n}",
    );
    const moved = (mode: Mode): number[][] => {
      const network = compile(plan.network, { precision: "float64", capacity: 2 });
      initializeWeights(network, 1);
      network.stepOf.get("input_1")?.output.values.set([1, 10, 3, 30, 5, 50, 7, 90]);
      forwardPass(network, mode);
      return network.parameters.flatMap(({ planned, values }) => (planned.name.startsWith("moving") ? [[...values]] : []));
    };
    // Columns 1 3 5 7 (mean 4, variance 5) and 10 30 50 90 (mean 45, variance 875); half-way from mean 0 and variance 1.
    expect(moved("train")).toEqual([
      [2, 22.5],
      [3, 438],
    ]);
    // Checking gradients and predicting do not change the statistics.
    for (const mode of ["inspect", "infer"] as const)
      expect(moved(mode)).toEqual([
        [0, 0],
        [1, 1],
      ]);
  });
});

describe("normalize", () => {
  const predictionOf = async (rows: readonly number[], x: number): Promise<number | undefined> => {
    const table = rows.map((row) => `  ${row} -> 0`).join("\n");
    const plan = planOf(
      `model M {\n  input 1\n  normalize\n  dense 1 kernel=[[1]] freeze=true\n  dense 1 kernel=[[1]] bias=false\n}\ndata D {\n${table}\n}\ntrain M on D {\n  loss mse\n  optimizer sgd(learning_rate=1e-30)\n  epochs 1\n}`,
    );
    const trained = await train(plan, { host: atOnce, files: noFiles, precision: "float64", emit: () => undefined });
    return trained && predictor(trained.network, [], trained.examples.fit)([x]).outputs[0]?.values[0];
  };

  test("subtracts the mean and divides by the uncorrected deviation of the training rows", async () => {
    // 1 and 5 have mean 3 and deviation 2.
    expect(await predictionOf([1, 5], 8)).toBeCloseTo(2.5, 12);
  });

  test("divides a column that never varies by 1e-7, as Keras does", async () => {
    expect(await predictionOf([2, 2, 2], 2)).toBe(0);
    expect(await predictionOf([2, 2, 2], 3)).toBeCloseTo(1e7, 3);
  });
});
