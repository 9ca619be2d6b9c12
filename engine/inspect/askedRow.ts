/** Answers questions about single rows: the form for writing a row, and the network's values for it, layer by layer. */
import { activations } from "../catalog/activations.ts";
import { targetForm } from "../catalog/losses.ts";
import type { Examples } from "../data/examples.ts";
import { classLabels, type FeatureFit } from "../data/fit.ts";
import { featureNumber } from "../data/ownNumbers.ts";
import { DataProblem } from "../data/problem.ts";
import { type Cell, type OutputReader, outputReaders, predictor } from "../evaluate/predictor.ts";
import { isInput } from "../layerTraits.ts";
import { forwardPass, type Network } from "../network/network.ts";
import { activationOf, type OutputLoss } from "../network/outputLosses.ts";
import { plural, roundedText } from "../numberText.ts";
import type { Learner } from "../training/learner.ts";
import { namesOf, unit } from "../training/unitNames.ts";
import { classReader, truthOf } from "./evaluatedRows.ts";
import type { AnsweredRow, FormCell, LitLayer, Part, RowForm, RowOutput } from "./views.ts";

/** A row of the data by its number from 1, or a row written or drawn by the user. */
export type AskedRow =
  | { readonly by: "number"; readonly row: number }
  | { readonly by: "cells"; readonly cells: readonly string[] }
  | { readonly by: "pixels"; readonly pixels: readonly number[] };

/** The maximum number of cells in a form. A longer form would take too long to fill in. */
const MOST_CELLS = 100;
/** The maximum number of units of an output or a layer to send. */
const MOST_OUTPUTS = 12;
const MOST_UNITS = 1024;
/** The range of an IDX file's pixels. */
const PIXELS = { from: 0, to: 255 } as const;
/** Significant digits of a cell, as in float32. */
const DIGITS = 6;

/** Returns the form of a row: a cell for each column, or an image. */
export function rowForm(examples: Examples): RowForm {
  const { rows, fit, imageShape } = examples;
  const arePixels = fit.features.some(({ name }) => name === null);
  const cells = arePixels || fit.features.length > MOST_CELLS ? [] : fit.features.map((feature) => formCell(feature, examples));
  return { rows, cells, image: imageShape && { height: imageShape[0], width: imageShape[1], ...PIXELS } };
}

function formCell(feature: FeatureFit, examples: Examples): FormCell {
  const { name, words, fill } = feature;
  if (words) return { kind: "words", name: name ?? "", words };
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < examples.rows; row++) {
    const value = featureNumber(examples, row, feature);
    if (value < from) from = value;
    if (value > to) to = value;
  }
  return { kind: "number", name: name ?? "", from, to, canBeEmpty: !Number.isNaN(fill) };
}

/** Returns a function that computes the answer for a row with the network's current weights. It allocates its memory once. */
export function rowAnswerer(learner: Learner): (asked: AskedRow) => Omit<AnsweredRow, "epoch"> {
  const { network, plan, examples } = learner;
  const predict = predictor(network, plan.training.outputs, examples.fit);
  const readers = outputReaders(network, plan.training.outputs, examples.fit);
  const order = network.kernels.allocateIndices(1);
  return (asked) => {
    const known = asked.by === "number" ? loadKnown(learner, asked.row, order) : null;
    if (known) forwardPass(network, "infer");
    else predict(writtenRow(asked, learner));
    requireFinite(network);
    return {
      known,
      ...shownRow(asked, examples),
      outputs: readers.flatMap((reader) => rowOutput(reader, learner, known && known.row - 1)),
      layers: network.steps.map(litLayer),
    };
  };
}

/** Loads a row of the data into the network. Throws a `DataProblem` if there is no such row. */
function loadKnown({ examples, load }: Learner, number: number, order: Uint32Array): NonNullable<AnsweredRow["known"]> {
  const { rows, parts } = examples;
  if (number > rows) throw new DataProblem(`The data have ${plural(rows, "row")}, so there is no row ${number}.`);
  const row = number - 1;
  order[0] = row;
  load(order, 0, 1);
  const part: Part | null = parts.train.includes(row)
    ? "training"
    : parts.validation.includes(row)
      ? "validation"
      : parts.test.includes(row)
        ? "test"
        : null;
  return { row: number, part };
}

