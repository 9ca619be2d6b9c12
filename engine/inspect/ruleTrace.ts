/** Traces Rosenblatt's rule row by row: mistakes, weights before and after, the line in the plane, and the bound on the number of mistakes. */
import { featureNumber } from "../data/ownNumbers.ts";
import { isInput } from "../layerTraits.ts";
import type { Step } from "../network/network.ts";
import { beginEpoch, type Learner } from "../training/learner.ts";
import { learningRateAt } from "../training/optimizers.ts";
import { trainingStep } from "../training/step.ts";
import { unitNames } from "../training/unitNames.ts";
import { difference, line, number, product, sum } from "./arithmetic.ts";
import { lineEnds } from "./halfPlanes.ts";
import { mistakeBound, widestSeparator } from "./mistakeBound.ts";
import type { RuleStep, RuleTrace } from "./views.ts";
import { inputsOf, isRosenblatt, parameterOf } from "./walkedStep.ts";

/** The maximum number of rows shown individually. */
const MOST_STEPS = 3000;
const MOST_POINTS = 1000;
/** The margin around the points, relative to their range. */
const MARGIN = 0.15;

/**
 * Returns the unit that learns by the rule; undefined if several units learn, if mini-batches have several rows, or if another layer precedes the
 * unit.
 */
export function ruleUnit(learner: Learner): Step | undefined {
  const { outputs, batchSize, examples, network } = learner;
  const [output, another] = outputs;
  if (!isRosenblatt(learner) || another || batchSize !== 1 || output.step.output.width !== 1) return undefined;
  const [input] = inputsOf(learner, output.step);
  const isAlone = network.parameters.every(({ layer }) => layer === output.step.layer);
  return isAlone && isInput(input.layer) && examples.parts.train.length <= MOST_POINTS ? output.step : undefined;
}

/** Trains the learner, which must have its initial weights. Returns undefined if `ruleUnit` does. */
export function ruleTrace(learner: Learner): RuleTrace | undefined {
  const unit = ruleUnit(learner);
  if (!unit) return undefined;
  const facts = factsOf(learner, unit);
  const plane = planeOf(learner, facts);
  const start = facts.weights();
  const { steps, isCut } = stepsOf(learner, unit, facts, plane);
  return {
    weightNames: facts.names,
    start,
    steps,
    isCut,
    plane: plane && { ...plane, startLine: facts.lineIn(plane, start) },
    bound: boundOf(learner, unit, facts, start),
  };
}

interface Facts {
  /** The names of the weights, followed by the bias. */
  readonly names: readonly string[];
  readonly hasBias: boolean;
  /** Returns the current weights and bias. */
  readonly weights: () => number[];
  readonly lineIn: (plane: Corners, weights: readonly number[]) => (readonly [number, number])[];
}

interface Corners {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
}

function factsOf(learner: Learner, unit: Step): Facts {
  const [input] = inputsOf(learner, unit);
  const kernel = parameterOf(learner, unit, "kernel");
  const bias = parameterOf(learner, unit, "bias");
  const nameOf = unitNames(learner, input);
  const { features } = learner.examples.fit;
  return {
    names: [...Array.from({ length: input.output.width }, (_, k) => `w of ${nameOf(k)}`), ...(bias ? ["b"] : [])],
    hasBias: bias !== undefined,
    weights: () => [...(kernel?.values ?? []), ...(bias?.values ?? [])],
    lineIn({ from, to }, weights) {
      // The network reads (value − offset) / factor, and the plane shows the values.
      const [x, y] = [0, 1].map((k) => (weights[k] ?? 0) / features[k].scaler.factor);
      const shift = [x, y].reduce((total, weight, k) => total + weight * features[k].scaler.offset, 0);
      return lineEnds(from, to, { weights: [x, y], bias: (bias ? (weights[2] ?? 0) : 0) - shift });
    },
  };
}

