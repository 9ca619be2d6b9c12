/** The lines of a derivation for one row of the batch: forward to the outputs, the loss, and back to the weight's unit. */
import { isScalar } from "../catalog/activations.ts";
import { activationArithmetic, derivativeArithmetic, sinceOf, softmaxOf } from "../inspect/activationArithmetic.ts";
import { difference, type Expression, line, longSum, named, number, product, sum } from "../inspect/arithmetic.ts";
import { productsOf } from "../inspect/forwardStages.ts";
import { layerArithmetic, numbersOf } from "../inspect/layerArithmetic.ts";
import { errorWorkings, lossWorkings, targetOf } from "../inspect/lossStages.ts";
import { columnOf, inputsOf, partOf, placeOf, rowOf, type WalkedForward, type WalkedStep, weightedSum } from "../inspect/walkedStep.ts";
import { isActivated, isInput } from "../layerTraits.ts";
import type { Step } from "../network/network.ts";
import type { PlannedKind } from "../plan.ts";
import { type Cone, hasSlope, slopeOf, unitsOf } from "./reach.ts";
import { type Notation, sumLetter, symbolOf } from "./symbols.ts";

/**
 * The maximum number of units in a layer with lines for all units. A larger layer has lines for only `FEW_UNITS`: those with the largest ∂L/∂a, or
 * the first.
 */
export const MOST_UNITS = 40;
const FEW_UNITS = 12;

/** The layers that only rearrange the numbers of their inputs. Their outputs need no lines. */
const ARRANGES: ReadonlySet<PlannedKind> = new Set<PlannedKind>(["concat", "flatten", "reshape"]);

/** Returns the units of a layer for which lines are written. */
export function shownUnits(step: Step, row: number, units: readonly number[] = unitsOf(step.output.width)): readonly number[] {
  if (units.length <= MOST_UNITS) return units;
  const { gradient, width } = step.output;
  if (!gradient) return units.slice(0, FEW_UNITS);
  const size = (unit: number): number => Math.abs(gradient[row * width + unit]);
  return [...units]
    .sort((a, b) => size(b) - size(a))
    .slice(0, FEW_UNITS)
    .sort((a, b) => a - b);
}

/** Returns the lines of the forward pass through all layers. */
export function forwardLines(walked: WalkedStep, notation: Notation, row: number): string[] {
  const { learner } = walked;
  return learner.network.steps.flatMap((step) =>
    ARRANGES.has(step.layer.kind) ? [] : shownUnits(step, row).flatMap((unit) => unitForward(walked, notation, { step, row, unit })),
  );
}

/** One unit of a layer in one row. */
interface UnitOfRow {
  readonly step: Step;
  readonly row: number;
  readonly unit: number;
}

/** Returns the lines of a unit's weighted sum and of its output. */
export function unitForward(walked: WalkedForward, notation: Notation, { step, row, unit }: UnitOfRow): string[] {
  const { learner, before } = walked;
  const { layer, output, preactivation } = step;
  const at = row * output.width + unit;
  const [a, z] = [notation.unit("a", step, row, unit), notation.unit("z", step, row, unit)];
  if (isInput(layer)) return [line(a, output.values[at])];
  const [input] = inputsOf(learner, step);
  const { kernel, bias } = weightedSum(learner, step);
  const lines: string[] = [];
  if (kernel) {
    const { width } = preactivation;
    const weights = columnOf(partOf(before, kernel), unit, input.output.width, width);
    const products = productsOf(["x", "w"], rowOf(input.output.values, row, input.output.width), weights);
    const added = bias ? ` + ${notation.bias(step, unit)}` : "";
    const left = `${preactivation === output ? a : z} = Σ ${notation.outputs(input, row)} · ${notation.weights(step, { to: unit })}${added}`;
    lines.push(line(left, preactivation.values[at], longSum(products, ...(bias ? [number(partOf(before, bias)[unit], "b")] : []))));
  } else if (isActivated(layer) && preactivation !== output)
    lines.push(line(`${z} = ${notation.unit("a", input, row, unit)}`, preactivation.values[at]));
  if (isActivated(layer)) return preactivation === output ? lines : [...lines, activationLine(step, row, unit, a, z)];
  const { forward } = layerArithmetic(step);
  return forward
    ? forward(numbersOf(walked, step), row, unit).lines.map((text) => text.replace(/^a(?= =)/, a))
    : [line(a, output.values[at])];
}

