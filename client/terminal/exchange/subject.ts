/** The trained network to export: a run's folder, a weights file or checkpoint, or a `.nn` file, which is trained first. */
import { statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { loadExamples } from "../../../engine/data/examples.ts";
import { type EncodedRows, inventedRows } from "../../../engine/exchange/compare.ts";
import { modelFrom, type TrainedModel } from "../../../engine/exchange/model.ts";
import { untrainedModel } from "../../../engine/exchange/untrained.ts";
import { parametersOf, parseSafetensors, safetensorsFrom } from "../../../engine/files/safetensors.ts";
import { trainedMetadata } from "../../../engine/files/trainedWith.ts";
import type { FileReader } from "../../../engine/host.ts";
import { untrainedModels } from "../../../server/language/untrained.ts";
import { divergenceNotes } from "../../runs/runState.ts";
import { trainedWithOf, weightsFrom } from "../../runs/trainedFile.ts";
import { FileError, findings, type OpenFile, openFile, readerIn, readNamed, requirePlan, UsageError, workingFolder } from "../openFile.ts";
import { trainedSubject } from "../subjects.ts";
import { openTrained } from "../trainedWeights.ts";
import { lastEventIn } from "./tensorboard.ts";

export interface SubjectOptions {
  readonly weights?: string;
  readonly run?: string;
  readonly allow: readonly string[];
}

export interface ExportSubject {
  readonly model: TrainedModel;
  /** Reads the plan's data files. */
  readonly files: FileReader;
  /** The folder that the data's paths are relative to. */
  readonly dataFolder: string;
  /** The folder of a run; undefined for a file. */
  readonly folder: string | undefined;
  /** Whether the file defines how the network is trained and on which data. */
  readonly isTrained: boolean;
  /** Notes about the exported weights. */
  readonly notes: readonly string[];
}

const WEIGHTS = ["weights.safetensors", "checkpoint.safetensors"];

export async function exportSubject(name: string, options: SubjectOptions): Promise<ExportSubject> {
  if (/\.nn$/i.test(name)) return await fromText(name, options);
  if (options.weights !== undefined) throw new UsageError("--weights belongs to a .nn file; name the .nn file, or the weights alone.");
  const path = resolve(workingFolder(), name);
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const own = isFolder ? WEIGHTS.find((file) => statSync(join(path, file), { throwIfNoEntry: false })) : undefined;
  if (isFolder && own === undefined)
    throw new UsageError(`${name} has no ${WEIGHTS.join(" and no ")}, so it is no folder of a training; train with --out first.`);
  const file = own === undefined ? name : join(name, own);
  return {
    model: modelOf(await readNamed(file), file),
    files: readerIn(workingFolder(), options.allow),
    dataFolder: workingFolder(),
    folder: isFolder ? path : undefined,
    isTrained: true,
    notes: WEIGHTS.includes(basename(file)) ? divergenceNotes(await lastEventIn(isFolder ? path : dirname(path))) : [],
  };
}

function modelOf(bytes: Uint8Array, name: string): TrainedModel {
  try {
    const weights = parseSafetensors(weightsFrom(bytes));
    const saved = trainedWithOf(weights.metadata);
    if (!saved)
      throw new Error("it does not say what it was trained with, so name the .nn file instead: nn export FILE.nn --weights WEIGHTS");
    return modelFrom(weights, saved);
  } catch (error) {
    throw new FileError(`${name} can't be exported: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

/** Opens the weights given for a file, or trains it. */
async function fromText(name: string, { weights, run, allow }: SubjectOptions): Promise<ExportSubject> {
  const file = await openFile(name, { allow });
  const options = run === undefined ? {} : { run };
  const own = { files: file.files, dataFolder: dirname(resolve(workingFolder(), name)), folder: undefined, isTrained: true, notes: [] };
  if (file.analysis.trains.length === 0 && weights === undefined) return { ...own, ...untrained(file, run) };
  if (weights !== undefined) {
    const { network, plan, fit } = await openTrained(file, { weights, ...options });
    return { model: { plan, fit, text: file.analysis.text, weights: byName(network) }, ...own };
  }
  const { plan, trained } = await trainedSubject(file, requirePlan(file, run));
  const fit = trained.examples.fit;
  return { model: { plan, fit, text: file.analysis.text, weights: byName(trained.network) }, ...own };
}

/** Returns a model in a file without a `train` block. */
function untrained(file: OpenFile, name: string | undefined): Pick<ExportSubject, "model" | "isTrained" | "notes"> {
  const errors = findings(file, ["error"]);
  if (errors.length > 0) throw new FileError(...errors);
  const models = untrainedModels(file.analysis).flatMap(({ plan }) => plan ?? []);
  const found = name === undefined && models.length === 1 ? models[0] : models.find(({ network }) => network.name === name);
  if (!found) {
    const names = models.map(({ network }) => network.name).join(", ");
    throw new UsageError(
      models.length === 0
        ? `${file.name} has no model with an input and a layer.`
        : `${file.name} has several models; say which with --run: ${names}.`,
    );
  }
  const isDrawn = found.network.layers.some(({ parameters }) => parameters.some(({ start }) => start.kind !== "values"));
  const model = untrainedModel(found, file.analysis.text);
  return {
    model,
    isTrained: false,
    notes: [
      `${file.name} has no \`train\` block, so ${found.network.name} is exported untrained, with ${isDrawn ? `the start weights of seed ${model.plan.training.seed}` : "the weights that the file writes"}.`,
    ],
  };
}

const byName = (network: Parameters<typeof parametersOf>[0]): TrainedModel["weights"] =>
  new Map(parametersOf(network).map((tensor) => [tensor.name, { ...tensor, values: tensor.values.slice() }]));

/** Returns the weights as a safetensors file with their training facts. */
export const safetensorsOf = (model: TrainedModel): Uint8Array => safetensorsFrom([...model.weights.values()], trainedMetadata(model));

/** The number of rows on which an export is compared with the engine. */
const COMPARED = 32;

/** Returns the first rows of the data with their own numbers, or generated rows if the data can't be read. */
export async function comparedRows(
  { model: { plan, fit }, files, isTrained }: ExportSubject,
  most = COMPARED,
): Promise<EncodedRows & { readonly own?: ArrayLike<number> | undefined; readonly invented?: string }> {
  if (!isTrained) return { ...inventedRows(fit, COMPARED), invented: "the file names none" };
  try {
    const { features, featureCount, rows, own } = await loadExamples(plan, files, "float64", { fit, own: "retained" });
    const count = Math.min(rows, most);
    return { count, featureCount, features: Float64Array.from(features.subarray(0, count * featureCount)), own: own?.features };
  } catch (error) {
    return { ...inventedRows(fit, COMPARED), invented: error instanceof Error ? error.message : String(error) };
  }
}
