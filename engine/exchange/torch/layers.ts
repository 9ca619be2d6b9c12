/** The layers as PyTorch modules and expressions. A kind without an entry does not compile. */
import type { ParameterName } from "../../catalog/parameters.ts";
import { sizeOf } from "../../catalog/shapes.ts";
import type { FeatureFit } from "../../data/fit.ts";
import type { PlannedKind, PlannedLayer, PlannedLayerOf } from "../../plan.ts";
import type { SafeNames } from "../names.ts";
import { torchActivation } from "./activations.ts";

/** A parameter of the plan as an attribute of a module. */
export interface TorchParameter {
  /** Its name in Backprop's weights: `hidden/kernel`. */
  readonly saved: string;
  /** Its name in the state dict: `hidden.weight`. */
  readonly attribute: string;
  /** Whether the attribute is the transpose, [units, inputs], of Backprop's [inputs, units]. */
  readonly isTransposed: boolean;
  readonly isTrained: boolean;
}

export interface TorchLayer {
  readonly layer: PlannedLayer;
  readonly name: string;
  /** Statements in the constructor. */
  readonly made: readonly string[];
  /** Statements that assign the output to the variable `name`. */
  readonly run: readonly string[];
  /** The variable that contains the input of the activation. */
  readonly sum: string;
  readonly parameters: readonly TorchParameter[];
  /** The class of network.py that it needs. */
  readonly needs: "BatchNorm" | "Normalize" | undefined;
}

interface Writing {
  readonly name: string;
  /** The variables of its inputs, with their numbers of units. */
  readonly inputs: readonly string[];
  readonly widths: readonly number[];
  /** A variable name that no layer uses. */
  readonly sum: string;
  readonly features: readonly FeatureFit[];
}

interface Written {
  readonly made?: readonly string[];
  readonly run: readonly string[];
  readonly sum?: string;
  readonly attributes?: { readonly [N in ParameterName]?: string };
  readonly needs?: TorchLayer["needs"];
}

const first = ({ inputs }: Writing): string => inputs[0] ?? "features";
const last = (shape: readonly number[]): number => shape.at(-1) ?? 1;

/** Returns the statements that apply an activation to `sum`; none if it is linear. */
function activated(layer: PlannedLayerOf<"dense" | "activation">, { name, sum }: Writing, value: string): Pick<Written, "run" | "sum"> {
  if (layer.activation.name === "linear") return { run: [`${name} = ${value}`], sum: name };
  return { run: [`${sum} = ${value}`, `${name} = ${torchActivation(layer.activation, sum)}`], sum };
}

/** Combines the inputs one after another. */
const combined =
  (combine: (before: string, next: string) => string) =>
  (_layer: PlannedLayer, { name, inputs }: Writing): Written => {
    const [start, ...others] = inputs;
    return { run: [`${name} = ${start}`, ...others.map((other) => `${name} = ${combine(name, other)}`)] };
  };

const ofModule =
  <L extends PlannedLayer>(module: (layer: L) => string, rest: Omit<Written, "run" | "made"> = {}) =>
  (layer: L, writing: Writing): Written => ({
    made: [`self.${writing.name} = ${module(layer)}`],
    run: [`${writing.name} = self.${writing.name}(${first(writing)})`],
    ...rest,
  });

const reshaped = ({ output }: PlannedLayer, writing: Writing): Written => ({
  run: [`${writing.name} = ${first(writing)}.reshape(-1, ${output.join(", ")})`],
});

