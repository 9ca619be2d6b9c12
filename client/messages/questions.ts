/** The questions about a run's network, and their answers. */
import * as v from "valibot";
import { name, object } from "./valueSchemas.ts";
import { resultView, tensorView, walk } from "./viewSchemas.ts";

export const question = v.variant("kind", [
  object({ kind: v.literal("result") }),
  object({ kind: v.literal("walk") }),
  object({ kind: v.literal("tensor"), layer: name, name }),
]);
export type Question = v.InferOutput<typeof question>;

export const answer = v.variant("kind", [
  object({ kind: v.literal("result"), result: resultView }),
  object({ kind: v.literal("walk"), walk }),
  object({ kind: v.literal("tensor"), tensor: tensorView }),
]);
export type Answer = v.InferOutput<typeof answer>;