function stepsOf(learner: Learner, unit: Step, facts: Facts, plane: Corners | null): { steps: RuleStep[]; isCut: boolean } {
  const { plan, order, optimizer, outputs } = learner;
  const [{ targets }] = outputs;
  const steps: RuleStep[] = [];
  for (let epoch = 1; epoch <= plan.training.epochs; epoch++) {
    beginEpoch(learner, epoch);
    const before = steps.length;
    for (let at = 0; at < order.length; at++) {
      if (steps.length === MOST_STEPS) return { steps, isCut: true };
      const rate = learningRateAt(plan.training, optimizer, optimizer.step);
      const old = facts.weights();
      let [z, a, t] = [0, 0, 0];
      let x: number[] = [];
      for (const moment of trainingStep(learner, { order, from: at, rows: 1, mode: "train" })) {
        if (moment.at !== "output error") continue;
        [z, a, t] = [unit.preactivation.values[0], unit.output.values[0], targets[0]];
        x = Array.from(inputsOf(learner, unit)[0].output.values.subarray(0, old.length - (facts.hasBias ? 1 : 0)));
      }
      const after = facts.weights();
      const change =
        a === t ? null : { after, lines: linesOf(facts, old, after, x, { rate, a, t }), line: plane ? facts.lineIn(plane, after) : [] };
      steps.push({ epoch, row: order[at] + 1, z, a, t, change });
    }
    // After an epoch without a mistake, nothing changes.
    if (steps.slice(before).every(({ change }) => change === null)) break;
  }
  return { steps, isCut: false };
}

/** Returns the arithmetic of each updated number: w + rate · (t − a) · x. */
function linesOf(
  { names, hasBias }: Facts,
  old: readonly number[],
  after: readonly number[],
  x: readonly number[],
  { rate, a, t }: { readonly rate: number; readonly a: number; readonly t: number },
): string[] {
  return names.map((name, k) => {
    const isBias = hasBias && k === names.length - 1;
    const error = difference(number(t, "t"), number(a, "a"));
    const factors = isBias ? [number(rate), error] : [number(rate), error, number(x[k] ?? 0, "x")];
    return line(name, after[k] ?? 0, sum(number(old[k] ?? 0), product(...factors)));
  });
}

function planeOf({ examples, outputs }: Learner, { names, hasBias }: Facts): Omit<NonNullable<RuleTrace["plane"]>, "startLine"> | null {
  const { fit, featureCount, parts, targets } = examples;
  if (names.length - (hasBias ? 1 : 0) !== 2 || featureCount !== 2 || outputs.length !== 1) return null;
  if (fit.features.length !== 2 || fit.features.some(({ words, name }) => words || name === null)) return null;
  const valueAt = (row: number, k: number): number => featureNumber(examples, row, fit.features[k]);
  const points = Array.from(parts.train, (row) => ({
    row: row + 1,
    at: [valueAt(row, 0), valueAt(row, 1)] as const,
    target: targets[0].values[row],
  }));
  const [x, y] = [0, 1].map((k) => {
    const values = points.map(({ at }) => at[k] ?? 0);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const margin = (most - least || 1) * MARGIN;
    return [least - margin, most + margin] as const;
  });
  return { features: fit.features.map(({ name }) => name ?? ""), from: [x[0], y[0]], to: [x[1], y[1]], points };
}

/** Returns the bound from the last weights, or from others that separate the rows with a wider margin. */
function boundOf({ examples, plan, outputs }: Learner, unit: Step, { hasBias, weights }: Facts, start: readonly number[]) {
  const { features, featureCount, parts, targets } = examples;
  const rows = Array.from(parts.train, (row) => ({
    x: [...features.subarray(row * featureCount, (row + 1) * featureCount), ...(hasBias ? [1] : [])],
    isOn: targets[0].values[row] > 0,
  }));
  const { layer } = unit;
  const isHeaviside = "activation" in layer && layer.activation.name === "heaviside" && outputs.length === 1;
  const { learningRate } = plan.training;
  return mistakeBound({
    rows,
    start,
    separator: widestSeparator(rows, weights()),
    rate: typeof learningRate === "number" && isHeaviside ? learningRate : null,
  });
}
