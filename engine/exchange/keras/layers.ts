/**
 * The layers in Keras 3: one table by kind, used for both the `.keras` file and the Python script. A kind without an entry does not compile.
 * Configurations contain only keys that every version of Keras 3 accepts.
 */
import type { Shape } from "../../catalog/shapes.ts";
import type { PlannedKind, PlannedLayer, PlannedLayerOf } from "../../plan.ts";
import { type TrainedModel, type Weight, weightsOf } from "../model.ts";
import { type SafeNames, safeNames } from "../names.ts";
import { neuronAsDense } from "../neuron.ts";
import { isStep, type KerasActivation, kerasActivation, kerasObject } from "./activations.ts";

/** The output of a Keras layer. */
export interface KerasTensor {
  readonly layer: string;
  readonly shape: Shape;
  readonly dtype: "float32" | "bool";
}

/** A variable of a layer, in the order of the layer's class. */
export interface KerasVariable {
  readonly shape: Shape;
  readonly values: Float32Array | BigInt64Array;
}

export interface KerasLayer {
  readonly name: string;
  /** A layer, or an operation of `keras.ops`. */
  readonly module: "keras.layers" | "keras.src.ops.numpy" | "keras.src.ops.core";
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inputs: readonly KerasTensor[];
  /** Whether it takes its inputs as a single list. */
  readonly takesList: boolean;
  /** Numeric arguments after its input. */
  readonly numbers: readonly number[];
  readonly variables: readonly KerasVariable[];
  readonly output: KerasTensor;
}

export interface KerasNetwork {
  readonly name: string;
  /** The note about the model's own name, if Keras does not allow it. */
  readonly nameNotes: readonly string[];
  /** The layers. Each follows its inputs. */
  readonly layers: readonly KerasLayer[];
  readonly inputs: readonly KerasTensor[];
  readonly outputs: readonly KerasTensor[];
  /** The output of each layer, by the plan's ids. */
  readonly tensors: ReadonlyMap<string, KerasTensor>;
  readonly names: SafeNames;
  /** Layers that lead to no output. A Keras model can't contain them. */
  readonly unused: readonly string[];
}

