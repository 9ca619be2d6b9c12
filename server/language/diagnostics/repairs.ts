/** The repair of each code's example, for its page and for `nn explain`. */
import { SUM } from "./define.ts";
import { type DiagnosticCode, diagnostics } from "./table.ts";
import { trainingFindings } from "./trainingFindings.ts";

export interface Repair {
  /** The example's line with the message. */
  readonly wrong: string;
  /** The replacement of that line, or of other lines. An empty text removes the line. */
  readonly right: string | Readonly<Record<string, string>>;
}

const repairs: Readonly<Record<DiagnosticCode, Repair>> = {
  NN101: { wrong: "dense ) 3", right: "dense 3 relu" },
  NN102: { wrong: "model M {", right: { "dense 3 relu": "dense 3 relu\n}" } },
  NN103: { wrong: 'source csv("iris.csv)', right: 'source csv("iris.csv")\n  target species' },
  NN104: { wrong: "dropout 0.5.1", right: "dropout 0.5" },
  NN201: { wrong: "dens 3 relu", right: "dense 3 relu" },
  NN202: { wrong: "dense 3 rleu", right: "dense 3 relu" },
  NN203: { wrong: "loss msee", right: "loss mse" },
  NN204: { wrong: "optimizer adm", right: "optimizer adam" },
  NN205: { wrong: "metrics mea", right: "metrics mae" },
  NN206: { wrong: "dense 3 relu init=he_norml", right: "dense 3 relu init=he_normal" },
  NN207: { wrong: "dense 3 relu freez=true", right: "dense 3 relu freeze=true" },
  NN208: { wrong: "epoch 3", right: "epochs 3" },
  NN209: { wrong: "dense 1 from hiden", right: "dense 1 from hidden" },
  NN210: { wrong: "h: dense 2 relu", right: "h2: dense 2 relu" },
  NN211: { wrong: "target specie", right: "target species" },
  NN212: { wrong: "dense relu", right: "dense 8 relu" },
  NN213: { wrong: "dropout 1.5", right: "dropout 0.3" },
  NN214: {
    wrong: "a: dense 3 relu from b",
    right: { "a: dense 3 relu from b": "b: dense 2 relu", "b: dense 2 relu": "a: dense 3 relu from b" },
  },
  NN215: { wrong: "forgotten: dense 8 relu", right: "" },
  NN216: { wrong: "source moon(samples=100)", right: "source moons(samples=100)" },
  NN217: { wrong: "features a, colour", right: { "target y": "target y\n  one_hot colour" } },
  NN218: { wrong: "features sepal_length, species", right: "features sepal_length" },
  NN219: { wrong: "classes setosa, virginica", right: "classes setosa, virginica, versicolor" },
  NN301: { wrong: "input 5", right: "input 4" },
  NN302: { wrong: "add from a, b", right: { "b: dense 2 relu from a": "b: dense 3 relu from a" } },
  NN303: { wrong: "dense 10 softmax", right: "flatten\n  dense 10 softmax" },
  NN304: { wrong: "dense 2", right: "dense 1" },
  NN305: { wrong: "dense 2 softmax", right: "dense 3 softmax" },
  NN306: { wrong: "0 1 1 -> 1", right: "0 1 -> 1" },
  NN307: { wrong: "reshape 28x29", right: "reshape 14x56" },
  NN308: { wrong: "dense 100000 relu", right: "dense 100 relu" },
  NN309: { wrong: "dense 3 relu bias=[0, 0]", right: "dense 3 relu bias=[0, 0, 0]" },
  NN314: {
    wrong: 'start weights("xor.safetensors")',
    right: { "hidden: dense 3 tanh": "hidden: dense 2 tanh", "dense 1": "dense_2: dense 1" },
  },
  NN401: { wrong: "train M on D {", right: "train M on D {\n  loss mse" },
  NN402: { wrong: "loss binary_crossentropy", right: { "dense 1": "dense 1 sigmoid" } },
  NN403: { wrong: "loss mse", right: "loss sparse_categorical_crossentropy" },
  NN404: { wrong: "dense 2 heaviside", right: "dense 2 sigmoid" },
  NN405: {
    wrong: "optimizer perceptron",
    right: { "tlu 1": "dense 1 sigmoid", "optimizer perceptron": "loss binary_crossentropy\n  optimizer sgd" },
  },
  NN406: {
    wrong: 'source csv("no-such-file.csv")',
    right: { 'source csv("no-such-file.csv")': 'source csv("iris.csv")', "target y": "target species" },
  },
  NN407: { wrong: "stop early_stopping(patience=5)", right: { "target y": "target y\n  split validation=0.2" } },
  NN408: { wrong: "train M {", right: `${SUM}\ntrain M on D {` },
  NN409: { wrong: "train M on D {", right: { "both: neuron a, b threshold=2": "dense 2 tanh\n  dense 1" } },
  NN410: { wrong: "metrics accuracy", right: "metrics mae" },
  NN411: { wrong: "split validation=0.1", right: "split validation=0.25" },
  NN501: { wrong: "dense 1 sigmoid", right: "dense 4 tanh\n  dense 1 sigmoid" },
  NN502: { wrong: "dense 1 softmax", right: "dense 1 sigmoid" },
  NN503: { wrong: "dense 3 sigmoid", right: "dense 3 softmax" },
  NN504: { wrong: "data D {", right: { "target y": "target y\n  scale standard" } },
  NN505: { wrong: "dense 8", right: "dense 8 relu" },
  NN506: { wrong: "dense 8 sigmoid", right: "dense 8 relu" },
  NN507: { wrong: "dense 8 tanh init=zeros", right: "dense 8 tanh" },
  NN508: { wrong: "optimizer adam(learning_rate=5)", right: "optimizer adam(learning_rate=0.001)" },
  NN509: { wrong: "batch 64", right: "batch all" },
  NN510: { wrong: "dropout 0.2", right: { "dense 3": "dropout 0.2\n  dense 3", "dropout 0.2": "" } },
  NN511: { wrong: "dense 1 relu", right: "dense 1" },
  NN512: { wrong: "loss binary_crossentropy", right: "loss sparse_categorical_crossentropy" },
  NN513: { wrong: "dense 8", right: "dense 8 bias=false" },
  NN514: { wrong: "dense 8 relu init=glorot_uniform", right: "dense 8 relu init=he_uniform" },
  NN515: { wrong: "optimizer sgd(nesterov=true)", right: "optimizer sgd(nesterov=true, momentum=0.9)" },
  NN520: { wrong: "target y", right: "target y\n  scale_target standard" },
  NN526: { wrong: "accuracy >= 95", right: "accuracy >= 0.95" },
  NN527: { wrong: "dense 8 softmax", right: "dense 8 relu" },
  NN528: { wrong: "target y", right: "target y\n  class_weight balanced" },
  NN529: { wrong: 'source csv("numbered.csv")', right: { "input 3": "input 2", "target y": "target y\n  ignore id" } },
  NN530: { wrong: 'start weights("xor.safetensors")', right: { "other: dense 1": "dense_2: dense 1" } },
  NN531: { wrong: "let rate = 0.1", right: "" },
  NN532: { wrong: "dense 8 relu # nn-ignore NN505", right: "dense 8 relu" },
  NN533: { wrong: 'start weights("scaled.safetensors")', right: 'start weights("xor.safetensors")' },
  NN534: { wrong: "dropout 0.9", right: "dropout 0.2" },
  NN536: { wrong: "split test=0.3 by=species", right: "split test=0.3" },
  NN537: {
    wrong: "optimizer sgd(learning_rate=exponential_decay(0.01, steps=100, rate=0.9, warmup_steps=1000))",
    right: "optimizer sgd(learning_rate=exponential_decay(0.01, steps=100, rate=0.9, warmup_steps=1))",
  },
  NN535: { wrong: "target y", right: { "0 1 -> 3": "0 1 -> 2" } },
};

