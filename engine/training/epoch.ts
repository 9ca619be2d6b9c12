/** One epoch of learning: mini-batches, each with its forward pass, loss, reverse pass and gradient step; and measuring without learning. */
import type { Examples } from "../data/examples.ts";
import type { Kernels, OptimizerState, Update } from "../kernels/kernels.ts";
import { compile, type Precision } from "../network/compile.ts";
import { initializeWeights } from "../network/initialize.ts";
import { lossesOf, type OutputLoss, penalty } from "../network/losses.ts";
import { forwardPass, type Network, reversePass } from "../network/network.ts";
import { layerKey, parameterCount, type TrainingPlan } from "../plan.ts";
import { randomFrom, shuffle } from "../random.ts";
import { type BatchLoader, batchLoader } from "./batches.ts";
import { type RunningMetric, runningMetrics } from "./metrics.ts";
import { applyOptimizer, clipGradients, gradientScale, learningRateAt, optimizerState, updateOf } from "./optimizers.ts";
import { type GradientRecorder, gradientRecorder, trainedRanges } from "./statistics.ts";

export interface Trained {
  readonly network: Network;
  readonly outputs: readonly OutputLoss[];
  readonly examples: Examples;
}

/** All that an epoch works with. */
export interface Learner extends Trained {
  readonly plan: TrainingPlan;
  readonly load: BatchLoader;
  readonly metrics: readonly RunningMetric[];
  readonly recorder: GradientRecorder;
  readonly optimizer: OptimizerState;
  readonly update: Update;
  /** Rows that are measured after each epoch. */
  readonly validation: Uint32Array;
  /** Stretches of the weights that are learned, [from, to). */
  readonly ranges: readonly (readonly [number, number])[];
  /** The training rows in the epoch's order. */
  readonly order: Uint32Array;
  readonly batchSize: number;
  /** In an epoch. */
  readonly batches: number;
}

/** About 10 ms of plain loops, 50 of compiled ones (whose batches had better stay whole): a longer stretch of arithmetic is cut into pieces, so that pause and stop are heard. */
const PIECE_MULTIPLICATIONS = { plain: 4e6, compiled: 1e9 } as const;
/** Outputs of layers that are kept at once, 32 MB in float32: a batch of all rows of a long table is cut into pieces as well. */
const MOST_NUMBERS = 8e6;
/** So many rows make the first loss worth comparing with chance. */
export const FIRST_ROWS = 16;

/** A network with fresh weights, and what it learns with. */
export function learnerFor(plan: TrainingPlan, examples: Examples, precision: Precision, kernels?: Kernels): Learner {
  const { training } = plan;
  const batchSize = batchSizeOf(plan, examples.parts.train.length);
  const network = compile(plan.network, { precision, capacity: rowsAtOnce(plan, batchSize, kernels), ...(kernels && { kernels }) });
  const inMemory = (rows: Uint32Array): Uint32Array => {
    const own = network.kernels.allocateIndices(rows.length);
    own.set(rows);
    return own;
  };
  const order = inMemory(examples.parts.train);
  initializeWeights(network, training.seed);
  const outputs = lossesOf(network, training.outputs);
  const scalers = examples.targets.map((target) => target.scalers);
  return {
    plan,
    network,
    outputs,
    examples,
    load: batchLoader(network, outputs, examples),
    metrics: runningMetrics(training.metrics, outputs, scalers),
    recorder: gradientRecorder(network),
    optimizer: optimizerState(training.optimizer, network),
    update: updateOf(training.optimizer, network),
    validation: inMemory(examples.parts.validation),
    ranges: trainedRanges(network).map(({ from, to }) => [from, to] as const),
    order,
    batchSize,
    batches: Math.ceil(order.length / batchSize),
  };
}

export const batchSizeOf = ({ training }: TrainingPlan, rows: number): number => Math.max(1, Math.min(training.batch ?? rows, rows));

/**
 * Rows that are computed at once: the batch, or less where a batch would take too long to interrupt; then a multiple of 4, for
 * the same bits. Batch statistics need the batch as a whole.
 */
export function rowsAtOnce({ network }: TrainingPlan, batch: number, kernels?: Kernels): number {
  if (network.layers.some(({ kind }) => kind === "batch_norm")) return batch;
  const perRow = network.layers.reduce((sum, layer) => sum + 3 * parameterCount(layer) + 10 * layer.output.reduce((a, b) => a * b, 1), 0);
  const numbers = network.layers.reduce((sum, layer) => sum + layer.output.reduce((a, b) => a * b, 1), 0);
  const fits = Math.max(4, 4 * Math.floor(MOST_NUMBERS / numbers / 4));
  return Math.min(batch, fits, Math.max(4, 4 * Math.floor(PIECE_MULTIPLICATIONS[kernels ? "compiled" : "plain"] / perRow / 4)));
}

