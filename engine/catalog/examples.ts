/**
 * A small file for each word of the language. It has no findings and trains. A `¦` marks the word. Only `csv` and `idx` need data files, from the
 * samples, and `weights` needs the weights of an earlier training.
 */
import type { ActivationName } from "./activations.ts";
import type { Argument, Entry } from "./arguments.ts";
import type { dataDirectives, expectDirectives, starts, stops, trainDirectives } from "./directives.ts";
import { type CatalogPart, catalog, entryOf } from "./index.ts";
import type { InitializerName } from "./initializers.ts";
import type { keywords } from "./keywords.ts";
import type { LayerKind } from "./layers.ts";
import type { LossName } from "./losses.ts";
import { type MetricName, metrics } from "./metrics.ts";
import type { OptimizerName, ScheduleName } from "./optimizers.ts";
import type { SourceName } from "./sources.ts";

/** A file with a word of the language, and the word's offset. */
export interface Example {
  readonly text: string;
  readonly at: number;
}

/** The lines of a file's blocks. */
interface Lines {
  readonly input: string;
  readonly hidden?: readonly string[];
  readonly output: string;
  readonly data: readonly string[];
  readonly loss: string;
  readonly train?: readonly string[];
  readonly expect?: readonly string[];
}

const TWO_CLASSES = {
  input: "input x1, x2",
  hidden: ["dense 8 tanh"],
  output: "dense 1 sigmoid",
  data: ["source moons"],
  loss: "loss binary_crossentropy",
};
const SIGNS = { ...TWO_CLASSES, output: "dense 1 tanh", loss: "loss hinge" };
const THREE_CLASSES = {
  input: "input x1, x2",
  output: "dense 3 softmax",
  data: ["source gaussians(classes=3)"],
  loss: "loss sparse_categorical_crossentropy",
};
const NUMBERS = { input: "input x", output: "dense 1", data: ["source sine"], loss: "loss mse" };
/** Shares of three kinds that add up to 1. */
const SHARES = {
  input: "input age",
  output: "dense 3 softmax",
  data: ["features age", "target car, bus, bike", "1 -> 0.1 0.2 0.7", "2 -> 0.3 0.3 0.4", "3 -> 0.6 0.3 0.1", "4 -> 0.8 0.1 0.1"],
  loss: "loss kl_divergence",
};
const COUNTS = {
  input: "input hour",
  output: "dense 1 exponential",
  data: ["features hour", "target calls", "0 -> 1", "0.5 -> 3", "1 -> 4", "1.5 -> 9", "2 -> 12"],
  loss: "loss poisson",
};
const SIGNED_ROWS = ["features a, b", "target y", "-1 -1 -> -1", "-1 1 -> -1", "1 -1 -> -1", "1 1 -> 1"];
const STEPS = {
  input: "input a, b",
  output: "tlu 1",
  data: ["features a, b", "target y", "0 0 -> 0", "0 1 -> 0", "1 0 -> 0", "1 1 -> 1"],
  loss: "optimizer perceptron",
};
const FLATS = {
  input: "input rooms, center",
  output: "dense 1",
  data: ["features rooms, center", "target rent", "1 0 -> 4.5", "2 1 -> 9.5", "3 0 -> 9", "4 1 -> 14", "2 0 -> 6.5", "3 1 -> 12"],
  loss: "loss mse",
};

const IRISES = {
  input: "input 2",
  hidden: ["dense 8 relu"],
  output: "dense 3 softmax",
  loss: "loss sparse_categorical_crossentropy",
};

const file = ({ input, hidden = [], output, data, loss, train = [], expect = [] }: Lines): string =>
  [
    block("model Example", [input, ...hidden, output]),
    block("data Points", data),
    block("train Example on Points", [loss, ...train]),
    ...(expect.length > 0 ? [block("expect Example on Points", expect)] : []),
  ].join("\n");
const block = (head: string, lines: readonly string[]): string => `${head} {\n${lines.map((line) => `  ${line}\n`).join("")}}\n`;

const joined = (line: string): Lines => ({
  ...TWO_CLASSES,
  input: "points: input x1, x2",
  hidden: ["wide: dense 4 tanh", "dense 8 relu from points", "deep: dense 4 tanh", line],
});
const hidden = (...lines: readonly string[]): Lines => ({ ...TWO_CLASSES, hidden: lines });

