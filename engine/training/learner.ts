/** A network with everything needed to train it: losses, data, the optimizer, metrics and gradient statistics. */
import type { Examples } from "../data/examples.ts";
import { canRecord, type Kernels, type Update } from "../kernels/kernels.ts";
import { normalizes } from "../layerTraits.ts";
import { compile, type Precision } from "../network/compile.ts";
import { initializeWeights } from "../network/initialize.ts";
import type { Network } from "../network/network.ts";
import { lossesOf, type OutputLoss } from "../network/outputLosses.ts";
import { multiplicationsOf } from "../network/work.ts";
import type { TrainingPlan } from "../plan.ts";
import { randomFrom, shuffle, streamState } from "../random.ts";
import { type BatchLoader, batchLoader } from "./batches.ts";
import { lossesOfOutputs, penaltyOf } from "./lossParts.ts";
import { type RunningMetric, runningMetrics } from "./metrics.ts";
import { gradientScale, type OptimizerState, optimizerState, updateOf } from "./optimizers.ts";
import { applyStart, type StartWeights } from "./startWeights.ts";
import { type GradientRecorder, gradientRecorder, trainedRanges } from "./statistics.ts";

export interface Trained {
  readonly network: Network;
  readonly outputs: readonly OutputLoss[];
  readonly examples: Examples;
}

/** A network and its data, ready for forward and reverse passes. */
export interface Model extends Trained {
  readonly load: BatchLoader;
  /** Returns the factor applied to the batch's summed losses before differentiation: 1 / rows for the mean. */
  readonly scale: (rows: number, units: number) => number;
}

/** A model with everything that an epoch needs. */
export interface Learner extends Model {
  readonly plan: TrainingPlan;
  /** The metrics of the training part, including the parts of the loss (lossParts.ts). */
  readonly metrics: readonly RunningMetric[];
  /** The metrics of the validation part, without the penalty, which does not depend on rows. */
  readonly validationMetrics: readonly RunningMetric[];
  readonly recorder: GradientRecorder;
  readonly optimizer: OptimizerState;
  readonly update: Update;
  /** The rows that measure loss and metrics after each epoch. */
  readonly validation: Uint32Array;
  /** The ranges of weights that training changes, [from, to). */
  readonly ranges: readonly (readonly [number, number])[];
  /** The training rows in the epoch's order. */
  readonly order: Uint32Array;
  readonly batchSize: number;
  /** Number of batches in an epoch. */
  readonly batches: number;
}

/**
 * The number of multiplications in one piece of a batch: 10 ms of plain loops or 50 ms of compiled ones. A training can pause and stop between two
 * pieces.
 */
const PIECE_MULTIPLICATIONS = { plain: 4e6, compiled: 1e9 } as const;
/** The maximum number of layer outputs in memory at once: 32 MB in float32. A batch of all rows of a long table is also divided into pieces. */
const MAX_NUMBERS = 8e6;

export interface ModelOptions {
  readonly precision: Precision;
  /** The maximum number of rows computed at once. */
  readonly capacity: number;
  readonly kernels?: Kernels | undefined;
  /** The initial weights; undefined to initialize them. */
  readonly start?: StartWeights | undefined;
}

/** Returns the plan's network with its initial weights and its losses on the data. */
export function modelFor({ network: plan, training }: TrainingPlan, examples: Examples, options: ModelOptions): Model {
  const { precision, capacity, kernels, start } = options;
  const network = compile(plan, { precision, capacity, ...(kernels && { kernels }) });
  initializeWeights(network, training.seed);
  if (start) applyStart(network, start);
  const outputs = lossesOf(
    network,
    training.outputs,
    examples.targets.map(({ weights }) => weights !== undefined),
  );
  const scale = (rows: number, units: number): number => gradientScale(training.optimizer.name, rows, units);
  return { network, outputs, examples, load: batchLoader(network, outputs, examples), scale };
}

export interface LearnerOptions extends Omit<ModelOptions, "capacity"> {
  /** The maximum number of rows computed at once; if absent, chosen by memory and the time between breaks. */
  readonly capacity?: number;
}

/** Returns a learner with initial weights. */
export function learnerFor(plan: TrainingPlan, examples: Examples, options: LearnerOptions): Learner {
  const { training } = plan;
  const batchSize = batchSizeOf(plan, examples.parts.train.length);
  const model = modelFor(plan, examples, { capacity: rowsAtOnce(plan, batchSize, options.kernels), ...options });
  const { network, outputs } = model;
  const inMemory = (rows: Uint32Array): Uint32Array => {
    const own = network.kernels.allocateIndices(rows.length);
    own.set(rows);
    return own;
  };
  const order = inMemory(examples.parts.train);
  const scalers = examples.fit.targets.map((target) => target.scalers);
  const metrics = [...runningMetrics(training.metrics, outputs, scalers), ...lossesOfOutputs(outputs)];
  return {
    ...model,
    plan,
    metrics: [...metrics, ...penaltyOf(network)],
    validationMetrics: metrics,
    recorder: gradientRecorder(network),
    optimizer: optimizerState(training, network),
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
 * Returns the number of rows to compute at once: the batch, or fewer if the whole batch would take too much memory or too much time between breaks.
 * The number of rows in a piece is a multiple of 4, so that sums over rows are grouped as in the whole batch. Batch statistics need the whole batch.
 */
export function rowsAtOnce({ network }: TrainingPlan, batch: number, kernels?: Kernels): number {
  if (network.layers.some((layer) => normalizes(layer, "batch"))) return batch;
  const perRow = network.layers.reduce(
    (sum, layer) => sum + 3 * multiplicationsOf(layer) + 10 * layer.output.reduce((a, b) => a * b, 1),
    0,
  );
  const numbers = network.layers.reduce((sum, layer) => sum + layer.output.reduce((a, b) => a * b, 1), 0);
  const fits = Math.max(4, 4 * Math.floor(MAX_NUMBERS / numbers / 4));
  return Math.min(batch, fits, Math.max(4, 4 * Math.floor(PIECE_MULTIPLICATIONS[kernels ? "compiled" : "plain"] / perRow / 4)));
}

/** Shuffles the training rows and restarts dropout's random stream, so that an epoch's draws depend only on its number. */
export function beginEpoch({ plan: { training }, network, examples, order }: Learner, epoch: number): void {
  network.batch.random = randomFrom(training.seed, "dropout", epoch);
  if (!training.shuffle) return;
  order.set(examples.parts.train);
  if (canRecord(network.kernels)) network.kernels.shuffle(order, streamState(training.seed, "shuffle", epoch));
  else shuffle(order, randomFrom(training.seed, "shuffle", epoch));
}
