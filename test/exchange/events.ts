/** Events of a training for the tests of logs. */
import type { TrainingEventOf } from "../../engine/events.ts";

/** Returns the event of a first epoch with these layers. */
export const epochEvent = (layers: readonly string[]): TrainingEventOf<"epoch"> => ({
  kind: "epoch",
  epoch: 1,
  loss: 0.5,
  valLoss: 0.75,
  metrics: { accuracy: 1, val_accuracy: 0.25 },
  learningRate: 0.1,
  seconds: 1,
  layers: layers.map((layer) => ({
    layer,
    gradient: { norm: 2, mean: 0, spread: 1, max: 1, zeros: 0 },
    updateRatio: 0.001,
    weightNorm: 3,
    deadUnits: null,
    units: null,
  })),
});
