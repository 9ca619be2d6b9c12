/** A run's state: its options, the parts that change from epoch to epoch, and the host's clock and breaks. trainer.ts contains the training loop. */

import type { DataFit } from "../data/fit.ts";
import { DataProblem } from "../data/problem.ts";
import type { TrainingEvent } from "../events.ts";
import { trainedMetadata } from "../files/trainedWith.ts";
import type { FileReader, StartKernelThreads, TrainingHost } from "../host.ts";
import type { Numbers, Recording, RecordingKernels } from "../kernels/kernels.ts";
import type { KernelFiles } from "../kernels/wasm.ts";
import type { Precision } from "../network/compile.ts";
import type { Network } from "../network/network.ts";
import { type EpochsAhead, epochsAhead } from "./ahead.ts";
import { type Checkpoint, checkpointBytes, checkpointOf, resumeFrom } from "./checkpoint.ts";
import { type FindingsObserver, observeFindings } from "./findings.ts";
import type { Learner } from "./learner.ts";
import { type Origin, originMetadata, sourceName } from "./origin.ts";
import type { SlowMotion } from "./pace.ts";
import { recordTrainingStep } from "./recordedEpoch.ts";
import { repeatedRows } from "./repeatedRows.ts";
import { type SnapshotTaker, snapshotTaker } from "./snapshots.ts";
import { startedEvent } from "./startedEvent.ts";
import type { StartWeights } from "./startWeights.ts";
import { type EarlyStopping, earlyStopping } from "./stopping.ts";

export interface TrainOptions {
  readonly host: TrainingHost;
  readonly files: FileReader;
  readonly emit: (event: TrainingEvent) => void;
  readonly precision?: Precision;
  /** The compiled kernels. Without them, the reference kernels compute everything. */
  readonly kernels?: KernelFiles;
  /** The number of threads for a large network, and a function that starts the additional threads. The number of threads does not change the bits. */
  readonly threads?: { readonly count: number; readonly start: StartKernelThreads };
  /** Returns whether a panel shows the run. Only then are snapshots taken (snapshots.ts). */
  readonly isWatched?: () => boolean;
  /** Delays each epoch of a training in slow motion. If absent, the training runs at full speed. */
  readonly slowMotion?: SlowMotion;
  /** Returns the checkpoint to resume from, checked against the network. The resumed run computes the same bits as an uninterrupted one. */
  readonly resume?: (network: Network) => Checkpoint;
  /** Returns the fit of the resumed training's data. Without it, the data are fitted anew. */
  readonly fit?: () => DataFit | undefined;
  /** The .nn text to save with the weights. */
  readonly text?: string | null;
  /** Called once the network exists. `stateNow` returns a checkpoint of it, between two mini-batches. */
  readonly onReady?: (stateNow: () => Uint8Array) => void;
  /** Receives the state after some epochs (recordedStates.ts). An inspector computes the other epochs' weights from it. */
  readonly onState?: (epoch: number, checkpoint: Uint8Array) => void;
  /**
   * Saves the state after the last completed epoch, with the metadata of files/trainedWith.ts. Called before the first epoch, at most every 10 s, and
   * at the end.
   */
  readonly saveCheckpoint?: (checkpoint: Checkpoint, network: Network, metadata: Readonly<Record<string, string>>) => Promise<void>;
}

export interface RunOptions extends TrainOptions {
  /** The compiled kernels with the run's own memory; undefined if the reference kernels are used. */
  readonly fast: RecordingKernels | undefined;
  readonly precision: Precision;
  readonly loadSeconds: number;
  readonly origin: Origin;
  /** The initial weights; undefined to initialize them. */
  readonly start: StartWeights | undefined;
}

export interface Run {
  readonly learner: Learner;
  /** The metadata to save with the weights: the plan, the data and the text of their training. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly options: RunOptions;
  readonly breaks: Breaks;
  readonly findings: FindingsObserver;
  readonly snapshots: SnapshotTaker;
  readonly stopping: EarlyStopping | undefined;
  readonly recording: Recording | undefined;
  readonly ahead: EpochsAhead | undefined;
  /** The weights after the last epoch with only finite numbers. */
  readonly lastGood: Numbers;
  /** The last completed epoch, 0 before the first. After the run, the epoch of the network's weights. */
  epoch: number;
  /** Training time, excluding breaks. */
  seconds: number;
  /** The state after the last completed epoch; undefined if checkpoints are not saved. */
  checkpoint: Checkpoint | undefined;
  /** The times of the last progress event and of the last saved checkpoint, by the host's clock. */
  progressAt: number;
  savedAt: number;
  /** The time of the last recorded state, and the duration of recording it, in milliseconds; undefined before the first. */
  recorded: { readonly at: number; readonly cost: number } | undefined;
}

const BREAK_EVERY_MS = 20;
const PROGRESS_EVERY_MS = 100;
const SAVE_EVERY_MS = 10_000;

