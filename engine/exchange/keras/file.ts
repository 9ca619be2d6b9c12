/**
 * Writes Keras 3 `.keras` files: a zip of `config.json`, `metadata.json` and `model.weights.h5`. `keras.models.load_model` reads them in safe mode.
 */
import { zipSync } from "fflate";
import type { Scaler } from "../../data/scaling.ts";
import { trainedMetadata } from "../../files/trainedWith.ts";
import { utf8From } from "../../host.ts";
import { type Dataset, type Group, hdf5From } from "../hdf5/write.ts";
import { type Exported, roundingNotes, type TrainedModel } from "../model.ts";
import { type KerasLayer, type KerasNetwork, type KerasTensor, kerasNetwork } from "./layers.ts";
import { kerasOrder, variableGroups } from "./order.ts";
import { jsonForPython } from "./python.ts";
import { compileConfig, compileNote } from "./settings.ts";

export interface KerasOptions {
  /** Whether the file contains the loss, optimizer and metrics, so that loading it compiles the model. */
  readonly compile: boolean;
}

/** The date of every entry. It is constant so that equal models produce equal files. */
const DATE = new Date(2000, 0, 1);

/** Backprop's own entry in the archive: the metadata of files/trainedWith.ts. Keras ignores it. */
export const OWN_ENTRY = "backprop.json";

export function kerasFile(model: TrainedModel, { compile }: KerasOptions): Exported {
  const network = kerasNetwork(model);
  const entries = {
    "metadata.json": utf8From(JSON.stringify({ keras_version: "3.0.0", date_saved: "2000-01-01@00:00:00" })),
    "config.json": utf8From(jsonForPython(configOf(network, compile ? compileConfig(model.plan, network.names.of) : null))),
    "model.weights.h5": hdf5From(weightsGroup(network)),
    [OWN_ENTRY]: utf8From(JSON.stringify(trainedMetadata(model))),
  };
  return {
    bytes: zipSync(entries, { level: 0, mtime: DATE }),
    renamed: network.names.renamed,
    notes: kerasNotes(model, network, compile),
  };
}

/** Returns the content of `config.json`. TensorBoard draws it as a graph. */
export const configOf = (network: KerasNetwork, compile: object | null): object => ({
  module: "keras.src.models.functional",
  class_name: "Functional",
  config: {
    name: network.name,
    trainable: true,
    layers: network.layers.map(layerConfig),
    input_layers: network.inputs.map(({ layer }) => [layer, 0, 0]),
    output_layers: network.outputs.map(({ layer }) => [layer, 0, 0]),
  },
  registered_name: "Functional",
  build_config: { input_shape: null },
  ...(compile && { compile_config: compile }),
});

function layerConfig({ name, module, className, config, inputs, takesList, numbers }: KerasLayer): object {
  const tensors = inputs.map(tensorConfig);
  const isOperation = module !== "keras.layers";
  const shapes = inputs.map(({ shape }) => [null, ...shape]);
  return {
    module,
    class_name: className,
    config,
    registered_name: isOperation ? className : null,
    ...(!isOperation && inputs.length > 0 && { build_config: { input_shape: takesList ? shapes : shapes[0] } }),
    name,
    inbound_nodes: inputs.length === 0 ? [] : [{ args: [...(takesList ? [tensors] : tensors), ...numbers], kwargs: {} }],
  };
}

const tensorConfig = ({ layer, shape, dtype }: KerasTensor): object => ({
  class_name: "__keras_tensor__",
  config: { shape: [null, ...shape], dtype, keras_history: [layer, 0, 0] },
});

