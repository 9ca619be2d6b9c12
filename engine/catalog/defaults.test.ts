/** Compares the arguments' defaults with Keras 3's signatures. If the language's default differs, the entry's note says so. */
import { expect, test } from "vitest";
import type { Arguments } from "./arguments.ts";
import { catalog } from "./index.ts";

const adam = { learning_rate: 0.001, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 };

const WANTED = {
  layers: {
    dense: { activation: "linear", l1: 0, l2: 0, freeze: false },
    tlu: { step: "heaviside" },
    batch_norm: { momentum: 0.99, epsilon: 1e-3 },
    layer_norm: { epsilon: 1e-3 },
  },
  activations: { leaky_relu: { negative_slope: 0.2 }, elu: { alpha: 1 } },
  initializers: { uniform: { limit: 0.05 }, normal: { stddev: 0.05, mean: 0 }, truncated_normal: { stddev: 0.05, mean: 0 } },
  losses: {
    huber: { delta: 1 },
    binary_crossentropy: { label_smoothing: 0 },
    binary_focal_crossentropy: { gamma: 2 },
    categorical_crossentropy: { label_smoothing: 0 },
    sparse_categorical_crossentropy: { label_smoothing: 0 },
  },
  optimizers: {
    sgd: { learning_rate: 0.01, momentum: 0, nesterov: false },
    adagrad: { learning_rate: 0.001, initial_accumulator_value: 0.1, epsilon: 1e-7 },
    rmsprop: { learning_rate: 0.001, rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false },
    adam: { ...adam, amsgrad: false },
    adamw: { ...adam, weight_decay: 0.004, amsgrad: false },
    nadam: adam,
    adamax: adam,
    adadelta: { learning_rate: 0.001, rho: 0.95, epsilon: 1e-7 },
    lion: { learning_rate: 0.001, beta_1: 0.9, beta_2: 0.99 },
    // The book's perceptron has a learning rate of 1.
    perceptron: { learning_rate: 1 },
  },
  schedules: {
    exponential_decay: { warmup_steps: 0 },
    step_decay: { rate: 0.5, warmup_steps: 0 },
    cosine_decay: { alpha: 0, warmup_steps: 0 },
    polynomial_decay: { end: 0.0001, power: 1, warmup_steps: 0 },
    reduce_on_plateau: { monitor: "val_loss", factor: 0.1, patience: 10, min_delta: 0.0001, cooldown: 0, min_rate: 0 },
  },
  metrics: { top_k_accuracy: { k: 5 } },
  stops: { early_stopping: { monitor: "val_loss", patience: 10, min_delta: 0, restore_best: true } },
} as const;

const defaultsOf = (entry: { readonly arguments: Arguments }): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(entry.arguments).flatMap(([name, spec]) =>
      "default" in spec && spec.default !== undefined ? [[name, spec.default]] : [],
    ),
  );

test.each(Object.entries(WANTED))("%s", (part, wanted) => {
  const table = catalog[part as keyof typeof WANTED] as Readonly<Record<string, { readonly arguments: Arguments }>>;
  const found = Object.entries(table).map(([name, entry]) => [name, defaultsOf(entry)] as const);
  expect(Object.fromEntries(found.filter(([, defaults]) => Object.keys(defaults).length > 0))).toEqual(wanted);
});
