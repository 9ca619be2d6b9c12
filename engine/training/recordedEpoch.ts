/** Trains an epoch from a recording: the work of epoch.ts, recorded once and executed for many mini-batches at a time. */
import { canRecord, type Recording, updateRate } from "../kernels/kernels.ts";
import { isPenalized } from "../layerTraits.ts";
import { multiplicationsOf } from "../network/work.ts";
import type { PlannedKind } from "../plan.ts";
import { type Diverged, firstNonFiniteValue, nonFiniteGradient } from "./divergence.ts";
import { type EpochResult, FIRST_LOSS_ROWS, sampleStride } from "./epoch.ts";
import { beginEpoch, type Learner } from "./learner.ts";
import { weightOfFirst } from "./lossParts.ts";
import { isClipped, learningRateAt } from "./optimizers.ts";
import { trainingStep } from "./step.ts";

/** Whether a layer's work consists only of kernel calls, so that a recording contains all of it. */
const IS_RECORDED: { readonly [K in PlannedKind]: boolean } = {
  input: true,
  dense: true,
  activation: true,
  neuron: false,
  flatten: true,
  reshape: true,
  dropout: false,
  batch_norm: false,
  layer_norm: false,
  normalize: false,
  concat: false,
  add: true,
  multiply: false,
  subtract: true,
  average: true,
  maximum: false,
  minimum: false,
  gaussian_noise: false,
  prelu: false,
};
/** The number of multiplications in one call: about 5 ms. */
const CALL_MULTIPLICATIONS = 1e8;

/** Records a training step. Returns undefined if part of it is not a kernel call; epoch.ts then trains batch by batch. */
export function recordTrainingStep(learner: Learner): Recording | undefined {
  const { plan, network, outputs, recorder, optimizer, order, batchSize } = learner;
  const { kernels } = network;
  const { training } = plan;
  const rows = network.capacity;
  const isPlain =
    plan.network.layers.every((layer) => IS_RECORDED[layer.kind] && !isPenalized(layer)) &&
    outputs.every(({ isCompiled }) => isCompiled) &&
    !isClipped(training.clip) &&
    // A recording stores AdamW's decay factor as a constant, but the factor depends on the learning rate.
    !(training.optimizer.name === "adamw" && typeof training.learningRate !== "number");
  if (!canRecord(kernels) || !isPlain || batchSize > rows || !kernels.update(training.optimizer)) return undefined;
  const { step } = optimizer;
  const recording = kernels.record(rows, () => {
    for (const { at } of trainingStep(learner, { order, from: 0, rows, mode: "train" })) {
      if (at === "output error") recorder.countZeros();
      else if (at === "gradient") recorder.record();
    }
  });
  // Recording computes nothing, so reset the step counter and the statistics.
  recorder.take();
  optimizer.step = step;
  return recording;
}

/**
 * Trains an epoch synchronously, because a promise takes longer than an epoch of a small network. Returns undefined and changes nothing if the epoch
 * needs breaks or has metrics, which read the outputs of every batch.
 */
export function trainEpochAtOnce(learner: Learner, recording: Recording, epoch: number): EpochResult | undefined {
  const { plan, recorder, optimizer, order, batches, metrics } = learner;
  if (metrics.length > 0 || batches * multiplications(learner) > CALL_MULTIPLICATIONS) return undefined;
  const { training } = plan;
  beginEpoch(learner, epoch);
  const first = optimizer.step;
  const rateOf = (batch: number): number =>
    updateRate(training.optimizer, learningRateAt(training, optimizer, first + batch), first + batch + 1);
  let lossSum = 0;
  // The last batch runs by itself, because its update is measured.
  for (let batch = 0; batch < batches; ) {
    const isLast = batch === batches - 1;
    if (isLast) recorder.saveWeights();
    const run = runBatches(learner, recording, batch, isLast ? 1 : batches - 1 - batch, rateOf);
    batch += run.done;
    lossSum += run.lossSum;
    if (!run.allFinite) return divergenceIn(learner, batch, lossSum);
  }
  return { kind: "done", loss: lossSum / order.length, learningRate: learningRateAt(training, optimizer, first + batches - 1) };
}

