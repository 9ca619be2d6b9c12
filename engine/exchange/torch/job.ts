/**
 * A training as a project for PyTorch: the network as a script, its start weights, and the data as the network reads them: encoded, scaled
 * and split. The rest of the project is the same for every training (python/job).
 */
import { type Examples, loadExamples } from "../../data/examples.ts";
import type { TrainingEventOf } from "../../events.ts";
import { type NamedTensor, parametersOf, safetensorsFrom } from "../../files/safetensors.ts";
import { trainedMetadata } from "../../files/trainedWith.ts";
import type { FileReader } from "../../host.ts";
import type { Precision } from "../../network/compile.ts";
import type { PlannedKind, TrainingPlan } from "../../plan.ts";
import { learnerFor } from "../../training/learner.ts";
import { adaptNormalizers } from "../../training/normalizers.ts";
import { hashedFiles, originMetadata, planHash } from "../../training/origin.ts";
import { startedEvent } from "../../training/startedEvent.ts";
import { readStart } from "../../training/startWeights.ts";
import type { Renamed } from "../model.ts";
import { networkScript } from "./network.ts";

export interface TorchJob {
  readonly network: string;
  /** The start weights, with the plan, the fit of the data and the text in their metadata. */
  readonly start: Uint8Array;
  readonly data: Uint8Array;
  /** The first event of the training. */
  readonly started: TrainingEventOf<"started">;
  readonly renamed: readonly Renamed[];
  /** Sentences for the user: what can't be the same in PyTorch. */
  readonly notes: readonly string[];
}

export interface JobOptions {
  readonly files: FileReader;
  readonly text: string | null;
  readonly precision: Precision;
}

/** Returns the job of a plan. Throws `DataProblem` if the data can't be used. */
export async function torchJob(plan: TrainingPlan, { files, text, precision }: JobOptions): Promise<TorchJob> {
  const { files: read, hashOf } = hashedFiles(files);
  const examples = await loadExamples(plan, read, precision);
  const start = await readStart(plan, read);
  const learner = learnerFor(plan, examples, { precision, start });
  await adaptNormalizers(learner.network, learner.load, examples.parts.train, async () => false);
  const origin = { plan: await planHash(plan), data: await hashOf(plan.data) };
  const { text: network, renamed } = networkScript(plan, examples.fit);
  const metadata = { ...trainedMetadata({ plan, fit: examples.fit, text }), ...originMetadata(origin), epoch: "0" };
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

/** The layers that draw random numbers. */
const DRAWS: { readonly [K in PlannedKind]?: string } = { dropout: "drops by", gaussian_noise: "adds" };

/** Returns the data as tensors. Row numbers are exact in float64, the only number type of ours that holds them. */
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
