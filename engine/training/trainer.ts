/**
 * The training loop of the book. What it finds goes out as events; time, breaks and bytes come from the host. An epoch's work is in
 * epoch.ts; here is what happens around it: loading, stopping, keeping, telling.
 */
import { type Loading, LoadingStopped } from "../data/columns.ts";
import { type Examples, loadExamples } from "../data/examples.ts";
import { DataProblem } from "../data/problem.ts";
import type { TrainingEvent, TrainingEventOf } from "../events.ts";
import type { FileReader, StartHelpers, TrainingHost } from "../host.ts";
import type { Numbers, RecordingKernels } from "../kernels/kernels.ts";
import { type KernelFiles, MOST_BYTES, wasmKernels } from "../kernels/wasm.ts";
import type { Precision } from "../network/compile.ts";
import { bytesText, memoryPlan } from "../network/memory.ts";
import type { Network } from "../network/network.ts";
import { layerKey, parameterCount, type TrainingPlan } from "../plan.ts";
import { epochsAhead } from "./ahead.ts";
import { type Checkpoint, checkpointBytes, checkpointOf, resumeFrom } from "./checkpoint.ts";
import { badWeights, type Diverged } from "./divergence.ts";
import { measure, trainEpoch } from "./epoch.ts";
import { type Finding, observeFindings } from "./findings.ts";
import { batchSizeOf, type Learner, learnerFor, rowsAtOnce, type Trained } from "./learner.ts";
import { learnNormalizers } from "./normalizers.ts";
import { snapshotTaker } from "./snapshots.ts";
import { earlyStopping } from "./stopping.ts";
import { tapeFor, trainEpochAtOnce, trainEpochByTape } from "./taped.ts";

export type { Trained } from "./learner.ts";

export interface TrainOptions {
  readonly host: TrainingHost;
  readonly files: FileReader;
  readonly emit: (event: TrainingEvent) => void;
  readonly precision?: Precision;
  /** The compiled kernels; absent: everything is computed by the reference's loops. */
  readonly kernels?: KernelFiles;
  /** Threads that a large network is trained with, and how to start those besides this one; the numbers are the same for any count. */
  readonly threads?: { readonly count: number; readonly start: StartHelpers };
  /** Whether somebody watches: then there are snapshots, as many as cost little (snapshots.ts). */
  readonly isWatched?: () => boolean;
  /** Goes on from here, bit for bit. Made for the network when it stands, so that it can be checked against it. */
  readonly resume?: (network: Network) => Checkpoint;
  /** Given once, when the network stands: what makes a checkpoint of it as it is, between two mini-batches. */
  readonly onReady?: (stateNow: () => Uint8Array) => void;
  /** Takes the state of the last whole epoch: at most every 10 s, when a run is stopped, and at its end. */
  readonly keep?: (checkpoint: Checkpoint, network: Network) => Promise<void>;
}

const NO_METRICS = {};
const REST_EVERY_MS = 20;
const PROGRESS_EVERY_MS = 100;
const KEEP_EVERY_MS = 10_000;

/** Trains to the end, to a stop or to a failure, each told by a last event. The network is undefined where there never was one. */
export async function train(plan: TrainingPlan, options: TrainOptions): Promise<Trained | undefined> {
  const { host, files, emit, precision = "float32" } = options;
  let kernels: RecordingKernels | undefined;
  try {
    const began = host.now();
    kernels = await kernelsFor(plan, options);
    const examples = await loadExamples(plan, files, precision, {
      loading: loadingOf(options),
      ...(kernels && { allocate: roomFor(kernels) }),
    });
    return await run(plan, examples, { ...options, precision, fast: kernels, loadSeconds: (host.now() - began) / 1000 });
  } catch (error) {
    if (error instanceof LoadingStopped) {
      emit({ kind: "stopped", epoch: 0, seconds: 0 });
      return undefined;
    }
    const problem = error instanceof DataProblem ? error : undefined;
    const message = problem?.message ?? `The engine failed: ${error instanceof Error ? error.message : String(error)}`;
    emit({ kind: "failed", code: problem?.code ?? null, message, at: problem?.at ?? "train" });
    return undefined;
  } finally {
    await kernels?.close();
  }
}

/** Between two pieces of a long file the host is let in, and hears how far it is. */
function loadingOf({ host, emit }: TrainOptions): Loading {
  return async (share, rows) => {
    if (share < 1) emit({ kind: "loading", share, rows });
    return (await host.rest()) === "stop";
  };
}

