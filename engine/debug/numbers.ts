/** Resolves expressions that name a single number of a stop: `hidden.kernel[0, 1]`, `hidden[2, 0].grad`. */
import type { Step } from "../network/network.ts";
import { plural } from "../numberText.ts";
import type { Expression } from "./expression/parse.ts";
import { type NamedTensor, namesAt, RESULT, scalarsOf, tensorNamed, tensorsOf } from "./tensors.ts";
import type { Timeline } from "./timeline.ts";

/** One number of a tensor. */
export interface NamedNumber {
  readonly step: Step;
  readonly tensor: NamedTensor;
  /** The tensor's name without the layer: `kernel.grad`. */
  readonly member: string;
  readonly index: readonly number[];
  /** The number's index in the tensor's values. */
  readonly at: number;
}

export const NO_NUMBER = "Name a single number of a layer, such as hidden.kernel[0, 1].";

/** Returns the number that the expression names, or why it names none. A tensor with one number needs no index. */
export function numberAt(timeline: Timeline, expression: Expression): NamedNumber | string {
  const indexed = expression.kind === "index" ? expression : { of: expression, parts: [] };
  if (indexed.of.kind !== "name") return NO_NUMBER;
  const { path } = indexed.of;
  const [layer = ""] = path;
  const step = timeline.learner.network.stepOf.get(layer);
  if (!step) {
    const found = namesAt(timeline)(path);
    return "problem" in found ? found.problem : NO_NUMBER;
  }
  const tensor = tensorNamed(tensorsOf(timeline, step), layer, path.slice(1));
  if (!tensor) {
    const found = namesAt(timeline)(path);
    return "problem" in found ? found.problem : `There is no ${path.join(".")}.`;
  }
  const { shape, name } = tensor;
  const member = name.slice(layer.length + 1);
  const length = shape.reduce((a, b) => a * b, 1);
  if (indexed.parts.length === 0 && length === 1) return { step, tensor, member, index: shape.map(() => 0), at: 0 };
  if (indexed.parts.length !== shape.length)
    return `${name} has ${plural(shape.length, "axis", "axes")}; name one of its numbers, such as ${name}[${shape.map(() => 0).join(", ")}].`;
  const index: number[] = [];
  for (const [axis, part] of indexed.parts.entries()) {
    if (!("at" in part)) return `A range has several numbers; name one of them, such as ${name}[${shape.map(() => 0).join(", ")}].`;
    const at = part.at < 0 ? shape[axis] + part.at : part.at;
    if (at < 0 || at >= shape[axis]) return `Index ${part.at} is outside an axis of ${shape[axis]} (0 to ${shape[axis] - 1}).`;
    index.push(at);
  }
  return { step, tensor, member, index, at: index.reduce((all, one, axis) => all * shape[axis] + one, 0) };
}

/** A number that the user can set: a weight, an optimizer's slot, an input, or the learning rate. */
export interface SettableNumber {
  readonly set: (value: number) => void;
  readonly now: () => number;
}

/** Returns the number that the expression names, or why it can't be set. */
export function settableNumber(timeline: Timeline, expression: Expression): SettableNumber | string {
  const { learner, cursor } = timeline;
  if (expression.kind === "name" && expression.path.length === 1 && scalarsOf(timeline).has(expression.path[0])) {
    const [name] = expression.path;
    if (name !== "learning_rate") return name === "loss" ? RESULT : `${name} can't be set; change a weight, an input or the learning rate.`;
    const { optimizer } = learner;
    return {
      set(value) {
        optimizer.changedRate = value;
      },
      now: () => optimizer.changedRate ?? Number.NaN,
    };
  }
  const found = numberAt(timeline, expression);
  if (typeof found === "string") return found;
  const { tensor, at } = found;
  const { values, isFixed, name } = tensor;
  if (isFixed !== undefined) return isFixed;
  if (!values) return cursor.layout.learns ? `${name} is not computed yet in this batch.` : `${name} is not computed yet in this row.`;
  return {
    set(value) {
      values[at] = value;
    },
    now: () => values[at],
  };
}
