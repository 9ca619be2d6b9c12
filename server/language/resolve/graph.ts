/** The connections of a model's layers, computed once. */
import type { Configured } from "../../../engine/catalog/index.ts";
import { traitsOf } from "../../../engine/catalog/layers.ts";
import { isActivationLine, type ResolvedLayer, type ResolvedModel } from "./resolvedModel.ts";

export interface ModelGraph {
  readonly consumers: (layer: ResolvedLayer) => readonly ResolvedLayer[];
  /** Whether a path leads from the layer to an output. */
  readonly isUsed: (layer: ResolvedLayer) => boolean;
  /**
   * Returns the activation applied to the layer's sums: its own, or the one on an activation line after it (with or without a normalization
   * in between).
   */
  readonly activationAfter: (layer: ResolvedLayer) => Configured<"activations"> | undefined;
}

/** Whether the layer normalizes by the current batch or row, rather than by statistics computed before training. */
const normalizesByInput = ({ kind }: ResolvedLayer): boolean => {
  const { normalizes } = traitsOf(kind);
  return normalizes === "batch" || normalizes === "row";
};

const NO_LAYERS: readonly ResolvedLayer[] = [];

export function modelGraph({ layers, outputs }: Pick<ResolvedModel, "layers" | "outputs">): ModelGraph {
  const consumers = new Map<ResolvedLayer, ResolvedLayer[]>();
  for (const layer of layers) {
    for (const input of layer.inputs) {
      const known = consumers.get(input);
      if (!known) consumers.set(input, [layer]);
      else if (known.at(-1) !== layer) known.push(layer);
    }
  }
  const used = new Set(outputs);
  // A layer's inputs precede it, so one pass from the end is enough.
  for (let i = layers.length - 1; i >= 0; i--) {
    const layer = layers[i];
    if (layer && used.has(layer)) for (const input of layer.inputs) used.add(input);
  }
  const of = (layer: ResolvedLayer): readonly ResolvedLayer[] => consumers.get(layer) ?? NO_LAYERS;
  return {
    consumers: of,
    isUsed: (layer) => used.has(layer),
    activationAfter(layer) {
      if (layer.activation?.name !== "linear") return layer.activation;
      let [next, ...others] = of(layer);
      while (next && others.length === 0 && normalizesByInput(next)) [next, ...others] = of(next);
      return next && isActivationLine(next) && others.length === 0 ? next.activation : layer.activation;
    },
  };
}

/** Whether a path leads from the layer to one that is `wanted`, through layers that satisfy `passes`. */
export function feeds(
  layer: ResolvedLayer,
  graph: ModelGraph,
  wanted: (layer: ResolvedLayer) => boolean,
  passes: (layer: ResolvedLayer) => boolean,
): boolean {
  const seen = new Set<ResolvedLayer>();
  const waiting = [...graph.consumers(layer)];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (wanted(next)) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    if (passes(next)) waiting.push(...graph.consumers(next));
  }
  return false;
}

/** Returns the layer and all layers on which it depends. */
export function ancestors(layer: ResolvedLayer): ReadonlySet<ResolvedLayer> {
  const found = new Set<ResolvedLayer>([layer]);
  for (const one of found) for (const input of one.inputs) found.add(input);
  return found;
}