/** Every code, including findings during training. */
export type Code = DiagnosticCode | keyof typeof trainingFindings;

export interface ExplainedExample {
  readonly text: string;
  /** The numbers (from 1) of the lines that the message is about. For a code of the checker it is a single line. */
  readonly lines: readonly number[];
  readonly repaired: string;
}

/** Returns the code's example and its repair. */
export function exampleOf(code: Code): ExplainedExample {
  const { example: text } = isFinding(code) ? trainingFindings[code] : diagnostics[code];
  const { wrong, right }: Repair = isFinding(code) ? trainingFindings[code] : repairs[code];
  const places = text.split("\n").flatMap((line, k) => (line.trim() === wrong ? [k + 1] : []));
  const changes = typeof right === "string" ? { [wrong]: right } : right;
  const repaired = text.split("\n").flatMap((line) => {
    const change = changes[line.trim()];
    if (change === undefined) return [line];
    return change === "" ? [] : [line.replace(line.trim(), () => change)];
  });
  return { text, lines: isFinding(code) ? places : places.slice(0, 1), repaired: repaired.join("\n") };
}

/** Whether the code is a finding during training. */
export const isFinding = (code: Code): code is keyof typeof trainingFindings => Object.hasOwn(trainingFindings, code);

/** Returns the example's text with the code as a comment on its lines. */
export function markedExample(code: Code): string {
  const { text, lines } = exampleOf(code);
  return text
    .split("\n")
    .map((line, k) => (lines.includes(k + 1) ? `${line}  # <-- ${code}` : line))
    .join("\n");
}

