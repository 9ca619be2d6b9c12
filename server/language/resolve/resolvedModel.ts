/** A resolved model: its layers, with their nodes in the tree. Created by model.ts. */

import { type Activation, activations } from "../../../engine/catalog/activations.ts";
import type { Argument, Settings } from "../../../engine/catalog/arguments.ts";
import { type Configured, entryOf } from "../../../engine/catalog/index.ts";
import { type AnyLayerKind, type Layer, type LayerKind, layers, takes, traitsOf } from "../../../engine/catalog/layers.ts";
import type { ParameterShape } from "../../../engine/catalog/parameters.ts";
import type { Shape } from "../../../engine/catalog/shapes.ts";
import type { LayerNode, ModelNode } from "../syntax/tree.ts";
import type { Known } from "./argumentReader.ts";
import { categoriesOf } from "./columnFacts.ts";
import type { ResolvedData } from "./data.ts";
import type { Starts } from "./startValues.ts";

export interface NeuronTerm {
  /** The index of the layer among the neuron's inputs. */
  readonly input: number;
  readonly unit: number;
  readonly inhibits: boolean;
}

interface ResolvedFacts {
  readonly id: string;
  readonly node: LayerNode;
  readonly inputs: readonly ResolvedLayer[];
  /** undefined if unknown. */
  readonly output: Shape | undefined;
  readonly parameters: readonly ParameterShape[] | undefined;
  readonly activation: Configured<"activations"> | undefined;
  /** Whether the line names its activation, including `linear`. */
  readonly namesActivation: boolean;
  readonly initializer: Configured<"initializers"> | undefined;
  /** The columns of an input; undefined if it takes all features. */
  readonly columns: readonly string[] | undefined;
  /** The initial values in the file. */
  readonly starts: Starts;
  /** The inputs of a neuron. */
  readonly terms: readonly NeuronTerm[];
}

type ArgumentsOf<K extends AnyLayerKind> = K extends LayerKind ? (typeof layers)[K]["arguments"] : Readonly<Record<never, Argument>>;

export type ResolvedLayerOf<K extends AnyLayerKind> = {
  readonly [P in K]: ResolvedFacts & {
    readonly kind: P;
    /** The line's known numbers and booleans. `settings` has all of them, or is undefined if one is unknown. */
    readonly numbers: Known<ArgumentsOf<P>>;
    readonly settings: Settings<ArgumentsOf<P>> | undefined;
  };
}[K];
/** The kind is `activation` for a line with only the name of an activation. */
export type ResolvedLayer = ResolvedLayerOf<AnyLayerKind>;

export const hasKernel = ({ kind }: ResolvedLayer): boolean => traitsOf(kind).hasKernel;
export const isInput = ({ kind }: ResolvedLayer): boolean => takes(kind) === "none";
export const isActivationLine = ({ kind }: ResolvedLayer): boolean => kind === "activation";
/** Returns the layer's units; undefined if it has none or they are unknown. */
export const unitsOf = ({ numbers }: ResolvedLayer): number | undefined => ("units" in numbers ? numbers.units : undefined);
export const isFrozen = ({ numbers }: ResolvedLayer): boolean => "freeze" in numbers && numbers.freeze === 1;

export interface ResolvedModel {
  readonly node: ModelNode;
  readonly name: string;
  readonly layers: readonly ResolvedLayer[];
  readonly outputs: readonly ResolvedLayer[];
  readonly faulty: boolean;
}

/** Returns a layer with empty facts, except the ones in `more`. */
export const resolvedLayer = <K extends AnyLayerKind>(
  kind: K,
  node: LayerNode,
  id: string,
  more: Partial<ResolvedFacts>,
  read: Pick<ResolvedLayerOf<K>, "numbers" | "settings">,
): ResolvedLayer => {
  const nothing = {
    inputs: [],
    output: undefined,
    parameters: undefined,
    activation: undefined,
    namesActivation: false,
    initializer: undefined,
    columns: undefined,
    starts: {},
    terms: [],
  };
  // Kind and settings match, but TypeScript can't infer that for the union of all kinds.
  return { ...nothing, ...more, kind, node, id, ...read } as unknown as ResolvedLayer;
};

/** Returns the number of inputs for a column: 1, or one per word or number in a `one_hot` column. */
export function columnWidth(name: string, data: ResolvedData | undefined): number {
  if (!data?.oneHot.has(name)) return 1;
  const column = data.column(name);
  return (column && categoriesOf(column).length) || 1;
}

/** Returns the catalog's entry for a layer or for an activation line. */
export const entryOfLayer = ({ kind, node }: Pick<ResolvedLayer, "kind" | "node">): Layer | Activation | undefined =>
  kind === "activation" ? (entryOf(activations, node.name.text) as Activation | undefined) : layers[kind];
