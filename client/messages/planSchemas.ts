/**
 * The schema of a training plan (engine/plan.ts). The names of entries and their arguments come from the catalog. A plan stored by an older
 * version lacks newer settings. They are read with the catalog's defaults.
 */
import * as v from "valibot";
import { activations } from "../../engine/catalog/activations.ts";
import { type Argument, type Entry, isNumeric, type NumberArgument } from "../../engine/catalog/arguments.ts";
import { dataDirectives, stops, trainDirectives } from "../../engine/catalog/directives.ts";
import { type CatalogPart, type Configured, catalog, names, withDefaults } from "../../engine/catalog/index.ts";
import { initializers } from "../../engine/catalog/initializers.ts";
import { layers } from "../../engine/catalog/layers.ts";
import { losses } from "../../engine/catalog/losses.ts";
import { metrics } from "../../engine/catalog/metrics.ts";
import { isStepSchedule, optimizers, schedules } from "../../engine/catalog/optimizers.ts";
import { parameterFacts } from "../../engine/catalog/parameters.ts";
import { generators, sources } from "../../engine/catalog/sources.ts";
import type {
  ExpectPlan,
  MetricPlan,
  NetworkPlan,
  PlannedLayer,
  PlannedParameter,
  TrainingPlan,
  UntrainedPlan,
} from "../../engine/plan.ts";
import { amount, count, counts, list, MOST, number, numbers, object, positive, product, schemaOf, share, text } from "./valueSchemas.ts";

/** A setting with a default. A plan that lacks it is read with the default. */
const setting = <const S extends v.GenericSchema>(schema: S, { default: fallback }: { readonly default: v.InferInput<S> }) =>
  v.exactOptional(schema, fallback);

/** The default of a setting that is null unless the file sets it. */
const NONE = { default: null };

/** The schema of the arguments that the engine receives as numbers. A boolean is 0 or 1. The learning rate is a separate field of the plan. */
const settingsOf = ({ arguments: given }: Pick<Entry, "arguments">) =>
  object(Object.fromEntries(Object.entries(given).flatMap(([key, argument]) => settingOf(argument).map((schema) => [key, schema]))));

function settingOf(argument: Argument): v.GenericSchema<unknown, number>[] {
  if (!isNumeric(argument)) return [];
  const schema = argument.kind === "boolean" ? v.picklist([0, 1]) : inRange(argument);
  return [argument.default === undefined ? schema : setting(schema, { default: Number(argument.default) })];
}

function inRange({ kind, min, max, above, below }: NumberArgument): v.GenericSchema<unknown, number> {
  let schema: v.GenericSchema<number> = v.pipe(v.number(), v.finite());
  if (kind === "integer") schema = v.pipe(schema, v.integer());
  if (min !== undefined) schema = v.pipe(schema, v.minValue(min));
  if (max !== undefined) schema = v.pipe(schema, v.maxValue(max));
  if (above !== undefined) schema = v.pipe(schema, v.gtValue(above));
  if (below !== undefined) schema = v.pipe(schema, v.ltValue(below));
  return schema as v.GenericSchema<unknown, number>;
}

/** The schema of an entry: its name and exactly its settings. */
const entry = <P extends CatalogPart, N extends keyof (typeof catalog)[P] & string>(part: P, name: N) =>
  object({ name: v.literal(name), settings: settingsOf(catalog[part][name] as Pick<Entry, "arguments">) });

/** The schema of a configured entry: one of the given names of a part of the catalog, with exactly that entry's settings. */
const use = <P extends CatalogPart, N extends keyof (typeof catalog)[P] & string>(part: P, allowed: readonly N[]) =>
  v.variant(
    "name",
    allowed.map((name) => entry(part, name)),
  ) as unknown as v.GenericSchema<unknown, Configured<P, N>>;

