/** Evaluates a network over the plane of its two features, or along its single feature, and adds the data's rows as points. */
import { activations } from "../catalog/activations.ts";
import { targetForm } from "../catalog/losses.ts";
import type { Examples } from "../data/examples.ts";
import type { DataFit } from "../data/fit.ts";
import { featureNumber, targetNumber } from "../data/ownNumbers.ts";
import { type Scaler, UNSCALED } from "../data/scaling.ts";
import { forwardPass, type Tensor } from "../network/network.ts";
import { activationOf, type OutputLoss } from "../network/outputLosses.ts";
import { batchLoader } from "../training/batches.ts";
import { largest } from "../training/classes.ts";
import type { Learner } from "../training/learner.ts";
import { crossingsOf } from "./crossings.ts";
import { evenlySpaced, isClassifier } from "./evaluatedRows.ts";
import type { Crossing, Part, Surface } from "./views.ts";

/** Grid points on each side of the plane, and along a line. */
const PLANE = 64;
const LINE = 201;
/** The maximum number of displayed rows. */
const MAX_POINTS = 500;
/** Margin around the data, relative to its range. */
const MARGIN = 0.15;

/**
 * Returns a function that computes the surface with the network's current weights. Returns undefined for more than two features, categories or
 * pixels. The function allocates its memory once, since the kernels can't free it.
 */
export function surfaceReader(learner: Learner): (() => Surface) | undefined {
  const { examples, outputs } = learner;
  const { fit, featureCount, parts } = examples;
  const [{ classes }] = fit.targets;
  const [output] = outputs;
  if (featureCount > 2 || featureCount < 1 || outputs.length !== 1 || !hasNumbersAlone(fit)) return undefined;
  const units = output.step.output.width;
  const isClass = isClassifier(output, classes);
  const ranges = fit.features.map((_, j) => rangeOf(examples, j));
  const size = featureCount === 2 ? PLANE : LINE;
  const grid = gridOver(ranges, size);
  const boundary = isClass && units === 1 ? boundaryOf(output) : null;
  const sums = boundary !== null && featureCount === 2 && isCrossedAtZero(output, boundary) ? [sumOf(output)] : [];
  const evaluate = pointReader(learner, grid.length, [...columnsOf(learner, isClass), ...sums]);
  const crossings = boundary === null || featureCount < 2 || !isStep(output) ? undefined : crossingReader(ranges, boundary, evaluate);
  const fixed = {
    features: fit.features.map(({ name }) => name ?? ""),
    from: ranges.map(({ from }, j) => inOwnUnits(examples, j, from)),
    to: ranges.map(({ to }, j) => inOwnUnits(examples, j, to)),
    size,
    classes: isClass ? Array.from({ length: Math.max(2, units) }, (_, j) => classes?.[j] ?? String(j)) : null,
    boundary,
    points: pointsOf(examples, targetReader(examples, output, isClass)),
    pointsOf: parts.train.length + parts.validation.length + parts.test.length,
  };
  return () => {
    const columns = evaluate(grid);
    const values = columns.slice(0, units);
    return { ...fixed, values, sums: columns[units] ?? null, crossings: crossings?.(values[0]) ?? null };
  };
}

/** Whether all features are numeric columns, without categories or pixels. */
export const hasNumbersAlone = ({ features }: DataFit): boolean => features.every(({ words, name }) => !words && name !== null);

/** Whether the output jumps, because it is a threshold logic unit's step. */
const isStep = ({ step: { layer } }: OutputLoss): boolean => {
  const name = activationOf(layer);
  return name !== undefined && "step" in activations[name];
};

/**
 * Whether the score is at the boundary where the weighted sum z is 0, as a sigmoid's is. The boundary is then drawn from z, which is linear in a model
 * without hidden layers. A score near 0.5 has too few digits for a straight line if the weights are small.
 */
function isCrossedAtZero({ step: { layer } }: OutputLoss, boundary: number): boolean {
  const name = activationOf(layer);
  return (name === "sigmoid" || name === "tanh") && activations[name].value(0) === boundary;
}

