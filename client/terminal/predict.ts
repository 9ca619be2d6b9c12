/** `nn predict`: prints a trained network's predictions for the rows of a CSV file. */
import { resolve } from "node:path";
import Papa from "papaparse";
import { cellRules } from "../../engine/data/cells.ts";
import { parseCsv } from "../../engine/data/csv.ts";
import { CSV_FORMAT } from "../../engine/data/csvFormat.ts";
import { loadExamples } from "../../engine/data/examples.ts";
import { classesOf } from "../../engine/data/fit.ts";
import { DataProblem } from "../../engine/data/problem.ts";
import { type Cell, type Prediction, predictor } from "../../engine/evaluate/expectations.ts";
import { loadParameters, parseSafetensors } from "../../engine/files/safetensors.ts";
import { isInput } from "../../engine/layerTraits.ts";
import { compile } from "../../engine/network/compile.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { plainText } from "../../engine/safeText.ts";
import { unreadableMessage } from "../../server/locate.ts";
import { readRegular } from "../../server/regularFiles.ts";
import { FileError, openFile, requirePlan, UsageError, workingFolder } from "./openFile.ts";

export interface PredictOptions {
  readonly weights: string;
  readonly data: string;
  readonly run?: string;
  readonly json?: boolean;
  readonly allow: readonly string[];
}

export async function predict(name: string, options: PredictOptions): Promise<void> {
  const file = await openFile(name, options.allow);
  const { plan } = requirePlan(file, options.run);
  const network = compile(plan.network, { precision: "float32", capacity: 1 });
  try {
    loadParameters(network, parseSafetensors(new Uint8Array(await bytesOf(options.weights))));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new FileError(`${options.weights} can't be used: ${error instanceof Error ? error.message : String(error)}.`);
  }
  try {
    // The scaling of new rows and the names of the classes come from the training data.
    const { fit } = await loadExamples(plan, file.files, "float32");
    const predictRow = predictor(network, plan.training.outputs, fit);
    const rows = await rowsOf(options.data, plan);
    const records = rows.map((row) => record(predictRow(row), plan, classesOf(fit) ?? []));
    process.stdout.write(`${options.json ? JSON.stringify(records.map((entries) => Object.fromEntries(entries))) : csvOf(records)}\n`);
  } catch (error) {
    throw error instanceof DataProblem ? new FileError(error.message) : error;
  }
}

async function bytesOf(name: string): Promise<Buffer> {
  return await readRegular(resolve(workingFolder(), name)).catch((error: unknown) => {
    throw new UsageError(unreadableMessage(name, error));
  });
}

/** Returns each row's features in the order of the network's inputs. Other columns are left out. */
async function rowsOf(name: string, { data, network }: TrainingPlan): Promise<Cell[][]> {
  const format = { ...(data.source.kind === "csv" ? data.source : CSV_FORMAT), header: true };
  const { number: numberFrom } = cellRules(format);
  const { columns, rows, rowNumber } = parseCsv(new Uint8Array(await bytesOf(name)), format, name);
  const named = network.layers.flatMap((layer) => (isInput(layer) && layer.columns ? layer.columns : []));
  const wanted = named.length > 0 ? named : (data.features ?? columns);
  const at = wanted.map((column) => {
    const k = columns.indexOf(column);
    if (k < 0) throw new DataProblem(`${name} has no column "${column}", which the network takes; it has ${columns.join(", ")}.`);
    return k;
  });
  const words = new Set(data.oneHot.map(({ column }) => column));
  return rows.map((row, i) =>
    at.map((k, j) => {
      const cell = (row[k] ?? "").trim();
      if (words.has(wanted[j] ?? "") || cell === "") return cell;
      const value = numberFrom(cell);
      if (value === undefined)
        throw new DataProblem(`${name}, row ${rowNumber(i)}, column ${wanted[j]}: "${cell.slice(0, 40)}" is not a number.`);
      return value;
    }),
  );
}

/** The fields of a prediction, with their names. */
type PredictionRecord = readonly (readonly [name: string, value: string | number])[];

/** Returns the predicted class with the score of each class, or the predicted numbers by the names of their columns. */
function record({ outputs }: Prediction, { data, training }: TrainingPlan, classes: readonly string[]): PredictionRecord {
  const several = outputs.length > 1;
  return outputs.flatMap(({ layer, values, chosen }, k): PredictionRecord => {
    const [from, to] = training.outputs[k]?.target ?? [0, 1];
    const targets = data.target.slice(from, to);
    const title = (name: string): string => (several ? `${layer}_${name}` : name);
    if (chosen === null) return values.map((value, j) => [title(targets[j] ?? `y${j + 1}`), value]);
    const nameOf = (j: number): string => (values.length === 1 ? "score" : `score_${classes[j] ?? j}`);
    return [[title(targets[0] ?? "class"), chosen], ...values.map((value, j) => [title(nameOf(j)), value] as const)];
  });
}

/** Returns the records as CSV. Terminals show it, so controls in its texts are escaped; JSON has the texts as they are. */
function csvOf(records: readonly PredictionRecord[]): string {
  const shown = (value: string | number): string | number => (typeof value === "string" ? plainText(value) : value);
  const fields = records[0]?.map(([name]) => plainText(name)) ?? [];
  return Papa.unparse({ fields, data: records.map((entries) => entries.map(([, value]) => shown(value))) }, { newline: "\n" });
}
