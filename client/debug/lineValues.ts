/** The values at the ends of the lines: outputs in the forward pass, gradients in the reverse pass. A layer the pass has not reached has none. */
import { tensorsOf } from "../../engine/debug/tensors.ts";
import { numberText } from "../../engine/numberText.ts";
import { layerKey } from "../../engine/plan.ts";
import type { Program } from "./program.ts";
import { listText } from "./tensorText.ts";

/** A line shows at most this many numbers. */
const FEW = 4;

export interface LineValue {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

export function lineValues({ stepper, planned, lineOf, lineOfKey, rows }: Program): LineValue[] {
  const { timeline } = stepper;
  const { network } = timeline.learner;
  const place = timeline.place();
  if (!place) return [];
  const isUp = place.phase === "reverse" || place.phase === "update" || place.phase === "epoch";
  const values = network.steps.flatMap((step): LineValue[] => {
    if (planned.sources[layerKey(step.layer.id)] === undefined) return [];
    const tensors = tensorsOf(timeline, step);
    const parts = isUp
      ? tensors.filter(({ name }) => /\.(kernel|gamma|alpha)\.grad$/.test(name) || name.endsWith(".output.grad"))
      : tensors.filter(({ name }) => name.endsWith(".output"));
    const shown = parts.flatMap(({ symbol, values: numbers }) => (numbers ? [`${symbol} ${shortText(numbers)}`] : []));
    return shown.length > 0 ? [{ line: lineOfKey(layerKey(step.layer.id)), text: shown.join("   ") }] : [];
  });
  if (rows) return place.phase === "loss" ? [...values, { line: lineOf(place), text: rows.resultOf(place.piece) }] : values;
  const loss = timeline.cursor.batchLoss();
  const lossLine = planned.sources["loss"] === undefined ? [] : [lineOfKey("loss")];
  return [...values, ...(loss === undefined ? [] : lossLine.map((line) => ({ line, text: `loss ${numberText(loss)}` })))];
}

/** Returns the numbers if there are at most `FEW`, otherwise their norm. */
function shortText(values: ArrayLike<number>): string {
  if (values.length <= FEW) return listText(Array.from(values));
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i] ?? 0) ** 2;
  return `norm ${numberText(Math.sqrt(squares))}`;
}
