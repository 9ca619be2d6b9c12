/** A run's state: what it works with, what changes from epoch to epoch, and the clock and the breaks of the host. The loop over it is in trainer.ts. */
import type { TrainingEvent } from "../events.ts";
import type { FileReader, StartKernelThreads, TrainingHost } from "../host.ts";
import type { Numbers, Recording, RecordingKernels } from "../kernels/kernels.ts";
import type { KernelFiles } from "../kernels/wasm.ts";
import { wordOf } from "../layerTraits.ts";
import type { Precision } from "../network/compile.ts";
import type { Network } from "../network/network.ts";
import { parameterCount } from "../plan.ts";
import { type EpochsAhead, epochsAhead } from "./ahead.ts";
import { type Checkpoint, checkpointBytes, checkpointOf, resumeFrom } from "./checkpoint.ts";
import { type FindingsObserver, observeFindings } from "./findings.ts";
import type { Learner } from "./learner.ts";
import { recordTrainingStep } from "./recordedEpoch.ts";
import { type SnapshotTaker, snapshotTaker } from "./snapshots.ts";
import { type EarlyStopping, earlyStopping } from "./stopping.ts";

export interface TrainOptions {
  readonly host: TrainingHost;
  readonly files: FileReader;
  readonly emit: (event: TrainingEvent) => void;
  readonly precision?: Precision;
  /** The compiled kernels. Without them the reference kernels compute everything. */
  readonly kernels?: KernelFiles;
  /** Threads that train a large network, and how to start those besides this one. Every count gives the same bits. */
  readonly threads?: { readonly count: number; readonly start: StartKernelThreads };
  /** Whether a panel shows the run: snapshots are taken only then (snapshots.ts). */
  readonly isWatched?: () => boolean;
  /** Returns the checkpoint to resume from, checked against the network. The resumed run has the same bits as one that was not stopped. */
  readonly resume?: (network: Network) => Checkpoint;
  /** Called once the network exists. `stateNow` returns a checkpoint of it between two mini-batches. */
  readonly onReady?: (stateNow: () => Uint8Array) => void;
  /** Writes the state of the last whole epoch: at most every 10 s, when a run is stopped, and at its end. */
  readonly keep?: (checkpoint: Checkpoint, network: Network) => Promise<void>;
}

export interface RunOptions extends TrainOptions {
  /** The compiled kernels over the run's own memory; undefined where the reference kernels compute. */
  readonly fast: RecordingKernels | undefined;
  readonly precision: Precision;
  readonly loadSeconds: number;
}

export interface Run {
  readonly learner: Learner;
  readonly options: RunOptions;
  readonly rests: Rests;
  readonly findings: FindingsObserver;
  readonly snapshots: SnapshotTaker;
  readonly stopping: EarlyStopping | undefined;
  readonly recording: Recording | undefined;
  readonly ahead: EpochsAhead | undefined;
  /** The weights of the last epoch whose numbers were all finite. */
  readonly lastGood: Numbers;
  /** The last whole epoch, 0 before the first; at the end, the one whose weights are kept. */
  epoch: number;
  /** Time spent training, without breaks. */
  seconds: number;
  /** The state after the last whole epoch, where somebody keeps it. */
  checkpoint: Checkpoint | undefined;
  /** When progress was last told and a checkpoint last written, by the host's clock. */
  toldAt: number;
  keptAt: number;
}

const REST_EVERY_MS = 20;
const PROGRESS_EVERY_MS = 100;
const KEEP_EVERY_MS = 10_000;