const LAYERS: Readonly<Record<LayerKind, Lines | string>> = {
  input: { ...TWO_CLASSES, input: "¦input x1, x2" },
  dense: hidden("¦dense 3 tanh"),
  tlu: { ...STEPS, output: "¦tlu 1" },
  neuron: [
    block("model Example", ["input a, b", "¦neuron a, not b threshold=1"]),
    block("expect Example", ["0 0 -> 0", "0 1 -> 0", "1 0 -> 1", "1 1 -> 0"]),
  ].join("\n"),
  flatten: hidden("reshape 2x1", "¦flatten", "dense 8 tanh"),
  reshape: hidden("¦reshape 2x1", "flatten", "dense 8 tanh"),
  dropout: hidden("dense 16 relu", "¦dropout 0.2", "dense 8 relu"),
  gaussian_noise: hidden("¦gaussian_noise 0.1", "dense 8 tanh"),
  prelu: hidden("dense 3", "¦prelu"),
  batch_norm: hidden("dense 8 bias=false", "¦batch_norm", "relu"),
  layer_norm: hidden("dense 8 relu", "¦layer_norm"),
  normalize: hidden("¦normalize", "dense 8 tanh"),
  concat: joined("¦concat from wide, deep"),
  add: joined("¦add from wide, deep"),
  subtract: joined("¦subtract from wide, deep"),
  multiply: joined("¦multiply from wide, deep"),
  average: joined("¦average from wide, deep"),
  maximum: joined("¦maximum from wide, deep"),
  minimum: joined("¦minimum from wide, deep"),
};

/** An activation is shown in a hidden layer, except those that do not belong there. */
const ACTIVATIONS: Readonly<Partial<Record<ActivationName, Lines>>> = {
  softmax: { ...THREE_CLASSES, output: "dense 3 ¦softmax" },
  linear: { ...NUMBERS, hidden: ["dense 8 tanh"], output: "dense 1 ¦linear" },
  exponential: { ...COUNTS, output: "dense 1 ¦exponential" },
  heaviside: { ...STEPS, output: "dense 1 ¦heaviside" },
  sign: { ...STEPS, data: SIGNED_ROWS, output: "dense 1 ¦sign" },
};

/** The activation that an initializer is meant for; tanh if it suits all. */
const INITIALIZED: Readonly<Partial<Record<InitializerName, string>>> = {
  he_uniform: "relu",
  he_normal: "relu",
  lecun_uniform: "selu",
  lecun_normal: "selu",
};

const LOSSES: Readonly<Record<LossName, Lines>> = {
  mse: NUMBERS,
  mae: NUMBERS,
  huber: NUMBERS,
  log_cosh: NUMBERS,
  mape: FLATS,
  msle: COUNTS,
  poisson: COUNTS,
  binary_crossentropy: TWO_CLASSES,
  binary_focal_crossentropy: TWO_CLASSES,
  categorical_crossentropy: SHARES,
  sparse_categorical_crossentropy: THREE_CLASSES,
  kl_divergence: SHARES,
  hinge: SIGNS,
  squared_hinge: SIGNS,
  perceptron: SIGNS,
};

const OPTIMIZERS: Readonly<Partial<Record<OptimizerName, Lines>>> = { perceptron: { ...STEPS, loss: "optimizer ¦perceptron" } };

const SCHEDULES: Readonly<Record<ScheduleName, string>> = {
  exponential_decay: "exponential_decay(0.1, steps=100, rate=0.5)",
  step_decay: "step_decay(0.1, steps=100, rate=0.5)",
  cosine_decay: "cosine_decay(0.1, steps=1000)",
  polynomial_decay: "polynomial_decay(0.1, steps=1000, end=0.001)",
  one_cycle: "one_cycle(0.2, steps=1000)",
  reduce_on_plateau: "reduce_on_plateau(0.1, patience=5)",
};

