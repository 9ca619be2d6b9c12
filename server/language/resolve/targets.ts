/** The target columns learned by each output. */

import { type Loss, losses } from "../../../engine/catalog/losses.ts";
import { sizeOf } from "../../../engine/catalog/shapes.ts";
import type { OutputTarget } from "../../../engine/plan.ts";
import type { ResolvedData } from "./data.ts";
import type { ResolvedLayer } from "./resolvedModel.ts";
import type { ResolvedTrain } from "./resolvedTrain.ts";

/**
 * Returns each output's target: the features if the `target` line names them, the columns after the output's name, or consecutive columns
 * if their number fits. Otherwise every output learns all columns.
 */
export function targetsOf(
  train: Pick<ResolvedTrain, "losses">,
  outputs: readonly ResolvedLayer[],
  data: ResolvedData,
): ReadonlyMap<string, OutputTarget> {
  if (data.targetOf === "features") return new Map(outputs.map(({ id }) => [id, "features"]));
  if (data.targetOf) return new Map([...data.targetOf].map(([id, { target }]) => [id, target]));
  const count = data.images ? 1 : data.target.length;
  let from = 0;
  const inOrder = outputs.map(({ id, output }): [string, OutputTarget] => {
    const loss: Loss | undefined = train.losses.get(id) && losses[train.losses.get(id)?.use.name ?? "mse"];
    const isOneColumn = data.images !== undefined || loss?.target === "class_index" || isNamedClasses(data, data.target[from]);
    const range = [from, from + (isOneColumn || !output ? 1 : sizeOf(output))] as const;
    from = range[1];
    return [id, range];
  });
  return new Map(from === count ? inOrder : outputs.map(({ id }) => [id, [0, count]]));
}

/** Whether a target column has class names: its own words, or the names in `classes`. */
export const isNamedClasses = (data: ResolvedData, column: string | undefined): boolean =>
  column !== undefined && (data.column(column)?.kind === "text" || (data.classes !== undefined && data.target.length === 1));
