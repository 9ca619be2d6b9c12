/** Trained models for the tests of exporters and importers: one with every kind of layer and activation, and with unusual names and data. */

import { activations } from "../../engine/catalog/activations.ts";
import { names } from "../../engine/catalog/index.ts";
import { loadExamples } from "../../engine/data/examples.ts";
import { modelFrom, type TrainedModel } from "../../engine/exchange/model.ts";
import { parametersOf, parseSafetensors, safetensorsFrom } from "../../engine/files/safetensors.ts";
import { compile } from "../../engine/network/compile.ts";
import { initializeWeights } from "../../engine/network/initialize.ts";
import { csvFacts, type DataFiles, NO_FILES } from "../../server/language/resolve/dataFacts.ts";
import { planOf } from "../fixtures.ts";

const ROWS = Array.from({ length: 24 }, (_, i) =>
  [0, 1, 2, 3, 4, 5].map((k) => ((i * 7 + k * 5) % 11) / 4 - 1).concat([i % 3, (i % 5) / 2]),
);

/**
 * Returns a model with every kind of layer, on one axis and, where allowed, on two; two inputs and outputs; names that Python reserves. `random` are
 * the lines of layers that draw random numbers, `last` is the label of the last hidden layer.
 */
export const everyLayerModel = (name: string, random: readonly string[], last: string): string => `model ${name} {
  wide: input a, b
  deep: input c, d, e, f
  n: normalize from deep
  d1: dense 6 leaky_relu(negative_slope=0.3)
  bn: batch_norm momentum=0.9
  ln: layer_norm epsilon=0.01
${random.map((line) => `  ${line}\n`).join("")}  grid: reshape 2x3
  grid_bn: batch_norm
  grid_ln: layer_norm
  slopes: prelu
  soft: softmax
  flat: flatten
  class: dense 6 elu(alpha=0.5) l2=0.001 from d1
  forward: dense 6 swish from flat
  sum: add from class, forward, flat
  gap: subtract from sum, class, forward
  gate: multiply from gap, sum
  mean: average from gate, sum
  high: maximum from mean, gap
  low: minimum from high, sum
  on: dense 3 heaviside freeze=true from deep
  side: dense 2 sign freeze=true from deep
  rule: neuron a, a, not b threshold=2
  both: concat from wide, low, on, side, rule
  ${last}: dense 4 tanh bias=false
  main: dense 3 softmax
  price: dense 1 from both
  output main, price
}`;

/** Every kind of layer, and a name in another script. */
export const everyLayer = (): string => `${everyLayerModel("Every", ["drop: dropout 0.25", "noise: gaussian_noise 0.1"], "слой")}

data Rows {
  ${ROWS.map((row) => `${row.slice(0, 6).join(" ")} -> ${row.slice(6).join(" ")}`).join("\n  ")}
}

train Every on Rows {
  loss main=sparse_categorical_crossentropy price=mse
  optimizer adam(learning_rate=0.01)
  epochs 1
}
`;

/** A chain of layers, one for each activation. */
export const everyActivation = (): string => `model Activations {
  x: input 3
${names(activations)
  .map((name) => `  ${name}_line: dense 5 ${name} freeze=true from x`)
  .join("\n")}
  mix: concat from ${names(activations)
    .map((name) => `${name}_line`)
    .join(", ")}
  dense 2
}

data Rows {
  0 0.5 1 -> 1 2
  -1 2 0.25 -> 0 1
  3 -2 -0.5 -> 2 0
}

train Activations on Rows {
  loss mse
}
`;

/** The data files of a text: what the checker knows about them, and their bytes. */
interface Sources {
  readonly known: DataFiles;
  readonly bytes: (path: string) => Uint8Array;
}

const FLOWER_SOURCES: Sources = {
  known: { ...NO_FILES, csv: (path, format) => csvFacts(new TextEncoder().encode(FLOWERS), format, path) },
  bytes: () => new TextEncoder().encode(FLOWERS),
};

/** Returns the model of a text with its initial weights and with statistics that are all different. */
export async function startedModel(text: string, { known, bytes }: Sources = FLOWER_SOURCES): Promise<TrainedModel> {
  const plan = planOf(text, known);
  const network = compile(plan.network, { precision: "float32", capacity: 8 });
  initializeWeights(network, plan.training.seed);
  for (const { planned, values } of network.parameters)
    if (planned.start.kind === "initializer" && ["zeros", "ones"].includes(planned.start.use.name))
      values.forEach((value, k) => {
        values[k] = value + ((k * 5) % 7) / 8 - (value === 1 ? 0.25 : 0.375);
      });
  const { fit } = await loadExamples(plan, { read: async (path) => bytes(path) }, "float32");
  return modelFrom(parseSafetensors(safetensorsFrom(parametersOf(network))), { plan, fit, text });
}

/** Returns a model of pictures of 6 x 6 pixels. */
export function pictureModel(): Promise<TrainedModel> {
  const [rows, pixels] = [4, 36];
  const images = Uint8Array.from({ length: rows * pixels }, (_, k) => (k % pixels) * 7 + Math.floor(k / pixels));
  const idx = (dimensions: readonly number[], values: Iterable<number>): Uint8Array =>
    Uint8Array.from([0, 0, 8, dimensions.length, ...dimensions.flatMap((size) => [0, 0, 0, size]), ...values]);
  return startedModel(
    `model Signs {
  input 6x6
  flatten
  dense 30 tanh
  main: dense 2 softmax
}

data Pictures {
  source idx("images", "labels")
  scale minmax
}

train Signs on Pictures {
  loss sparse_categorical_crossentropy
}
`,
    {
      known: {
        ...NO_FILES,
        idx: (path) => ({ facts: path === "labels" ? { shape: [rows], largest: 1 } : { shape: [rows, 6, 6], largest: undefined } }),
      },
      bytes: (path) => (path === "labels" ? idx([rows], [0, 1, 1, 0]) : idx([rows, 6, 6], images)),
    },
  );
}

/** Scaled columns, one of words, and classes whose names are markup, Cyrillic and quotes. */
export const flowers = (): string => `model Flowers {
  input length, width, color
  dense 5 relu
  main: dense 3 softmax
}

data Rows {
  features length, width, color
  target kind
  one_hot color
  scale standard
  source csv("flowers.csv")
}

train Flowers on Rows {
  loss sparse_categorical_crossentropy
}
`;

export const KINDS = ['a "rose" & </script>', "ирис", "class"];
export const FLOWERS = ["length,width,color,kind"]
  .concat(
    Array.from(
      { length: 12 },
      (_, i) => `${i * 3 + 100},${(i % 5) / 8},${i % 2 ? "red" : "blue"},"${(KINDS[i % 3] ?? "").replaceAll('"', '""')}"`,
    ),
  )
  .join("\n");