/** TensorFlow rejects other names when a model is called, because its scopes have this form. */
export const isAllowedName = (name: string): boolean => /^[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*$/.test(name);

/** The arguments of the table's functions. */
interface Writing {
  /** The name of the layer's output. */
  readonly name: string;
  readonly inputs: readonly KerasTensor[];
  readonly weights: readonly Weight[];
  readonly fresh: (suffix: string) => string;
  /** Adds a layer of `keras.layers`. */
  readonly layer: (className: string, output: Shape, given: Given) => KerasTensor;
  readonly operation: (
    className: "GreaterEqual" | "Sign" | "Cast",
    name: string,
    input: KerasTensor,
    numbers?: readonly number[],
  ) => KerasTensor;
}

interface Given {
  readonly name: string;
  readonly inputs: readonly KerasTensor[];
  readonly config?: Readonly<Record<string, unknown>>;
  readonly variables?: readonly KerasVariable[];
  readonly takesList?: true;
}

const variablesOf = (weights: readonly Weight[]): KerasVariable[] =>
  weights.map(({ shape, values }) => ({ shape, values: Float32Array.from(values) }));

/** Adds a layer with its activation: as its argument, or as operations after it for a step function. */
function activated(writing: Writing, activation: KerasActivation, add: (name: string, own: string | object) => KerasTensor): KerasTensor {
  const { name, fresh, operation } = writing;
  if (!isStep(activation)) return add(name, activation);
  const sum = add(fresh("sum"), "linear");
  if (activation.step === "sign") return operation("Sign", name, sum);
  return operation("Cast", name, operation("GreaterEqual", fresh("step"), sum, [0]));
}

/** Adds a layer that combines a list of others. */
const joined =
  (className: string) =>
  ({ output }: PlannedLayer, { name, inputs, layer }: Writing): KerasTensor =>
    // Keras' merging layers take at least two inputs.
    inputs.length === 1
      ? layer("Activation", output, { name, inputs, config: { activation: "linear" } })
      : layer(className, output, { name, inputs, takesList: true });

const simple =
  <L extends PlannedLayer>(className: string, config: (layer: L) => Readonly<Record<string, unknown>> = () => ({})) =>
  (own: L, { name, inputs, weights, layer }: Writing): KerasTensor =>
    layer(className, own.output, { name, inputs, config: config(own), variables: variablesOf(weights) });

const regularizer = ({ l1, l2 }: { readonly l1: number; readonly l2: number }) =>
  l1 === 0 && l2 === 0 ? {} : { kernel_regularizer: kerasObject("keras.regularizers", "L1L2", { l1, l2 }) };

const KERAS_LAYERS: { readonly [K in PlannedKind]: (layer: PlannedLayerOf<K>, writing: Writing) => KerasTensor } = {
  input: ({ output }, { name, layer }) =>
    layer("InputLayer", output, { name, inputs: [], config: { batch_shape: [null, ...output], sparse: false } }),
  dense: (own, writing) =>
    activated(writing, kerasActivation(own.activation), (name, activation) =>
      writing.layer("Dense", own.output, {
        name,
        inputs: writing.inputs,
        config: {
          trainable: !own.freeze,
          units: own.output[0],
          activation,
          use_bias: writing.weights.length > 1,
          ...regularizer(own),
        },
        variables: variablesOf(writing.weights),
      }),
    ),
  activation: (own, writing) =>
    activated(writing, kerasActivation(own.activation), (name, activation) =>
      // A step function needs no layer before it.
      name === writing.name
        ? writing.layer("Activation", own.output, { name, inputs: writing.inputs, config: { activation } })
        : (writing.inputs[0] as KerasTensor),
    ),
  neuron(own, writing) {
    const { name, inputs, layer, fresh, operation } = writing;
    const widths = inputs.map(({ shape }) => shape[0] ?? 1);
    const { active, sum } = neuronAsDense(own, widths);
    const all =
      inputs.length === 1
        ? (inputs[0] as KerasTensor)
        : layer("Concatenate", [active.inputs], { name: fresh("inputs"), inputs, takesList: true });
    const thresholds = (given: typeof active, from: KerasTensor, as: string): KerasTensor => {
      const dense = layer("Dense", [given.units], {
        name: fresh("dense"),
        inputs: [from],
        config: { trainable: false, units: given.units, activation: "linear", use_bias: true },
        variables: [
          { shape: [given.inputs, given.units], values: given.kernel },
          { shape: [given.units], values: given.bias },
        ],
      });
      return operation("Cast", as, operation("GreaterEqual", fresh("step"), dense, [0]));
    };
    return thresholds(sum, thresholds(active, all, fresh("active")), name);
  },
  flatten: simple("Flatten"),
  reshape: simple("Reshape", ({ output }) => ({ target_shape: output })),
  dropout: simple("Dropout", ({ rate }: PlannedLayerOf<"dropout">) => ({ rate })),
  gaussian_noise: simple("GaussianNoise", ({ stddev }: PlannedLayerOf<"gaussian_noise">) => ({ stddev })),
  prelu: simple("PReLU"),
  batch_norm: simple("BatchNormalization", ({ momentum, epsilon }: PlannedLayerOf<"batch_norm">) => ({ momentum, epsilon })),
  layer_norm: simple("LayerNormalization", ({ epsilon }: PlannedLayerOf<"layer_norm">) => ({ axis: [-1], epsilon })),
  normalize: ({ output }, { name, inputs, weights, layer }) =>
    layer("Normalization", output, {
      name,
      inputs,
      config: { axis: [-1] },
      // Keras stores the number of values it has seen.
      variables: [...variablesOf(weights), { shape: [], values: BigInt64Array.of(0n) }],
    }),
  concat: joined("Concatenate"),
  add: joined("Add"),
  multiply: joined("Multiply"),
  average: joined("Average"),
  maximum: joined("Maximum"),
  minimum: joined("Minimum"),
  subtract({ output }, { name, inputs, layer, fresh }) {
    // Keras takes exactly two inputs.
    const [first, ...others] = inputs;
    return others.reduce(
      (from, other, k) =>
        layer("Subtract", output, { name: k === others.length - 1 ? name : fresh("part"), inputs: [from, other], takesList: true }),
      first as KerasTensor,
    );
  },
};

/** Converts the network to Keras layers. */
export function kerasNetwork(model: TrainedModel): KerasNetwork {
  const { layers: planned, outputs, name } = model.plan.network;
  const names = safeNames(
    planned.map(({ id }) => id),
    isAllowedName,
  );
  const used = usedLayers(model);
  const layers: KerasLayer[] = [];
  const tensors = new Map<string, KerasTensor>();
  for (const own of planned) {
    if (!used.has(own.id)) continue;
    const inputs = own.inputs.flatMap((id) => tensors.get(id) ?? []);
    tensors.set(own.id, write(own, { name: names.of(own.id), inputs, weights: weightsOf(model, own), ...writers(layers, names, own) }));
  }
  const ofPlan = (id: string): KerasTensor[] => [tensors.get(id) ?? []].flat();
  const ownName = isAllowedName(name) ? name : "model";
  return {
    name: ownName,
    nameNotes: ownName === name ? [] : [`The model ${name} is called ${ownName} there.`],
    layers,
    inputs: planned.filter(({ kind }) => kind === "input").flatMap(({ id }) => ofPlan(id)),
    outputs: outputs.flatMap(ofPlan),
    tensors,
    names,
    unused: planned.filter(({ id }) => !used.has(id)).map(({ id }) => id),
  };
}

const write = <K extends PlannedKind>(layer: PlannedLayerOf<K>, writing: Writing): KerasTensor =>
  (KERAS_LAYERS[layer.kind] as (own: PlannedLayerOf<K>, given: Writing) => KerasTensor)(layer, writing);

/** Returns the ids of all inputs and of the layers that lead to an output. */
function usedLayers({ plan: { network } }: TrainedModel): ReadonlySet<string> {
  const used = new Set(network.outputs);
  // A layer follows its inputs.
  for (const { id, inputs } of network.layers.toReversed()) if (used.has(id)) for (const input of inputs) used.add(input);
  for (const { id, kind } of network.layers) if (kind === "input") used.add(id);
  return used;
}

function writers(layers: KerasLayer[], names: SafeNames, { id }: PlannedLayer): Pick<Writing, "fresh" | "layer" | "operation"> {
  const add = (layer: Omit<KerasLayer, "output">, shape: Shape, dtype: KerasTensor["dtype"] = "float32"): KerasTensor => {
    const output = { layer: layer.name, shape, dtype };
    layers.push({ ...layer, output });
    return output;
  };
  return {
    fresh: (suffix) => names.fresh(`${names.of(id)}_${suffix}`),
    layer: (className, shape, { name, inputs, config = {}, variables = [], takesList }) =>
      add(
        {
          name,
          module: "keras.layers",
          className,
          config: { name, ...(className !== "InputLayer" && { trainable: true }), dtype: "float32", ...config },
          inputs,
          takesList: takesList === true,
          numbers: [],
          variables,
        },
        shape,
      ),
    operation: (className, name, input, numbers = []) =>
      add(
        {
          name,
          module: className === "Cast" ? "keras.src.ops.core" : "keras.src.ops.numpy",
          className,
          config: { name, ...(className === "Cast" && { dtype: "float32" }) },
          inputs: [input],
          takesList: false,
          numbers,
          variables: [],
        },
        input.shape,
        className === "GreaterEqual" ? "bool" : "float32",
      ),
  };
}
