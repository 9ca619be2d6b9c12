/** The questions about a run's network, and their answers. */
import * as v from "valibot";
import { snapshots } from "./eventSchemas.ts";
import { count, list, name, numbers, object, positive, text } from "./valueSchemas.ts";
import { answeredRow, resultView, ruleTrace, tensorView, unitPlanes, walk } from "./viewSchemas.ts";

/** The maximum number of epochs in one question. A panel requests far fewer. */
const MOST_EPOCHS = 1000;
/** The maximum number of cells in a typed row, and of pixels in a drawn one. */
const MOST_CELLS = 1000;
const MOST_PIXELS = 1_000_000;

/** The epoch after which the weights are taken; absent for the newest weights. */
const epoch = v.exactOptional(count);

/** A step of the training. */
const walkedStep = {
  weights: v.picklist(["current", "start"]),
  rows: v.picklist(["batch", "row", "wrong"]),
  row: count,
  epoch,
} as const;
/** A weight by its layer, its input and its unit. */
export const weightPlace = object({ layer: name, input: count, unit: count });
/** The maximum number of characters of a weight's name. */
const MOST_NAME = 200;

export const question = v.variant("kind", [
  object({ kind: v.literal("result"), epoch }),
  /** The output of every unit over the plane of two features. */
  object({ kind: v.literal("planes"), epoch }),
  /** The network's answer for one row: a data row by its number from 1, or a row that the user typed or drew. */
  object({
    kind: v.literal("row"),
    asked: v.variant("by", [
      object({ by: v.literal("number"), row: positive }),
      object({ by: v.literal("cells"), cells: list(text, MOST_CELLS) }),
      object({ by: v.literal("pixels"), pixels: v.pipe(numbers, v.maxLength(MOST_PIXELS)) }),
    ]),
    epoch,
  }),
  /** The step of a walk-through (engine/inspect/inspector.ts). */
  object({
    kind: v.literal("walk"),
    ...walkedStep,
    weight: v.exactOptional(weightPlace),
  }),
  object({ kind: v.literal("tensor"), layer: name, name, epoch }),
  /** Rosenblatt's rule from row to row, starting at the initial weights. */
  object({ kind: v.literal("rule") }),
  /** Snapshots of epochs that the training did not record. */
  object({ kind: v.literal("snapshots"), epochs: list(count, MOST_EPOCHS) }),
]);
/** The row in a question. */
export type AskedRow = Extract<v.InferOutput<typeof question>, { kind: "row" }>["asked"];
export type Question = v.InferOutput<typeof question>;

/** The panel's questions and one from the host: the gradient of a weight, such as `hidden.kernel[0, 1]`, in a step, written out. */
export const hostQuestion = v.variant("kind", [
  ...question.options,
  object({ kind: v.literal("derivation"), of: v.pipe(text, v.maxLength(MOST_NAME)), ...walkedStep }),
]);
export type HostQuestion = v.InferOutput<typeof hostQuestion>;

export const answer = v.variant("kind", [
  object({ kind: v.literal("result"), result: resultView }),
  object({ kind: v.literal("planes"), planes: v.nullable(unitPlanes) }),
  object({ kind: v.literal("row"), row: answeredRow }),
  object({ kind: v.literal("walk"), walk }),
  object({ kind: v.literal("tensor"), tensor: tensorView }),
  object({ kind: v.literal("rule"), rule: ruleTrace }),
  object({ kind: v.literal("snapshots"), snapshots }),
]);
export type Answer = v.InferOutput<typeof answer>;

export const hostAnswer = v.variant("kind", [...answer.options, object({ kind: v.literal("derivation"), markdown: text })]);
export type HostAnswer = v.InferOutput<typeof hostAnswer>;
