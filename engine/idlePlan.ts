/** A plan for a network without data or training, for functions that need a complete plan. */
import { directives, withDefaults } from "./catalog/index.ts";
import { optimizers } from "./catalog/optimizers.ts";
import type { NetworkPlan, TrainingPlan } from "./plan.ts";

/** Returns a plan without rows. Its training is one epoch of plain gradient descent. `settings` override the training's settings. */
export function idlePlan(network: NetworkPlan, dataName: string, settings: Partial<TrainingPlan["training"]> = {}): TrainingPlan {
  return {
    version: 1,
    network,
    data: {
      name: dataName,
      source: { kind: "table", columns: [], rows: [] },
      ownSources: { validation: null, test: null },
      features: [],
      featureShape: [],
      target: [],
      classes: null,
      oneHot: [],
      scale: "none",
      scaleTarget: "none",
      missing: "error",
      missingValues: [],
      classWeight: null,
      sampleWeight: null,
      split: { train: 1, validation: 0, test: 0, shuffle: false, by: null },
    },
    training: {
      run: network.name,
      outputs: [],
      optimizer: withDefaults("optimizers", "sgd"),
      learningRate: optimizers.sgd.arguments.learning_rate.default,
      metrics: [],
      batch: 1,
      epochs: 1,
      seed: directives.train.seed.takes.default,
      shuffle: false,
      reproducible: false,
      clip: { norm: null, value: null },
      stop: null,
      start: null,
      ...settings,
    },
  };
}
