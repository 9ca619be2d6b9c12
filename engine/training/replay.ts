/**
 * Repeats a training from one of its states to a later epoch, with the same bits: an epoch depends only on the state before it and on its number. An
 * inspector uses this to get the weights of epochs that were not recorded.
 */
import type { TrainingEventOf } from "../events.ts";
import type { Recording } from "../kernels/kernels.ts";
import { type EpochResult, measure, trainEpoch } from "./epoch.ts";
import type { Learner } from "./learner.ts";
import { observeEpoch } from "./optimizers.ts";
import { trainEpochAtOnce, trainRecordedEpoch } from "./recordedEpoch.ts";

export interface Replayer {
  /**
   * Trains the epoch, starting from the previous epoch's state. Calls `onTrained` while the network has the values of the epoch's last mini-batch.
   * Throws an Error if the training diverged in the epoch.
   */
  readonly train: (epoch: number, onTrained?: () => void) => Promise<void>;
}

const never = async (): Promise<boolean> => false;

export function replayer(full: Learner, recording: Recording | undefined): Replayer {
  // Only a schedule that monitors a value depends on the metrics.
  const observesEpochs = full.optimizer.plateau !== null;
  const learner: Learner = observesEpochs ? full : { ...full, metrics: [] };
  const trained = async (epoch: number): Promise<EpochResult> => {
    if (!recording) return await trainEpoch(learner, epoch, never, undefined);
    return trainEpochAtOnce(learner, recording, epoch) ?? (await trainRecordedEpoch(learner, recording, epoch, never, undefined));
  };
  return {
    async train(epoch, onTrained) {
      const result = await trained(epoch);
      if (result.kind !== "done") throw new Error(`the training diverged in epoch ${epoch}`);
      onTrained?.();
      learner.recorder.take();
      if (observesEpochs) observeEpoch(learner.plan.training, learner.optimizer, await eventOf(learner, epoch, result));
    },
  };
}

/** Returns the epoch's event with the values that a schedule can monitor. */
async function eventOf(
  learner: Learner,
  epoch: number,
  { loss, learningRate }: Extract<EpochResult, { kind: "done" }>,
): Promise<TrainingEventOf<"epoch">> {
  const metrics = Object.fromEntries(learner.metrics.map((metric) => [metric.name, metric.take()]));
  const measured = learner.validation.length > 0 ? await measure(learner, learner.validation, learner.validationMetrics, never) : undefined;
  const ofValidation = Object.entries(measured?.metrics ?? {}).map(([name, value]) => [`val_${name}`, value] as const);
  return {
    kind: "epoch",
    epoch,
    loss,
    valLoss: measured?.loss ?? null,
    metrics: { ...metrics, ...Object.fromEntries(ofValidation) },
    learningRate,
    seconds: 0,
    layers: [],
  };
}