/** Returns the groups `layers/dense_1/vars` and so on. Keras builds a path from the class, not from the layer's name. */
function weightsGroup(network: KerasNetwork): Group {
  const members: Record<string, Group> = {};
  const layers = network.layers.map((layer) => ({ ...layer, reads: layer.inputs.map((input) => input.layer) }));
  const names = (tensors: readonly KerasTensor[]): string[] => tensors.map(({ layer }) => layer);
  // Operations are not layers and are not counted.
  const ordered = kerasOrder(layers, names(network.inputs), names(network.outputs)).filter(({ module }) => module === "keras.layers");
  for (const [path, { variables, name }] of variableGroups(ordered)) {
    if (variables.length === 0) continue;
    const datasets = variables.map(({ shape, values }, k): [string, Dataset] => [String(k), { kind: "dataset", shape, values }]);
    members[path] = group({ vars: group(Object.fromEntries(datasets)) }, { name });
  }
  return group({ layers: group(members), vars: group({}) });
}

const group = (members: Group["members"], attributes?: Readonly<Record<string, string>>): Group => ({
  kind: "group",
  members,
  ...(attributes && { attributes }),
});

/** Returns notes about parts of the model that Keras lacks or computes differently. */
export function kerasNotes(model: TrainedModel, network: KerasNetwork, compile: boolean): string[] {
  const { plan } = model;
  const kinds = new Set<string>(plan.network.layers.map(({ kind }) => kind));
  const notes = [
    ...network.nameNotes,
    ...encodingNotes(model, `the field fit of ${OWN_ENTRY}; a .keras file is a zip archive`),
    ...roundingNotes(model),
  ];
  if (network.unused.length > 0) notes.push(`Layers that lead to no output are left out: ${network.unused.join(", ")}.`);
  if (kinds.has("neuron")) notes.push("A neuron is two dense layers of threshold units.");
  if (kinds.has("dropout") || kinds.has("gaussian_noise"))
    notes.push("Keras uses its own random numbers for dropout and noise, so further training there differs.");
  return [...notes, compileNote(plan, network.names.of, compile)];
}

/** The maximum number of columns whose offsets and factors a note lists. */
const MOST_SCALERS = 8;

/**
 * Returns notes about inputs and outputs for the calling program: scaled numbers, categories as 0 and 1, and the meaning of outputs. `place` names
 * where the exported file contains the fit.
 */
export function encodingNotes({ fit }: TrainedModel, place: string): string[] {
  const features = fit.features.map(({ name, scaler }): NamedScaler => ({ name: name ?? "every pixel", scaler }));
  const targets = fit.targets.flatMap(({ layer, columns, scalers }) =>
    scalers.map((scaler, k): NamedScaler => ({ name: columns[k] ?? (scalers.length > 1 ? `${layer} ${k + 1}` : layer), scaler })),
  );
  const words = fit.features.filter(({ words: list }) => list !== null).map(({ name }) => name);
  const classes = fit.targets.find(({ classes: list }) => list)?.classes;
  return [
    ...scalerNotes("The inputs are scaled numbers: (value − offset) / factor.", features, `features[k].scaler in ${place}`),
    ...(words.length > 0 ? [`The words of ${words.join(", ")} are one input each, 0 or 1.`] : []),
    ...scalerNotes(
      "The outputs are scaled numbers: value · factor + offset is in the target's own units.",
      targets,
      `targets[k].scalers in ${place}`,
    ),
    ...(classes
      ? [
          `The names of the classes are not part of the layers: ${classes
            .map((name, k) => `${k} is ${name}`)
            .slice(0, 12)
            .join(", ")}${classes.length > 12 ? ", …" : ""}.`,
        ]
      : []),
  ];
}

interface NamedScaler {
  readonly name: string;
  readonly scaler: Scaler;
}

/** Returns the formula, the place of the offsets and factors in the file, and the numbers of a few columns; nothing if no number is scaled. */
function scalerNotes(formula: string, all: readonly NamedScaler[], place: string): string[] {
  const scaled = all.filter(({ scaler: { offset, factor } }) => offset !== 0 || factor !== 1);
  if (scaled.length === 0) return [];
  const numbers = scaled.map(({ name, scaler: { offset, factor } }) => `${name}: offset ${offset}, factor ${factor}`).join("; ");
  const where = `${formula} The offsets and factors are not part of the layers. They are ${place}`;
  return [scaled.length > MOST_SCALERS ? `${where}.` : `${where}. ${numbers}.`];
}
