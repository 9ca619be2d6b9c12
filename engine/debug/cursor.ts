/**
 * A training that advances place by place or by many batches at once, and can return to an earlier state. It computes the same bits as Train Model:
 * it shares the step (training/step.ts), the recording and the end of an epoch. stepper.ts adds breakpoints and moving backward.
 */
import type { TrainingEventOf } from "../events.ts";
import type { Recording } from "../kernels/kernels.ts";
import { updateRate } from "../kernels/kernels.ts";
import { type RandomState, randomAt } from "../random.ts";
import { type Checkpoint, checkpointOf, resumeFrom } from "../training/checkpoint.ts";
import { type Diverged, firstNonFiniteValue, nonFiniteGradient, nonFiniteWeights } from "../training/divergence.ts";
import { measure, sampleStride } from "../training/epoch.ts";
import { beginEpoch, type Learner } from "../training/learner.ts";
import { learningRateAt, observeEpoch } from "../training/optimizers.ts";
import { divergenceIn, recordTrainingStep, runBatches } from "../training/recordedEpoch.ts";
import { LAYER_BY_LAYER, type Moment, trainingStep } from "../training/step.ts";
import { type EarlyStopping, earlyStopping } from "../training/stopping.ts";
import { type Layout, layoutOf, type Place, type Position } from "./places.ts";

export type EpochEvent = TrainingEventOf<"epoch">;

/** The state before a mini-batch. A training resumed from it computes the same bits. */
export interface BatchState extends Checkpoint {
  readonly batch: number;
  /** The sum of the losses of the epoch's batches so far, each multiplied by its number of rows. */
  readonly lossSum: number;
  /** The state of dropout's random stream. */
  readonly random: RandomState;
  readonly lastEpoch: EpochEvent | undefined;
  /** The learning rate set by the user; null if unchanged. */
  readonly changedRate: number | null;
}

export type Ending = { readonly kind: "finished" } | (Diverged & { readonly epoch: number });

export interface Cursor {
  readonly layout: Layout;
  /** Returns the position of the next place to compute. After the training's last place, this is the start of an epoch that does not exist. */
  readonly position: () => Position;
  /** Returns the next place to compute; undefined at the end of the training. */
  readonly place: () => Place | undefined;
  /** Why the training ended; undefined while it runs. */
  readonly ending: () => Ending | undefined;
  /** The mean loss of the batch's rows, once computed. It includes the penalty once the gradients are complete. */
  readonly batchLoss: () => number | undefined;
  /** The last completed epoch. */
  readonly lastEpoch: () => EpochEvent | undefined;
  /** Whether the end of this epoch needs metrics of batches that were skipped in this epoch. */
  readonly lacksMetrics: () => boolean;
  /** Computes the next place. Returns a promise only at the end of an epoch, which may evaluate the validation part. */
  readonly step: () => Promise<void> | undefined;
  /** Computes the rest of the batch, except the place `epoch`. */
  readonly finishBatch: () => void;
  /**
   * Computes up to `count` whole batches of this epoch at full speed, except the place `epoch`. Returns false if a number became infinite or NaN. The
   * state is then undefined until `restore`.
   */
  readonly runBatches: (count: number) => boolean;
  /** Returns the state before this batch. Call it only at a batch's first place. */
  readonly state: () => BatchState;
  readonly restore: (state: BatchState) => void;
  /** Returns the final weights of a training that ends here without divergence. */
  readonly finalWeights: () => Checkpoint["weights"];
}