/** The schema of a schedule. A schedule that monitors a value also has the value's name. */
const schedule = v.variant(
  "name",
  names(schedules).map((name) =>
    isStepSchedule({ name })
      ? entry("schedules", name)
      : object({ ...entry("schedules", name).entries, monitor: setting(text, schedules.reduce_on_plateau.arguments.monitor) }),
  ),
) as unknown as v.GenericSchema<unknown, Exclude<TrainingPlan["training"]["learningRate"], number>>;

const metric = v.variant(
  "name",
  names(metrics).map((name) => object({ ...entry("metrics", name).entries, output: v.nullable(text) })),
) as unknown as v.GenericSchema<unknown, MetricPlan>;

/** A metric as stored by older versions. */
const metricName = v.pipe(
  text,
  v.picklist(names(metrics)),
  v.transform((name): MetricPlan => ({ ...withDefaults("metrics", name), output: null })),
);

const parameter = schemaOf<PlannedParameter>()(
  v.pipe(
    object({
      name: v.picklist(names(parameterFacts)),
      shape: counts,
      start: v.variant("kind", [
        object({ kind: v.literal("initializer"), use: use("initializers", names(initializers)) }),
        object({ kind: v.literal("values"), values: numbers }),
      ]),
      trained: v.boolean(),
    }),
    v.check(({ shape, start }) => start.kind === "initializer" || start.values.length === product(shape), "values fill their shape"),
  ),
);

const layerFacts = { id: text, inputs: list(text), output: counts, parameters: list(parameter) };
const activation = use("activations", names(activations));
const withoutArguments = <const K extends string>(kind: K) => object({ ...layerFacts, kind: v.literal(kind) });

const {
  dense: { arguments: dense },
  batch_norm: { arguments: batchNorm },
} = layers;
const layer = schemaOf<PlannedLayer>()(
  v.variant("kind", [
    object({ ...layerFacts, kind: v.literal("input"), columns: v.nullable(list(text)) }),
    object({
      ...layerFacts,
      kind: v.literal("dense"),
      activation,
      l1: setting(amount, dense.l1),
      l2: setting(amount, dense.l2),
      freeze: setting(v.boolean(), dense.freeze),
    }),
    object({ ...layerFacts, kind: v.literal("activation"), activation }),
    object({
      ...layerFacts,
      kind: v.literal("neuron"),
      threshold: number,
      terms: list(object({ input: count, unit: count, inhibits: v.boolean() })),
    }),
    object({
      ...layerFacts,
      kind: v.literal("batch_norm"),
      momentum: setting(share, batchNorm.momentum),
      epsilon: setting(amount, batchNorm.epsilon),
    }),
    object({ ...layerFacts, kind: v.literal("layer_norm"), epsilon: setting(amount, layers.layer_norm.arguments.epsilon) }),
    object({ ...layerFacts, kind: v.literal("dropout"), rate: share }),
    withoutArguments("normalize"),
    withoutArguments("flatten"),
    withoutArguments("reshape"),
    withoutArguments("concat"),
    withoutArguments("add"),
    withoutArguments("multiply"),
    withoutArguments("subtract"),
    withoutArguments("average"),
    withoutArguments("maximum"),
    withoutArguments("minimum"),
    object({ ...layerFacts, kind: v.literal("gaussian_noise"), stddev: amount }),
    withoutArguments("prelu"),
  ]),
);

const network = v.pipe(
  object({ name: text, layers: list(layer), outputs: list(text) }),
  v.check(({ layers, outputs }) => {
    const before = new Set<string>();
    for (const { id, inputs } of layers) {
      if (before.has(id) || !inputs.every((input) => before.has(input))) return false;
      before.add(id);
    }
    return outputs.every((id) => before.has(id));
  }, "layers come after their inputs"),
);

const { scale, scale_target, missing, split } = dataDirectives;

