/** A resolved `train` block. */
import type { Configured } from "../../../engine/catalog/index.ts";
import type { MetricName } from "../../../engine/catalog/metrics.ts";
import type { ClipPlan, StopPlan, TrainingSettings } from "../../../engine/plan.ts";
import type { Span } from "../syntax/span.ts";
import type { DirectiveNode, TrainNode } from "../syntax/tree.ts";
import type { ResolvedData } from "./data.ts";
import type { ResolvedModel } from "./resolvedModel.ts";

export interface ResolvedTrain {
  readonly node: TrainNode;
  readonly model: ResolvedModel | undefined;
  readonly data: ResolvedData | undefined;
  /** By output layer's id. */
  readonly losses: ReadonlyMap<string, { readonly use: Configured<"losses">; readonly span: Span }>;
  readonly weights: ReadonlyMap<string, number>;
  readonly optimizer: Configured<"optimizers">;
  readonly learningRate: TrainingSettings["learningRate"];
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
