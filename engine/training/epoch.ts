/** One epoch batch by batch: a training step on each mini-batch, and figures of it; and measuring without learning. */

import { forwardPass } from "../network/network.ts";
import { penalty } from "../network/outputLosses.ts";
import type { BatchLoader } from "./batches.ts";
import { type Diverged, firstNonFiniteValue, nonFiniteGradient } from "./divergence.ts";
import { beginEpoch, type Learner, type Trained } from "./learner.ts";
import type { RunningMetric } from "./metrics.ts";
import { learningRateAt } from "./optimizers.ts";
import { trainingStep } from "./step.ts";

/** So many rows make the first loss worth comparing with chance. */
export const FIRST_ROWS = 16;

/**
 * Gradient statistics are sampled: every `lookStride`-th batch of an epoch and always the last. A stride of 1 looks at all of up to 63 batches; with
 * more, 32 to 48 are looked at.
 */
export const lookStride = (batches: number): number => Math.max(1, Math.floor(batches / 32));

export type EpochResult =
  | { readonly kind: "stopped" }
  | Diverged
  | { readonly kind: "done"; readonly loss: number; readonly learningRate: number };

/** `halt` is asked before each piece of a batch. `firstLoss` is told the loss of the first rows. */
export async function trainEpoch(
  learner: Learner,
  epoch: number,
  halt: () => Promise<boolean>,
  firstLoss: ((loss: number) => void) | undefined,
): Promise<EpochResult> {
  const { plan, network, recorder, metrics, optimizer, order, batchSize, batches } = learner;
  beginEpoch(learner, epoch);
  let tell = firstLoss;
  let lossSum = 0;
  for (let batch = 0; batch < batches; batch++) {
    const from = batch * batchSize;
    const rows = Math.min(batchSize, order.length - from);
    const isLast = batch === batches - 1;
    const isLooked = isLast || (batch + 1) % lookStride(batches) === 0;
    for (const moment of trainingStep(learner, { order, from, rows, mode: "train" })) {
      if (moment.at === "piece") {
        if (await halt()) return { kind: "stopped" };
      } else if (moment.at === "output error") {
        for (const metric of metrics) metric.add(moment.rows);
        if (isLooked) recorder.countZeros();
      } else if (moment.at === "gradient") {
        if (!Number.isFinite(moment.loss)) return { kind: "diverged", batch: batch + 1, ...firstNonFiniteValue(network, moment.loss) };
        lossSum += moment.loss * rows;
        if (tell && (from + rows >= FIRST_ROWS || isLast)) {
          tell(lossSum / (from + rows));
          tell = undefined;
        }
        const nonFiniteLayer = isLooked ? recorder.record() : undefined;
        if (nonFiniteLayer !== undefined) return { kind: "diverged", batch: batch + 1, ...nonFiniteGradient(nonFiniteLayer) };
      } else if (moment.at === "update" && isLast) recorder.beforeLastUpdate();
    }
  }
  return { kind: "done", loss: lossSum / order.length, learningRate: learningRateAt(plan.training, optimizer.step - 1) };
}

export interface Measured {
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Loss and metrics over rows, nothing trained; undefined where `halt` says to stop. */
export async function measure(
  { network, outputs }: Trained,
  load: BatchLoader,
  rows: Uint32Array,
  metrics: readonly RunningMetric[],
  halt: () => Promise<boolean>,
): Promise<Measured | undefined> {
  let total = 0;
  for (let from = 0; from < rows.length; from += network.capacity) {
    if (await halt()) return undefined;
    const count = Math.min(network.capacity, rows.length - from);
    load(rows, from, count);
    forwardPass(network, "infer");
    for (const output of outputs) total += output.total();
    for (const metric of metrics) metric.add(count);
  }
  return {
    loss: total / rows.length + penalty(network, "none"),
    metrics: Object.fromEntries(metrics.map((metric) => [metric.name, metric.take()])),
  };
}
