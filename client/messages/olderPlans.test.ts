/** Plans stored by an older version lack settings that were added since. They are read with the catalog's defaults. */
import { describe, expect, test } from "vitest";
import type { Argument } from "../../engine/catalog/arguments.ts";
import { type CatalogPart, catalog, names } from "../../engine/catalog/index.ts";
import { planOf } from "../../test/fixtures.ts";
import { trainingPlan } from "./planSchemas.ts";
import { read } from "./valueSchemas.ts";

type Json = { [key: string]: unknown };
type Fields = Readonly<Record<string, unknown>>;

const written = planOf(
  "model M {\n  input a, b\n  dense 2 relu\n  batch_norm\n  layer_norm\n  dense 1\n}\ndata D {\n  features a, b\n  target y\n  1 2 -> 3\n}\ntrain M on D {\n  loss mse\n  clip norm=1 value=2\n  stop early_stopping(monitor=loss)\n  epochs 1\n}",
);
/** Returns the plan read from a file after replacing the values at some paths: `{ "training.seed": 1 }`. undefined removes the key. */
function planWith(changes: Fields): Json {
  const plan = JSON.parse(JSON.stringify(written)) as Json;
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    const place = keys.reduce((object, key) => object[key] as Json, plan);
    if (value === undefined) delete place[last];
    else place[last] = value;
  }
  return plan;
}

/** Where in a plan each part of the catalog is used. */
const PLACES = {
  activations: "network.layers.1.activation",
  initializers: "network.layers.1.parameters.0.start",
  losses: "training.outputs.0.loss",
  optimizers: "training.optimizer",
  schedules: "training.learningRate",
  sources: "data.source",
} as const satisfies Partial<Record<CatalogPart, string>>;

const INSIDE: Readonly<Record<string, (use: Json) => Json>> = {
  initializers: (use) => ({ kind: "initializer", use }),
  schedules: (use) => (use["name"] === "reduce_on_plateau" ? { ...use, monitor: "val_loss" } : use),
  sources: (use) => ({ kind: "generator", use, columns: ["x", "y"] }),
};

const isNumeric = ({ kind }: Argument): boolean => ["number", "integer", "boolean"].includes(kind);
const numberOf = (argument: Argument): number => Number("default" in argument ? argument.default : 1);

describe.each(names(PLACES))("a setting that one of the %s lacks", (part) => {
  const entries = Object.entries(catalog[part] as Readonly<Record<string, { readonly arguments: Readonly<Record<string, Argument>> }>>);
  const cases = entries
    .filter(([name]) => part !== "sources" || (name !== "csv" && name !== "idx"))
    .flatMap(([name, { arguments: known }]) => {
      const numeric = Object.entries(known).filter(([, argument]) => isNumeric(argument));
      const settings = Object.fromEntries(numeric.map(([key, argument]) => [key, numberOf(argument)]));
      return numeric.map(([key, argument]) => ({
        name,
        key,
        settings,
        hasDefault: "default" in argument && argument.default !== undefined,
      }));
    });
  const plan = (name: string, settings: Json): Json => {
    const use = { name, settings };
    return planWith({ [PLACES[part]]: INSIDE[part]?.(use) ?? use });
  };

  test.each(cases)("$name's $key", ({ name, key, settings, hasDefault }) => {
    const whole = plan(name, settings);
    const { [key]: _missing, ...others } = settings;
    expect(read(trainingPlan, whole)).toEqual(whole);
    expect(read(trainingPlan, plan(name, others))).toEqual(hasDefault ? whole : undefined);
  });
});

const csv = { kind: "csv", path: "d.csv", header: true, delimiter: null, decimal: ".", thousands: null, comment: null };

test.each([
  ["network.layers.1.l1", 0],
  ["network.layers.1.l2", 0],
  ["network.layers.1.freeze", false],
  ["network.layers.2.momentum", 0.99],
  ["network.layers.2.epsilon", 0.001],
  ["network.layers.3.epsilon", 0.001],
  ["data.source.header", true],
  ["data.source.delimiter", null],
  ["data.source.decimal", "."],
  ["data.source.thousands", null],
  ["data.source.comment", null],
  ["data.ownSources", { validation: null, test: null }],
  ["data.scale", "none"],
  ["data.scaleTarget", "none"],
  ["data.missing", "error"],
  ["data.missingValues", []],
  ["data.split.shuffle", true],
  ["data.split.by", null],
  ["data.classWeight", null],
  ["data.sampleWeight", null],
  ["training.batch", 32],
  ["training.start", null],
  ["training.epochs", 10],
  ["training.seed", 42],
  ["training.shuffle", true],
  ["training.reproducible", false],
  ["training.clip.norm", null],
  ["training.clip.value", null],
  ["training.stop.monitor", "val_loss"],
  ["training.stop.patience", 10],
  ["training.stop.minDelta", 0],
  ["training.stop.restoreBest", true],
])("%s is read as %j where it is missing", (path, value) => {
  const source = path.startsWith("data.source.") ? { "data.source": { ...csv } } : {};
  expect(read(trainingPlan, planWith({ ...source, [path]: undefined }))).toEqual(planWith({ ...source, [path]: value }));
});

test("the monitored value of a schedule is read as val_loss where it is missing", () => {
  const rate = { name: "reduce_on_plateau", settings: { rate: 1, factor: 0.1, patience: 10, min_delta: 0.0001, cooldown: 0, min_rate: 0 } };
  expect(read(trainingPlan, planWith({ "training.learningRate": rate }))).toEqual(
    planWith({ "training.learningRate": { ...rate, monitor: "val_loss" } }),
  );
});

test("a metric that was stored as its name has its defaults and is of every output", () => {
  expect(read(trainingPlan, planWith({ "training.metrics": ["mae", "top_k_accuracy"] }))).toEqual(
    planWith({
      "training.metrics": [
        { name: "mae", settings: {}, output: null },
        { name: "top_k_accuracy", settings: { k: 5 }, output: null },
      ],
    }),
  );
});

test("a plan without what has no default is not one", () => {
  for (const path of ["network.layers.1.activation", "network.layers.1.id", "data.source", "data.target", "training.optimizer"])
    expect(read(trainingPlan, planWith({ [path]: undefined })), path).toBeUndefined();
});
