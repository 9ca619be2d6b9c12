/** The messages between the extension and an inspector worker. */
import * as v from "valibot";
import { readAnswer, readRequest } from "../node/remoteReads.ts";
import { expectPlan, networkPlan, trainingPlan, untrainedPlan } from "./planSchemas.ts";
import { hostAnswer, hostQuestion } from "./questions.ts";
import { byteArray, count, list, object, precision, text } from "./valueSchemas.ts";
import { expectationResults, untrainedView, walkStages } from "./viewSchemas.ts";

export const toInspector = v.variant("kind", [
  /** `data` is the hash of the run's training data (engine/training/origin.ts); null if unknown. */
  object({ kind: v.literal("open"), plan: trainingPlan, precision, data: v.nullable(text) }),
  /**
   * A question about the network with the checkpoint's weights, or with the weights of the question's epoch. Those are recomputed from
   * `base`, a recorded state at or before it, or from the beginning if `base` is null.
   */
  object({ kind: v.literal("ask"), id: count, question: hostQuestion, checkpoint: byteArray, base: v.nullable(byteArray) }),
  /** Views of models in a file without a training. They need no run. */
  object({ kind: v.literal("look"), id: count, plans: list(untrainedPlan) }),
  /** A row to follow through the layers of such a model. */
  object({ kind: v.literal("walkRow"), id: count, plan: untrainedPlan, row: count }),
  /** `expect` blocks to test on the run's network with the checkpoint's weights. */
  object({ kind: v.literal("test"), id: count, checkpoint: byteArray, expects: list(expectPlan) }),
  /** `expect` blocks to test on a model without a training. `plan` has the data on which claims are measured. */
  object({ kind: v.literal("testUntrained"), id: count, network: networkPlan, plan: v.nullable(trainingPlan), expects: list(expectPlan) }),
  ...readAnswer.options,
]);
export type ToInspector = v.InferOutput<typeof toInspector>;

export const fromInspector = v.variant("kind", [
  readRequest,
  /** `otherData` is a message if the data have changed since the training. */
  object({ kind: v.literal("answer"), id: count, answer: hostAnswer, otherData: v.nullable(text) }),
  object({ kind: v.literal("looked"), id: count, views: list(untrainedView) }),
  object({ kind: v.literal("walkedRow"), id: count, stages: walkStages }),
  /** The results of each `expect` block. */
  object({ kind: v.literal("tested"), id: count, results: list(expectationResults) }),
  /** Why the question has no answer, as a message for the user. `isOtherData`: the data have changed since the training. */
  object({ kind: v.literal("problem"), id: count, message: text, isOtherData: v.boolean() }),
]);
export type FromInspector = v.InferOutput<typeof fromInspector>;
