/** Predicts with a trained network: encodes rows by the fit of the data and reads outputs in the target's own units. */

import { type TargetForm, targetForm } from "../catalog/losses.ts";
import { lastAxis } from "../catalog/shapes.ts";
import { classLabels, type DataFit, type FeatureFit, featureCountOf } from "../data/fit.ts";
import { DataProblem } from "../data/problem.ts";
import { UNSCALED } from "../data/scaling.ts";
import { isInput } from "../layerTraits.ts";
import { forwardPass, type Network, type Step } from "../network/network.ts";
import { activationOf } from "../network/outputLosses.ts";
import type { OutputPlan } from "../plan.ts";

export type Cell = number | string;

/** The network's prediction for one row: the class (its name or number), or the numbers in the target's own units. */
export interface Prediction {
  /** One per output of the model. */
  readonly outputs: readonly {
    readonly layer: string;
    /** The output's values in the target's own units; scores for classes. */
    readonly values: readonly number[];
    /** The predicted class; null if the output is not a class. */
    readonly chosen: string | null;
  }[];
}

/** Returns a function that encodes a row by the fit (scales, categories) and predicts its outputs. If `fit` is null, it scales nothing. */
export function predictor(network: Network, outputs: readonly OutputPlan[], fit: DataFit | null): (row: readonly Cell[]) => Prediction {
  const load = rowLoader(network, fit);
  const readers = outputReaders(network, outputs, fit);
  return (row) => {
    load(row);
    forwardPass(network, "infer");
    return predictionOf(readers);
  };
}

/** Returns the prediction for the batch's only row. */
export const predictionOf = (readers: readonly OutputReader[]): Prediction => ({
  outputs: readers.map(({ layer, read }) => ({ layer, ...read(0) })),
});

/** Returns a function that loads a row, encoded by the fit, as the network's batch. If `fit` is null, it scales nothing. */
export function rowLoader(network: Network, fit: DataFit | null): (row: readonly Cell[]) => void {
  const inputs = network.steps.filter(({ layer }) => isInput(layer));
  const writeFeatures = fit && featureWriter(fit, network);
  return (row) => {
    network.batch.rows = 1;
    if (writeFeatures) {
      writeFeatures(row);
      return;
    }
    let at = 0;
    for (const { output } of inputs) for (let j = 0; j < output.width; j++) output.values[j] = numberOf(row[at++], `value ${at}`);
  };
}

/** Reads an output of the network after a forward pass. */
export interface OutputReader {
  readonly layer: string;
  /** The number of values per row. */
  readonly width: number;
  /** Whether each row of the output is one class. */
  readonly isClass: boolean;
  /** Returns the values of a row of the batch, in the target's own units or as scores, and the predicted class. */
  readonly read: (row: number) => { readonly values: readonly number[]; readonly chosen: string | null };
}

/** Returns a reader for each output of the network. */
export function outputReaders(network: Network, outputs: readonly OutputPlan[], fit: DataFit | null): OutputReader[] {
  return network.plan.outputs.flatMap((layer, k) => {
    const step = network.stepOf.get(layer);
    if (!step) return [];
    const { values, width } = step.output;
    const own = fit?.targets[k];
    const { scalers = [], classes = null } = own ?? {};
    const plan = outputs.find((one) => one.layer === layer);
    // Features learned by an output are numbers, whatever the loss.
    const form = plan && plan.target !== "features" ? targetForm(plan.loss.name, activationOf(step.layer)) : undefined;
    const labels = form && !hasSeveralClasses(form, step, classes) ? classLabels(own, form, Math.max(2, width)) : undefined;
    return {
      layer,
      width,
      isClass: labels !== undefined,
      read(row) {
        const raw = Array.from(values.subarray(row * width, (row + 1) * width));
        const inOwnUnits = raw.map((value, j) => value * (scalers[j] ?? UNSCALED).factor + (scalers[j] ?? UNSCALED).offset);
        return { values: inOwnUnits, chosen: form && labels ? chosenClass(raw, form, labels) : null };
      },
    };
  });
}

/**
 * Whether a row of the output is not a single class: it is numeric, has a class at each place of several axes, or answers several yes/no questions.
 */
const hasSeveralClasses = (form: TargetForm, { layer, output: { width } }: Step, classes: readonly string[] | null): boolean =>
  form === "number" ||
  (form === "one_hot" && width > lastAxis(layer.output)) ||
  ((form === "binary" || form === "sign") && width > 1 && !classes);

/**
 * Returns a function that writes one row into the inputs. The row's cells are in the order of the columns named by the inputs, or of all features;
 * text cells are categories of `one_hot` columns.
 */
function featureWriter(fit: DataFit, network: Network): (row: readonly Cell[]) => void {
  const inputs = network.steps.flatMap(({ layer, output }) => (isInput(layer) ? [{ columns: layer.columns, output }] : []));
  const named = inputs.flatMap(({ columns }) => columns ?? []);
  const encodings = new Map(fit.features.map((one) => [one.name ?? "", one]));
  const order = (named.length > 0 ? named : [...encodings.keys()]).map((name) => encodings.get(name));
  const featureCount = featureCountOf(fit);
  const features = new Float64Array(featureCount);
  const [first] = fit.features;
  return (row) => {
    features.fill(0);
    if (first && first.name === null) {
      for (let j = 0; j < featureCount; j++) features[j] = (numberOf(row[j], `value ${j + 1}`) - first.scaler.offset) / first.scaler.factor;
    } else for (const [i, own] of order.entries()) if (own) encodeCell(row[i], own, features);
    for (const { columns, output } of inputs) {
      if (!columns) output.values.set(features.subarray(0, output.width));
      let to = 0;
      for (const name of columns ?? []) {
        const { from, width } = encodings.get(name) ?? { from: 0, width: 0 };
        output.values.set(features.subarray(from, from + width), to);
        to += width;
      }
    }
  };
}

/** Writes a cell's number, or the 1 for its category, into the features. */
function encodeCell(cell: Cell | undefined, { name, words, from, width, fill, scaler }: FeatureFit, features: Float64Array): void {
  if (words) {
    const k = words.indexOf(String(cell));
    if (k < 0) throw new DataProblem(`"${cell}" is not one of the words of ${name}: ${words.slice(0, 8).join(", ")}.`);
    features.fill(0, from, from + width);
    features[from + k] = 1;
    return;
  }
  const value = cell === "" ? fill : numberOf(cell, name ?? "");
  if (Number.isNaN(value)) throw new DataProblem(`The value of ${name} is missing; write \`missing mean\` to fill in gaps.`);
  features[from] = (value - scaler.offset) / scaler.factor;
}

function numberOf(cell: Cell | undefined, what: string): number {
  const value = typeof cell === "number" ? cell : Number.NaN;
  if (Number.isNaN(value))
    throw new DataProblem(`${what} must be a number, but ${cell === undefined ? "it is missing" : `it is "${cell}"`}.`);
  return value;
}

function chosenClass(values: readonly number[], form: TargetForm, labels: readonly string[]): string {
  const boundary = form === "sign" ? 0 : 0.5;
  const chosen =
    values.length === 1 ? Number(values[0] > boundary) : values.reduce((best, value, j) => (value > values[best] ? j : best), 0);
  return labels[chosen];
}
