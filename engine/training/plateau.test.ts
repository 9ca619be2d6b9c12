/** Compares `reduce_on_plateau` with the rule of Keras' ReduceLROnPlateau, epoch by epoch. */
import { describe, expect, test } from "vitest";
import { builtKernels, epochsOf, noFiles, planOf } from "../../test/fixtures.ts";
import type { TrainingEvent, TrainingEventOf } from "../events.ts";
import type { PlateauPlan } from "../plan.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { afterEpoch, plateauStart } from "./plateau.ts";
import { train } from "./trainer.ts";

const epochWith = (loss: number, metrics: Record<string, number> = {}): TrainingEventOf<"epoch"> => ({
  kind: "epoch",
  epoch: 1,
  loss,
  valLoss: null,
  metrics,
  learningRate: 0,
  seconds: 0,
  layers: [],
});

function ratesAfter(events: readonly TrainingEventOf<"epoch">[], change: Partial<PlateauPlan["settings"]>, monitor = "loss"): number[] {
  const settings = { rate: 1, factor: 0.5, patience: 2, min_delta: 0, cooldown: 0, min_rate: 0, ...change };
  const plan: PlateauPlan = { name: "reduce_on_plateau", settings, monitor };
  let state = plateauStart(plan);
  return events.map((event) => {
    state = afterEpoch(plan, state, event);
    return state.rate;
  });
}
const losses = (...values: readonly number[]): TrainingEventOf<"epoch">[] => values.map((loss) => epochWith(loss));

describe("the learning rate after each epoch", () => {
  test("falls by the factor after `patience` epochs without improvement, and the count begins again", () => {
    expect(ratesAfter(losses(5, 5, 4, 4, 4, 4, 4), {})).toEqual([1, 1, 1, 1, 0.5, 0.5, 0.25]);
  });

  test("a change counts as an improvement only if it is above `min_delta`", () => {
    expect(ratesAfter(losses(5, 4.5, 4), { min_delta: 0.5 })).toEqual([1, 1, 1]);
    expect(ratesAfter(losses(5, 4.75, 4.5), { min_delta: 0.5 })).toEqual([1, 1, 0.5]);
  });

  test("stays during the cooldown, whose last epoch is counted", () => {
    // After the reduction at epoch 3, the cooldown of two epochs leaves epoch 4 uncounted; epochs 5 and 6 count towards the patience.
    expect(ratesAfter(losses(5, 5, 5, 5, 5, 5), { cooldown: 2 })).toEqual([1, 1, 0.5, 0.5, 0.5, 0.25]);
    expect(ratesAfter(losses(5, 5, 5, 5, 5), { cooldown: 0 })).toEqual([1, 1, 0.5, 0.5, 0.25]);
  });

  test("does not fall below `min_rate`", () => {
    expect(ratesAfter(losses(5, 5, 5, 5), { patience: 1, min_rate: 0.3 })).toEqual([1, 0.5, 0.3, 0.3]);
  });

  test("follows a metric of which higher is better", () => {
    const events = [0.5, 0.6, 0.7, 0.7, 0.6].map((accuracy) => epochWith(1, { val_accuracy: accuracy }));
    expect(ratesAfter(events, {}, "val_accuracy")).toEqual([1, 1, 1, 1, 0.5]);
  });

  test("does not change where the value is missing", () => {
    expect(ratesAfter(losses(5, 5, 5, 5), {}, "val_loss")).toEqual([1, 1, 1, 1]);
  });
});

/** A training that stops improving because the learning rate is too high for its last steps. */
const plan = planOf(
  "model M {\n  input x\n  dense 1\n}\ndata D {\n  source sine(samples=40)\n  split validation=0.25\n}\ntrain M on D {\n  loss mae\n  optimizer sgd(learning_rate=reduce_on_plateau(0.4, monitor=loss, factor=0.5, patience=1))\n  batch 4\n  epochs 12\n}\n",
);

async function trainedFor(epochs: number, options: object = {}): Promise<{ events: TrainingEvent[]; checkpoint: Checkpoint | undefined }> {
  const events: TrainingEvent[] = [];
  let checkpoint: Checkpoint | undefined;
  await train(
    { ...plan, training: { ...plan.training, epochs } },
    {
      host: { now: () => 0, rest: async () => "go" },
      files: noFiles,
      emit: (event) => void events.push(event),
      saveCheckpoint: async (saved) => {
        checkpoint = saved;
      },
      ...options,
    },
  );
  return { events, checkpoint };
}
const ratesOf = (events: readonly TrainingEvent[]): number[] => epochsOf(events).map(({ learningRate }) => learningRate);

describe("a training with reduce_on_plateau", () => {
  test.each([
    ["the reference kernels", {}],
    ["the compiled kernels", { kernels: builtKernels() }],
  ])("reports the rate of each epoch, which follows its losses (%s)", async (_name, options) => {
    const { events } = await trainedFor(12, options);
    const rates = ratesOf(events);
    const after = ratesAfter(epochsOf(events), { rate: 0.4, patience: 1, min_delta: 0.0001 });
    expect(rates).toEqual([0.4, ...after.slice(0, -1)]);
    expect(rates.at(-1)).toBeLessThan(0.2);
  });

  test("goes on from a checkpoint with the rate and the count that it had", async () => {
    const whole = await trainedFor(12);
    for (const epoch of [3, 5, 6]) {
      const { checkpoint } = await trainedFor(epoch);
      const rest = await trainedFor(12, { resume: () => checkpoint });
      expect(ratesOf(rest.events)).toEqual(ratesOf(whole.events).slice(epoch));
    }
  });
});
