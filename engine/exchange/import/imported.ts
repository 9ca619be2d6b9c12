/** A network read from another program's file, and the `.nn` text that describes it. */
import { keywords } from "../../catalog/keywords.ts";
import type { ParameterName } from "../../catalog/parameters.ts";
import type { NamedTensor } from "../../files/safetensors.ts";
import { plainText } from "../../safeText.ts";
import { safeNames } from "../names.ts";
import { countOf, ExchangeProblem, MOST_NUMBERS } from "../problem.ts";

/** A parameter. Its numbers are decoded on demand. */
export interface ImportedWeight {
  readonly name: ParameterName;
  readonly shape: readonly number[];
  /** Returns the numbers, row by row. Throws `ExchangeProblem` if they are damaged or their type is unknown. */
  readonly numbers: () => Float32Array;
}

export interface ImportedLayer {
  /** The name in the file. It need not be a valid name in the language. */
  readonly name: string;
  /** The rest of the line after the label: `dense 4 relu`. */
  readonly words: string;
  /** Names of layers. Empty for an input layer. */
  readonly inputs: readonly string[];
  readonly weights: readonly ImportedWeight[];
}

/** A layer that the language lacks. The layers after it read its first input instead. */
export interface UnknownLayer {
  readonly name: string;
  /** The layer's type, such as the Keras class. */
  readonly what: string;
  readonly inputs: readonly string[];
}

export type ImportedPart = ImportedLayer | UnknownLayer;
export const isUnknown = (part: ImportedPart): part is UnknownLayer => "what" in part;

export interface Imported {
  /** The kind of file, such as "a Keras model". */
  readonly kind: string;
  readonly name: string;
  /** The layers. Each follows its inputs. */
  readonly parts: readonly ImportedPart[];
  readonly outputs: readonly string[];
  /** The metadata of files/trainedWith.ts, if Backprop wrote the file. It is not checked yet. */
  readonly saved?: Readonly<Record<string, string>> | undefined;
  /** Sentences for the user about information missing from the file. */
  readonly notes: readonly string[];
}

/** A `.nn` text and its initial weights. */
export interface ImportedFile {
  readonly text: string;
  readonly weights: readonly NamedTensor[];
  readonly renamed: readonly { readonly from: string; readonly to: string }[];
}

const isLabel = (name: string): boolean => /^[\p{L}_][\p{L}\p{M}\d_]*$/u.test(name) && name.length <= 100 && !Object.hasOwn(keywords, name);

/**
 * Returns the imported file. Its text names `weightsFile` as the source of the initial weights. Throws `ExchangeProblem` if the file refers to
 * layers that it lacks, or if its weights are damaged or too large.
 */
export function importedFile(
  imported: Imported,
  { weightsFile, source }: { readonly weightsFile: string; readonly source: string },
): ImportedFile {
  const known = imported.parts.filter((part) => !isUnknown(part)) as readonly ImportedLayer[];
  const names = safeNames(
    known.map(({ name }) => name),
    isLabel,
  );
  requireLayers(imported);
  const read = readers(imported.parts);
  const model = isLabel(imported.name) ? imported.name : "Imported";
  const lines = imported.parts.map((part) => {
    const inputs = part.inputs.map(read);
    if (!isUnknown(part) && inputs.includes(""))
      throw new ExchangeProblem(`its layer ${part.name} reads only layers that have no counterpart here`);
    if (isUnknown(part))
      return `  # ${commentText(part.name)}: ${commentText(part.what)} has no counterpart here.${inputs[0] ? ` Layers that read it now read ${names.of(inputs[0])}.` : ""}`;
    return `  ${names.of(part.name)}: ${part.words}${inputs.length > 0 ? ` from ${inputs.map(names.of).join(", ")}` : ""}`;
  });
  const outputs = [
    ...new Set(
      imported.outputs
        .map(read)
        .filter((name) => name !== "")
        .map(names.of),
    ),
  ];
  const wordsOf = new Map(known.map(({ name, words }) => [names.of(name), words]));
  const lossOf = (output = ""): string => lossAfter(wordsOf.get(output) ?? "");
  const text = [
    `# Imported from ${commentText(source)}, ${imported.kind}.`,
    ...imported.notes.map((note) => `# ${commentText(note)}`),
    `model ${model} {`,
    ...lines,
    ...(outputs.length > 0 ? [`  output ${outputs.join(", ")}`] : []),
    "}",
    "",
    "# To train further or to test it, write the name of your data file and of its target column.",
    "data Data {",
    '  source csv("data.csv")',
    "  target y",
    "}",
    "",
    `train ${model} on Data {`,
    `  start weights(${JSON.stringify(weightsFile)})`,
    `  loss ${outputs.length > 1 ? outputs.map((name) => `${name}=${lossOf(name)}`).join(" ") : lossOf(outputs[0])}`,
    "  optimizer adam(learning_rate=0.001)",
    "}",
    "",
  ].join("\n");
  return { text, renamed: names.renamed, weights: weightsOf(known, names.of) };
}

/** Returns the usual loss for an output. The file does not name the loss of its training. */
const lossAfter = (words: string): string =>
  /\bsoftmax\b/.test(words) ? "sparse_categorical_crossentropy" : /\bsigmoid\b/.test(words) ? "binary_crossentropy" : "mse";

/** Limits all weights together, because several layers may refer to the same numbers of a small file. */
function weightsOf(layers: readonly ImportedLayer[], nameOf: (name: string) => string): NamedTensor[] {
  let total = 0;
  return layers.flatMap(({ name: layer, weights }) =>
    weights.map(({ name, shape, numbers }) => {
      const count = countOf(shape, `the ${name} of ${layer}`);
      total += count;
      if (total > MOST_NUMBERS) throw new ExchangeProblem(`its layers have more than ${MOST_NUMBERS} numbers`);
      const values = numbers();
      if (values.length !== count) throw new ExchangeProblem(`the ${name} of ${layer} has ${values.length} numbers, not ${count}`);
      return { name: `${nameOf(layer)}/${name}`, shape: [...shape], values };
    }),
  );
}

/** Each layer needs a unique name, and each name that a layer or the network refers to must be a layer's. */
function requireLayers({ parts, outputs }: Imported): void {
  const known = new Set<string>();
  for (const { name } of parts) {
    if (known.has(name)) throw new ExchangeProblem(`it has two layers that are called ${name}`);
    known.add(name);
  }
  for (const name of [...parts.flatMap(({ inputs }) => inputs), ...outputs])
    if (!known.has(name)) throw new ExchangeProblem(`it refers to a layer ${name} that it does not have`);
}

/** Returns a function that maps the name of an unknown layer to the name of the layer to read instead; to "" if there is none. */
function readers(parts: readonly ImportedPart[]): (name: string) => string {
  const instead = new Map<string, string>();
  const read = (name: string): string => instead.get(name) ?? name;
  for (const part of parts) if (isUnknown(part)) instead.set(part.name, read(part.inputs[0] ?? ""));
  return read;
}

const commentText = (text: string): string => plainText(text.length > 200 ? `${text.slice(0, 199)}…` : text);
