/** Three ways to train the next epochs: many epochs in one call, one epoch without interruption, or one epoch in pieces. */
import type { MeasuredPart, TrainingEventOf } from "../events.ts";
import { penalty } from "../network/outputLosses.ts";
import { type Diverged, nonFiniteWeights } from "./divergence.ts";
import { type EpochResult, measure, trainEpoch } from "./epoch.ts";
import { trainEpochAtOnce, trainRecordedEpoch } from "./recordedEpoch.ts";
import type { Turn } from "./run.ts";

/** Why a run ends. */
export type End =
  | { readonly kind: "finished" }
  /** `seconds`: the training time of the unfinished epoch. */
  | { readonly kind: "stopped"; readonly seconds: number }
  | Diverged;

/** The epochs completed in one turn of the training loop, and why the run ends after them, if it does. */
export interface TrainedEpochs {
  /** Number of completed epochs. */
  readonly count: number;
  /** Returns the event of the k-th completed epoch, from 0. */
  readonly epoch: (k: number) => TrainingEventOf<"epoch">;
  /** The snapshot taken after the last completed epoch, if one was due. */
  readonly snapshot: TrainingEventOf<"snapshot"> | undefined;
  /** Why the run ends in the next epoch; undefined if it continues. */
  readonly end: End | undefined;
}

/**
 * Trains the next epochs in the fastest way possible in this turn; each way returns undefined if it is not possible. Returns a promise only if it
 * must wait, because a promise takes longer than an epoch of a small network.
 */
export function trainNextEpochs(turn: Turn): TrainedEpochs | Promise<TrainedEpochs> {
  return manyAhead(turn) ?? atOnce(turn) ?? pieceByPiece(turn);
}

const NO_METRICS: Readonly<Record<string, number>> = {};

/** Trains many epochs in one call of the compiled kernels (ahead.ts), up to the next epoch that needs a snapshot. */
function manyAhead({ run, first, isWatched, isSlow, trainedSeconds }: Turn): TrainedEpochs | undefined {
  const { learner, ahead, snapshots, seconds: before } = run;
  if (!ahead || first === 1 || isSlow) return undefined;
  const left = learner.plan.training.epochs - first + 1;
  const count = Math.min(ahead.maxEpochs, left, isWatched ? snapshots.until(first, before) : ahead.maxEpochs);
  if (count < 2) return undefined;
  const { done, failed } = ahead.run(first, count);
  const seconds = trainedSeconds() / Math.max(done, 1);
  return {
    count: done,
    epoch: (k) => ({
      kind: "epoch",
      epoch: first + k,
      loss: ahead.loss(k),
      valLoss: null,
      metrics: NO_METRICS,
      learningRate: ahead.learningRate(k),
      seconds,
      layers: ahead.layers(k),
    }),
    snapshot: isWatched && !failed ? snapshots.take(first + done - 1, before + done * seconds) : undefined,
    end: failed,
  };
}

/** Trains one epoch synchronously (recordedEpoch.ts). */
function atOnce(turn: Turn): TrainedEpochs | Promise<TrainedEpochs> | undefined {
  const { run, first } = turn;
  const result = run.recording && first > 1 ? trainEpochAtOnce(run.learner, run.recording, first) : undefined;
  return result && afterTraining(turn, result);
}

/** Trains one epoch with breaks between its batches, or between the pieces of a large batch. */
async function pieceByPiece(turn: Turn): Promise<TrainedEpochs> {
  const { run, first, halt } = turn;
  const { learner, recording, findings, options } = run;
  const reportFirst = (loss: number): void => {
    // A penalty carries no information about the outputs.
    for (const finding of findings.start(loss - penalty(learner.network, "none"))) options.emit({ kind: "warning", ...finding, epoch: 0 });
  };
  const firstLoss = first === 1 ? reportFirst : undefined;
  const result = recording
    ? await trainRecordedEpoch(learner, recording, first, halt, firstLoss)
    : await trainEpoch(learner, first, halt, firstLoss);
  return await afterTraining(turn, result);
}

/** Evaluates the validation part, if any, and collects the epoch's statistics. */
function afterTraining(turn: Turn, result: EpochResult): TrainedEpochs | Promise<TrainedEpochs> {
  const { run, first, isWatched, isSlow, trainedSeconds, halt } = turn;
  const { learner, snapshots } = run;
  if (result.kind === "stopped") return noEpochs({ kind: "stopped", seconds: trainedSeconds() });
  if (result.kind === "diverged") return noEpochs(result);
  // Take the snapshot first: it shows the last mini-batch's outputs, which validation overwrites.
  const snapshot = isWatched ? snapshots.take(first, isSlow ? Number.POSITIVE_INFINITY : run.seconds) : undefined;
  const trained = { ...result, snapshot, metrics: Object.fromEntries(learner.metrics.map((metric) => [metric.name, metric.take()])) };
  if (learner.validation.length === 0) return wholeEpoch(turn, trained, undefined);
  return measure(learner, learner.validation, learner.validationMetrics, halt).then((measured) =>
    measured ? wholeEpoch(turn, trained, measured) : noEpochs({ kind: "stopped", seconds: trainedSeconds() }),
  );
}

interface EpochTotals {
  readonly loss: number;
  readonly learningRate: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly snapshot: TrainingEventOf<"snapshot"> | undefined;
}

function wholeEpoch(
  { run, first, trainedSeconds }: Turn,
  { loss, learningRate, metrics, snapshot }: EpochTotals,
  measured?: MeasuredPart,
): TrainedEpochs {
  const { learner, lastGood } = run;
  const layers = learner.recorder.take();
  const nonFinite = layers.find(({ weightNorm }) => !Number.isFinite(weightNorm));
  if (nonFinite) return noEpochs({ kind: "diverged", batch: learner.batches, first: nonFiniteWeights(nonFinite.layer) });
  lastGood.set(learner.network.weights);
  const ofValidation = Object.entries(measured?.metrics ?? NO_METRICS).map(([name, value]) => [`val_${name}`, value] as const);
  const event: TrainingEventOf<"epoch"> = {
    kind: "epoch",
    epoch: first,
    loss,
    valLoss: measured?.loss ?? null,
    metrics: ofValidation.length > 0 ? { ...metrics, ...Object.fromEntries(ofValidation) } : metrics,
    learningRate,
    seconds: trainedSeconds(),
    layers,
  };
  return { count: 1, epoch: () => event, snapshot, end: undefined };
}

/** The result of a turn that ends before completing an epoch. */
const noEpochs = (end: End): TrainedEpochs => ({ count: 0, epoch: nothing, snapshot: undefined, end });

function nothing(): never {
  throw new Error("The turn completed no epoch.");
}