/** The compiled kernels where they can do it: in float32, and where their memory is large enough. */
async function kernelsFor({ training, network }: TrainingPlan, options: TrainOptions): Promise<RecordingKernels | undefined> {
  const { kernels, threads, precision = "float32" } = options;
  if (!kernels || precision !== "float32") return undefined;
  const weights = network.layers.reduce((sum, layer) => sum + parameterCount(layer), 0);
  if (8 * 4 * weights > MOST_BYTES) return undefined;
  const isLarge = weights * (training.batch ?? MANY_ROWS) >= WORTH_THREADS;
  const helpers = isLarge && threads && threads.count > 1 ? { count: threads.count - 1, start: threads.start } : undefined;
  return await wasmKernels(kernels, training.reproducible, helpers);
}

/** A table that the kernels' memory may not hold lies outside of it; its rows are then copied in by a loop. */
const roomFor =
  ({ allocate }: RecordingKernels) =>
  (length: number): Numbers =>
    4 * length > MOST_BYTES / 2 ? new Float32Array(length) : allocate(length);

/** Weights times rows of a batch, from which a second thread is worth its waking: about 30 µs a batch. */
const WORTH_THREADS = 250_000;
const MANY_ROWS = 1000;

interface RunOptions extends TrainOptions {
  readonly fast: RecordingKernels | undefined;
  readonly precision: Precision;
  readonly loadSeconds: number;
}

async function run(plan: TrainingPlan, examples: Examples, options: RunOptions): Promise<Trained> {
  const { host, emit, precision, loadSeconds } = options;
  const { training } = plan;
  requireMemory(plan, examples, options);
  const learner = learnerFor(plan, examples, precision, options.fast);
  const { network, order, optimizer } = learner;
  const stopping = training.stop ? earlyStopping(training.stop) : undefined;
  const from = options.resume?.(network);
  if (from) resumeFrom(from, network, optimizer, stopping);
  emit(startedEvent(learner, precision, loadSeconds));

  const rest = restsOf(host);
  const findings = observeFindings(plan);
  const snapshots = snapshotTaker(learner, host.now);
  const tell = (found: readonly Finding[]): void => {
    for (const finding of found) emit({ kind: "warning", ...finding });
  };
  let seconds = from?.seconds ?? 0;
  let done = from?.epoch ?? 0;
  options.onReady?.(() => checkpointBytes(checkpointOf(network, optimizer, stopping, done, seconds), network));
  let lastProgress = host.now();
  let lastKept = host.now();
  let checkpoint: Checkpoint | undefined;
  /** After a whole epoch; written where it is time. */
  const remember = async (epoch: number): Promise<void> => {
    if (!options.keep) return;
    checkpoint = checkpointOf(network, optimizer, stopping, epoch, seconds);
    if (host.now() - lastKept >= KEEP_EVERY_MS) await keep();
  };
  const keep = async (): Promise<void> => {
    if (checkpoint) await options.keep?.(checkpoint, network);
    lastKept = host.now();
  };
  const stop = async (epoch: number, worked: number): Promise<Trained> => {
    await keep();
    emit({ kind: "stopped", epoch, seconds: seconds + worked });
    return learner;
  };
  const finish = async (epoch: number): Promise<Trained> => {
    await keep();
    const restored = stopping?.restore(network.weights) ?? null;
    // What is looked at from now on are that epoch's weights.
    done = restored ?? epoch;
    const samplesPerSecond = seconds > 0 ? (epoch * order.length) / seconds : 0;
    const restoredEpoch = restored === epoch ? null : restored;
    emit({ kind: "finished", epochs: epoch, seconds, loadSeconds, threads: options.fast?.threads ?? 1, samplesPerSecond, restoredEpoch });
    return learner;
  };

  const tape = tapeFor(learner);
  const first = from?.epoch ?? 0;
  const isIdle = async (): Promise<boolean> => rest.isDue() && (await rest.wantsStop());
  if (!from && !(await learnNormalizers(network, learner.load, examples.parts.train, isIdle))) return await stop(0, 0);
  const lastGood = network.kernels.allocate(network.weights.length);
  lastGood.set(network.weights);
  const ahead = tape && epochsAhead(learner, tape, lastGood);
  const diverge = (epoch: number, { batch, message, at }: Diverged): Trained => {
    network.weights.set(lastGood);
    emit({ kind: "diverged", code: "NN601", epoch, batch, message, at });
    return learner;
  };
  /** Says whether it is enough. */
  const tellEpoch = (event: TrainingEventOf<"epoch">): boolean => {
    done = event.epoch;
    seconds += event.seconds;
    emit(event);
    tell(findings.observe(event));
    return stopping?.observe(event, network.weights) === true;
  };
  await remember(first);
  if (stopping?.isOver()) return await finish(first);

  for (let epoch = first + 1; epoch <= training.epochs; epoch++) {
    const began = host.now();
    const restedBefore = rest.milliseconds();
    const worked = (): number => (host.now() - began - (rest.milliseconds() - restedBefore)) / 1000;
    const halt = async (): Promise<boolean> => {
      if (!rest.isDue()) return false;
      if (host.now() - lastProgress >= PROGRESS_EVERY_MS) {
        lastProgress = host.now();
        emit(progressEvent(learner, epoch, seconds + worked()));
      }
      return await rest.wantsStop();
    };
    const isFirst = epoch === 1;
    const isWatched = options.isWatched?.() === true;
    if (rest.isDue() && (await halt())) return await stop(epoch - 1, worked());
    const count =
      ahead && !isFirst ? Math.min(ahead.most, training.epochs - epoch + 1, isWatched ? snapshots.until(epoch) : ahead.most) : 1;
    if (ahead && count > 1) {
      const { done: whole, failed } = ahead.run(epoch, count);
      const each = worked() / Math.max(whole, 1);
      for (let k = 0; k < whole; k++) {
        const loss = ahead.loss(k);
        const learningRate = ahead.learningRate(k);
        tellEpoch({
          kind: "epoch",
          epoch: epoch + k,
          loss,
          valLoss: null,
          metrics: NO_METRICS,
          learningRate,
          seconds: each,
          layers: ahead.layers(k),
        });
      }
      epoch += whole - 1;
      if (failed) return diverge(epoch + 1, failed);
      const snapshot = isWatched ? snapshots.take(epoch, seconds) : undefined;
      if (snapshot) emit(snapshot);
      if (options.keep) await remember(epoch);
      continue;
    }
    const hearFirst = isFirst ? (loss: number) => tell(findings.start(loss)) : undefined;
    const result =
      (tape && !isFirst ? trainEpochAtOnce(learner, tape, epoch) : undefined) ??
      (tape ? await trainEpochByTape(learner, tape, epoch, halt, hearFirst) : await trainEpoch(learner, epoch, halt, hearFirst));
    if (result.kind === "stopped") return await stop(epoch - 1, worked());
    if (result.kind === "diverged") return diverge(epoch, result);
    // Before the validation part passes through: what is kept is the last mini-batch's.
    const snapshot = isWatched ? snapshots.take(epoch, seconds) : undefined;
    const metrics = Object.fromEntries(learner.metrics.map((metric) => [metric.name, metric.take()]));
    const { validation } = learner;
    const measured = validation.length > 0 ? await measure(learner, learner.load, validation, learner.metrics, halt) : null;
    if (measured === undefined) return await stop(epoch - 1, worked());
    for (const [name, value] of Object.entries(measured?.metrics ?? {})) metrics[`val_${name}`] = value;
    const layers = learner.recorder.take();
    const spoilt = layers.find(({ weightNorm }) => !Number.isFinite(weightNorm));
    if (spoilt) return diverge(epoch, { kind: "diverged", batch: learner.batches, ...badWeights(spoilt.layer) });
    lastGood.set(network.weights);
    const { loss, learningRate } = result;
    const valLoss = measured?.loss ?? null;
    const isEnough = tellEpoch({ kind: "epoch", epoch, loss, valLoss, metrics, learningRate, seconds: worked(), layers });
    if (snapshot) emit(snapshot);
    if (options.keep) await remember(epoch);
    if (isEnough) return await finish(epoch);
  }
  return await finish(Math.max(training.epochs, first));
}

