/** What a model is known to be once it is understood: its layers, and where they stand. Made by model.ts, read by everyone. */

import { type Activation, activations } from "../../../engine/catalog/activations.ts";
import type { Argument, Settings } from "../../../engine/catalog/arguments.ts";
import { type Configured, entryOf } from "../../../engine/catalog/index.ts";
import {
  type AnyLayerKind,
  type Layer,
  type LayerKind,
  layers,
  type ParameterShape,
  type Shape,
  takes,
  traitsOf,
} from "../../../engine/catalog/layers.ts";
import type { LayerNode, ModelNode } from "../syntax/tree.ts";
import type { Known } from "./argumentReader.ts";
import type { ResolvedData } from "./data.ts";
import type { Starts } from "./startValues.ts";

export interface NeuronTerm {
  /** Counts in the layer's inputs. */
  readonly input: number;
  readonly unit: number;
  readonly inhibits: boolean;
}

interface ResolvedFacts {
  readonly id: string;
  readonly node: LayerNode;
  readonly inputs: readonly ResolvedLayer[];
  /** undefined: not known. */
  readonly output: Shape | undefined;
  readonly parameters: readonly ParameterShape[] | undefined;
  readonly activation: Configured<"activations"> | undefined;
  /** Whether the line names its activation, even if it is `linear`. */
  readonly namesActivation: boolean;
  readonly initializer: Configured<"initializers"> | undefined;
  /** An input's columns; undefined: all features. */
  readonly columns: readonly string[] | undefined;
  /** Start values that the file writes. */
  readonly starts: Starts;
  /** A neuron's inputs. */
  readonly terms: readonly NeuronTerm[];
}

type ArgumentsOf<K extends AnyLayerKind> = K extends LayerKind ? (typeof layers)[K]["arguments"] : Readonly<Record<never, Argument>>;

export type ResolvedLayerOf<K extends AnyLayerKind> = {
  readonly [P in K]: ResolvedFacts & {
    readonly kind: P;
    /** The line's numbers and booleans as far as they are known; `settings`: if they all are. */
    readonly numbers: Known<ArgumentsOf<P>>;
    readonly settings: Settings<ArgumentsOf<P>> | undefined;
  };
}[K];
/** Its kind is `activation` for a line that is an activation's name alone. */
export type ResolvedLayer = ResolvedLayerOf<AnyLayerKind>;

export const hasKernel = ({ kind }: ResolvedLayer): boolean => traitsOf(kind).hasKernel;
export const isInput = ({ kind }: ResolvedLayer): boolean => takes(kind) === "none";
export const isActivationLine = ({ kind }: ResolvedLayer): boolean => kind === "activation";
/** undefined where the line has no such argument, or where it is not known. */
export const unitsOf = ({ numbers }: ResolvedLayer): number | undefined => ("units" in numbers ? numbers.units : undefined);
export const isFrozen = ({ numbers }: ResolvedLayer): boolean => "freeze" in numbers && numbers.freeze === 1;

export interface ResolvedModel {
  readonly node: ModelNode;
  readonly name: string;
  readonly layers: readonly ResolvedLayer[];
  readonly outputs: readonly ResolvedLayer[];
  readonly faulty: boolean;
}

/** A layer of which only its line is known, but for what `more` says. */
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
  // Kind and settings belong together, which TypeScript can't follow into the union of all kinds.
  return { ...nothing, ...more, kind, node, id, ...read } as unknown as ResolvedLayer;
};

/** How many numbers a column takes: 1, or one for each word of a `one_hot` column. */
export function columnWidth(name: string, data: ResolvedData | undefined): number {
  if (!data?.oneHot.includes(name)) return 1;
  return data.column(name)?.words.length || 1;
}

/** The catalog's entry behind a layer: its own, or its activation's. */
export const entryOfLayer = ({ kind, node }: Pick<ResolvedLayer, "kind" | "node">): Layer | Activation | undefined =>
  kind === "activation" ? (entryOf(activations, node.name.text) as Activation | undefined) : layers[kind];