/** Runs at most `count` batches, starting with `batch`. Afterwards, the network contains the last batch's outputs. */
export function runBatches(
  learner: Learner,
  recording: Recording,
  batch: number,
  count: number,
  rateOf: (batch: number) => number,
): ReturnType<Recording["run"]> {
  const { network, order, batchSize, batches, optimizer, recorder } = learner;
  const stride = sampleStride(batches);
  const run = recording.run(order, batchSize, batch, count, stride, rateOf);
  const end = batch + run.done;
  const rows = Math.min(end * batchSize, order.length);
  network.batch.rows = rows - (end - 1) * batchSize;
  if (!run.allFinite) return run;
  optimizer.step += run.done;
  const sampled = Math.floor(end / stride) - Math.floor(batch / stride) + Number(end === batches && end % stride > 0);
  const short = end === batches ? batches * batchSize - order.length : 0;
  recorder.addSampled(sampled, sampled * batchSize - short);
  return run;
}

/** Returns the approximate number of multiplications of a mini-batch's training step. */
export const multiplications = ({ plan, batchSize }: Learner): number =>
  3 * batchSize * plan.network.layers.reduce((sum, layer) => sum + multiplicationsOf(layer) + 10, 0);

/** Returns the first non-finite value of a batch that diverged. `batch` counts from 1. */
export function divergenceIn({ network, recorder }: Learner, batch: number, loss: number): Diverged {
  const layer = recorder.firstNonFiniteLayer();
  if (!Number.isFinite(loss) || layer === undefined)
    return { kind: "diverged", batch, first: firstNonFiniteValue(network, Number.isFinite(loss) ? Number.NaN : loss) };
  return { kind: "diverged", batch, first: nonFiniteGradient(layer) };
}

/** Trains an epoch with breaks between its calls. Calls `firstLoss` with the loss of the first rows. */
export async function trainRecordedEpoch(
  learner: Learner,
  recording: Recording,
  epoch: number,
  halt: () => Promise<boolean>,
  firstLoss: ((loss: number) => void) | undefined,
): Promise<EpochResult> {
  const { plan, network, recorder, optimizer, order, batchSize, batches, metrics } = learner;
  const { training } = plan;
  beginEpoch(learner, epoch);
  const maxBatches = Math.max(1, Math.floor(CALL_MULTIPLICATIONS / multiplications(learner)));
  const first = optimizer.step;
  let learningRate = 0;
  const rateOf = (batch: number): number => {
    learningRate = learningRateAt(training, optimizer, first + batch);
    return updateRate(training.optimizer, learningRate, first + batch + 1);
  };
  let reportFirst = firstLoss;
  let lossSum = 0;
  for (let batch = 0; batch < batches; ) {
    if (await halt()) return { kind: "stopped" };
    // The last batch runs by itself, because its update is measured. With metrics, every batch does, because they read its outputs.
    const isAlone = reportFirst !== undefined || metrics.length > 0 || batch === batches - 1;
    if (batch === batches - 1) recorder.saveWeights();
    const run = runBatches(learner, recording, batch, isAlone ? 1 : Math.min(maxBatches, batches - 1 - batch), rateOf);
    batch += run.done;
    lossSum += run.lossSum;
    if (!run.allFinite) return divergenceIn(learner, batch, lossSum);
    for (const metric of metrics) metric.add(network.batch.rows);
    const rows = Math.min(batch * batchSize, order.length);
    if (reportFirst && (rows >= FIRST_LOSS_ROWS || batch === batches)) {
      reportFirst(lossSum / weightOfFirst(learner, rows));
      reportFirst = undefined;
    }
  }
  return { kind: "done", loss: lossSum / order.length, learningRate };
}