const LAYERS: { readonly [K in PlannedKind]: (layer: PlannedLayerOf<K>, writing: Writing) => Written } = {
  input({ columns, output }, { name, features }) {
    const found = columns?.flatMap((column) => features.find((feature) => feature.name === column) ?? []);
    const pieces = found?.map(({ from, width }) => `features[:, ${from}:${from + width}]`) ?? ["features"];
    const count = features.reduce((sum, { width }) => sum + width, 0);
    const isWhole =
      found?.every(({ from }, k) => from === (k === 0 ? 0 : found[k - 1].from + found[k - 1].width)) && sizeOf(output) === count;
    const joined = isWhole ? "features" : pieces.length === 1 ? pieces[0] : `torch.cat([${pieces.join(", ")}], 1)`;
    return { run: [`${name} = ${joined}${output.length > 1 ? `.reshape(-1, ${output.join(", ")})` : ""}`] };
  },
  dense(layer, writing) {
    const { name, widths } = writing;
    const hasBias = layer.parameters.some((parameter) => parameter.name === "bias");
    return {
      made: [`self.${name} = nn.Linear(${widths[0]}, ${layer.output[0]}${hasBias ? "" : ", bias=False"})`],
      ...activated(layer, writing, `self.${name}(${first(writing)})`),
      attributes: { kernel: "weight", bias: "bias" },
    };
  },
  activation: (layer, writing) => activated(layer, { ...writing, sum: first(writing) }, first(writing)),
  neuron({ terms, threshold }, { name, inputs }) {
    const active = ({ input, unit }: (typeof terms)[number]): string => `(${inputs[input]}[:, ${unit}] >= 0.5).to(features.dtype)`;
    const sum = (inhibits: boolean): string =>
      terms
        .filter((term) => term.inhibits === inhibits)
        .map(active)
        .join(" + ") || "features.new_zeros(len(features))";
    return { run: [`${name} = ((${sum(false)} >= ${threshold}) & (${sum(true)} < 0.5)).to(features.dtype)[:, None]`] };
  },
  flatten: reshaped,
  reshape: reshaped,
  dropout: ofModule(({ rate }: PlannedLayerOf<"dropout">) => `nn.Dropout(${rate})`),
  gaussian_noise: ({ stddev }, writing) => ({
    run: [
      `${writing.name} = ${first(writing)}`,
      "if self.training:",
      `    ${writing.name} = ${writing.name} + ${stddev} * torch.randn_like(${writing.name})`,
    ],
  }),
  prelu: ({ output }, writing) => ({
    made: [`self.${writing.name} = nn.Parameter(torch.zeros(${output.join(", ")}))`],
    run: [`${writing.name} = torch.where(${first(writing)} > 0, ${first(writing)}, self.${writing.name} * ${first(writing)})`],
    attributes: { alpha: "" },
  }),
  batch_norm: ofModule(
    ({ output, momentum, epsilon }: PlannedLayerOf<"batch_norm">) => `BatchNorm(${last(output)}, momentum=${momentum}, epsilon=${epsilon})`,
    {
      needs: "BatchNorm",
      attributes: { gamma: "weight", beta: "bias", moving_mean: "running_mean", moving_variance: "running_var" },
    },
  ),
  layer_norm: ofModule(({ output, epsilon }: PlannedLayerOf<"layer_norm">) => `nn.LayerNorm(${last(output)}, eps=${epsilon})`, {
    attributes: { gamma: "weight", beta: "bias" },
  }),
  normalize: ofModule(({ output }: PlannedLayerOf<"normalize">) => `Normalize(${last(output)})`, {
    needs: "Normalize",
    attributes: { mean: "mean", variance: "variance" },
  }),
  concat: (_layer, { name, inputs }) => ({ run: [`${name} = torch.cat([${inputs.join(", ")}], -1)`] }),
  add: combined((before, next) => `${before} + ${next}`),
  subtract: combined((before, next) => `${before} - ${next}`),
  multiply: combined((before, next) => `${before} * ${next}`),
  average: (_layer, { name, inputs }) => ({ run: [`${name} = (${inputs.join(" + ")}) / ${inputs.length}`] }),
  // For equal inputs, the first receives the gradient; torch.maximum splits it.
  maximum: combined((before, next) => `torch.where(${next} > ${before}, ${next}, ${before})`),
  minimum: combined((before, next) => `torch.where(${next} < ${before}, ${next}, ${before})`),
};

/** Returns the layers in the plan's order. */
export function torchLayers(planned: readonly PlannedLayer[], features: readonly FeatureFit[], names: SafeNames): TorchLayer[] {
  const shapes = new Map(planned.map(({ id, output }) => [id, output]));
  return planned.map((layer) => {
    const name = names.of(layer.id);
    const {
      made = [],
      run,
      sum,
      attributes = {},
      needs,
    } = write(layer, {
      name,
      inputs: layer.inputs.map(names.of),
      widths: layer.inputs.map((id) => sizeOf(shapes.get(id) ?? [1])),
      sum: names.fresh(`${name}_sum`),
      features,
    });
    return {
      layer,
      name,
      made,
      run,
      sum: sum ?? name,
      needs,
      parameters: layer.parameters.map((parameter): TorchParameter => {
        const attribute = attributes[parameter.name];
        if (attribute === undefined) throw new Error(`${layer.kind} has no ${parameter.name} in PyTorch.`);
        return {
          saved: `${layer.id}/${parameter.name}`,
          attribute: attribute === "" ? name : `${name}.${attribute}`,
          isTransposed: layer.kind === "dense" && parameter.name === "kernel",
          isTrained: parameter.trained,
        };
      }),
    };
  });
}

const write = <K extends PlannedKind>(layer: PlannedLayerOf<K>, writing: Writing): Written =>
  (LAYERS[layer.kind] as (own: PlannedLayerOf<K>, given: Writing) => Written)(layer, writing);