/** Returns the cells in the order of the inputs' columns, as the predictor expects. Throws a `DataProblem` if their number is wrong. */
function writtenRow(asked: AskedRow, { network, examples: { fit } }: Learner): readonly Cell[] {
  if (asked.by === "pixels") return asked.pixels;
  const given = asked.by === "cells" ? asked.cells : [];
  if (given.length !== fit.features.length)
    throw new DataProblem(`A row has ${plural(fit.features.length, "cell")}, but there are ${given.length}.`);
  const cells = new Map(fit.features.map(({ name, words }, k) => [name, words ? given[k] : numberCell(given[k])]));
  const named = network.steps.flatMap(({ layer }) => (isInput(layer) ? (layer.columns ?? []) : []));
  return (named.length > 0 ? named : [...cells.keys()]).map((name) => cells.get(name) ?? "");
}

/** Returns a cell's number, or its text if it is not a number: "" is a missing value, and the predictor reports any other text as an error. */
function numberCell(text: string): Cell {
  const written = text.trim().replace("−", "-");
  const value = Number(written);
  return written === "" || Number.isNaN(value) ? written : value;
}

/** Throws a `DataProblem` if a number of the row is too large for the network's precision. */
function requireFinite({ steps }: Network): void {
  for (const { layer, output } of steps)
    if (isInput(layer) && !output.values.subarray(0, output.width).every(Number.isFinite))
      throw new DataProblem("A number of the row is too large for the network.");
}

/** Returns the row as displayed in its form. */
function shownRow(asked: AskedRow, examples: Examples): Pick<AnsweredRow, "cells" | "pixels"> {
  if (asked.by === "cells") return { cells: asked.cells, pixels: null };
  if (asked.by === "pixels") return { cells: [], pixels: asked.pixels };
  const { features, featureCount, fit, imageShape } = examples;
  const row = asked.row - 1;
  const encoded = features.subarray(row * featureCount, (row + 1) * featureCount);
  const [first] = fit.features;
  if (first.name === null)
    return { cells: [], pixels: imageShape && Array.from(encoded, (_, at) => Math.round(featureNumber(examples, row, first, at))) };
  return {
    cells: fit.features.map((feature) =>
      feature.words
        ? (feature.words.find((_, k) => encoded[feature.from + k] === 1) ?? "")
        : roundedText(featureNumber(examples, row, feature), DIGITS),
    ),
    pixels: null,
  };
}

/** Returns an output's result for the row in the batch. `row` is the row's index in the data; null if the row is not in the data. */
function rowOutput(reader: OutputReader, learner: Learner, row: number | null): RowOutput[] {
  const { outputs, examples } = learner;
  const k = outputs.findIndex(({ plan }) => plan.layer === reader.layer);
  const output = outputs[k];
  if (!output) return [];
  const fit = examples.fit.targets[k];
  const { layer, width } = reader;
  const { values, chosen } = reader.read(0);
  if (chosen !== null) {
    const form = targetForm(output.plan.loss.name, activationOf(output.step.layer));
    const classes = classLabels(fit, form, Math.max(2, width));
    const [only = 0] = values;
    const scores = width > 1 ? values : form === "sign" ? [-only, only] : [1 - only, only];
    const truth = row !== null ? (classes[classReader(output)(0).truth] ?? null) : null;
    return [{ kind: "class", layer, classes, scores, areProbabilities: areProbabilities(output), chosen, truth }];
  }
  const names = namesOf(learner, output.step);
  return [
    {
      kind: "numbers",
      layer,
      width,
      values: values.slice(0, MOST_OUTPUTS).map((value, j) => ({
        name: names?.[j] ?? unit(j),
        value,
        truth: row === null ? null : truthOf(examples, output, { k, row, i: 0, j }),
      })),
    },
  ];
}

/** Whether the scores are probabilities: softmax outputs, or a single unit between 0 and 1. */
function areProbabilities({ step: { layer, output } }: OutputLoss): boolean {
  const name = activationOf(layer);
  if (name === undefined) return false;
  const activation = activations[name];
  if (output.width > 1) return "row" in activation;
  const [from, to] = activation.range;
  return !("step" in activation) && from === 0 && to === 1;
}

const litLayer = ({ layer, output }: Network["steps"][number]): LitLayer => ({
  layer: layer.id,
  shape: layer.output,
  values: Array.from(output.values.subarray(0, Math.min(output.width, MOST_UNITS))),
});