function activationLine({ layer, output, preactivation }: Step, row: number, unit: number, a: string, z: string): string {
  const at = row * output.width + unit;
  if (!isActivated(layer)) return line(a, output.values[at]);
  const use = layer.activation;
  if (isScalar(use))
    return (
      line(`${a} = f(${z})`, output.values[at], activationArithmetic(use, preactivation.values[at])) +
      sinceOf(use, preactivation.values[at])
    );
  const { from, units } = placeOf({ layer } as Step, unit);
  const sums = unitsOf(units).map((k) => preactivation.values[row * output.width + from + k]);
  return line(`${a} = e^z / Σ e^z`, output.values[at], softmaxOf(sums, unit - from));
}

/** Returns the lines of the row's targets. */
export function targetLines({ learner }: WalkedStep, row: number, isReached: (step: Step) => boolean): string[] {
  return learner.outputs.flatMap((output) =>
    isReached(output.step)
      ? shownUnits(output.step, row).map((unit) => line(symbolOf(learner, "t", output.step, unit), targetOf(output, row, unit)))
      : [],
  );
}

/** Returns the lines of the row's loss at each output, and of the output errors. `isReached` returns whether the weight affects an output. */
export function lossLines(
  walked: WalkedStep,
  notation: Notation,
  row: number,
  isReached: (step: Step) => boolean,
): { loss: string[]; error: string[] } {
  const { learner } = walked;
  const loss: string[] = [];
  const error: string[] = [];
  learner.outputs.forEach((output, k) => {
    const { step } = output;
    if (!isReached(step)) return;
    const { ofRow, ofCell, columns } = lossWorkings(walked, output);
    if (columns > 1 && columns <= MOST_UNITS) loss.push(...unitsOf(columns).flatMap((column) => ofCell(row, column).lines));
    loss.push(...ofRow(row).lines);
    for (const unit of shownUnits(step, row)) error.push(...outputErrorLines(walked, notation, k, { row, unit }));
  });
  return { loss, error };
}

/** Returns the lines of the error of a unit of output `k`. */
export function outputErrorLines(
  walked: WalkedStep,
  notation: Notation,
  k: number,
  { row, unit }: { readonly row: number; readonly unit: number },
): string[] {
  const { working, symbol } = errorWorkings(walked, k);
  const name = notation.gradient(symbol.endsWith("z") ? "z" : "a", walked.learner.outputs[k].step, row, unit);
  return working(row, unit).lines.map((text) => text.replace(symbol, name));
}

/**
 * Returns the lines from the outputs back to the weight's unit: for each unit on the way, the sum over the units that it affects, multiplied by
 * f′(z).
 */
export function backwardLines(walked: WalkedStep, notation: Notation, row: number, cone: Cone): string[] {
  return [...cone]
    .reverse()
    .flatMap(([step, units]) =>
      step.output.gradient ? shownUnits(step, row, units).flatMap((unit) => unitBackward(walked, notation, { step, row, unit })) : [],
    );
}

