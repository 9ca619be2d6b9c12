/**
 * Writes a training as a PyTorch project: the network as a script, its initial weights, and the network's encoded, scaled and split data. The other
 * files are the same for every training (python/job).
 */
import type { Examples } from "../../data/examples.ts";
import { DataProblem } from "../../data/problem.ts";
import type { TrainingEventOf } from "../../events.ts";
import { MOST_HEADER, type NamedTensor, parametersOf, safetensorsFrom } from "../../files/safetensors.ts";
import { trainedMetadata } from "../../files/trainedWith.ts";
import type { FileReader, TrainingHost } from "../../host.ts";
import type { Precision } from "../../network/compile.ts";
import type { PlannedKind, TrainingPlan } from "../../plan.ts";
import { type Learner, learnerFor } from "../../training/learner.ts";
import { loadTraining } from "../../training/loading.ts";
import { adaptNormalizers } from "../../training/normalizers.ts";
import { type Origin, originMetadata } from "../../training/origin.ts";
import { startedEvent } from "../../training/startedEvent.ts";
import type { Renamed } from "../model.ts";
import { networkScript } from "./network.ts";

export interface TorchJob {
  readonly network: string;
  /** The initial weights. Their metadata contains the plan, the fit of the data and the text. */
  readonly start: Uint8Array;
  readonly data: Uint8Array;
  /** The first event of the training. */
  readonly started: TrainingEventOf<"started">;
  readonly renamed: readonly Renamed[];
  /** Sentences for the user about differences in PyTorch. */
  readonly notes: readonly string[];
}

export interface JobOptions {
  readonly files: FileReader;
  readonly text: string | null;
  readonly precision: Precision;
}

const NO_HOST: TrainingHost = { now: () => 0, rest: async () => "go" };

/** Returns the job of a plan. Throws `DataProblem` if the data can't be used. */
export async function torchJob(plan: TrainingPlan, { files, text, precision }: JobOptions): Promise<TorchJob> {
  const { examples, start, origin } = await loadTraining(plan, { files, precision, host: NO_HOST, emit: () => undefined });
  const learner = learnerFor(plan, examples, { precision, start });
  await adaptNormalizers(learner.network, learner.load, examples.parts.train, async () => false);
  return jobOf(learner, { text, precision, origin });
}

/** Returns the job of a learner. It starts with the learner's weights. */
export function jobOf(learner: Learner, { text, precision, origin }: Omit<JobOptions, "files"> & { readonly origin: Origin }): TorchJob {
  const { plan, examples } = learner;
  const metadata = { ...trainedMetadata({ plan, fit: examples.fit, text }), ...originMetadata(origin), epoch: "0" };
  requireSmall(plan, metadata);
  const { text: network, renamed } = networkScript(plan, examples.fit);
  return {
    network,
    start: safetensorsFrom(parametersOf(learner.network), metadata),
    data: safetensorsFrom(tensorsOf(examples)),
    started: startedEvent(learner, { precision, loadSeconds: 0, origin }),
    renamed,
    notes: plan.network.layers.flatMap(({ id, kind }) => {
      const why = DRAWS[kind];
      return why === undefined ? [] : [`${id} ${why} other random numbers in PyTorch, so its training differs from that of nn train.`];
    }),
  };
}

/** Throws `DataProblem` if the rows in the `.nn` file exceed the header of a weights file, with some room for the tensors' names. */
function requireSmall({ data }: TrainingPlan, metadata: Readonly<Record<string, string>>): void {
  const bytes = Object.values(metadata).reduce((sum, value) => sum + JSON.stringify(value).length, 0);
  if (bytes < 0.9 * MOST_HEADER) return;
  throw new DataProblem(
    `The rows in the file take ${Math.round(bytes / 1e6)} MB in a weights file, which holds at most ${Math.round((0.9 * MOST_HEADER) / 1e6)} MB besides the weights. Move the rows of ${data.name} into a CSV file.`,
  );
}

/** The layers that use random numbers. */
const DRAWS: { readonly [K in PlannedKind]?: string } = { dropout: "drops by", gaussian_noise: "adds" };

/** Returns the data as tensors. Row numbers are float64, the only tensor type here that stores them exactly. */
function tensorsOf({ rows, features, featureCount, targets, parts }: Examples): NamedTensor[] {
  const matrix = (name: string, values: NamedTensor["values"]): NamedTensor => ({ name, shape: [rows, values.length / rows], values });
  return [
    { name: "features", shape: [rows, featureCount], values: features },
    ...targets.flatMap(({ values, weights }, k) => [matrix(`target_${k}`, values), ...(weights ? [matrix(`weight_${k}`, weights)] : [])]),
    ...(["train", "validation", "test"] as const).map((name) => ({
      name,
      shape: [parts[name].length],
      values: Float64Array.from(parts[name]),
    })),
  ];
}
