/**
 * The path of one weight to the loss: the factors along it, and the sums where paths meet. A path exists if the weight's layer and all layers after
 * it, up to the output, form a chain of weighted sums.
 */
import { isScalar, slopeAt } from "../catalog/activations.ts";
import { isActivated } from "../layerTraits.ts";
import type { Parameter, Step } from "../network/network.ts";
import { unitNames } from "../training/unitNames.ts";
import { line, longSum, number, product } from "./arithmetic.ts";
import { productsOf } from "./forwardStages.ts";
import type { PathEdge, PathUnit, WeightPath } from "./views.ts";
import { columnOf, inputsOf, isRosenblatt, partOf, rowOf, type WalkedStep, weightedSum } from "./walkedStep.ts";

/** A weight by its layer and the indices of its input and its unit, from 0. */
export interface WeightPlace {
  readonly layer: string;
  readonly input: number;
  readonly unit: number;
}

/** The maximum number of drawn units per layer: those with the largest ∂L/∂z. */
const MAX_UNITS = 6;

/**
 * Returns the weight's path in the row that contributes most to its gradient. Without a place, uses the largest gradient in the layer nearest the
 * input.
 */
export function weightPath(walked: WalkedStep, place?: WeightPlace): WeightPath | null {
  const { learner } = walked;
  if (isRosenblatt(learner)) return null;
  const { steps } = learner.network;
  const first = place ? learner.network.stepOf.get(place.layer) : steps.find((step) => chainFrom(walked, step).length > 0);
  const chain = first ? chainFrom(walked, first) : [];
  const [step] = chain;
  const kernel = step && weightedSum(learner, step).kernel;
  if (!step || !kernel?.planned.trained) return null;
  return drawn(walked, chain, kernel, place ?? largestOf(walked, step, kernel));
}

/** Returns the step and the weighted sums after it, up to an output. Empty if the chain branches or contains another layer. */
function chainFrom({ learner }: WalkedStep, step: Step): Step[] {
  const { steps } = learner.network;
  const chain: Step[] = [];
  for (let next: Step | undefined = step; next; ) {
    const { layer }: Step = next;
    if (!weightedSum(learner, next).kernel || (isActivated(layer) && !isScalar(layer.activation) && !isOutput(learner, next))) return [];
    chain.push(next);
    const readers: Step[] = steps.filter((one) => one.layer.inputs.includes(layer.id));
    if (readers.length === 0) return isOutput(learner, next) ? chain : [];
    if (readers.length > 1 || isOutput(learner, next)) return [];
    next = readers[0];
  }
  return chain;
}

const isOutput = ({ outputs }: WalkedStep["learner"], step: Step): boolean => outputs.some((output) => output.step === step);

function largestOf({ gradients }: WalkedStep, { layer, preactivation }: Step, kernel: Parameter): WeightPlace {
  let at = 0;
  const own = partOf(gradients.raw, kernel);
  own.forEach((value, k) => {
    if (Math.abs(value) > Math.abs(own[at])) at = k;
  });
  return { layer: layer.id, input: Math.floor(at / preactivation.width), unit: at % preactivation.width };
}

const errorsOf = ({ preactivation }: Step, row: number): number[] =>
  preactivation.gradient ? rowOf(preactivation.gradient, row, preactivation.width) : [];

/** Returns f′(z) of a unit; 1 without an activation. */
function slopeOf({ layer, preactivation, output }: Step, row: number, unit: number): number {
  if (!isActivated(layer) || !isScalar(layer.activation) || preactivation === output) return 1;
  const at = row * output.width + unit;
  return slopeAt(layer.activation, preactivation.values[at], output.values[at]);
}

/** Returns the units to draw, in order. */
function unitsOf(step: Step, row: number): number[] {
  const errors = errorsOf(step, row);
  const order = errors.map((_, k) => k).sort((a, b) => Math.abs(errors[b]) - Math.abs(errors[a]));
  return order.slice(0, MAX_UNITS).sort((a, b) => a - b);
}

function drawn(
  walked: WalkedStep,
  chain: readonly Step[],
  kernel: Parameter,
  { layer, input: from, unit: to }: WeightPlace,
): WeightPath | null {
  const { learner, rows, rowName, before, gradients } = walked;
  const [step] = chain;
  const [input] = inputsOf(learner, step);
  const { width } = step.preactivation;
  if (!input || from >= input.output.width || to >= width) return null;
  const x = columnOf(input.output.values, from, rows, input.output.width);
  const shares = x.map((value, row) => value * errorsOf(step, row)[to]);
  const row = shares.reduce((best, share, k) => (Math.abs(share) > Math.abs(shares[best]) ? k : best), 0);
  const shown = chain.map((one, k) => (k === 0 ? [to] : unitsOf(one, row)));
  const edges = chain.slice(1).flatMap((one, k): PathEdge[] => {
    const own = weightedSum(learner, one).kernel;
    if (!own) return [];
    const weights = partOf(before, own);
    return shown[k].flatMap((unit, a) =>
      shown[k + 1].map((next, b) => ({ layer: k, from: a, to: b, weight: weights[unit * one.preactivation.width + next] })),
    );
  });
  const name = unitNames(learner, step)(to);
  const inputName = unitNames(learner, input)(from);
  const total = partOf(gradients.raw, kernel)[from * width + to];
  return {
    title: `The weight from ${inputName} to ${name} of ${layer}, in ${rowName(row)}`,
    input: { name: inputName, x: x[row] },
    weight: partOf(before, kernel)[from * width + to],
    layers: chain.map((one, k) => ({
      id: one.layer.id,
      of: one.preactivation.width,
      units: shown[k].map(
        (unit): PathUnit => ({
          name: unitNames(learner, one)(unit),
          slope: k === chain.length - 1 ? null : slopeOf(one, row, unit),
          error: errorsOf(one, row)[unit],
        }),
      ),
    })),
    edges,
    lines: [
      ...sumLines(walked, chain, row, to),
      line(`the share of ${rowName(row)} = x · ∂L/∂z`, shares[row], product(number(x[row], "x"), number(errorsOf(step, row)[to], "∂L/∂z"))),
      line("∂L/∂w = Σ of the shares of the rows", total, longSum(shares.map((share) => number(share)))),
    ],
  };
}

/** Returns the lines from the output back to the weight's unit: at each unit on the way, the sum over its paths, multiplied by f′(z). */
function sumLines({ learner, before }: WalkedStep, chain: readonly Step[], row: number, to: number): string[] {
  const [step, next] = chain;
  if (!next) return [];
  const { kernel } = weightedSum(learner, next);
  if (!kernel) return [];
  const { width } = next.preactivation;
  const error = step.output.gradient?.[row * step.output.width + to] ?? 0;
  const slope = slopeOf(step, row, to);
  const own = `${unitNames(learner, step)(to)} of ${step.layer.id}`;
  const weights = rowOf(partOf(before, kernel), to, width);
  const paths = width === 1 ? "one path" : `${width} paths meet`;
  return [
    line(`∂L/∂a of ${own} (${paths}) = Σ w · ∂L/∂z`, error, longSum(productsOf(["w", "∂L/∂z"], weights, errorsOf(next, row)))),
    line(`∂L/∂z of ${own} = ∂L/∂a · f′(z)`, slope * error, product(number(error, "∂L/∂a"), number(slope, "f′(z)"))),
  ];
}
