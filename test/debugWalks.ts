/** Random walks of a debugger through a training. After each, the final weights equal Train Model's. */
import { expect } from "vitest";
import type { Place } from "../engine/debug/places.ts";
import type { Stepper } from "../engine/debug/stepper.ts";
import type { Stops } from "../engine/debug/stops.ts";
import type { TrainingPlan } from "../engine/plan.ts";
import { type Random, randomFrom } from "../engine/random.ts";
import { type TrainOptions, train } from "../engine/training/trainer.ts";
import { planOf } from "./fixtures.ts";

const moons = (layers: string, training: string): TrainingPlan =>
  planOf(
    `model M {\n  input x1, x2\n${layers}}\ndata D {\n  source moons(samples=90, noise=0.2)\n  split validation=0.2\n}\ntrain M on D {\n  loss binary_crossentropy\n${training}}\n`,
  );

/** Small trainings with everything that a state contains: streams of random numbers, statistics, slots, metrics, schedules, early stopping. */
export const walkPlans: readonly (readonly [string, TrainingPlan])[] = [
  [
    "plain sgd, all rows in a batch",
    moons("  dense 4 tanh\n  dense 1 sigmoid\n", "  optimizer sgd(learning_rate=0.5)\n  batch all\n  epochs 40\n"),
  ],
  [
    "dropout, batch_norm, noise, adam and metrics",
    moons(
      "  normalize\n  dense 6 relu\n  batch_norm\n  dropout 0.3\n  gaussian_noise 0.1\n  dense 1 sigmoid\n",
      "  optimizer adam(learning_rate=one_cycle(0.05, steps=90))\n  metrics accuracy\n  batch 16\n  epochs 20\n",
    ),
  ],
  [
    "early stopping by a metric, a rate that falls, clipping and a penalty",
    moons(
      "  dense 6 tanh l2=0.01\n  dense 1 sigmoid\n",
      "  optimizer nadam(learning_rate=reduce_on_plateau(0.1, patience=1))\n  metrics accuracy, auc\n  clip norm=1\n  stop early_stopping(patience=3)\n  batch 16\n  epochs 30\n",
    ),
  ],
];

const never = (): boolean => false;

/** Takes random steps: over, into, back, out, Continue and Reverse Continue with random breakpoints, and far jumps. Ends anywhere. */
export async function randomWalk(stepper: Stepper, steps: number, seed: number): Promise<void> {
  const random = randomFrom(seed, "generator");
  const { layout } = stepper.timeline.cursor;
  const epochs = stepper.timeline.learner.plan.training.epochs;
  for (let k = 0; k < steps; k++) {
    const draw = random.uniform();
    const stops = randomStops(random);
    if (draw < 0.2) await stepper.next(stops);
    else if (draw < 0.4) await stepper.into(stops);
    else if (draw < 0.7) await stepper.back();
    else if (draw < 0.78) await stepper.out(stops, never);
    else if (draw < 0.88) await stepper.run(stops, never);
    else if (draw < 0.96) await stepper.runBack(stops, never);
    else {
      const batch = random.below(layout.batches);
      const index = random.below(layout.placesOf(batch).length);
      await stepper.goTo({ epoch: 1 + random.below(epochs), batch, index, isDone: random.uniform() < 0.5 });
    }
  }
}

function randomStops(random: Random): Stops {
  const phases: readonly Place["phase"][] = ["batch", "forward", "loss", "reverse", "update", "epoch"];
  const phase = phases[random.below(phases.length)];
  const layer = random.below(3);
  const isAt = (place: Place): boolean => place.phase === phase && (place.layer < 0 || place.layer === layer);
  const isAlways = random.uniform() < 0.5;
  // The condition depends on nothing that a second visit would change.
  return { rules: [{ isAt, isAlways, test: (_place, isDone) => (isDone ? true : "later") }], nonFinite: random.uniform() < 0.5 };
}

/** Debugs the training to its end and compares its weights with Train Model's. */
export async function expectSameWeights(stepper: Stepper, plan: TrainingPlan, options: Omit<TrainOptions, "emit">): Promise<void> {
  const end = await stepper.run({ rules: [], nonFinite: false }, never);
  expect(end.kind).toBe("end");
  const trained = await train(plan, { ...options, emit: () => undefined });
  expect(await stepper.timeline.finalWeights()).toEqual(trained?.network.weights);
}