const source = v.variant("kind", [
  object({
    kind: v.literal("csv"),
    path: text,
    header: setting(v.boolean(), sources.csv.arguments.header),
    delimiter: setting(v.nullable(text), NONE),
    decimal: setting(text, sources.csv.arguments.decimal),
    thousands: setting(v.nullable(text), NONE),
    comment: setting(v.nullable(text), NONE),
  }),
  object({ kind: v.literal("idx"), images: text, labels: text }),
  object({ kind: v.literal("generator"), use: use("sources", names(generators)), columns: list(text) }),
  object({ kind: v.literal("table"), columns: list(text), rows: list(list(v.union([number, text])), MOST.numbers) }),
]);

const data = object({
  name: text,
  source,
  ownSources: setting(object({ validation: v.nullable(source), test: v.nullable(source) }), { default: { validation: null, test: null } }),
  features: v.nullable(list(text)),
  featureShape: counts,
  target: list(text),
  classes: v.nullable(list(text)),
  oneHot: list(object({ column: text, words: list(text) })),
  scale: setting(v.picklist(scale.takes.options), scale.takes),
  scaleTarget: setting(v.picklist(scale_target.takes.options), scale_target.takes),
  missing: setting(v.picklist(missing.takes.options), missing.takes),
  missingValues: setting(list(text), { default: [] }),
  classWeight: setting(v.nullable(v.union([v.literal("balanced"), list(object({ name: text, weight: amount }))])), NONE),
  sampleWeight: setting(v.nullable(text), NONE),
  split: object({
    train: share,
    validation: share,
    test: share,
    shuffle: setting(v.boolean(), split.takes.options.shuffle),
    by: setting(v.nullable(text), NONE),
  }),
});

const { batch, epochs, seed, shuffle, reproducible } = trainDirectives;
const { arguments: stop } = stops.early_stopping;

const training = object({
  run: text,
  outputs: list(
    object({
      layer: text,
      loss: use("losses", names(losses)),
      weight: number,
      target: v.union([v.pipe(v.strictTuple([count, count]), v.readonly()), v.literal("features")]),
    }),
  ),
  optimizer: use("optimizers", names(optimizers)),
  learningRate: v.union([amount, schedule]),
  metrics: list(v.union([metricName, metric])),
  batch: setting(v.nullable(positive), batch.takes),
  epochs: setting(count, epochs.takes),
  seed: setting(count, seed.takes),
  shuffle: setting(v.boolean(), shuffle.takes),
  reproducible: setting(v.boolean(), reproducible.takes),
  clip: object({ norm: setting(v.nullable(amount), NONE), value: setting(v.nullable(amount), NONE) }),
  stop: v.nullable(
    object({
      monitor: setting(text, stop.monitor),
      patience: setting(count, stop.patience),
      minDelta: setting(amount, stop.min_delta),
      restoreBest: setting(v.boolean(), stop.restore_best),
    }),
  ),
  start: setting(v.nullable(text), NONE),
});

export const trainingPlan = schemaOf<TrainingPlan>()(object({ version: v.literal(1), network, data, training }));

const cells = list(v.union([number, text]), MOST.numbers);

export const networkPlan = schemaOf<NetworkPlan>()(network);

export const expectPlan = schemaOf<ExpectPlan>()(
  object({
    tolerance: number,
    tests: list(
      v.variant("kind", [
        object({ kind: v.literal("row"), features: cells, targets: cells }),
        object({ kind: v.literal("claim"), metric: text, operator: text, value: number }),
      ]),
    ),
  }),
);

const rowsFrom = v.picklist(["expect", "data", "combinations"]);

export const untrainedPlan = schemaOf<UntrainedPlan>()(
  v.pipe(
    object({
      network,
      inputs: list(text),
      rowsFrom,
      rows: list(object({ x: numbers, expected: v.nullable(numbers), tolerance: number })),
      rowsOf: count,
    }),
    v.check(({ inputs, rows }) => rows.every(({ x }) => x.length === inputs.length), "a row has a number for each input"),
  ),
);
