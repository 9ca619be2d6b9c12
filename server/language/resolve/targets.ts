/** Which target columns each output learns. */

import { type Loss, losses } from "../../../engine/catalog/losses.ts";
import { sizeOf } from "../../../engine/catalog/shapes.ts";
import type { OutputTarget } from "../../../engine/plan.ts";
import type { ResolvedData } from "./data.ts";
import type { ResolvedLayer } from "./resolvedModel.ts";
import type { ResolvedTrain } from "./resolvedTrain.ts";

/** Returns the target of each output: the features if the `target` line says so, or the columns that its name stands before, or consecutive ones if their number fits, else all columns for every output. */
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

/** Whether a target column has class names: its words, or those of `classes`. */
export const isNamedClasses = (data: ResolvedData, column: string | undefined): boolean =>
  column !== undefined && (data.column(column)?.kind === "text" || (data.classes !== undefined && data.target.length === 1));