const SOURCES: Readonly<Partial<Record<SourceName, Lines>>> = {
  csv: { ...IRISES, input: "input petal_length, petal_width", data: ['source ¦csv("iris.csv")', "target species"] },
  idx: {
    input: "input 28x28",
    hidden: ["flatten", "dense 32 relu"],
    output: "dense 10 softmax",
    data: ['source ¦idx("mnist-test-images-idx3-ubyte.gz", "mnist-test-labels-idx1-ubyte.gz")', "scale minmax"],
    loss: "loss sparse_categorical_crossentropy",
  },
  gaussians: { ...TWO_CLASSES, data: ["source ¦gaussians"] },
  line: { ...NUMBERS, data: ["source ¦line"] },
  sine: { ...NUMBERS, hidden: ["dense 16 tanh"], data: ["source ¦sine"] },
  parity: { ...TWO_CLASSES, input: "input 3", data: ["source ¦parity"] },
};

const STOPS: Readonly<Record<keyof typeof stops, string>> = { early_stopping: "stop ¦early_stopping(patience=5)" };
const STARTED: Readonly<Record<keyof typeof starts, string>> = { weights: 'start ¦weights("run/weights.safetensors")' };

const trained = (...train: readonly string[]): Lines => ({ ...NUMBERS, hidden: ["dense 16 tanh"], train });
/** Patients whose illness is rare. */
const PATIENTS = {
  input: "input age, pulse",
  output: "dense 1 sigmoid",
  loss: "loss binary_crossentropy",
};
const PATIENT_ROWS = ["0.2 0.7 -> no", "0.3 0.6 -> no", "0.5 0.7 -> no", "0.6 0.8 -> no", "0.7 0.6 -> no", "0.8 0.9 -> yes"];

const DATA: Readonly<Record<keyof typeof dataDirectives, Lines>> = {
  source: { ...TWO_CLASSES, data: ["¦source moons"] },
  validation: { ...TWO_CLASSES, data: ["source moons", "¦validation moons(seed=7)"] },
  test: { ...TWO_CLASSES, data: ["source moons", "¦test moons(seed=8)"] },
  ignore: { ...IRISES, data: ['source csv("iris.csv")', "¦ignore sepal_length, sepal_width", "target species"] },
  features: { ...FLATS, data: ["¦features rooms, center", ...FLATS.data.slice(1)] },
  target: { ...FLATS, data: ["features rooms, center", "¦target rent", ...FLATS.data.slice(2)] },
  classes: { ...PATIENTS, data: ["features age, pulse", "target ill", "¦classes no, yes", ...PATIENT_ROWS] },
  one_hot: {
    ...FLATS,
    input: "input 3",
    data: [
      "features rooms, place",
      "target rent",
      "¦one_hot place",
      "1 center -> 7",
      "2 coast -> 9",
      "3 center -> 11",
      "2 center -> 9",
      "1 coast -> 7",
    ],
  },
  scale: { ...FLATS, data: [...FLATS.data.slice(0, 2), "¦scale standard", ...FLATS.data.slice(2)] },
  scale_target: { ...FLATS, data: [...FLATS.data.slice(0, 2), "¦scale_target standard", ...FLATS.data.slice(2)] },
  missing: { ...FLATS, data: [...FLATS.data.slice(0, 2), "¦missing mean", ...FLATS.data.slice(2), "NA 1 -> 11"] },
  class_weight: { ...PATIENTS, data: ["features age, pulse", "target ill", "¦class_weight balanced", ...PATIENT_ROWS] },
  sample_weight: {
    ...FLATS,
    input: "input rooms",
    data: ["features rooms, flats", "target rent", "¦sample_weight flats", "1 20 -> 4.5", "2 10 -> 7", "3 10 -> 9", "4 5 -> 12"],
  },
  split: { ...TWO_CLASSES, data: ["source moons", "¦split validation=0.2 test=0.2"] },
};

const TRAIN: Readonly<Record<keyof typeof trainDirectives, Lines>> = {
  loss: { ...NUMBERS, hidden: ["dense 16 tanh"], loss: "¦loss mse" },
  optimizer: trained("¦optimizer adam(learning_rate=0.01)"),
  metrics: trained("¦metrics mae, r2"),
  batch: trained("¦batch 16"),
  epochs: trained("¦epochs 30"),
  seed: trained("¦seed 7"),
  seeds: trained("¦seeds 3"),
  shuffle: trained("¦shuffle false"),
  reproducible: trained("¦reproducible true"),
  clip: trained("¦clip norm=1"),
  stop: { ...trained("¦stop early_stopping(patience=5)"), data: ["source sine", "split validation=0.2"] },
  start: trained('¦start weights("run/weights.safetensors")'),
  loss_weights: {
    input: "input x1, x2",
    hidden: ["hidden: dense 8 tanh", "main: dense 1 sigmoid", "aux: dense 1 from hidden"],
    output: "output main, aux",
    data: ["source moons"],
    loss: "loss main=binary_crossentropy aux=mse",
    train: ["¦loss_weights main=1 aux=0.2"],
  },
};

