/** The messages between the extension and an inspector worker. */
import * as v from "valibot";
import { readAnswer, readRequest } from "../node/remoteReads.ts";
import { trainingPlan } from "./planSchemas.ts";
import { answer, question } from "./questions.ts";
import { byteArray, count, object, precision, text } from "./valueSchemas.ts";

export const toInspector = v.variant("kind", [
  object({ kind: v.literal("open"), plan: trainingPlan, precision }),
  /** A question about the network with the checkpoint's weights. */
  object({ kind: v.literal("ask"), id: count, question, checkpoint: byteArray }),
  ...readAnswer.options,
]);
export type ToInspector = v.InferOutput<typeof toInspector>;

export const fromInspector = v.variant("kind", [
  readRequest,
  object({ kind: v.literal("answer"), id: count, answer }),
  /** Why the question has no answer, as a message for the user. */
  object({ kind: v.literal("problem"), id: count, message: text }),
]);
export type FromInspector = v.InferOutput<typeof fromInspector>;
