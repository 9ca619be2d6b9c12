/** The data columns that a model learns from. */
import type { Shape } from "../../../engine/catalog/shapes.ts";
import type { ResolvedData } from "./data.ts";
import { columnWidth, isInput, type ResolvedModel } from "./resolvedModel.ts";

/**
 * Returns the columns named by `features`, or else by the inputs, or else all except the target and the column that determines the split.
 * undefined for images or unknown columns.
 */
export function featureColumns(model: Pick<ResolvedModel, "layers">, data: ResolvedData): readonly string[] | undefined {
  if (data.images) return undefined;
  if (data.features) return data.features;
  const known = data.columns?.map(({ name }) => name);
  const inputs = model.layers.filter(isInput);
  if (inputs.length > 0 && inputs.every(({ columns }) => columns)) {
    const named = new Set(inputs.flatMap(({ columns }) => columns ?? []));
    return known ? known.filter((name) => named.has(name)) : [...named];
  }
  const others = new Set([...data.target, data.split.by]);
  return known?.filter((name) => !others.has(name));
}

export function featureShape(model: Pick<ResolvedModel, "layers">, data: ResolvedData): Shape | undefined {
  if (data.images) return data.images.shape;
  const columns = featureColumns(model, data);
  return columns && [columns.reduce((sum, name) => sum + columnWidth(name, data), 0)];
}

/** Returns the columns in which a gap can't be filled with the mean: the targets, the column of weights, and the one that determines the split. */
export const exactColumns = ({ target, sampleWeight, split }: ResolvedData): string[] =>
  [...target, sampleWeight, split.by].filter((name) => name !== undefined && name !== null);
