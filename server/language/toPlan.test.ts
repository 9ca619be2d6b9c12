/**
 * Every argument in the catalog reaches the plan. The test walks the catalog: it writes each argument with a value that is neither its
 * default nor another argument's value in the entry, and the plan must have that value for the argument.
 */

import { describe, expect, test } from "vitest";
import type { Arguments } from "../../engine/catalog/arguments.ts";
import { type Configured, catalog, names } from "../../engine/catalog/index.ts";
import { losses } from "../../engine/catalog/losses.ts";
import { type GeneratorName, generators } from "../../engine/catalog/sources.ts";
import { CSV_FORMAT } from "../../engine/data/csvFormat.ts";
import { columnsOf } from "../../engine/data/generators.ts";
import type { PlannedLayer, TrainingPlan } from "../../engine/plan.ts";
import {
  argumentsOf,
  called,
  camelCase,
  defaultsOf,
  entriesOf,
  layerOf,
  numeral,
  plan,
  planFrom,
  quoted,
  type WrittenFile,
  writeAll,
} from "../../test/writtenPlans.ts";

const lastLayer = ({ network }: TrainingPlan): PlannedLayer => {
  const layer = network.layers.at(-1);
  if (!layer) throw new Error("The plan has no layers.");
  return layer;
};
describe("activations", () => {
  test.each(entriesOf(catalog.activations))("%s", (name, known) => {
    const { text, values } = writeAll(known);
    // Gradients can't pass through a step, so each activation is on a branch of frozen weights.
    const layers = (use: string): string =>
      `a: dense 3 activation=${use} freeze=true from i\n  b: ${use.replace(/\((.*)\)/, " $1")} from i\n  add from b, i\n  c: dense 3\n  concat from a, c\n  dense 1`;
    for (const [use, settings] of [
      [called(name, text), values],
      [name, defaultsOf(known)],
    ] as const) {
      const made = plan({ layers: layers(use) });
      expect(layerOf(made, "a")).toMatchObject({ kind: "dense", activation: { name, settings } });
      expect(layerOf(made, "b")).toMatchObject({ kind: "activation", activation: { name, settings } });
    }
  });
});

describe("initializers", () => {
  test.each(entriesOf(catalog.initializers))("%s", (name, known) => {
    const { text, values } = writeAll(known);
    for (const [use, settings] of [
      [called(name, text), values],
      [name, defaultsOf(known)],
    ] as const) {
      const [kernel, bias] = lastLayer(plan({ layers: `dense 1 init=${use}` })).parameters;
      expect(kernel?.start).toEqual({ kind: "initializer", use: { name, settings } });
      expect(bias?.start).toEqual({ kind: "initializer", use: { name: "zeros", settings: {} } });
    }
  });
});

describe("losses", () => {
  test.each(entriesOf(catalog.losses))("%s", (name, known) => {
    const { text, values } = writeAll(known);
    const { target, fits } = losses[name];
    const units = target === "one_hot" || target === "class_index" ? 2 : 1;
    const rows = { number: "0.5", binary: "1", sign: "1", one_hot: "0 1", class_index: "1" }[target];
    const other = { number: "0.25", binary: "0", sign: "-1", one_hot: "1 0", class_index: "0" }[target];
    for (const [use, settings] of [
      [called(name, text), values],
      [name, defaultsOf(known)],
    ] as const) {
      const made = plan({ layers: `dense ${units} ${fits[0]}`, data: `1 2 -> ${rows}\n  3 4 -> ${other}`, train: `loss ${use}` });
      expect(made.training.outputs).toEqual([{ layer: "dense_1", loss: { name, settings }, weight: 1, target: expect.anything() }]);
    }
  });
});

describe("optimizers", () => {
  const withoutRate = ({ learning_rate: _, ...rest }: Record<string, unknown>): Record<string, unknown> => rest;
  const file = (name: string, use: string): WrittenFile =>
    name === "perceptron" ? { layers: "tlu 1", train: `optimizer ${use}` } : { train: `loss mse\n  optimizer ${use}` };

  test.each(entriesOf(catalog.optimizers))("%s", (name, known) => {
    const { text, values } = writeAll(known);
    const written = plan(file(name, called(name, text))).training;
    expect(written.optimizer).toEqual({ name, settings: withoutRate(values) });
    expect(written.learningRate).toBe(values["learning_rate"]);
    const bare = plan(file(name, name)).training;
    expect(bare.optimizer).toEqual({ name, settings: defaultsOf(known) });
    const rate = known["learning_rate"];
    expect(bare.learningRate).toBe(rate?.kind === "rate" ? rate.default : undefined);
  });

  test("without a line it is rmsprop with its defaults", () => {
    const [none, bare] = [plan({}).training, plan(file("rmsprop", "rmsprop")).training];
    expect([none.optimizer, none.learningRate]).toEqual([bare.optimizer, bare.learningRate]);
  });
});