/** Starts a run, or resumes it from a checkpoint, and emits its first event. Returns the state before the next epoch. */
export function startRun(learner: Learner, options: RunOptions): Run {
  const { plan, network, optimizer } = learner;
  const { host, emit } = options;
  const stopping = plan.training.stop ? earlyStopping(plan.training.stop) : undefined;
  const from = options.resume?.(network);
  if (from) {
    requireContinuation(from, learner, options.origin);
    resumeFrom(from, network, optimizer, stopping);
  }
  emit(startedEvent(learner, options));
  if (from) emit({ kind: "resumed", epoch: from.epoch });
  const repeated = from ? undefined : repeatedRows(learner.examples);
  if (repeated) emit({ kind: "warning", ...repeated, epoch: 0 });
  const breaks = breaksOf(host);
  const recording = recordTrainingStep(learner);
  const lastGood = network.kernels.allocate(network.weights.length);
  const metadata = {
    ...trainedMetadata({ plan, fit: learner.examples.fit, text: options.text ?? null }),
    ...originMetadata(options.origin),
  };
  const run: Run = {
    learner,
    metadata,
    options,
    breaks,
    findings: observeFindings(learner),
    snapshots: snapshotTaker(learner, host.now),
    stopping,
    recording,
    ahead: recording && epochsAhead(learner, recording, lastGood),
    lastGood,
    epoch: from?.epoch ?? 0,
    seconds: from?.seconds ?? 0,
    checkpoint: undefined,
    progressAt: host.now(),
    savedAt: host.now(),
    recorded: undefined,
  };
  options.onReady?.(() => checkpointBytes(stateOf(run), network, metadata));
  return run;
}

/** Throws `DataProblem` with the difference if the checkpoint belongs to another training, or to this training with other data. */
function requireContinuation({ origin, epoch, step }: Checkpoint, { plan, batches }: Learner, own: Origin): void {
  const refuse = (why: string): never => {
    throw new DataProblem(`The training can't be resumed: ${why}.`, { at: "train" });
  };
  if (origin && origin.plan !== own.plan) refuse("its checkpoint belongs to another plan; train again, or into another folder");
  if (origin && origin.data !== own.data)
    refuse(`${sourceName(plan.data)} changed since the checkpoint was saved; restore the data, or train again`);
  if (epoch > plan.training.epochs)
    refuse(`its checkpoint is after epoch ${epoch}, but the training ends after epoch ${plan.training.epochs}; set \`epochs\` higher`);
  // Weights that were saved without the optimizer's state continue with its initial one, before its first update.
  if (step > 0 && step < epoch * batches)
    refuse(`its checkpoint is damaged: epoch ${epoch} comes after ${epoch * batches} updates, not ${step}`);
}

/** Returns the state after the last completed epoch. */
export const stateOf = ({ learner: { network, optimizer }, stopping, epoch, seconds }: Run): Checkpoint =>
  checkpointOf(network, optimizer, stopping, epoch, seconds);

/** Takes a checkpoint after a completed epoch, and saves it if the last save was more than 10 s ago. */
export async function takeCheckpoint(run: Run): Promise<void> {
  if (!run.options.saveCheckpoint) return;
  run.checkpoint = stateOf(run);
  if (run.options.host.now() - run.savedAt >= SAVE_EVERY_MS) await saveCheckpoint(run);
}

/** Saves the last taken checkpoint. */
export async function saveCheckpoint(run: Run): Promise<void> {
  const { options, checkpoint, learner, metadata } = run;
  if (checkpoint) await options.saveCheckpoint?.(checkpoint, learner.network, metadata);
  run.savedAt = options.host.now();
}

/** One turn of the training loop: an epoch, or many in one call. */
export interface Turn {
  readonly run: Run;
  /** The turn's first epoch, from 1. */
  readonly first: number;
  readonly isWatched: boolean;
  /** Whether the turn is a single epoch of a training in slow motion. Such a turn takes its snapshot regardless of the time. */
  readonly isSlow: boolean;
  /** Returns the seconds of training in this turn, without breaks. */
  readonly trainedSeconds: () => number;
  /** Takes a break if one is due. Returns whether the host requests a stop. */
  readonly halt: () => Promise<boolean>;
}

export function nextTurn(run: Run): Turn {
  const { options, breaks } = run;
  const { host, emit, isWatched, slowMotion } = options;
  const first = run.epoch + 1;
  const began = host.now();
  const breaksBefore = breaks.milliseconds();
  const trainedSeconds = (): number => (host.now() - began - (breaks.milliseconds() - breaksBefore)) / 1000;
  return {
    run,
    first,
    isWatched: isWatched?.() === true,
    isSlow: slowMotion?.isSlow() === true,
    trainedSeconds,
    async halt() {
      if (!breaks.isDue()) return false;
      if (host.now() - run.progressAt >= PROGRESS_EVERY_MS) {
        run.progressAt = host.now();
        emit(progressEvent(run.learner, first, run.seconds + trainedSeconds()));
      }
      return await breaks.take();
    },
  };
}

function progressEvent({ plan, optimizer, batches, batchSize }: Learner, epoch: number, seconds: number): TrainingEvent {
  const { step } = optimizer;
  const perSecond = seconds > 0 ? step / seconds : 0;
  const left = plan.training.epochs * batches - step;
  return {
    kind: "progress",
    epoch,
    batch: step,
    samplesPerSecond: perSecond * batchSize,
    secondsLeft: perSecond > 0 ? left / perSecond : 0,
  };
}

/** The breaks of a training, during which the host does other work. */
export interface Breaks {
  readonly isDue: () => boolean;
  /** Takes a break. Returns whether the host requests a stop. */
  readonly take: () => Promise<boolean>;
  /** Returns the total time of breaks so far. It does not count as training time. */
  readonly milliseconds: () => number;
}

function breaksOf(host: TrainingHost): Breaks {
  let last = host.now();
  let total = 0;
  return {
    isDue: () => host.now() - last >= BREAK_EVERY_MS,
    async take() {
      const began = host.now();
      const answer = await host.rest();
      last = host.now();
      total += last - began;
      return answer === "stop";
    },
    milliseconds: () => total,
  };
}