/** Throws `DataProblem` NN308 where the memory would not be enough, before any of it is taken. */
function requireMemory(plan: TrainingPlan, examples: Examples, { host, precision, fast }: RunOptions): void {
  const available = host.memory?.();
  const capacity = rowsAtOnce(plan, batchSizeOf(plan, examples.parts.train.length), fast);
  const { weights, batch, data, total } = memoryPlan(plan, precision, examples.rows, capacity);
  if (available === undefined || total <= available) return;
  const parts = `${bytesText(weights)} for weights, gradients and the optimizer, ${bytesText(batch)} for ${capacity} rows at once, ${bytesText(data)} for the data`;
  const repair = weights >= batch ? "make the layers smaller" : "make the batch or the layers smaller";
  const largest = plan.network.layers.reduce((a, b) => (parameterCount(b) > parameterCount(a) ? b : a));
  throw new DataProblem(
    `This training needs ${bytesText(total)} of memory (${parts}), but ${bytesText(available)} can be had; ${repair}.`,
    {
      code: "NN308",
      at: layerKey(largest.id),
    },
  );
}

function startedEvent({ plan, examples, batches, network }: Learner, precision: Precision, loadSeconds: number): TrainingEvent {
  const { train: trainRows, validation, test } = examples.parts;
  return {
    kind: "started",
    model: plan.network.name,
    run: plan.training.run,
    layers: plan.network.layers.map((layer) => ({
      id: layer.id,
      kind: layer.kind === "activation" ? layer.activation.name : layer.kind,
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

interface Rests {
  readonly isDue: () => boolean;
  readonly wantsStop: () => Promise<boolean>;
  /** Time spent resting, which is not training time. */
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
