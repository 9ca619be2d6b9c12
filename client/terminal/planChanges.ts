/** Compares the plan of a training's weights with the current file's plan. Each difference is a clause for the user, with both values. */
import type { DataPlan, NetworkPlan, OutputPlan, PlannedLayer, SourcePlan, TrainingPlan } from "../../engine/plan.ts";

/** The maximum number of changes listed. */
const MOST = 4;

/** Returns the differences in the model and in the encoding of rows. The source, the split and the training settings may differ. */
export const planChanges = (saved: TrainingPlan, now: TrainingPlan): string[] => limited(usedChanges(saved, now));

/** Returns the differences in the whole plan except the epochs. A resumed training must have none. */
export const resumeChanges = (saved: TrainingPlan, now: TrainingPlan): string[] =>
  limited([...usedChanges(saved, now), ...trainingChanges(saved, now)]);

const limited = (all: readonly string[]): string[] =>
  all.length > MOST + 1 ? [...all.slice(0, MOST), `${all.length - MOST} more differences`] : [...all];

const usedChanges = (saved: TrainingPlan, now: TrainingPlan): string[] => [
  ...layerChanges(saved.network, now.network),
  ...dataChanges(saved.data, now.data),
  ...targetChanges(saved, now),
];

/** Returns the parameters of the file's model that have no weights of their shape. */
export function shapeChanges(saved: NetworkPlan, now: NetworkPlan): string[] {
  const before = shapesOf(saved);
  const after = shapesOf(now);
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) =>
    clause(name, before.get(name) ?? "absent", after.get(name) ?? "absent", "in the weights"),
  );
}

const shapesOf = ({ layers }: NetworkPlan): ReadonlyMap<string, string> =>
  new Map(layers.flatMap(({ id, parameters }) => parameters.map(({ name, shape }) => [`${id}/${name}`, shape.join("x")])));

function layerChanges(saved: NetworkPlan, now: NetworkPlan): string[] {
  const ids = ({ layers }: NetworkPlan): string => layers.map(({ id }) => id).join(", ");
  if (ids(saved) !== ids(now)) return clauses("the layers", ids(saved), ids(now));
  return [
    ...saved.layers.flatMap((layer, k) => settingChanges(layer, now.layers[k])),
    ...clauses("the outputs", saved.outputs.join(", "), now.outputs.join(", ")),
  ];
}

/** A layer's output depends on all its fields except the initial values of its weights. */
function settingChanges(saved: PlannedLayer, now: PlannedLayer | undefined): string[] {
  const { id, parameters: _before, ...before } = saved;
  const { id: _id, parameters: _after, ...after }: Partial<PlannedLayer> = now ?? {};
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) =>
    TRAINING_ONLY.has(key) ? [] : valueClause(`the ${key} of ${id}`, Reflect.get(before, key), Reflect.get(after, key)),
  );
}

/** Layer settings that affect training but not the output. */
const TRAINING_ONLY: ReadonlySet<string> = new Set(["l1", "l2", "freeze", "rate", "momentum"]);

function dataChanges(saved: DataPlan, now: DataPlan): string[] {
  const listed = (names: readonly string[] | null, otherwise: string): string => names?.join(", ") ?? otherwise;
  const words = ({ oneHot }: DataPlan) => new Map(oneHot.map((one) => [one.column, one.words.join(", ")]));
  const wordsNow = words(now);
  return [
    ...clauses("the features", listed(saved.features, "pixels"), listed(now.features, "pixels")),
    ...clauses("the target columns", listed(saved.target, ""), listed(now.target, "")),
    ...clauses("the classes", listed(saved.classes, "the sorted words"), listed(now.classes, "the sorted words")),
    ...[...words(saved)].flatMap(([column, list]) => clauses(`the words of ${column}`, list, wordsNow.get(column) ?? "numbers")),
    ...clause("scale", saved.scale, now.scale),
    ...clause("scale_target", saved.scaleTarget, now.scaleTarget),
    ...clause("missing", saved.missing, now.missing),
    ...clauses("the missing values", saved.missingValues.join(", ") || "the usual ones", now.missingValues.join(", ") || "the usual ones"),
  ];
}

