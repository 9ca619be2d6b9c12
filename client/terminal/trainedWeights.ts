/** Opens weights with the plan and fit of their training, and reports differences from the current file and its data. */
import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadExamples } from "../../engine/data/examples.ts";
import type { DataFit } from "../../engine/data/fit.ts";
import { DataProblem } from "../../engine/data/problem.ts";
import { loadParameters, parseSafetensors, type Safetensors } from "../../engine/files/safetensors.ts";
import type { TrainedWith } from "../../engine/files/trainedWith.ts";
import { compile, type Precision } from "../../engine/network/compile.ts";
import type { Network } from "../../engine/network/network.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { plainText } from "../../engine/safeText.ts";
import { trainedWithOf } from "../runs/trainedFile.ts";
import { FileError, findings, type OpenFile, readNamed, requirePlan, workingFolder } from "./openFile.ts";
import { planChanges, shapeChanges } from "./planChanges.ts";

/** A trained network, with the plan and fit that encode its rows. */
export interface TrainedNetwork {
  readonly network: Network;
  readonly precision: Precision;
  readonly plan: TrainingPlan;
  readonly fit: DataFit;
}

export interface WeightsOptions {
  /** The name of a weights file or of its folder. */
  readonly weights: string;
  readonly run?: string;
}

/** The number of rows computed at once. */
const CAPACITY = 256;

/**
 * Returns the network of a weights file. It uses the saved plan and fit, and reports each difference from the current file once on standard
 * error. Throws `FileError` if the weights can't be used or don't match the file's layers.
 */
export async function openTrained(file: OpenFile, { weights: name, run }: WeightsOptions): Promise<TrainedNetwork> {
  const weights = weightsFile(name);
  const bytes = await readNamed(weights);
  const { parsed, saved } = orRefuse(weights, () => {
    const safetensors = parseSafetensors(bytes);
    return { parsed: safetensors, saved: trainedWithOf(safetensors.metadata) };
  });
  if (!saved) return await openOlder(file, parsed, { weights, ...(run !== undefined && { run }) });
  const { plan, fit } = saved;
  const disagreement = await disagreementOf(file, saved, weights, run);
  const network = loaded(plan, parsed, weights);
  if (disagreement.length > 0) process.stderr.write(`${disagreement.map(plainText).join("\n")}\n`);
  return { network, precision: precisionOf(parsed), plan, fit };
}

/** Returns the name of the weights file in a `nn train --out` folder. A file's name is returned unchanged. */
function weightsFile(name: string): string {
  const isFolder = statSync(resolve(workingFolder(), name), { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? join(name, "weights.safetensors") : name;
}

/** Opens weights without a fit, from an older version or another program. */
async function openOlder(file: OpenFile, parsed: Safetensors, { weights, run }: WeightsOptions): Promise<TrainedNetwork> {
  const { plan } = requirePlan(file, run);
  const network = loaded(plan, parsed, weights);
  const precision = precisionOf(parsed);
  const { fit } = await loadExamples(plan, file.files, precision).catch((error: unknown) => {
    throw error instanceof DataProblem ? new FileError(error.message) : error;
  });
  const warning = `${weights} has no fit of its data, so scales, words and classes are fitted anew to the data of ${file.name}; train again to save them with the weights.`;
  process.stderr.write(`${plainText(warning)}\n`);
  return { network, precision, plan, fit };
}

function loaded(plan: TrainingPlan, parsed: Safetensors, weights: string): Network {
  const network = compile(plan.network, { precision: precisionOf(parsed), capacity: CAPACITY });
  orRefuse(weights, () => loadParameters(network, parsed));
  for (const { layer, planned, values } of network.parameters)
    if (!values.every(Number.isFinite))
      throw new FileError(`${weights} can't be used: its ${layer.id}/${planned.name} has values that are not finite numbers.`);
  return network;
}

const precisionOf = ({ tensors }: Safetensors): Precision =>
  [...tensors.values()].some(({ values }) => values.BYTES_PER_ELEMENT === 8) ? "float64" : "float32";

function orRefuse<T>(weights: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new FileError(`${weights} can't be used: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

/** Returns the differences of the current file and its data from the training's, one per line; none if they agree. */
async function disagreementOf(file: OpenFile, saved: TrainedWith, weights: string, run: string | undefined): Promise<string[]> {
  const now = presentPlan(file, saved.plan, run);
  if (!now) {
    const [error = `${file.name} has no training named ${run ?? saved.plan.training.run}.`] = findings(file, ["error"]);
    return [error, `The plan saved with ${weights} is used.`];
  }
  const shapes = shapeChanges(saved.plan.network, now.network);
  if (shapes.length > 0)
    throw new FileError(
      `${file.name} has other layers than ${weights}: ${shapes.slice(0, 3).join("; ")}; train again, or name the .nn file that trained them.`,
    );
  const changes = planChanges(saved.plan, now);
  if (changes.length > 0)
    return [`${file.name} differs from what ${weights} was trained with: ${changes.join("; ")}. What is saved with the weights is used.`];
  return await dataChanges(file, saved, now.data, weights);
}

const presentPlan = (file: OpenFile, saved: TrainingPlan, run: string | undefined): TrainingPlan | undefined =>
  run === undefined ? file.analysis.plans[trainingOf(file, saved)]?.plan : requirePlan(file, run).plan;

/** Returns the index of the file's training with the same name as the weights' training, or of the only one; -1 if there is none. */
export function trainingOf({ analysis: { trains } }: OpenFile, saved: TrainingPlan): number {
  const at = trains.findIndex(({ node, model }) => (node.label?.text ?? model?.name) === saved.training.run);
  return at < 0 && trains.length === 1 ? 0 : at;
}

/** Returns how the fit of the current data would differ, or why the saved fit can't encode them. */
async function dataChanges(
  file: OpenFile,
  { plan, fit }: TrainedWith,
  { source, ownSources }: TrainingPlan["data"],
  weights: string,
): Promise<string[]> {
  const since = `The data of ${file.name} changed since ${weights} was trained`;
  try {
    const { changes } = await loadExamples({ ...plan, data: { ...plan.data, source, ownSources } }, file.files, "float64", { fit });
    return changes.length > 0 ? [`${since}: ${changes.join("; ")}. The saved fit is used.`] : [];
  } catch (error) {
    if (!(error instanceof DataProblem)) throw error;
    return [`${since}: ${error.message.replace(/\.$/, "")}. The saved fit is used.`];
  }
}