/** Returns the state before the next epoch: the first, or the one after the checkpoint's. */
export function startRun(learner: Learner, options: RunOptions): Run {
  const { plan, network, optimizer } = learner;
  const { host, emit, precision, loadSeconds } = options;
  const stopping = plan.training.stop ? earlyStopping(plan.training.stop) : undefined;
  const from = options.resume?.(network);
  if (from) resumeFrom(from, network, optimizer, stopping);
  emit(startedEvent(learner, precision, loadSeconds));
  const rests = restsOf(host);
  const recording = recordTrainingStep(learner);
  const lastGood = network.kernels.allocate(network.weights.length);
  const run: Run = {
    learner,
    options,
    rests,
    findings: observeFindings(plan),
    snapshots: snapshotTaker(learner, host.now),
    stopping,
    recording,
    ahead: recording && epochsAhead(learner, recording, lastGood),
    lastGood,
    epoch: from?.epoch ?? 0,
    seconds: from?.seconds ?? 0,
    checkpoint: undefined,
    toldAt: host.now(),
    keptAt: host.now(),
  };
  options.onReady?.(() => checkpointBytes(stateOf(run), network));
  return run;
}

const stateOf = ({ learner: { network, optimizer }, stopping, epoch, seconds }: Run): Checkpoint =>
  checkpointOf(network, optimizer, stopping, epoch, seconds);

/** After a whole epoch: takes its state, and writes it where it is time. */
export async function remember(run: Run): Promise<void> {
  if (!run.options.keep) return;
  run.checkpoint = stateOf(run);
  if (run.options.host.now() - run.keptAt >= KEEP_EVERY_MS) await keep(run);
}

/** Writes the last state that was taken. */
export async function keep(run: Run): Promise<void> {
  const { options, checkpoint, learner } = run;
  if (checkpoint) await options.keep?.(checkpoint, learner.network);
  run.keptAt = options.host.now();
}

/** One turn of the training loop: an epoch, or many in one call. */
export interface Turn {
  readonly run: Run;
  /** The epoch that the turn begins with, from 1. */
  readonly first: number;
  readonly isWatched: boolean;
  /** Seconds that the turn has been training for. */
  readonly worked: () => number;
  /** Takes a break where one is due. Returns whether the host wants to stop. */
  readonly halt: () => Promise<boolean>;
}

export function nextTurn(run: Run): Turn {
  const { options, rests } = run;
  const { host, emit, isWatched } = options;
  const first = run.epoch + 1;
  const began = host.now();
  const restedBefore = rests.milliseconds();
  const worked = (): number => (host.now() - began - (rests.milliseconds() - restedBefore)) / 1000;
  return {
    run,
    first,
    isWatched: isWatched?.() === true,
    worked,
    async halt() {
      if (!rests.isDue()) return false;
      if (host.now() - run.toldAt >= PROGRESS_EVERY_MS) {
        run.toldAt = host.now();
        emit(progressEvent(run.learner, first, run.seconds + worked()));
      }
      return await rests.wantsStop();
    },
  };
}

function startedEvent({ plan, examples, batches, network }: Learner, precision: Precision, loadSeconds: number): TrainingEvent {
  const { train: trainRows, validation, test } = examples.parts;
  return {
    kind: "started",
    model: plan.network.name,
    run: plan.training.run,
    layers: plan.network.layers.map((layer) => ({
      id: layer.id,
      kind: wordOf(layer),
      inputs: layer.inputs,
      shape: layer.output,
      parameters: parameterCount(layer),
    })),
    rows: { train: trainRows.length, validation: validation.length, test: test.length },
    epochs: plan.training.epochs,
    batchesPerEpoch: batches,
    precision,
    kernels: network.kernels.name,
    loadSeconds,
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

/** The breaks in which the host's other work runs. */
export interface Rests {
  readonly isDue: () => boolean;
  readonly wantsStop: () => Promise<boolean>;
  /** Time spent in breaks so far, which is not training time. */
  readonly milliseconds: () => number;
}

function restsOf(host: TrainingHost): Rests {
  let last = host.now();
  let rested = 0;
  return {
    isDue: () => host.now() - last >= REST_EVERY_MS,
    async wantsStop() {
      const began = host.now();
      const answer = await host.rest();
      last = host.now();
      rested += last - began;
      return answer === "stop";
    },
    milliseconds: () => rested,
  };
}
