/** What a model is known to be once it is understood: its layers, and where they stand. Made by model.ts, read by everyone. */
import { type Activation, activations } from "../../engine/catalog/activations.ts";
import { type Configured, entryOf } from "../../engine/catalog/index.ts";
import { type Layer, type LayerKind, layers, type ParameterShape, type Shape } from "../../engine/catalog/layers.ts";
import type { ResolvedData } from "./data.ts";
import type { NeuronTerm } from "./neurons.ts";
import type { LayerNode, ModelNode } from "./tree.ts";

export interface ResolvedLayer {
  readonly id: string;
  /** `activation` for a line that is an activation's name alone. */
  readonly kind: LayerKind | "activation";
  readonly node: LayerNode;
  readonly inputs: readonly ResolvedLayer[];
  /** undefined: not known. */
  readonly output: Shape | undefined;
  readonly parameters: readonly ParameterShape[] | undefined;
  readonly activation: Configured<"activations"> | undefined;
  /** Whether the line names its activation, even if it is `linear`. */
  readonly namesActivation: boolean;
  readonly initializer: Configured<"initializers"> | undefined;
  readonly numbers: Readonly<Record<string, number | undefined>>;
  /** An input's columns; undefined: all features. */
  readonly columns: readonly string[] | undefined;
  readonly kernel: readonly number[] | undefined;
  readonly bias: readonly number[] | undefined;
  /** A neuron's inputs. */
  readonly terms: readonly NeuronTerm[];
}

export interface ResolvedModel {
  readonly node: ModelNode;
  readonly name: string;
  readonly layers: readonly ResolvedLayer[];
  readonly outputs: readonly ResolvedLayer[];
  readonly faulty: boolean;
}

/** A layer of which only its line is known. */
export const nothingKnown = (node: LayerNode, id: string): Omit<ResolvedLayer, "kind" | "inputs"> => ({
  id,
  node,
  output: undefined,
  parameters: undefined,
  activation: undefined,
  namesActivation: false,
  initializer: undefined,
  numbers: {},
  columns: undefined,
  kernel: undefined,
  bias: undefined,
  terms: [],
});

/** How many numbers a column takes: 1, or one for each word of a `one_hot` column. */
export function columnWidth(name: string, data: ResolvedData | undefined): number {
  if (!data?.oneHot.includes(name)) return 1;
  return data.column(name)?.words.length || 1;
}

/** The catalog's entry behind a layer: its own, or its activation's. */
export const entryOfLayer = ({ kind, node }: Pick<ResolvedLayer, "kind" | "node">): Layer | Activation | undefined =>
  kind === "activation" ? (entryOf(activations, node.name.text) as Activation | undefined) : layers[kind];