/** Returns the lines of a unit's ∂L/∂a and ∂L/∂z. `lossLines` contains the lines of the error from an output's own loss. */
export function unitBackward(walked: WalkedStep, notation: Notation, { step, row, unit }: UnitOfRow): string[] {
  const { learner, errors, paths } = walked;
  const { output, preactivation, layer } = step;
  const at = row * output.width + unit;
  const k = learner.outputs.findIndex((one) => one.step === step);
  const isFused = k >= 0 && errors[k].isFused;
  const shares = (paths.get(layer.id) ?? []).flatMap(({ from, values }) => (from === null ? [] : [{ from, value: values[at] }]));
  const name = notation.gradient("a", step, row, unit);
  const lines = shares.flatMap(({ from, value }) =>
    shareLines(walked, notation, {
      step,
      row,
      unit,
      reader: learner.network.stepOf.get(from),
      value,
      left: shares.length === 1 && (k < 0 || isFused) ? name : undefined,
    }),
  );
  const own = k >= 0 && !isFused ? [errors[k].values[at]] : [];
  const parts = [...own, ...shares.map(({ value }) => value)];
  const error = parts.reduce((total, part) => total + part, 0);
  if (parts.length > 1) lines.push(line(`${name} = Σ`, error, sum(...parts.map((part) => number(part)))));
  if (!isActivated(layer) || preactivation === output || parts.length === 0) return lines;
  const dz = notation.gradient("z", step, row, unit);
  const extra = isFused ? [number(errors[k].values[at])] : [];
  const result = preactivation.gradient?.[at] ?? Number.NaN;
  if (!hasSlope(step)) return [...lines, mixedLine(step, row, unit, dz, result, extra)];
  const slope = slopeOf(step, row, unit);
  const z = preactivation.values[at];
  const slopeName = `f′(${notation.unit("z", step, row, unit)})`;
  const use = layer.activation;
  const derivative = isScalar(use) ? line(slopeName, slope, derivativeArithmetic(use, z, output.values[at])) + sinceOf(use, z) : "";
  const value = product(number(error, "∂L/∂a"), number(slope, "f′(z)"));
  return [...lines, derivative, line(`${dz} = ${name} · ${slopeName}`, result, extra.length > 0 ? sum(value, ...extra) : value)];
}

/** Returns ∂L/∂z of a softmax that is not computed together with its loss. */
function mixedLine(step: Step, row: number, unit: number, left: string, result: number, extra: readonly Expression[]): string {
  const { output } = step;
  const { from, units } = placeOf(step, unit);
  const start = row * output.width + from;
  const of = (values: ArrayLike<number>): number[] => unitsOf(units).map((k) => values[start + k]);
  const error = output.gradient ?? new Float64Array(output.values.length);
  const weighted = named("Σ a · ∂L/∂a", longSum(productsOf(["a", "∂L/∂a"], of(output.values), of(error))));
  const at = row * output.width + unit;
  const own = product(number(output.values[at], "a"), difference(number(error[at]), weighted));
  return line(`${left} = a · (∂L/∂a − Σ a · ∂L/∂a)`, result, extra.length > 0 ? sum(own, ...extra) : own);
}

interface Share extends UnitOfRow {
  /** The layer that the share comes through. */
  readonly reader: Step | undefined;
  readonly value: number;
  /** The symbol of the gradient if this is its only share; undefined if ∂L/∂a has several terms. */
  readonly left: string | undefined;
}

/** Returns the lines of the share of ∂L/∂a from one reader of the layer's output. */
function shareLines(walked: WalkedStep, notation: Notation, { step, row, unit, reader, value, left }: Share): string[] {
  const { learner, before } = walked;
  if (!reader) return [];
  const name = left ?? `share of ${notation.gradient("a", step, row, unit)}`;
  const { kernel } = weightedSum(learner, reader);
  if (kernel) {
    const { width, gradient } = reader.preactivation;
    const weights = rowOf(partOf(before, kernel), unit, width);
    const errors = gradient ? rowOf(gradient, row, width) : [];
    return [
      line(
        `${name} = Σ ${notation.weights(reader, { from: unit })} · ${notation.gradients(sumLetter(reader), reader, row)}`,
        value,
        longSum(productsOf(["w", "∂L/∂z"], weights, errors)),
      ),
    ];
  }
  const { backward } = layerArithmetic(reader);
  if (isActivated(reader.layer) || !backward)
    return [line(`${name} = ${notation.gradient(isActivated(reader.layer) ? "z" : "a", reader, row, unit)}`, value)];
  const own = numbersOf(walked, reader);
  const working = backward(own, { input: own.inputs.indexOf(step), row, i: unit, result: value });
  return working.lines.map((text) => text.replace("∂L/∂x", name));
}
