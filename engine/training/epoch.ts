/**
 * Trains one epoch batch by batch: a training step on each mini-batch, with its statistics. Also evaluates the loss and metrics of rows without
 * training.
 */

import type { MeasuredPart } from "../events.ts";
import { type Diverged, firstNonFiniteValue, nonFiniteGradient } from "./divergence.ts";
import { beginEpoch, type Learner } from "./learner.ts";
import { weightOfFirst } from "./lossParts.ts";
import type { RunningMetric } from "./metrics.ts";
import { learningRateAt } from "./optimizers.ts";
import { type Evaluated, lossStep, trainingStep } from "./step.ts";

/** The minimum number of rows in the loss that is compared with chance (NN608). */
export const FIRST_LOSS_ROWS = 16;

/**
 * Gradient statistics are sampled from every `sampleStride`-th batch of an epoch, and always from the last. Up to 63 batches are all sampled; of
 * more, 32 to 48 are sampled.
 */
export const sampleStride = (batches: number): number => Math.max(1, Math.floor(batches / 32));

export type EpochResult =
  | { readonly kind: "stopped" }
  | Diverged
  | { readonly kind: "done"; readonly loss: number; readonly learningRate: number };

/** Trains one epoch. Calls `halt` before each piece of a batch; true ends the epoch. Calls `firstLoss` with the loss of the first rows. */
export async function trainEpoch(
  learner: Learner,
  epoch: number,
  halt: () => Promise<boolean>,
  firstLoss: ((loss: number) => void) | undefined,
): Promise<EpochResult> {
  const { plan, network, recorder, metrics, optimizer, order, batchSize, batches } = learner;
  beginEpoch(learner, epoch);
  let reportFirst = firstLoss;
  let lossSum = 0;
  for (let batch = 0; batch < batches; batch++) {
    const from = batch * batchSize;
    const rows = Math.min(batchSize, order.length - from);
    const isLast = batch === batches - 1;
    const isSampled = isLast || (batch + 1) % sampleStride(batches) === 0;
    for (const moment of trainingStep(learner, { order, from, rows, mode: "train" })) {
      if (moment.at === "piece") {
        if (await halt()) return { kind: "stopped" };
      } else if (moment.at === "output error") {
        for (const metric of metrics) metric.add(moment.rows);
        if (isSampled) recorder.countZeros();
      } else if (moment.at === "gradient") {
        if (!Number.isFinite(moment.loss)) return { kind: "diverged", batch: batch + 1, first: firstNonFiniteValue(network, moment.loss) };
        lossSum += moment.loss * rows;
        if (reportFirst && (from + rows >= FIRST_LOSS_ROWS || isLast)) {
          reportFirst(lossSum / weightOfFirst(learner, from + rows));
          reportFirst = undefined;
        }
        const nonFiniteLayer = isSampled ? recorder.record() : undefined;
        if (nonFiniteLayer !== undefined) return { kind: "diverged", batch: batch + 1, first: nonFiniteGradient(nonFiniteLayer) };
      } else if (moment.at === "update" && isLast) recorder.saveWeights();
    }
  }
  return { kind: "done", loss: lossSum / order.length, learningRate: learningRateAt(plan.training, optimizer, optimizer.step - 1) };
}

/** Returns the loss and the metrics over the rows without training, or undefined if `halt` returns true. */
export async function measure(
  model: Evaluated,
  rows: Uint32Array,
  metrics: readonly RunningMetric[],
  halt: () => Promise<boolean>,
): Promise<MeasuredPart | undefined> {
  let loss = Number.NaN;
  for (const moment of lossStep(model, { order: rows, from: 0, rows: rows.length, mode: "infer" })) {
    if (moment.at === "piece") {
      if (await halt()) return undefined;
    } else if (moment.at === "outputs") {
      for (const metric of metrics) metric.add(moment.rows);
    } else loss = moment.loss;
  }
  return { loss, metrics: Object.fromEntries(metrics.map((metric) => [metric.name, metric.take()])) };
}
