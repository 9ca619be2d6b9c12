/**
 * A small network's epochs, many in one call: each is over sooner than a step back from the compiled module takes. They leave what is told of each in a
 * table; all that happens around an epoch (stopping early, validation, checkpoints) needs a step back, and then there is one epoch a call.
 */
import type { LayerStatistics } from "../events.ts";
import { type Numbers, type Tape, updateRate } from "../kernels/kernels.ts";
import { streamStates } from "../random.ts";
import { badWeights, type Diverged } from "./divergence.ts";
import { lookStride } from "./epoch.ts";
import type { Learner } from "./learner.ts";
import { learningRateAt } from "./optimizers.ts";
import { DEAD_SHARE } from "./statistics.ts";
import { multiplications, unsound } from "./taped.ts";

/** Epochs in one call: with more the table would leave the nearest cache. */
const MOST_EPOCHS = 256;
const MOST_BATCHES = 4096;
/** In multiplications: about 2 ms. */
const CALL = 4e7;
/** What a mini-batch costs beside its multiplications. */
const BATCH = 10_000;

export interface EpochsAhead {
  /** How many epochs one call takes. */
  readonly most: number;
  /** Trains epochs [first, first + count) and gives how many were done, and what became of the next one where that is not all. */
  readonly run: (first: number, count: number) => { readonly done: number; readonly failed: Diverged | undefined };
  /** Of the k-th epoch of the last call. */
  readonly loss: (k: number) => number;
  readonly layers: (k: number) => LayerStatistics[];
  readonly learningRate: (k: number) => number;
}

/** undefined where each epoch is to be stepped back from. `good` takes the weights of the last good epoch. */
export function epochsAhead(learner: Learner, tape: Tape, good: Numbers): EpochsAhead | undefined {
  const { plan, network, recorder, optimizer, examples, order, batchSize, batches, metrics, validation } = learner;
  const { training } = plan;
  const most = Math.min(MOST_EPOCHS, Math.floor(MOST_BATCHES / batches), Math.floor(CALL / (batches * (multiplications(learner) + BATCH))));
  if (metrics.length > 0 || validation.length > 0 || training.stop || most < 2) return undefined;
  const stride = lookStride(batches);
  const looked = Math.floor(batches / stride) + Number(batches % stride > 0);
  const lookedRows = looked * batchSize - (batches * batchSize - order.length);
  let source: Uint32Array | undefined;
  if (training.shuffle) {
    source = network.kernels.allocateIndices(order.length);
    source.set(examples.parts.train);
  }
  const { weights } = network;
  const work = { order, source, size: batchSize, stride, weights, good, ...recorder.places, mostEpochs: most };
  const { states, rates, table, rowLength, run } = tape.ahead(work);
  const isConstant = typeof training.learningRate === "number" && !training.optimizer.name.startsWith("adam");
  if (isConstant) rates.fill(updateRate(training.optimizer, learningRateAt(training, 0), 1));
  let firstStep = 0;
  return {
    most,
    run(first, count) {
      firstStep = optimizer.step;
      if (source) streamStates(training.seed, "shuffle", first, count, states);
      for (let k = 0; !isConstant && k < count * batches; k++)
        rates[k] = updateRate(training.optimizer, learningRateAt(training, firstStep + k), firstStep + k + 1);
      const { done, batch, range, lossSum } = run(count, DEAD_SHARE * lookedRows);
      optimizer.step += batches * done;
      const isWhole = done === count;
      network.batch.rows = Math.min(batchSize, order.length - ((isWhole ? batches : batch) - 1) * batchSize);
      if (isWhole) return { done, failed: undefined };
      const spoilt = recorder.places.ranges[range];
      return { done, failed: spoilt ? { kind: "diverged", batch, ...badWeights(spoilt.layer) } : unsound(learner, batch, lossSum) };
    },
    loss: (k) => table[k * rowLength] / order.length,
    layers: (k) => recorder.read(table, k * rowLength + 1, looked),
    learningRate: (k) => learningRateAt(training, firstStep + (k + 1) * batches - 1),
  };
}
