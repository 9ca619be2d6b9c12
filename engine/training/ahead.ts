/**
 * Trains many epochs of a small network in one call, because such an epoch takes less time than a return from the compiled module. The module writes
 * each epoch's statistics into a table. Early stopping, validation and metrics need a return after each epoch, so a training with any of them runs
 * one epoch per call.
 */
import type { LayerStatistics } from "../events.ts";
import { type Numbers, type Recording, updateRate } from "../kernels/kernels.ts";
import { streamStates } from "../random.ts";
import { type Diverged, nonFiniteWeights } from "./divergence.ts";
import { sampleStride } from "./epoch.ts";
import type { Learner } from "./learner.ts";
import { learningRateAt } from "./optimizers.ts";
import { divergenceIn, multiplications } from "./recordedEpoch.ts";
import { DEAD_SHARE } from "./statistics.ts";

/** The maximum number of epochs in one call. The statistics of more would exceed the first-level cache. */
const MAX_EPOCHS = 256;
const MAX_BATCHES = 4096;
/** The number of multiplications in one call: about 2 ms. */
const CALL_MULTIPLICATIONS = 4e7;
/** The fixed cost of a mini-batch, as the number of multiplications that take the same time. */
const BATCH_OVERHEAD = 10_000;

export interface EpochsAhead {
  /** The maximum number of epochs in one call. */
  readonly maxEpochs: number;
  /** Trains epochs [first, first + count). Returns the number of completed epochs and, if it is less than `count`, why the next epoch diverged. */
  readonly run: (first: number, count: number) => { readonly done: number; readonly failed: Diverged | undefined };
  /** These return the results of the k-th epoch of the last call, from 0. */
  readonly loss: (k: number) => number;
  readonly layers: (k: number) => LayerStatistics[];
  readonly learningRate: (k: number) => number;
}

/** Returns undefined if each epoch needs a return. `good` receives the weights of the last epoch with only finite numbers. */
export function epochsAhead(learner: Learner, recording: Recording, good: Numbers): EpochsAhead | undefined {
  const { plan, network, recorder, optimizer, examples, order, batchSize, batches, metrics, validation } = learner;
  const { training } = plan;
  const cost = batches * (multiplications(learner) + BATCH_OVERHEAD);
  const maxEpochs = Math.min(MAX_EPOCHS, Math.floor(MAX_BATCHES / batches), Math.floor(CALL_MULTIPLICATIONS / cost));
  if (metrics.length > 0 || validation.length > 0 || training.stop || optimizer.plateau || maxEpochs < 2) return undefined;
  const stride = sampleStride(batches);
  const sampled = Math.floor(batches / stride) + Number(batches % stride > 0);
  const sampledRows = sampled * batchSize - (batches * batchSize - order.length);
  let source: Uint32Array | undefined;
  if (training.shuffle) {
    source = network.kernels.allocateIndices(order.length);
    source.set(examples.parts.train);
  }
  const { weights } = network;
  const memory = { order, source, size: batchSize, stride, weights, good, ...recorder.buffers, mostEpochs: maxEpochs };
  const { states, rates, table, rowLength, run } = recording.prepareEpochs(memory);
  const isConstant = typeof training.learningRate === "number" && !training.optimizer.name.startsWith("adam");
  if (isConstant) rates.fill(updateRate(training.optimizer, learningRateAt(training, optimizer, 0), 1));
  let firstStep = 0;
  return {
    maxEpochs,
    run(first, count) {
      firstStep = optimizer.step;
      if (source) streamStates(training.seed, "shuffle", first, count, states);
      for (let k = 0; !isConstant && k < count * batches; k++)
        rates[k] = updateRate(training.optimizer, learningRateAt(training, optimizer, firstStep + k), firstStep + k + 1);
      const { done, batch, range, lossSum } = run(count, DEAD_SHARE * sampledRows);
      optimizer.step += batches * done;
      const isComplete = done === count;
      network.batch.rows = Math.min(batchSize, order.length - ((isComplete ? batches : batch) - 1) * batchSize);
      if (isComplete) return { done, failed: undefined };
      const nonFinite = recorder.buffers.ranges[range];
      return {
        done,
        failed: nonFinite ? { kind: "diverged", batch, first: nonFiniteWeights(nonFinite.layer) } : divergenceIn(learner, batch, lossSum),
      };
    },
    loss: (k) => table[k * rowLength] / order.length,
    layers: (k) => recorder.read(table, k * rowLength + 1, sampled),
    learningRate: (k) => learningRateAt(training, optimizer, firstStep + (k + 1) * batches - 1),
  };
}