/**
 * Of an epoch's batches every so manieth's gradients are looked at, and the last one's: all where there are few of them, from 32 on where they are many,
 * since looking at each would take longer than is worth.
 */
export const lookStride = (batches: number): number => Math.max(1, Math.floor(batches / 32));

export interface Diverged {
  readonly kind: "diverged";
  readonly batch: number;
  readonly message: string;
  readonly at: string;
}

export type EpochResult =
  | { readonly kind: "stopped" }
  | Diverged
  | { readonly kind: "done"; readonly loss: number; readonly learningRate: number };

/** `halt` is asked before each piece of a batch; `firstLoss` hears the loss of the first rows, where it wants to. */
export async function trainEpoch(
  learner: Learner,
  epoch: number,
  halt: () => Promise<boolean>,
  firstLoss: ((loss: number) => void) | undefined,
): Promise<EpochResult> {
  const { plan, network, examples, recorder, optimizer, update, ranges, order, batchSize, batches } = learner;
  const { training } = plan;
  if (training.shuffle) {
    order.set(examples.parts.train);
    shuffle(order, randomFrom(training.seed, "shuffle", epoch));
  }
  network.batch.random = randomFrom(training.seed, "dropout", epoch);
  let tell = firstLoss;
  let lossSum = 0;
  let learningRate = 0;
  for (let batch = 0; batch < batches; batch++) {
    const from = batch * batchSize;
    const rows = Math.min(batchSize, order.length - from);
    const isLast = batch === batches - 1;
    const isLooked = isLast || (batch + 1) % lookStride(batches) === 0;
    let total = 0;
    for (let at = 0; at < rows; at += network.capacity) {
      network.batch.isFresh = at === 0;
      if (await halt()) return { kind: "stopped" };
      total += trainPiece(learner, from + at, Math.min(network.capacity, rows - at), rows, isLooked);
    }
    const loss = total / rows + penalty(network, "add");
    if (!Number.isFinite(loss)) return { kind: "diverged", batch: batch + 1, ...firstBadValue(network, loss) };
    lossSum += loss * rows;
    if (tell && (from + rows >= FIRST_ROWS || batch === batches - 1)) {
      tell(lossSum / (from + rows));
      tell = undefined;
    }
    const badLayer = isLooked ? recorder.record() : undefined;
    if (badLayer !== undefined) return { kind: "diverged", batch: batch + 1, ...badGradient(badLayer) };
    clipGradients(network.gradients, training.clip);
    if (isLast) recorder.beforeLastUpdate();
    learningRate = learningRateAt(training, optimizer.step);
    applyOptimizer(training.optimizer, learningRate, network, ranges, optimizer, update);
  }
  return { kind: "done", loss: lossSum / order.length, learningRate };
}

/** One piece of a mini-batch of `batchRows` rows: forward, loss, back. Gives the sum of its rows' losses. */
function trainPiece(
  { plan, network, outputs, load, metrics, recorder, order }: Learner,
  from: number,
  rows: number,
  batchRows: number,
  isLooked: boolean,
): number {
  load(order, from, rows);
  forwardPass(network, "train");
  network.signals.fill(0);
  let total = 0;
  for (const output of outputs) {
    total += output.total();
    output.addGradient(gradientScale(plan.training.optimizer.name, batchRows, output.step.output.width));
  }
  for (const metric of metrics) metric.add(rows);
  if (isLooked) recorder.countZeros();
  reversePass(network);
  return total;
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

const KEPT = "The weights of the last good epoch are kept.";

/** Where the numbers first went bad: in file order, which is the order they were computed in. */
export function firstBadValue(network: Network, loss: number): { message: string; at: string } {
  const advice = "lower the learning rate, scale the data, or limit the gradients with `clip norm=1`";
  const rows = network.batch.rows;
  for (const { layer, output } of network.steps) {
    for (let i = 0; i < rows * output.width; i++) {
      if (Number.isFinite(output.values[i])) continue;
      const value = output.values[i];
      return { message: `The output of ${layer.id} became ${value}, so the loss is no number; ${advice}. ${KEPT}`, at: layerKey(layer.id) };
    }
  }
  return { message: `The loss became ${loss}; ${advice}. ${KEPT}`, at: "loss" };
}

export function badGradient(layer: string): { message: string; at: string } {
  return {
    message: `The gradient of ${layer} became infinite or no number while the loss was still one; lower the learning rate or scale the data. ${KEPT}`,
    at: layerKey(layer),
  };
}

/** A step may lead out of the numbers without the gradient doing so, and a layer of zeros hide it from the loss. */
export function badWeights(layer: string): { message: string; at: string } {
  return {
    message: `The weights of ${layer} became infinite or no number by a step that was too long; lower the learning rate or scale the data. ${KEPT}`,
    at: layerKey(layer),
  };
}
