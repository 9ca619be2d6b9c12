/** A resolved `train` block. */
import type { Configured } from "../../../engine/catalog/index.ts";
import { sizeOf } from "../../../engine/catalog/layers.ts";
import { type Loss, losses } from "../../../engine/catalog/losses.ts";
import type { MetricName } from "../../../engine/catalog/metrics.ts";
import type { ClipPlan, StopPlan } from "../../../engine/plan.ts";
import type { Span } from "../syntax/span.ts";
import type { DirectiveNode, TrainNode } from "../syntax/tree.ts";
import type { ResolvedData } from "./data.ts";
import type { ResolvedLayer, ResolvedModel } from "./resolvedModel.ts";

export interface ResolvedTrain {
  readonly node: TrainNode;
  readonly model: ResolvedModel | undefined;
  readonly data: ResolvedData | undefined;
  /** By output layer's id. */
  readonly losses: ReadonlyMap<string, { readonly use: Configured<"losses">; readonly span: Span }>;
  readonly weights: ReadonlyMap<string, number>;
  readonly optimizer: Configured<"optimizers">;
  readonly learningRate: number | Configured<"schedules">;
  readonly metrics: readonly MetricName[];
  readonly batch: number | null;
  readonly epochs: number;
  readonly seed: number;
  readonly shuffle: boolean;
  readonly reproducible: boolean;
  readonly clip: ClipPlan;
  readonly stop: StopPlan | null;
  readonly optimizerLine: DirectiveNode | undefined;
  readonly spans: { readonly loss: Span; readonly optimizer: Span; readonly stop: Span };
  readonly faulty: boolean;
}

/** Returns the target columns of each output as [from, to): consecutive ones if their number fits, else all columns for every output. */
export function targetsOf(
  train: Pick<ResolvedTrain, "losses">,
  outputs: readonly ResolvedLayer[],
  targetCount: number,
  isClasses: boolean,
): ReadonlyMap<string, readonly [number, number]> {
  const needed = outputs.map(({ id, output }) => {
    const loss: Loss | undefined = train.losses.get(id) && losses[train.losses.get(id)?.use.name ?? "mse"];
    if (isClasses || loss?.target === "class_index") return 1;
    return output ? sizeOf(output) : 1;
  });
  const total = needed.reduce((a, b) => a + b, 0);
  let from = 0;
  return new Map(
    outputs.map(({ id }, k): [string, readonly [number, number]] => {
      if (total !== targetCount) return [id, [0, targetCount]];
      const range = [from, from + (needed[k] ?? 0)] as const;
      from = range[1];
      return [id, range];
    }),
  );
}
