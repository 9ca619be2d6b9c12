/** The units that a weight's unit affects on the way to the loss, and the paths through them. */
import { isScalar, slopeAt } from "../catalog/activations.ts";
import { type Expression, number } from "../inspect/arithmetic.ts";
import { numbersOf, pieceAt } from "../inspect/layerArithmetic.ts";
import { inputsOf, partOf, type WalkedStep, weightedSum } from "../inspect/walkedStep.ts";
import { isActivated } from "../layerTraits.ts";
import type { Step } from "../network/network.ts";
import type { PlannedKind } from "../plan.ts";
import { symbolOf, weightSymbol } from "./symbols.ts";

/** The outputs of a layer that depend on one number of its input: all outputs of the row, the one at the same position, or the copy of the number. */
const REACH: { readonly [K in PlannedKind]: "all" | "same" | "piece" } = {
  input: "all",
  dense: "all",
  activation: "same",
  neuron: "all",
  flatten: "same",
  reshape: "same",
  dropout: "same",
  batch_norm: "same",
  layer_norm: "all",
  normalize: "same",
  concat: "piece",
  add: "same",
  multiply: "same",
  subtract: "same",
  average: "same",
  maximum: "same",
  minimum: "same",
  gaussian_noise: "same",
  prelu: "same",
};

/** The layers that copy a number of their input into their output or into a sum, with the factor 1. */
const COPIES: ReadonlySet<PlannedKind> = new Set<PlannedKind>(["concat", "flatten", "reshape", "add"]);

/** The units of each layer that the weight's unit affects, in layer order. */
export type Cone = ReadonlyMap<Step, readonly number[]>;

export const unitsOf = (width: number): number[] => Array.from({ length: width }, (_, unit) => unit);

/** Whether the outputs of a layer's activation depend on several of its sums. */
const isMixed = ({ layer }: Step): boolean => isActivated(layer) && !isScalar(layer.activation);

/** Returns the outputs of a layer that depend on unit `unit` of its input. */
function reachedFrom(walked: WalkedStep, step: Step, input: Step, unit: number): number[] {
  const reach = isMixed(step) ? "all" : REACH[step.layer.kind];
  const { width } = step.output;
  if (reach === "same") return [unit];
  if (reach === "all") return unitsOf(width);
  const own = { step, layer: step.layer, inputs: inputsOf(walked.learner, step) };
  return unitsOf(width).filter((j) => {
    const piece = pieceAt(own, j);
    return own.inputs[piece.input] === input && piece.i === unit;
  });
}

/** Returns the cone of a unit. */
export function coneOf(walked: WalkedStep, from: Step, unit: number): Cone {
  const { steps } = walked.learner.network;
  const cone = new Map<Step, number[]>([[from, [unit]]]);
  for (const step of steps.slice(steps.indexOf(from) + 1)) {
    const reached = new Set<number>();
    for (const input of inputsOf(walked.learner, step))
      for (const one of cone.get(input) ?? []) for (const to of reachedFrom(walked, step, input, one)) reached.add(to);
    if (reached.size > 0)
      cone.set(
        step,
        [...reached].sort((a, b) => a - b),
      );
  }
  return cone;
}

/** Returns f′(z) of a unit; 1 without an activation. */
export function slopeOf({ layer, preactivation, output }: Step, row: number, unit: number): number {
  if (!isActivated(layer) || !isScalar(layer.activation)) return 1;
  const at = row * output.width + unit;
  return slopeAt(layer.activation, preactivation.values[at], output.values[at]);
}

/** Whether each f(z) of the layer depends only on its own z and is not z itself. */
export const hasSlope = ({ layer, preactivation, output }: Step): boolean =>
  isActivated(layer) && isScalar(layer.activation) && preactivation !== output;

/** A path from a unit to the loss, with its factors in order from the unit, as numbers and as symbols. */
export interface LossPath {
  readonly factors: readonly Expression[];
  readonly symbols: readonly string[];
}

/**
 * Returns the paths from a unit's z to the loss in a row. Returns undefined if there are more than `most`, or if a layer on the way does anything but
 * sum its inputs, copy them, or apply a function to each number.
 */
export function pathsFrom(
  walked: WalkedStep,
  from: Step,
  at: { readonly row: number; readonly unit: number },
  most: number,
): LossPath[] | undefined {
  const { learner, errors, before } = walked;
  const { row } = at;
  const found: LossPath[] = [];
  const follow = (step: Step, unit: number, path: LossPath): boolean => {
    const { width } = step.output;
    const through = hasSlope(step) ? [number(slopeOf(step, row, unit))] : [];
    const applied: LossPath = {
      factors: [...path.factors, ...through],
      symbols: [...path.symbols, ...through.map(() => `f′(${symbolOf(learner, "z", step, unit)})`)],
    };
    const k = learner.outputs.findIndex((output) => output.step === step);
    if (k >= 0) {
      const error = number(errors[k].values[row * width + unit]);
      const base = errors[k].isFused ? path : applied;
      const symbol = `∂L/∂${symbolOf(learner, errors[k].isFused ? "z" : "a", step, unit)}`;
      if (!errors[k].isFused && isMixed(step)) return false;
      found.push({ factors: [...base.factors, error], symbols: [...base.symbols, symbol] });
    }
    const readers = learner.network.steps.filter(({ layer }) => layer.inputs.includes(step.layer.id));
    if (readers.length > 0 && isMixed(step)) return false;
    for (const reader of readers) {
      const { kernel } = weightedSum(learner, reader);
      const isCopy = COPIES.has(reader.layer.kind) || reader.layer.kind === "activation";
      if (!kernel && !isCopy) return false;
      for (const to of reachedFrom(walked, reader, step, unit)) {
        if (found.length > most) return false;
        if (isMixed(reader) && !kernel && to !== unit) continue;
        const weight = kernel && number(partOf(before, kernel)[unit * reader.preactivation.width + to]);
        const own = weight
          ? { factors: [...applied.factors, weight], symbols: [...applied.symbols, weightSymbol(learner, reader, to, unit)] }
          : applied;
        // A sum contains an input once for each mention in the file.
        const uses = kernel || reader.layer.kind === "concat" ? 1 : numbersOf(walked, reader).inputs.filter((one) => one === step).length;
        for (let use = 0; use < uses; use++) if (!follow(reader, to, own)) return false;
      }
    }
    return found.length <= most;
  };
  return follow(from, at.unit, { factors: [], symbols: [] }) ? found : undefined;
}
