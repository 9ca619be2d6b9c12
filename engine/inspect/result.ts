/** Evaluates a network on its data: confusion matrix, mistakes, residuals. surface.ts evaluates it over the plane of two features. */

import { targetForm } from "../catalog/losses.ts";
import type { Examples } from "../data/examples.ts";
import { classLabels, type FeatureFit, type TargetFit } from "../data/fit.ts";
import { featureNumber } from "../data/ownNumbers.ts";
import { UNSCALED } from "../data/scaling.ts";
import { forwardPass } from "../network/network.ts";
import { activationOf, type OutputLoss } from "../network/outputLosses.ts";
import { roundedText } from "../numberText.ts";
import { determination } from "../training/determination.ts";
import type { Learner } from "../training/learner.ts";
import { distributionOf } from "../training/snapshots.ts";
import { rowForm } from "./askedRow.ts";
import { classReader, evaluatedPart, evenlySpaced, isClassifier, targetAt, truthOf } from "./evaluatedRows.ts";
import { surfaceReader } from "./surface.ts";
import type { Feature, Mistake, OutputResult, ResultView } from "./views.ts";

/** The maximum number of evaluated rows. They are evenly spaced. */
const MAX_ROWS = 10_000;
const MAX_PAIRS = 1000;
const MAX_MISTAKES = 12;
const MAX_FEATURES = 12;
/** The maximum number of units with listed numbers. An image autoencoder has one unit per pixel. */
const MAX_UNITS = 12;

/** Returns a function that evaluates the network with its current weights. It allocates its memory once, since the kernels can't free it. */
export function resultReader(learner: Learner): (epoch: number) => ResultView {
  const { network, outputs, examples } = learner;
  const { part, rows: all } = evaluatedPart(examples);
  const rows = evenlySpaced(all, MAX_ROWS);
  const order = network.kernels.allocateIndices(rows.length);
  order.set(rows);
  const surface = surfaceReader(learner);
  const form = rowForm(examples);
  return (epoch) => {
    const evaluators = outputs.map((output, k) => evaluatorOf(learner, output, k, rows.length));
    for (let from = 0; from < rows.length; from += network.capacity) {
      const count = Math.min(network.capacity, rows.length - from);
      learner.load(order, from, count);
      forwardPass(network, "infer");
      for (const evaluator of evaluators) for (let i = 0; i < count; i++) evaluator.add(rows[from + i], i);
    }
    return {
      place: { epoch, part, rows: rows.length, of: all.length },
      outputs: evaluators.map((evaluator) => evaluator.result()),
      surface: surface?.() ?? null,
      form,
    };
  };
}

interface Evaluator {
  /** Adds row `row` of the data, which is row `i` of the batch. */
  readonly add: (row: number, i: number) => void;
  readonly result: () => OutputResult;
}

interface Candidate {
  readonly row: number;
  readonly truth: string;
  readonly predicted: string;
  readonly loss: number;
}

/** Returns a list that collects the rows with the largest losses. */
function worst(): { add: (candidate: Candidate) => void; list: Candidate[] } {
  const list: Candidate[] = [];
  return {
    list,
    add(candidate) {
      if (list.length === MAX_MISTAKES && candidate.loss <= list[MAX_MISTAKES - 1].loss) return;
      const at = list.findIndex(({ loss }) => loss < candidate.loss);
      list.splice(at < 0 ? list.length : at, 0, candidate);
      if (list.length > MAX_MISTAKES) list.pop();
    },
  };
}

function evaluatorOf(learner: Learner, output: OutputLoss, k: number, rows: number): Evaluator {
  const fit = learner.examples.fit.targets[k];
  return isClassifier(output, fit.classes) ? classEvaluator(learner, output, fit) : numberEvaluator(learner, output, k, rows);
}