function crossingReader(
  ranges: readonly Range[],
  level: number,
  evaluate: (points: readonly number[][]) => number[][],
): (values: readonly number[]) => Crossing[] {
  const at = (j: number, k: number): number => ranges[j].from + ((ranges[j].to - ranges[j].from) * k) / (PLANE - 1);
  return (values) =>
    crossingsOf({
      size: PLANE,
      values,
      level,
      evaluate: (positions) => evaluate(positions.map(([x, y]) => [at(0, x), at(1, y)]))[0],
    });
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Returns a feature's range with a margin, scaled as in the network's input. */
export function rangeOf({ features, featureCount, rows }: Examples, j: number): Range {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < rows; row++) {
    const value = features[row * featureCount + j];
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const margin = (most - least || 1) * MARGIN;
  return { from: least - margin, to: most + margin };
}

/** Returns the [size · size, 2] points of a plane, with the first feature varying fastest, or the [size, 1] points of a line. */
export function gridOver(ranges: readonly Range[], size: number): number[][] {
  const at = ({ from, to }: Range, k: number): number => from + ((to - from) * k) / (size - 1);
  const [x, y] = ranges;
  if (!y) return Array.from({ length: size }, (_, i) => [at(x, i)]);
  return Array.from({ length: size * size }, (_, i) => [at(x, i % size), at(y, Math.floor(i / size))]);
}

/** A number per row of a tensor, scaled. */
interface Column {
  readonly tensor: Tensor;
  readonly unit: number;
  readonly scaler: Scaler;
}

/** Returns the output's units, in the target's own units or as scores. */
const columnsOf = ({ examples, outputs: [{ step }] }: Learner, isClass: boolean): Column[] =>
  Array.from({ length: step.output.width }, (_, unit) => ({
    tensor: step.output,
    unit,
    scaler: isClass ? UNSCALED : (examples.fit.targets[0].scalers[unit] ?? UNSCALED),
  }));

/** Returns the weighted sum z of a single output unit. */
const sumOf = ({ step: { preactivation } }: OutputLoss): Column => ({ tensor: preactivation, unit: 0, scaler: UNSCALED });

/**
 * Returns a function that computes the columns at points. Its memory has room for `most` points; it computes more points in several passes.
 */
function pointReader(
  { network, examples }: Learner,
  most: number,
  columns: readonly Column[],
): (points: readonly number[][]) => number[][] {
  const grid = network.kernels.allocate(most * examples.featureCount);
  const load = batchLoader(network, [], { ...examples, features: grid });
  const order = network.kernels.allocateIndices(most);
  for (let i = 0; i < most; i++) order[i] = i;
  return (points) => {
    const values = columns.map(() => new Array<number>(points.length).fill(0));
    let rows = 0;
    for (let at = 0; at < points.length; at += rows) {
      // The memory is refilled after every `most` points.
      const place = at % most;
      if (place === 0) grid.set(points.slice(at, at + most).flat());
      rows = Math.min(network.capacity, points.length - at, most - place);
      load(order, place, rows);
      forwardPass(network, "infer");
      columns.forEach(({ tensor, unit, scaler: { factor, offset } }, j) => {
        for (let i = 0; i < rows; i++) values[j][at + i] = tensor.values[i * tensor.width + unit] * factor + offset;
      });
    }
    return values;
  };
}

const inOwnUnits = ({ fit }: Examples, j: number, value: number): number =>
  value * fit.features[j].scaler.factor + fit.features[j].scaler.offset;

/** Returns the score at which a single output unit changes class. */
const boundaryOf = ({ plan, step }: OutputLoss): number => (targetForm(plan.loss.name, activationOf(step.layer)) === "sign" ? 0 : 0.5);

/** Returns rows from each part in proportion to its size. */
function pointsOf(examples: Examples, target: (row: number) => number): Surface["points"] {
  const { fit, parts, rows: all } = examples;
  const some = (rows: Uint32Array, part: Part): Surface["points"] =>
    Array.from(evenlySpaced(rows, Math.ceil((MAX_POINTS * rows.length) / all))).map((row) => ({
      at: fit.features.map((feature) => featureNumber(examples, row, feature)),
      target: target(row),
      part,
      row: row + 1,
    }));
  return [...some(parts.train, "training"), ...some(parts.validation, "validation"), ...some(parts.test, "test")];
}

/** Returns a function that reads a row's target: its class index, or its value in the target's own units. */
function targetReader(examples: Examples, output: OutputLoss, isClass: boolean): (row: number) => number {
  const [{ values, width }] = examples.targets;
  if (!isClass) return (row) => targetNumber(examples, row, 0, 0);
  if (output.step.output.width === 1) return (row) => (values[row] > boundaryOf(output) ? 1 : 0);
  if (targetForm(output.plan.loss.name, activationOf(output.step.layer)) === "class_index") return (row) => values[row];
  return (row) => largest(values, row, width);
}
