/**
 * Keras' order of a model's layers: by depth, the farthest from the outputs first, then in the order of a depth-first search from the outputs
 * (keras/src/ops/function.py, `map_graph`). The numbers in the weights' paths follow this order.
 */

/** A layer, and the names of its inputs. */
export interface OrderedLayer {
  readonly name: string;
  readonly reads: readonly string[];
}

/** Returns all inputs and the layers that lead to an output, in Keras' order. Each layer must follow its inputs. */
export function kerasOrder<L extends OrderedLayer>(layers: readonly L[], inputs: readonly string[], outputs: readonly string[]): L[] {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const parents = ({ reads }: L): L[] => reads.flatMap((name) => byName.get(name) ?? []);
  const met = new Map<L, number>();
  const finished = new Set<L>();
  for (const name of outputs) {
    const first = byName.get(name);
    if (!first || met.has(first)) continue;
    // A network may be deeper than the call stack, so the search uses its own stack.
    met.set(first, met.size);
    const open = [{ layer: first, waiting: parents(first).reverse() }];
    for (let top = open.at(-1); top; top = open.at(-1)) {
      const next = top.waiting.pop();
      if (!next) {
        finished.add(top.layer);
        open.pop();
      } else if (!met.has(next)) {
        met.set(next, met.size);
        open.push({ layer: next, waiting: parents(next).reverse() });
      }
    }
  }
  const depth = new Map<L, number>();
  for (const layer of [...finished].reverse()) {
    const own = depth.get(layer) ?? 0;
    depth.set(layer, own);
    for (const parent of parents(layer)) depth.set(parent, Math.max(own + 1, depth.get(parent) ?? 0));
  }
  // An unused input comes first at the outputs' depth.
  for (const name of inputs) {
    const input = byName.get(name);
    if (input && !depth.has(input)) {
      depth.set(input, 0);
      met.set(input, -1);
    }
  }
  return [...depth.keys()].sort((a, b) => (depth.get(b) ?? 0) - (depth.get(a) ?? 0) || (met.get(a) ?? 0) - (met.get(b) ?? 0));
}

/** Converts a class name to its part of a variable's path, as Keras does: `batch_normalization`, `p_re_lu`. */
export const snakeCase = (className: string): string =>
  className
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();

/** Returns the groups of the layers' variables, such as `dense` and `dense_1`. Numbers count by class in Keras' order. */
export function variableGroups<L extends { readonly className: string }>(layers: readonly L[]): (readonly [group: string, layer: L])[] {
  const counts = new Map<string, number>();
  return layers.map((layer) => {
    const path = snakeCase(layer.className);
    const before = counts.get(path) ?? 0;
    counts.set(path, before + 1);
    return [before === 0 ? path : `${path}_${before}`, layer] as const;
  });
}