const EXPECT: Readonly<Record<keyof typeof expectDirectives, Lines>> = {
  tolerance: { ...trained("optimizer adam(learning_rate=0.01)", "epochs 60"), expect: ["¦tolerance 0.5", "0 -> 0"] },
};

const whole = file(TWO_CLASSES);
const KEYWORDS: Readonly<Record<keyof typeof keywords, Lines | string>> = {
  let: `¦let width = 16\n\n${file(hidden("dense width relu", "dense width relu"))}`,
  model: whole.replace("model", "¦model"),
  data: whole.replace("data", "¦data"),
  train: whole.replace("train", "¦train"),
  on: whole.replace(" on ", " ¦on "),
  expect: file({ ...TWO_CLASSES, expect: ["accuracy >= 0.8"] }).replace("expect", "¦expect"),
  repeat: hidden("¦repeat 3 {", "  dense 8 relu", "}"),
  output: { ...NUMBERS, hidden: ["hidden: dense 8 tanh", "y: dense 1"], output: "¦output y" },
  from: { ...TWO_CLASSES, input: "points: input x1, x2", hidden: ["deep: dense 8 tanh", "concat ¦from points, deep"] },
  not: (LAYERS.neuron as string).replace("¦", "").replace("not", "¦not"),
  true: trained("reproducible ¦true"),
  false: trained("shuffle ¦false"),
};

/** The example of a catalog entry, with its mark. */
function entryLines(part: CatalogPart, name: string): Lines | string {
  const of = <T>(table: Readonly<Record<string, T>>): T | undefined => table[name];
  switch (part) {
    case "layers":
      return of(LAYERS) ?? "";
    case "activations":
      return of(ACTIVATIONS) ?? hidden(`dense 8 ¦${name}`);
    case "initializers":
      return name === "zeros" || name === "ones"
        ? { ...NUMBERS, data: ["source line"], output: `dense 1 init=¦${name}` }
        : hidden(`dense 8 ${of<string | undefined>(INITIALIZED) ?? "tanh"} init=¦${name}`);
    case "losses": {
      const lines = of(LOSSES);
      return lines ? { ...lines, loss: `loss ¦${name}` } : "";
    }
    case "optimizers":
      return of<Lines | undefined>(OPTIMIZERS) ?? trained(`optimizer ¦${name}`);
    case "schedules":
      return { ...trained(`optimizer sgd(learning_rate=¦${of(SCHEDULES)})`), data: ["source sine", "split validation=0.2"] };
    case "metrics":
      return { ...(metrics[name as MetricName].measures === "classes" ? THREE_CLASSES : NUMBERS), train: [`metrics ¦${name}`] };
    case "sources":
      return of<Lines | undefined>(SOURCES) ?? { ...TWO_CLASSES, data: [`source ¦${name}`] };
    case "stops":
      return { ...trained(of(STOPS) ?? ""), data: ["source sine", "split validation=0.2"] };
    case "starts":
      return trained(of(STARTED) ?? "");
  }
}

const BLOCKS = { data: DATA, train: TRAIN, expect: EXPECT } as const;

export const entryExample = (part: CatalogPart, name: string): Example => marked(entryLines(part, name));

/** Values of arguments for which the catalog contains neither a default nor a usual value, or a default that is a poor example. */
const VALUES: Readonly<Record<string, string>> = {
  activation: "tanh",
  init: "glorot_normal",
  bias: "false",
  step: "sign",
  images: '"mnist-test-images-idx3-ubyte.gz"',
  labels: '"mnist-test-labels-idx1-ubyte.gz"',
  header: "true",
  delimiter: '","',
  decimal: '"."',
  thousands: '" "',
  comment: '"#"',
  momentum: "0.9",
  label_smoothing: "0.1",
  warmup_steps: "50",
  k: "2",
};
/** Initial values in the shapes of the examples. */
const STARTS: Readonly<Record<string, string>> = {
  "dense kernel": "[[0.1, -0.2, 0.3], [0.4, -0.5, 0.6]]",
  "tlu kernel": "[[0.5], [0.5]]",
  "prelu alpha": "[0.25, 0.25, 0.25]",
  "sgd nesterov": "true, momentum=0.9",
};