function classEvaluator({ examples }: Learner, output: OutputLoss, fit: TargetFit): Evaluator {
  const { plan, step } = output;
  const count = step.output.width === 1 ? 2 : step.output.width;
  const classes = classLabels(fit, targetForm(plan.loss.name, activationOf(step.layer)), count);
  const matrix = classes.map(() => new Array<number>(count).fill(0));
  const read = classReader(output);
  const mistakes = worst();
  let asked = 0;
  let right = 0;
  return {
    add(row, i) {
      const { chosen, truth, score } = read(i);
      matrix[truth][chosen]++;
      asked++;
      if (chosen === truth) right++;
      // Mistakes are ranked by −ln of the true class's score, whatever the training loss.
      else mistakes.add({ row, truth: classes[truth], predicted: classes[chosen], loss: -Math.log(Math.min(1, Math.max(score, 1e-7))) });
    },
    result: () => ({
      kind: "classes",
      layer: output.plan.layer,
      classes,
      matrix,
      right,
      asked,
      mistakes: mistakes.list.map((candidate) => mistakeOf(candidate, examples)),
    }),
  };
}

function numberEvaluator({ examples }: Learner, output: OutputLoss, k: number, rows: number): Evaluator {
  const { values, width } = output.step.output;
  const { scalers, columns: names } = examples.fit.targets[k];
  const listed = Math.min(width, MAX_UNITS);
  const truth = Array.from({ length: listed }, () => new Float64Array(rows));
  const predicted = Array.from({ length: listed }, () => new Float64Array(rows));
  const numbers = new Uint32Array(rows);
  const determinations = truth.map(determination);
  const mistakes = worst();
  let seen = 0;
  return {
    add(row, i) {
      for (let j = 0; j < listed; j++) {
        const { factor, offset } = scalers[j] ?? UNSCALED;
        truth[j][seen] = truthOf(examples, output, { k, row, i, j });
        predicted[j][seen] = values[i * width + j] * factor + offset;
        determinations[j].add(predicted[j][seen], truth[j][seen]);
      }
      const rest = width > listed ? ", …" : "";
      const list = (of: Float64Array[]): string => of.map((column) => roundedText(column[seen])).join(", ") + rest;
      const squares = squaredError(output, i);
      if (!(squares === 0)) mistakes.add({ row, truth: list(truth), predicted: list(predicted), loss: squares / width });
      numbers[seen] = row + 1;
      seen++;
    },
    result: () => ({
      kind: "numbers",
      layer: output.plan.layer,
      width,
      units: truth.map((own, j) => {
        const residuals = own.map((t, i) => t - predicted[j][i]);
        const every = Math.ceil(own.length / MAX_PAIRS);
        const some = (column: Float64Array | Uint32Array): number[] => Array.from(column).filter((_, i) => i % every === 0);
        return {
          name: names[j] ?? `${output.plan.layer}[${j}]`,
          truth: some(own),
          predicted: some(predicted[j]),
          rows: some(numbers),
          residuals: distributionOf(residuals),
          r2: determinations[j].take(),
        };
      }),
      mistakes: mistakes.list.map((candidate) => mistakeOf(candidate, examples)),
    }),
  };
}

/** Returns the sum of the squared errors of row `i` of the batch, scaled. */
export function squaredError(output: OutputLoss, i: number): number {
  const { values, width } = output.step.output;
  let squares = 0;
  for (let j = 0; j < width; j++) squares += (targetAt(output, i, j) - values[i * width + j]) ** 2;
  return squares;
}

function mistakeOf({ row, truth, predicted, loss }: Candidate, examples: Examples): Mistake {
  const { features, featureCount, fit } = examples;
  const own = features.subarray(row * featureCount, (row + 1) * featureCount);
  const [first] = fit.features;
  const image = first?.name === null ? imageOf(Array.from(own), examples) : null;
  const shown = image ? [] : fit.features.slice(0, MAX_FEATURES).map((one) => featureOf(one, examples, row));
  return { row: row + 1, truth, predicted, loss, features: shown, image };
}

function featureOf(feature: FeatureFit, examples: Examples, row: number): Feature {
  const { name, from, words } = feature;
  if (words) {
    const { features, featureCount } = examples;
    const at = words.findIndex((_, k) => features[row * featureCount + from + k] === 1);
    return { name: name ?? "", value: words[at] ?? "" };
  }
  return { name: name ?? "", value: roundedText(featureNumber(examples, row, feature)) };
}

function imageOf(values: readonly number[], { imageShape }: Examples): Mistake["image"] {
  if (!imageShape) return null;
  const [height, width] = imageShape;
  const least = Math.min(...values);
  const range = Math.max(...values) - least || 1;
  return { width, height, pixels: values.map((value) => (value - least) / range) };
}