/** Codes that often occur together or are confused. */
const PAIRS: readonly (readonly [Code, Code])[] = [
  ["NN201", "NN202"],
  ["NN207", "NN208"],
  ["NN207", "NN213"],
  ["NN209", "NN211"],
  ["NN209", "NN214"],
  ["NN209", "NN408"],
  ["NN209", "NN531"],
  ["NN211", "NN406"],
  ["NN212", "NN213"],
  ["NN214", "NN215"],
  ["NN216", "NN406"],
  ["NN217", "NN301"],
  ["NN218", "NN529"],
  ["NN219", "NN305"],
  ["NN301", "NN303"],
  ["NN301", "NN529"],
  ["NN302", "NN303"],
  ["NN304", "NN305"],
  ["NN304", "NN403"],
  ["NN303", "NN307"],
  ["NN305", "NN503"],
  ["NN309", "NN314"],
  ["NN309", "NN507"],
  ["NN314", "NN530"],
  ["NN530", "NN533"],
  ["NN401", "NN403"],
  ["NN402", "NN403"],
  ["NN402", "NN511"],
  ["NN403", "NN410"],
  ["NN404", "NN405"],
  ["NN404", "NN603"],
  ["NN405", "NN501"],
  ["NN407", "NN411"],
  ["NN407", "NN607"],
  ["NN405", "NN409"],
  ["NN410", "NN526"],
  ["NN410", "NN528"],
  ["NN501", "NN505"],
  ["NN502", "NN512"],
  ["NN503", "NN512"],
  ["NN502", "NN527"],
  ["NN504", "NN520"],
  ["NN504", "NN533"],
  ["NN504", "NN604"],
  ["NN504", "NN608"],
  ["NN506", "NN603"],
  ["NN507", "NN514"],
  ["NN507", "NN602"],
  ["NN508", "NN515"],
  ["NN508", "NN605"],
  ["NN508", "NN606"],
  ["NN509", "NN609"],
  ["NN510", "NN534"],
  ["NN520", "NN601"],
  ["NN411", "NN536"],
  ["NN508", "NN537"],
  ["NN528", "NN535"],
  ["NN534", "NN607"],
  ["NN601", "NN604"],
  ["NN601", "NN605"],
  ["NN606", "NN609"],
  ["NN609", "NN610"],
  ["NN607", "NN611"],
];

/** Returns the codes to read next. */
export const relatedCodes = (code: Code): readonly Code[] =>
  PAIRS.flatMap(([one, other]) => (one === code ? [other] : other === code ? [one] : [])).sort();

/** The samples about a code. */
const SAMPLES: Partial<Readonly<Record<Code, string>>> = {
  NN302: "wide-and-deep",
  NN404: "perceptron",
  NN405: "perceptron",
  NN501: "xor-limit",
  NN504: "iris",
  NN506: "vanishing-gradients",
  NN520: "diabetes",
  NN528: "rare-faults",
  NN601: "learning-rates",
  NN603: "vanishing-gradients",
  NN606: "learning-rates",
  NN607: "early-stopping",
  NN610: "01-playground",
};

/** Returns the name of a sample about the code, if there is one. */
export const sampleOf = (code: Code): string | undefined => SAMPLES[code];
