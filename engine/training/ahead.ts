/**
 * Many epochs of a small network in one call, since each takes less time than returning from the compiled module. The module writes each epoch's
 * statistics into a table. Early stopping, validation and metrics need a return after each epoch, so a training with them has one epoch a call.
 */
import type { LayerStatistics } from "../events.ts";
import { type Numbers, type Recording, updateRate } from "../kernels/kernels.ts";
import { streamStates } from "../random.ts";
import { type Diverged, nonFiniteWeights } from "./divergence.ts";
import { lookStride } from "./epoch.ts";
import type { Learner } from "./learner.ts";
import { learningRateAt } from "./optimizers.ts";
import { divergenceIn, multiplications } from "./recordedEpoch.ts";
import { DEAD_SHARE } from "./statistics.ts";

/** Epochs in one call: the table of more would not fit into the nearest cache. */
const MOST_EPOCHS = 256;
const MOST_BATCHES = 4096;
/** Multiplications in one call, about 2 ms. */
const CALL = 4e7;
/** What a mini-batch costs besides its multiplications, in the time of so many. */
const BATCH = 10_000;

export interface EpochsAhead {
  /** How many epochs one call takes. */
  readonly most: number;
  /** Trains epochs [first, first + count). Returns how many became whole, and what went wrong in the next one if not all did. */
  readonly run: (first: number, count: number) => { readonly done: number; readonly failed: Diverged | undefined };
  /** Each is of the k-th epoch of the last call. */
  readonly loss: (k: number) => number;
  readonly layers: (k: number) => LayerStatistics[];
  readonly learningRate: (k: number) => number;
}

/** Returns undefined where each epoch needs a return. `good` holds the weights of the last epoch whose numbers were all finite. */
export function epochsAhead(learner: Learner, recording: Recording, good: Numbers): EpochsAhead | undefined {
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
  const { states, rates, table, rowLength, run } = recording.ahead(work);
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
      const nonFinite = recorder.places.ranges[range];
      return {
        done,
        failed: nonFinite ? { kind: "diverged", batch, ...nonFiniteWeights(nonFinite.layer) } : divergenceIn(learner, batch, lossSum),
      };
    },
    loss: (k) => table[k * rowLength] / order.length,
    layers: (k) => recorder.read(table, k * rowLength + 1, looked),
    learningRate: (k) => learningRateAt(training, firstStep + (k + 1) * batches - 1),
  };
}