/** Returns the outputs that learned columns and now learn the features, or the reverse. */
function targetChanges({ training: saved }: TrainingPlan, { training: now }: TrainingPlan): string[] {
  const textOfTarget = ({ target }: OutputPlan): string => (target === "features" ? "the features" : "columns");
  return saved.outputs.flatMap((output, k) => {
    const other = now.outputs[k];
    return other ? clause(`the target of ${output.layer}`, textOfTarget(output), textOfTarget(other)) : [];
  });
}

/** Returns the differences in how, and on which rows, the network is trained. */
function trainingChanges(saved: TrainingPlan, now: TrainingPlan): string[] {
  const [before, after] = [trainingSettings(saved), trainingSettings(now)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((what) => valueClause(what, before.get(what), after.get(what)));
}

/** Returns a training's settings by their names in the language. */
function trainingSettings({ network, data, training }: TrainingPlan): ReadonlyMap<string, unknown> {
  const { outputs, epochs: _epochs, run: _run, ...others } = training;
  const { shuffle, by, ...shares } = data.split;
  return new Map([
    ...outputs.flatMap(({ layer, loss, weight }): [string, unknown][] => [
      [outputs.length > 1 ? `the loss of ${layer}` : "loss", loss],
      [`the loss weight of ${layer}`, weight],
    ]),
    ...Object.entries(others).map(([key, value]): [string, unknown] => [
      key.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`),
      value,
    ]),
    ["split", shares],
    ["the shuffle of split", shuffle],
    ["the column of split", by],
    ...sourceSettings("source", data.source),
    ...sourceSettings("validation source", data.ownSources.validation),
    ...sourceSettings("test source", data.ownSources.test),
    ...network.layers.flatMap((layer): [string, unknown][] => [
      ...Object.entries(layer).flatMap(([key, value]): [string, unknown][] =>
        TRAINING_ONLY.has(key) ? [[`${key} of ${layer.id}`, value]] : [],
      ),
      ...layer.parameters.map(({ name, start }): [string, unknown] => [
        `the start of ${layer.id}/${name}`,
        start.kind === "values" ? "values" : start.use,
      ]),
    ]),
  ]);
}

/** Returns the settings of one source of rows. Rows written in the file are not listed. */
const sourceSettings = (name: string, source: SourcePlan | null): [string, unknown][] =>
  source === null || source.kind === "table"
    ? []
    : Object.entries(source).map(([key, value]): [string, unknown] => [`the ${key} of the ${name}`, value]);

/** Returns a clause about one thing, or nothing if it is unchanged. */
const clause = (what: string, saved: string, now: string, there?: string): string[] =>
  saved === now
    ? []
    : [`${what} is ${now} in the file, but ${there === undefined ? "was " : ""}${saved}${there === undefined ? "" : ` ${there}`}`];

/** Returns a clause about several things. */
const clauses = (what: string, saved: string, now: string): string[] =>
  saved === now ? [] : [`${what} are ${now} in the file, but were ${saved}`];

/** The length to which values are shortened, in characters. */
const LONGEST = 80;

/** Returns a clause about a value in a plan. */
function valueClause(what: string, saved: unknown, now: unknown): string[] {
  const [before, after] = [textOf(saved).slice(0, LONGEST), textOf(now).slice(0, LONGEST)];
  return isList(saved) || isList(now) ? clauses(what, before, after) : clause(what, before, after);
}

/** Whether the value is a list of names or of words with settings. A list of numbers is a shape. */
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value) && value.some((one) => typeof one !== "number");

/** Formats names as a list, a shape as 28x28, and an activation as its name with any settings. */
function textOf(value: unknown): string {
  if (value === undefined) return "absent";
  if (value === null) return "none";
  if (typeof value !== "object") return String(value);
  if (isList(value)) return value.map(textOf).join(", ");
  if (Array.isArray(value)) return value.map(textOf).join("x");
  const { name, settings, ...rest } = value as { name?: string; settings?: object };
  const inner = Object.entries(settings ?? rest).map(([key, own]) => `${key}=${textOf(own)}`);
  if (name === undefined) return inner.join(" ");
  return inner.length > 0 ? `${name}(${inner.join(", ")})` : name;
}