/**
 * Returns the example of an entry with one of its arguments written out and marked. Returns the entry's own example if it already contains the
 * argument's value by position, without the name.
 */
export function argumentExample(part: CatalogPart, name: string, argument: string): Example {
  const own = entryExample(part, name);
  const { text, at } = own;
  const { arguments: known, positional = [] } = entryOf(catalog[part] as Readonly<Record<string, Entry>>, name) as Entry & {
    readonly positional?: readonly string[];
  };
  const spec = entryOf(known, argument);
  if (!spec || spec.kind === "names" || positional.includes(argument)) return own;
  const start = at + name.length;
  const isCall = text[start] === "(";
  const end = text.indexOf(isCall ? ")" : "\n", start);
  const given = isCall || part === "layers" ? text.slice(start, end) : "";
  const there = given.indexOf(`${argument}=`);
  if (there >= 0) return { text, at: start + there };
  const unnamed = isCall ? given.split(",").filter((one) => !one.includes("=")).length : 0;
  if (Object.keys(known).indexOf(argument) < unnamed) return own;
  const written = `${argument}=${exampleValue(name, argument, spec)}`;
  const put = (where: number, before: string, after = ""): Example => ({
    text: text.slice(0, where) + before + written + after + text.slice(where),
    at: where + before.length,
  });
  if (part === "layers") return put(end, " ");
  return isCall ? put(end, ", ") : put(start, "(", ")");
}

function exampleValue(name: string, argument: string, spec: Argument): string {
  const offer = "offer" in spec ? spec.offer?.[0] : undefined;
  const fallback = spec.kind === "boolean" ? !spec.default : "default" in spec ? spec.default : undefined;
  return STARTS[`${name} ${argument}`] ?? VALUES[argument] ?? String(offer ?? fallback ?? 1);
}

export const directiveExample = <B extends keyof typeof BLOCKS>(name: keyof (typeof BLOCKS)[B], block: B): Example =>
  marked(BLOCKS[block][name] as Lines);

/** The lines that show the options of a directive. */
const OPTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  split: {
    train: "split ¦train=0.7",
    validation: "split ¦validation=0.2",
    test: "split ¦test=0.2",
    shuffle: "split validation=0.2 ¦shuffle=false",
    by: "split validation=0.5 ¦by=x1",
  },
  scale: { standard: "scale ¦standard", minmax: "scale ¦minmax", none: "scale ¦none" },
  scale_target: { standard: "scale_target ¦standard", minmax: "scale_target ¦minmax", none: "scale_target ¦none" },
  missing: { error: "missing ¦error", drop: "missing ¦drop", mean: "missing ¦mean", values: 'missing mean ¦values=[-999, "unknown"]' },
  class_weight: { balanced: "class_weight ¦balanced" },
  batch: { all: "batch ¦all" },
  clip: { norm: "clip ¦norm=1", value: "clip ¦value=0.5" },
};
/** Returns the example of a directive with one of its options written out and marked. */
export function optionExample<B extends keyof typeof BLOCKS>(name: keyof (typeof BLOCKS)[B] & string, block: B, option: string): Example {
  const { text, at } = directiveExample(name, block);
  const line = OPTIONS[name]?.[option] ?? "";
  const end = text.indexOf("\n", at);
  // `missing error` rejects the gap that the others fill in or drop.
  const rest = option === "error" ? text.slice(end).replace(/\n *NA .*/, "") : text.slice(end);
  return { text: text.slice(0, at) + line.replace("¦", "") + rest, at: at + line.indexOf("¦") };
}

export const keywordExample = (name: keyof typeof keywords): Example => marked(KEYWORDS[name]);

function marked(lines: Lines | string): Example {
  const text = typeof lines === "string" ? lines : file(lines);
  return { text: text.replace("¦", ""), at: text.indexOf("¦") };
}
