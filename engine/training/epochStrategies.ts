/** Three ways to train the next epochs: many in one call, one at once, one piece by piece. */
import type { TrainingEventOf } from "../events.ts";
import { type Diverged, nonFiniteWeights } from "./divergence.ts";
import { type EpochResult, type Measured, measure, trainEpoch } from "./epoch.ts";
import { trainEpochAtOnce, trainRecordedEpoch } from "./recordedEpoch.ts";
import type { Turn } from "./run.ts";

/** Why a run ends. */
export type End =
  | { readonly kind: "finished" }
  /** `worked`: seconds spent in the unfinished epoch. */
  | { readonly kind: "stopped"; readonly worked: number }
  | Diverged;

/** What a turn trained: whole epochs, and why the run ends after them, if it does. */
export interface Stretch {
  /** Number of whole epochs. */
  readonly count: number;
  /** Returns the event of the k-th of them, from 0. */
  readonly epoch: (k: number) => TrainingEventOf<"epoch">;
  /** Taken after the last of them. */
  readonly snapshot: TrainingEventOf<"snapshot"> | undefined;
  /** Why the run ends in the next epoch; undefined where it goes on. */
  readonly end: End | undefined;
}

/**
 * Trains the next epochs the quickest way that this turn allows; each way returns undefined where it can't take the turn. There is a promise only where
 * there is something to wait for, since waiting takes longer than an epoch of a small network.
 */
export function stretchOf(turn: Turn): Stretch | Promise<Stretch> {
  return manyAhead(turn) ?? atOnce(turn) ?? pieceByPiece(turn);
}

const NO_METRICS: Readonly<Record<string, number>> = {};

/** Many epochs in one call of the compiled kernels (ahead.ts), up to the next one that a snapshot is taken of. */
function manyAhead({ run, first, isWatched, worked }: Turn): Stretch | undefined {
  const { learner, ahead, snapshots, seconds: before } = run;
  if (!ahead || first === 1) return undefined;
  const left = learner.plan.training.epochs - first + 1;
  const count = Math.min(ahead.most, left, isWatched ? snapshots.until(first) : ahead.most);
  if (count < 2) return undefined;
  const { done, failed } = ahead.run(first, count);
  const seconds = worked() / Math.max(done, 1);
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

/** One epoch without a promise on the way (recordedEpoch.ts). */
function atOnce(turn: Turn): Stretch | Promise<Stretch> | undefined {
  const { run, first } = turn;
  const result = run.recording && first > 1 ? trainEpochAtOnce(run.learner, run.recording, first) : undefined;
  return result && afterTraining(turn, result);
}

/** One epoch with breaks between its batches, or between the pieces of a large one. */
async function pieceByPiece(turn: Turn): Promise<Stretch> {
  const { run, first, halt } = turn;
  const { learner, recording, findings, options } = run;
  const tell = (loss: number): void => {
    for (const finding of findings.start(loss)) options.emit({ kind: "warning", ...finding });
  };
  const firstLoss = first === 1 ? tell : undefined;
  const result = recording
    ? await trainRecordedEpoch(learner, recording, first, halt, firstLoss)
    : await trainEpoch(learner, first, halt, firstLoss);
  return await afterTraining(turn, result);
}

/** Measures the validation part, if there is one, and gathers the epoch's figures. */
function afterTraining(turn: Turn, result: EpochResult): Stretch | Promise<Stretch> {
  const { run, first, isWatched, worked, halt } = turn;
  const { learner, snapshots } = run;
  if (result.kind === "stopped") return ending({ kind: "stopped", worked: worked() });
  if (result.kind === "diverged") return ending(result);
  // Taken before the validation part passes through the network: its outputs are those of the last mini-batch.
  const snapshot = isWatched ? snapshots.take(first, run.seconds) : undefined;
  const trained = { ...result, snapshot, metrics: Object.fromEntries(learner.metrics.map((metric) => [metric.name, metric.take()])) };
  if (learner.validation.length === 0) return wholeEpoch(turn, trained, undefined);
  return measure(learner, learner.load, learner.validation, learner.metrics, halt).then((measured) =>
    measured ? wholeEpoch(turn, trained, measured) : ending({ kind: "stopped", worked: worked() }),
  );
}

interface TrainedEpoch {
  readonly loss: number;
  readonly learningRate: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly snapshot: TrainingEventOf<"snapshot"> | undefined;
}

function wholeEpoch({ run, first, worked }: Turn, { loss, learningRate, metrics, snapshot }: TrainedEpoch, measured?: Measured): Stretch {
  const { learner, lastGood } = run;
  const layers = learner.recorder.take();
  const nonFinite = layers.find(({ weightNorm }) => !Number.isFinite(weightNorm));
  if (nonFinite) return ending({ kind: "diverged", batch: learner.batches, ...nonFiniteWeights(nonFinite.layer) });
  lastGood.set(learner.network.weights);
  const ofValidation = Object.entries(measured?.metrics ?? NO_METRICS).map(([name, value]) => [`val_${name}`, value] as const);
  const event: TrainingEventOf<"epoch"> = {
    kind: "epoch",
    epoch: first,
    loss,
    valLoss: measured?.loss ?? null,
    metrics: ofValidation.length > 0 ? { ...metrics, ...Object.fromEntries(ofValidation) } : metrics,
    learningRate,
    seconds: worked(),
    layers,
  };
  return { count: 1, epoch: () => event, snapshot, end: undefined };
}

/** The epoch did not become whole. */
const ending = (end: End): Stretch => ({ count: 0, epoch: nothing, snapshot: undefined, end });

function nothing(): never {
  throw new Error("The stretch has no whole epoch.");
}
