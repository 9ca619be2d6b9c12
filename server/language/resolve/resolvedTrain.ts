/** A resolved `train` block. */
import type { Configured } from "../../../engine/catalog/index.ts";
import type { TrainingSettings } from "../../../engine/plan.ts";
import type { Span } from "../syntax/span.ts";
import type { DirectiveNode, TrainNode } from "../syntax/tree.ts";
import type { ResolvedData } from "./data.ts";
import type { ResolvedModel } from "./resolvedModel.ts";

/** A `train` block with its settings. The plan's outputs come from its losses and weights. */
export interface ResolvedTrain extends Omit<TrainingSettings, "run" | "outputs"> {
  readonly node: TrainNode;
  readonly model: ResolvedModel | undefined;
  readonly data: ResolvedData | undefined;
  /** By the output layer's id. */
  readonly losses: ReadonlyMap<string, { readonly use: Configured<"losses">; readonly span: Span }>;
  readonly weights: ReadonlyMap<string, number>;
  /** The number of trainings, each from the next seed. */
  readonly seeds: number;
  readonly optimizerLine: DirectiveNode | undefined;
  readonly spans: {
    readonly loss: Span;
    readonly optimizer: Span;
    readonly stop: Span;
    readonly start: Span;
    readonly batch: Span;
    readonly epochs: Span;
  };
  readonly faulty: boolean;
}
