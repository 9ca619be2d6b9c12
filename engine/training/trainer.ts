/**
 * The book's training loop. It reports everything as events and gets time, breaks and bytes from the host. epochStrategies.ts trains the epochs, and
 * run.ts contains the state that they change. This file loads the data, prepares the network, trains turn by turn, and ends the run.
 */
import type { Examples } from "../data/examples.ts";
import type { MeasuredPart } from "../events.ts";
import type { RecordingKernels } from "../kernels/kernels.ts";
import type { TrainingPlan } from "../plan.ts";
import { divergenceFinding } from "./divergence.ts";
import { measure } from "./epoch.ts";
import { type End, type TrainedEpochs, trainNextEpochs } from "./epochStrategies.ts";
import { learnerFor, type Trained } from "./learner.ts";
import { endOf, loadTraining } from "./loading.ts";
import { adaptNormalizers } from "./normalizers.ts";
import { observeEpoch } from "./optimizers.ts";
import { recordState } from "./recordedStates.ts";
import { kernelsFor, requireMemory } from "./resources.ts";
import { nextTurn, type Run, type RunOptions, saveCheckpoint, startRun, type TrainOptions, takeCheckpoint } from "./run.ts";

export type { Trained } from "./learner.ts";
export type { TrainOptions } from "./run.ts";

/** The network at the end of a run. */
export interface TrainedRun extends Trained {
  /** The epoch of the network's weights. */
  readonly epoch: number;
  /** The metadata of files/trainedWith.ts, with the epoch. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Trains until the run ends, is stopped or fails, as stated in the last event. Returns undefined if it stops or fails before the network exists. */
export async function train(plan: TrainingPlan, options: TrainOptions): Promise<TrainedRun | undefined> {
  const { emit, precision = "float32" } = options;
  let kernels: RecordingKernels | undefined;
  try {
    kernels = await kernelsFor(plan, options);
    const { examples, ...loaded } = await loadTraining(plan, options, kernels);
    return await run(plan, examples, { ...options, precision, fast: kernels, ...loaded });
  } catch (error) {
    emit(endOf(error));
    return undefined;
  } finally {
    await kernels?.close();
  }
}

async function run(plan: TrainingPlan, examples: Examples, options: RunOptions): Promise<TrainedRun> {
  const { host, precision, fast, start } = options;
  requireMemory(plan, examples, { host, precision, fast });
  const state = startRun(learnerFor(plan, examples, { precision, kernels: fast, start }), options);
  const end = (await prepare(state)) ?? (await trainOn(state));
  await conclude(state, end);
  const { learner, epoch, metadata } = state;
  return { ...learner, epoch, metadata: { ...metadata, epoch: String(epoch) } };
}

/** Prepares the first turn. If the run ends here, returns the reason. */
async function prepare(state: Run): Promise<End | undefined> {
  const { learner, breaks, stopping, lastGood, options } = state;
  const { network, load, examples } = learner;
  const halt = async (): Promise<boolean> => breaks.isDue() && (await breaks.take());
  if (!options.resume && !(await adaptNormalizers(network, load, examples.parts.train, halt))) return { kind: "stopped", seconds: 0 };
  lastGood.set(network.weights);
  if (options.isWatched?.()) emitLooked(state);
  recordState(state);
  // If saving is impossible, the training fails here rather than after its first epochs.
  await takeCheckpoint(state);
  await saveCheckpoint(state);
  // A resumed training may already have ended by early stopping.
  return stopping?.isOver() ? { kind: "finished" } : undefined;
}

/** Trains turn by turn to the plan's last epoch, or until the run ends earlier. */
async function trainOn(state: Run): Promise<End> {
  const { learner, breaks, options } = state;
  while (state.epoch < learner.plan.training.epochs) {
    if (options.slowMotion?.isSlow()) {
      await options.slowMotion.turn();
      if (await breaks.take()) return { kind: "stopped", seconds: 0 };
    }
    const turn = nextTurn(state);
    if (breaks.isDue() && (await turn.halt())) return { kind: "stopped", seconds: turn.trainedSeconds() };
    const next = trainNextEpochs(turn);
    const trained = next instanceof Promise ? await next : next;
    const stopsEarly = emitEpochs(state, trained);
    if (trained.end) return trained.end;
    recordState(state);
    if (options.saveCheckpoint) await takeCheckpoint(state);
    if (stopsEarly) return { kind: "finished" };
  }
  return { kind: "finished" };
}

/** Emits each completed epoch and its findings. Returns whether early stopping ends the training. */
function emitEpochs(state: Run, { count, epoch, snapshot }: TrainedEpochs): boolean {
  const { learner, findings, stopping, options } = state;
  let stopsEarly = false;
  for (let k = 0; k < count; k++) {
    const event = epoch(k);
    state.epoch = event.epoch;
    state.seconds += event.seconds;
    options.emit(event);
    observeEpoch(learner.plan.training, learner.optimizer, event);
    for (const finding of findings.observe(event)) options.emit({ kind: "warning", ...finding, epoch: event.epoch });
    stopsEarly = stopping?.observe(event, learner.network.weights) === true;
  }
  if (snapshot) options.emit(snapshot);
  return stopsEarly;
}

/** Emits a snapshot of the current weights, unless the last epoch has one. */
function emitLooked({ snapshots, epoch, options }: Run): void {
  const snapshot = snapshots.look(epoch);
  if (snapshot) options.emit(snapshot);
}

/** Restores the run's final weights and emits its last event. */
async function conclude(state: Run, end: End): Promise<void> {
  const { learner, stopping, lastGood, epoch, seconds, options } = state;
  const { weights } = learner.network;
  await saveCheckpoint(state);
  if (options.isWatched?.()) {
    // The weights after the last complete epoch. A stopped training may be within an epoch, and a diverged one has non-finite weights.
    const present = weights.slice();
    weights.set(lastGood);
    emitLooked(state);
    weights.set(present);
  }
  if (end.kind === "diverged") {
    weights.set(lastGood);
    const { message, at } = divergenceFinding(end, epoch + 1, learner);
    options.emit({ kind: "diverged", code: "NN601", epoch: epoch + 1, batch: end.batch, message, at });
    return;
  }
  if (end.kind === "stopped") {
    options.emit({ kind: "stopped", epoch, seconds: seconds + end.seconds });
    return;
  }
  const restored = stopping?.restore(weights) ?? null;
  state.epoch = restored ?? epoch;
  const test = await testPartOf(state);
  options.emit({
    kind: "finished",
    epochs: epoch,
    seconds,
    loadSeconds: options.loadSeconds,
    threads: options.fast?.threads ?? 1,
    samplesPerSecond: seconds > 0 ? (epoch * learner.order.length) / seconds : 0,
    restoredEpoch: restored === epoch ? null : restored,
    ...(test && { test }),
  });
}

/** Returns the loss and metrics of the final weights on the test part; undefined if there is none, or if the host requests a stop. */
async function testPartOf({ learner, breaks }: Run): Promise<MeasuredPart | undefined> {
  const { test } = learner.examples.parts;
  if (test.length === 0) return undefined;
  return await measure(learner, test, learner.validationMetrics, async () => breaks.isDue() && (await breaks.take()));
}