describe("schedules", () => {
  test.each(entriesOf(catalog.schedules))("%s, under every optimizer", (name, known) => {
    const { text, values } = writeAll(known, { monitor: { text: "loss", value: "loss" } });
    const required = Object.entries(known).filter(([, spec]) => !("default" in spec) || spec.default === undefined);
    const least = writeAll(Object.fromEntries(required));
    /** Returns the form in the plan: a monitored value is outside the settings. */
    const planned = ({ monitor, ...settings }: Record<string, unknown>, fallback: unknown): unknown =>
      "monitor" in known ? { name, settings, monitor: monitor ?? fallback } : { name, settings };
    for (const optimizer of names(catalog.optimizers)) {
      const rateOf = (schedule: string): unknown =>
        plan(
          optimizer === "perceptron"
            ? {
                layers: "tlu 1",
                data: "1 2 -> 0\n  3 4 -> 1\n  split validation=0.5",
                train: `optimizer perceptron(learning_rate=${schedule})`,
              }
            : {
                data: "1 2 -> 0\n  3 4 -> 1\n  split validation=0.5",
                train: `loss mse\n  optimizer ${optimizer}(learning_rate=${schedule})`,
              },
        ).training.learningRate;
      expect(rateOf(called(name, text))).toEqual(planned(values, undefined));
      expect(rateOf(called(name, least.text))).toEqual(planned({ ...defaultsOf(known), ...least.values }, "val_loss"));
    }
  });
});

describe("stops", () => {
  // The plan's spelling of names: `min_delta` is `minDelta`.
  const asPlanned = (known: Arguments, values: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [camelCase(name), known[name]?.kind === "boolean" ? value === 1 : value]),
    );

  test.each(entriesOf(catalog.stops))("%s", (name, known) => {
    const { text, values } = writeAll(known, { monitor: { text: "val_mae", value: "val_mae" } });
    const stopOf = (use: string): unknown =>
      plan({ data: "1 2 -> 0\n  3 4 -> 1\n  split validation=0.5", train: `loss mse\n  metrics mae\n  stop ${use}` }).training.stop;
    expect(stopOf(called(name, text))).toEqual(asPlanned(known, values));
    expect(stopOf(name)).toEqual(asPlanned(known, { monitor: "val_loss", ...defaultsOf(known) }));
  });
});

test("metrics with arguments, and of single outputs", () => {
  const { training } = plan({
    layers: "h: dense 2 tanh\n  p: dense 6 softmax from h\n  q: dense 1 from h\n  output p, q",
    data: "features a, b\n  target kind, size\n  1 2 -> 0 5\n  3 4 -> 1 7",
    train: "loss p=sparse_categorical_crossentropy q=mse\n  metrics p=top_k_accuracy(k=2), q=mape, q=mae",
  });
  expect(training.metrics).toEqual([
    { name: "top_k_accuracy", settings: { k: 2 }, output: "p" },
    { name: "mape", settings: {}, output: "q" },
    { name: "mae", settings: {}, output: "q" },
  ]);
});

test("all metrics, in the file's order", () => {
  const reversed = names(catalog.metrics).reverse();
  const made = plan({ layers: "dense 1 sigmoid", train: `loss binary_crossentropy\n  metrics ${reversed.join(", ")}` });
  expect(made.training.metrics.map(({ name }) => name)).toEqual(reversed);
});

describe("sources", () => {
  test.each(entriesOf(generators))("%s", (name, known) => {
    // The numbers are small enough that every class has rows.
    const few = Object.fromEntries(Object.entries({ bits: 5, classes: 3, samples: 90 }).map(([key, value]) => [key, numeral(value)]));
    const { text, values } = writeAll(known, few);
    for (const [use, settings] of [
      [called(name, text), values as Record<string, number>],
      [name, defaultsOf(known)],
    ] as const) {
      const generator = { name, settings } as Configured<"sources", GeneratorName>;
      const inputs = columnsOf(generator).length - 1;
      const { data } = planFrom(
        `model M {\n  input ${inputs}\n  dense 1\n}\ndata D {\n  source ${use}\n}\ntrain M on D {\n  loss mse\n}\n`,
      );
      expect(data.source).toEqual({ kind: "generator", use: { name, settings }, columns: columnsOf(generator) });
    }
  });

  const csvPlan = (use: string, columns: string): TrainingPlan =>
    planFrom(`model M {\n  input 2\n  dense 1\n}\ndata D {\n  source ${use}\n  ${columns}\n}\ntrain M on D {\n  loss mse\n}\n`);

  test("csv", () => {
    const { text, values } = writeAll(argumentsOf(catalog.sources.csv), {
      path: quoted("rows of mine.csv"),
      delimiter: quoted(";"),
      decimal: quoted(","),
      thousands: quoted("."),
      comment: quoted("#"),
    });
    const written = csvPlan(`csv(${text})`, "features column_1, column_2\n  target column_4");
    expect(written.data.source).toEqual({ kind: "csv", ...values, header: values["header"] === 1 });
    const bare = csvPlan('csv("t.csv")', "features a, b\n  target y");
    expect(bare.data.source).toEqual({ kind: "csv", path: "t.csv", ...CSV_FORMAT });
  });

  test("idx", () => {
    const { text, values } = writeAll(argumentsOf(catalog.sources.idx), { images: quoted("my images.gz"), labels: quoted("my labels.gz") });
    const { data, network } = planFrom(
      `model M {\n  input 2x2\n  flatten\n  dense 2 softmax\n}\ndata D {\n  source idx(${text})\n}\ntrain M on D {\n  loss sparse_categorical_crossentropy\n}\n`,
    );
    expect(data).toMatchObject({ source: { kind: "idx", ...values }, features: null, featureShape: [2, 2] });
    expect(network.layers[0]).toMatchObject({ kind: "input", output: [2, 2], columns: null });
  });
});