export function debugCursor(learner: Learner): Cursor {
  const { plan, network, recorder, metrics, optimizer, order, batchSize } = learner;
  const { training } = plan;
  const layout = layoutOf(network, { rows: order.length, batchSize });
  const { batches } = layout;
  const recording: Recording | undefined = recordTrainingStep(learner);
  const stopping: EarlyStopping | undefined = training.stop ? earlyStopping(training.stop) : undefined;
  let position: Position = { epoch: 1, batch: 0, index: 0 };
  let batchStep: Generator<Moment, void> | undefined;
  let lossSum = 0;
  let batchLoss: number | undefined;
  let lastEpoch: EpochEvent | undefined;
  let ending: Ending | undefined;
  /** The epoch of the learner's current row order. */
  let ordered = 0;
  let isComplete = true;

  const rowsOf = (batch: number): number => Math.min(batchSize, order.length - batch * batchSize);
  const isLast = (batch: number): boolean => batch === batches - 1;
  const isSampled = (batch: number): boolean => isLast(batch) || (batch + 1) % sampleStride(batches) === 0;
  const diverge = (first: Diverged["first"]): void => {
    ending = { kind: "diverged", epoch: position.epoch, batch: position.batch + 1, first };
  };
  const begin = (): void => {
    if (position.batch > 0) return;
    beginEpoch(learner, position.epoch);
    ordered = position.epoch;
    lossSum = 0;
  };
  const observed = (moment: Moment): void => {
    const { batch } = position;
    if (moment.at === "output error") {
      batchLoss = moment.mean;
      for (const metric of metrics) metric.add(moment.rows);
      if (isSampled(batch)) recorder.countZeros();
    } else if (moment.at === "gradient") {
      batchLoss = moment.loss;
      if (!Number.isFinite(moment.loss)) diverge(firstNonFiniteValue(network, moment.loss));
      lossSum += moment.loss * rowsOf(batch);
      const layer = isSampled(batch) ? recorder.record() : undefined;
      if (layer !== undefined && !ending) diverge(nonFiniteGradient(layer));
    } else if (moment.at === "update" && isLast(batch)) recorder.saveWeights();
  };
  /** Runs the batch's step to the next place. Returns false at its end. */
  const advance = (): boolean => {
    if (!batchStep) {
      begin();
      const { batch } = position;
      batchStep = trainingStep(learner, { order, from: batch * batchSize, rows: rowsOf(batch), mode: "train" }, LAYER_BY_LAYER);
    }
    for (;;) {
      const { done, value } = batchStep.next();
      if (done) return false;
      observed(value);
      if (value.at === "forward" || value.at === "loss" || value.at === "reverse" || value.at === "gradient") return true;
    }
  };
  const toNextBatch = (): void => {
    batchStep = undefined;
    position = { epoch: position.epoch, batch: position.batch + 1, index: 0 };
    batchLoss = undefined;
  };
  /** Computes the next place within a batch, except `epoch`. */
  const stepInBatch = (): void => {
    if (advance()) position = { ...position, index: position.index + 1 };
    else if (isLast(position.batch)) {
      batchStep = undefined;
      position = { ...position, index: position.index + 1 };
    } else toNextBatch();
  };
  const endEpoch = async (): Promise<void> => {
    const { epoch } = position;
    const own = Object.fromEntries(metrics.map((metric) => [metric.name, metric.take()]));
    const measured =
      learner.validation.length > 0 ? await measure(learner, learner.validation, learner.validationMetrics, async () => false) : undefined;
    const layers = recorder.take();
    const nonFinite = layers.find(({ weightNorm }) => !Number.isFinite(weightNorm));
    if (nonFinite) diverge(nonFiniteWeights(nonFinite.layer));
    position = { epoch: epoch + 1, batch: 0, index: 0 };
    batchLoss = undefined;
    isComplete = true;
    if (nonFinite) return;
    const ofValidation = Object.entries(measured?.metrics ?? {}).map(([name, value]) => [`val_${name}`, value] as const);
    const event: EpochEvent = {
      kind: "epoch",
      epoch,
      loss: lossSum / order.length,
      valLoss: measured?.loss ?? null,
      metrics: { ...own, ...Object.fromEntries(ofValidation) },
      learningRate: learningRateAt(training, optimizer, optimizer.step - 1),
      seconds: 0,
      layers,
    };
    lastEpoch = event;
    observeEpoch(training, optimizer, event);
    const stops = stopping?.observe(event, network.weights) === true;
    if (stops || epoch >= training.epochs) ending = { kind: "finished" };
  };
  const place = (): Place | undefined => (ending ? undefined : layout.placesOf(position.batch)[position.index]);
  /** Moves the cursor past `done` batches. */
  const passBatches = (done: number): void => {
    const next = position.batch + done;
    if (next < batches) position = { epoch: position.epoch, batch: next, index: 0 };
    else position = { epoch: position.epoch, batch: next - 1, index: layout.placesOf(next - 1).length - 1 };
    batchStep = undefined;
    batchLoss = undefined;
  };
  const runRecorded = (recorded: Recording, most: number): boolean => {
    const first = optimizer.step - position.batch;
    const rateOf = (batch: number): number =>
      updateRate(training.optimizer, learningRateAt(training, optimizer, first + batch), first + batch + 1);
    for (let left = most; left > 0; ) {
      const { batch } = position;
      const isAlone = metrics.length > 0 || isLast(batch);
      if (isLast(batch)) recorder.saveWeights();
      const run = runBatches(learner, recorded, batch, isAlone ? 1 : Math.min(left, batches - 1 - batch), rateOf);
      lossSum += run.lossSum;
      if (!run.allFinite) {
        ending = { ...divergenceIn(learner, batch + run.done, lossSum), epoch: position.epoch };
        return false;
      }
      for (const metric of metrics) metric.add(network.batch.rows);
      left -= run.done;
      passBatches(run.done);
      if (isLast(batch)) return true;
    }
    return true;
  };

  return {
    layout,
    position: () => position,
    place,
    ending: () => ending,
    batchLoss: () => batchLoss,
    lastEpoch: () => lastEpoch,
    lacksMetrics: () => !isComplete && metrics.length > 0,
    step() {
      const next = place();
      if (next?.phase === "epoch") return endEpoch();
      if (next) stepInBatch();
      return undefined;
    },
    finishBatch() {
      const { batch } = position;
      while (!ending && position.batch === batch && place()?.phase !== "epoch") stepInBatch();
    },
    runBatches(count) {
      if (ending || place()?.phase === "epoch") return true;
      begin();
      const most = Math.min(count, batches - position.batch);
      if (recording) return runRecorded(recording, most);
      for (let k = 0; k < most; k++) {
        const { batch } = position;
        for (const moment of trainingStep(learner, { order, from: batch * batchSize, rows: rowsOf(batch), mode: "train" })) {
          observed(moment);
          if (ending) return false;
        }
        passBatches(1);
      }
      return true;
    },
    state: () => ({
      ...checkpointOf(network, optimizer, stopping, position.epoch - 1, 0),
      batch: position.batch,
      lossSum,
      random: network.batch.random.state(),
      lastEpoch,
      changedRate: optimizer.changedRate,
    }),
    restore(state) {
      resumeFrom(state, network, optimizer, stopping);
      position = { epoch: state.epoch + 1, batch: state.batch, index: 0 };
      ({ lossSum, lastEpoch } = state);
      optimizer.changedRate = state.changedRate;
      batchStep = undefined;
      batchLoss = undefined;
      ending = undefined;
      for (const metric of metrics) metric.take();
      recorder.take();
      isComplete = state.batch === 0;
      if (state.batch === 0) return;
      if (ordered !== position.epoch) beginEpoch(learner, position.epoch);
      ordered = position.epoch;
      network.batch.random = randomAt(state.random);
    },
    finalWeights() {
      const weights = network.weights.slice();
      stopping?.restore(weights);
      return weights;
    },
  };
}
