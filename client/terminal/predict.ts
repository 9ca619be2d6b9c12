/** `nn predict`: prints a trained network's predictions for the rows of a CSV file or the images of an IDX file. */
import Papa from "papaparse";
import { DataProblem } from "../../engine/data/problem.ts";
import { type OutputReader, outputReaders } from "../../engine/evaluate/predictor.ts";
import { forwardPass } from "../../engine/network/network.ts";
import { plural } from "../../engine/numberText.ts";
import { plainText } from "../../engine/safeText.ts";
import { batchLoader } from "../../engine/training/batches.ts";
import { FileError, openFile } from "./openFile.ts";
import { type RowsToPredict, rowsToPredict } from "./predictRows.ts";
import { openTrained, type TrainedNetwork } from "./trainedWeights.ts";

export interface PredictOptions {
  readonly weights: string;
  readonly data: string;
  readonly run?: string;
  readonly json?: boolean;
  readonly allow: readonly string[];
}

export async function predict(name: string, options: PredictOptions): Promise<void> {
  const trained = await openTrained(await openFile(name, { allow: options.allow }), options);
  const { network, plan, fit } = trained;
  try {
    const rows = await rowsToPredict(options.data, { plan, fit, allocate: network.kernels.allocate });
    const table = predictionsOf(trained, rows);
    process.stdout.write(`${options.json ? jsonOf(table) : csvOf(table)}\n`);
    if (rows.dropped.size > 0) process.stderr.write(`${plainText(droppedText(options.data, rows))}\n`);
  } catch (error) {
    throw error instanceof DataProblem ? new FileError(error.message) : error;
  }
}

type Value = string | number | null;

interface Predictions {
  readonly titles: readonly string[];
  /** A row without a prediction has null in each column. */
  readonly rows: readonly (readonly Value[])[];
}

function predictionsOf({ network, plan, fit }: TrainedNetwork, rows: RowsToPredict): Predictions {
  const { features, featureCount, dropped, place } = rows;
  const readers = outputReaders(network, plan.training.outputs, fit);
  const titles = readers.flatMap((reader, k) => titlesOf(reader, k, { network, fit }));
  const load = batchLoader(network, [], { features, featureCount, fit, targets: [] });
  const order = network.kernels.allocateIndices(rows.rows);
  for (let row = 0; row < rows.rows; row++) order[row] = row;
  const predicted: (readonly Value[])[] = [];
  for (let from = 0; from < rows.rows; from += network.capacity) {
    const count = Math.min(network.capacity, rows.rows - from);
    load(order, from, count);
    forwardPass(network, "infer");
    for (let i = 0; i < count; i++)
      predicted.push(dropped.has(from + i) ? titles.map(() => null) : readers.flatMap((reader) => cellsOf(reader, i, place(from + i))));
  }
  return { titles, rows: predicted };
}

const jsonOf = ({ titles, rows }: Predictions): string =>
  JSON.stringify(rows.map((row) => Object.fromEntries(titles.map((title, k) => [title, row[k]]))));

/**
 * Returns the predictions as CSV. Control characters in texts are escaped for terminals; JSON has the original texts. An empty cell in the
 * only column is quoted, since readers skip blank lines and the following rows would no longer match the data.
 */
function csvOf({ titles, rows }: Predictions): string {
  const data = rows.map((row) => row.map((value) => (typeof value === "number" ? value : plainText(value ?? ""))));
  const quotes = (value: unknown): boolean => titles.length === 1 && value === "";
  return Papa.unparse({ fields: titles.map(plainText), data }, { newline: "\n", quotes });
}

/** Returns the class and the score of each class, or the numbers. Throws `DataProblem` if one is not finite. */
function cellsOf(reader: OutputReader, row: number, place: string): Value[] {
  const { values, chosen } = reader.read(row);
  if (!values.every(Number.isFinite))
    throw new DataProblem(
      `${place}: the network's output ${reader.layer} overflows (${values.join(", ")}), so there is no prediction; correct the row's largest numbers.`,
    );
  return chosen === null ? [...values] : [chosen, ...values];
}

/** Returns the column names of an output: the target's, and `score` or `score_CLASS`. */
function titlesOf({ layer, width, isClass }: OutputReader, k: number, { network, fit }: Pick<TrainedNetwork, "network" | "fit">): string[] {
  const { columns = [], classes = null } = fit.targets[k] ?? {};
  const title = (name: string): string => (network.plan.outputs.length > 1 ? `${layer}_${name}` : name);
  const units = Array.from({ length: width }, (_, j) => j);
  if (!isClass) return units.map((j) => title(columns[j] ?? `y${j + 1}`));
  const scores = width === 1 ? ["score"] : units.map((j) => `score_${classes?.[j] ?? j}`);
  return [title(columns[0] ?? "class"), ...scores.map(title)];
}

function droppedText(name: string, { dropped, place }: RowsToPredict): string {
  const [one, ...others] = [...dropped].map((row) => place(row).slice(name.length + 2));
  const more = others.length > 2 ? `${others.slice(0, 2).join(", ")} and ${others.length - 2} more` : others.join(", ");
  return `${plural(dropped.size, "row")} of ${name} ${dropped.size === 1 ? "has" : "have"} a missing value and no prediction, as \`missing drop\` left such rows out of the training: ${[one, ...(more ? [more] : [])].join(", ")}.`;
}
