/**
 * The training loop of the book: mini-batches, a forward pass that keeps what it computes, a loss, the reverse pass,
 * a gradient step. What it finds goes out as events; time, breaks and bytes come from the host.
 */

import { type Loading, LoadingStopped } from "../data/columns.ts";
import { type Examples, loadExamples } from "../data/examples.ts";
import { DataProblem } from "../data/problem.ts";
import type { TrainingEvent, TrainingEventOf } from "../events.ts";
import type { FileReader, TrainingHost } from "../host.ts";
import { compile, type Precision } from "../network/compile.ts";
import { initializeWeights } from "../network/initialize.ts";
import { lossesOf, type OutputLoss, penalty } from "../network/losses.ts";
import { bytesText, memoryPlan } from "../network/memory.ts";
import { forwardPass, type Network, reversePass } from "../network/network.ts";
import { layerKey, parameterCount, type TrainingPlan } from "../plan.ts";
import { randomFrom, shuffle } from "../random.ts";
import { type BatchLoader, batchLoader } from "./batches.ts";
import { type Checkpoint, checkpointOf, resumeFrom } from "./checkpoint.ts";
import { type Finding, observeFindings } from "./findings.ts";
import { type RunningMetric, runningMetrics } from "./metrics.ts";
import { learnNormalizers } from "./normalizers.ts";
import { applyOptimizer, clipGradients, gradientScale, learningRateAt, optimizerState } from "./optimizers.ts";
import { gradientRecorder, trainedRanges } from "./statistics.ts";
import { earlyStopping } from "./stopping.ts";

export interface TrainOptions {
  readonly host: TrainingHost;
  readonly files: FileReader;
  readonly emit: (event: TrainingEvent) => void;
  readonly precision?: Precision;
  /** Goes on from here, bit for bit. Made for the network when it stands, so that it can be checked against it. */
  readonly resume?: (network: Network) => Checkpoint;
  /** Takes the state of the last whole epoch: at most every 10 s, when a run is stopped, and at its end. */
  readonly keep?: (checkpoint: Checkpoint, network: Network) => Promise<void>;
}

export interface Trained {
  readonly network: Network;
  readonly outputs: readonly OutputLoss[];
  readonly examples: Examples;
}

/** A longer stretch of arithmetic is cut into pieces, so that pause and stop are heard; about 10 ms of plain loops. */
const PIECE_MULTIPLICATIONS = 4e6;
const REST_EVERY_MS = 20;
const PROGRESS_EVERY_MS = 100;
const KEEP_EVERY_MS = 10_000;
/** So many rows make the first loss worth comparing with chance. */
const FIRST_ROWS = 16;

/** Trains to the end, to a stop or to a failure, each told by a last event. The network is undefined where there never was one. */
export async function train(plan: TrainingPlan, options: TrainOptions): Promise<Trained | undefined> {
  const { host, files, emit, precision = "float32" } = options;
  try {
    const began = host.now();
    const examples = await loadExamples(plan, files, precision, loadingOf(options));
    return await run(plan, examples, { ...options, precision, loadSeconds: (host.now() - began) / 1000 });
  } catch (error) {
    if (error instanceof LoadingStopped) {
      emit({ kind: "stopped", epoch: 0, seconds: 0 });
      return undefined;
    }
    const problem = error instanceof DataProblem ? error : undefined;
    const message = problem?.message ?? `The engine failed: ${error instanceof Error ? error.message : String(error)}`;
    emit({ kind: "failed", code: problem?.code ?? null, message, at: problem?.at ?? "train" });
    return undefined;
  }
}

/** Between two pieces of a long file the host is let in, and hears how far it is. */
function loadingOf({ host, emit }: TrainOptions): Loading {
  return async (share, rows) => {
    if (share < 1) emit({ kind: "loading", share, rows });
    return (await host.rest()) === "stop";
  };
}

interface RunOptions extends TrainOptions {
  readonly precision: Precision;
  readonly loadSeconds: number;
}

/** Throws `DataProblem` NN308 where the memory would not be enough, before any of it is taken. */
function requireMemory(plan: TrainingPlan, precision: Precision, rows: number, capacity: number, { memory }: TrainingHost): void {
  const available = memory?.();
  const { weights, batch, data, total } = memoryPlan(plan, precision, rows, capacity);
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

/**
 * Rows that are computed at once: the batch, or less where a batch would take too long to interrupt; then a multiple of 4, for
 * the same bits. Batch statistics need the batch as a whole.
 */
export function rowsAtOnce({ network }: TrainingPlan, batch: number): number {
  if (network.layers.some(({ kind }) => kind === "batch_norm")) return batch;
  const perRow = network.layers.reduce((sum, layer) => sum + 3 * parameterCount(layer) + 10 * layer.output.reduce((a, b) => a * b, 1), 0);
  return Math.min(batch, Math.max(4, 4 * Math.floor(PIECE_MULTIPLICATIONS / perRow / 4)));
}

async function run(plan: TrainingPlan, examples: Examples, options: RunOptions): Promise<Trained> {
  const { host, emit, precision, loadSeconds, keep } = options;
  const { training } = plan;
  const { train: trainRows, validation, test } = examples.parts;
  const batchSize = Math.min(training.batch ?? trainRows.length, trainRows.length);
  const batches = Math.ceil(trainRows.length / batchSize);
  const capacity = rowsAtOnce(plan, Math.max(batchSize, 1));
  requireMemory(plan, precision, examples.rows, capacity, host);
  const network = compile(plan.network, { precision, capacity });
  initializeWeights(network, training.seed);
  const outputs = lossesOf(network, training.outputs);
  const load = batchLoader(network, outputs, examples);
  const scalers = examples.targets.map((target) => target.scalers);
  const trainMetrics = runningMetrics(training.metrics, outputs, scalers);
  const recorder = gradientRecorder(network);
  const optimizer = optimizerState(training.optimizer, network.weights);
  const ranges = trainedRanges(network).map(({ from, to }): [number, number] => [from, to]);
  const stopping = training.stop ? earlyStopping(training.stop) : undefined;
  const order = trainRows.slice();
  const lastGood = network.weights.slice();
  const rest = restsOf(host);
  const trained = { network, outputs, examples };
  const findings = observeFindings(plan);
  const tell = (found: readonly Finding[]): void => {
    for (const finding of found) emit({ kind: "warning", ...finding });
  };
  const from = options.resume?.(network);
  if (from) resumeFrom(from, network, optimizer, stopping);

  emit({
    kind: "started",
    model: plan.network.name,
    run: training.run,
    layers: plan.network.layers.map((layer) => ({
      id: layer.id,
      kind: layer.kind === "activation" ? layer.activation.name : layer.kind,
      shape: layer.output,
      parameters: parameterCount(layer),
    })),
    rows: { train: trainRows.length, validation: validation.length, test: test.length },
    epochs: training.epochs,
    batchesPerEpoch: batches,
    precision,
    loadSeconds,
  });

  if (!from && !(await learnNormalizers(network, load, trainRows, async () => rest.isDue() && (await rest.wantsStop())))) {
    emit({ kind: "stopped", epoch: 0, seconds: 0 });
    return trained;
  }
  lastGood.set(network.weights);
  let seconds = from?.seconds ?? 0;
  let lastProgress = host.now();
  let lastKept = host.now();
  let step = from?.step ?? 0;
  let checkpoint = keep && checkpointOf(network, optimizer, stopping, from?.epoch ?? 0, seconds);
  const firstRows = { loss: 0, rows: 0, done: from !== undefined };
  const finish = async (epoch: number): Promise<Trained> => {
    if (keep && checkpoint) await keep(checkpoint, network);
    const restoredEpoch = stopping?.restore(network.weights) ?? null;
    emit({
      kind: "finished",
      epochs: epoch,
      seconds,
      loadSeconds,
      threads: 1,
      samplesPerSecond: seconds > 0 ? (epoch * order.length) / seconds : 0,
      restoredEpoch: restoredEpoch === epoch ? null : restoredEpoch,
    });
    return trained;
  };
  if (from && stopping?.isOver()) return await finish(from.epoch);
  for (let epoch = (from?.epoch ?? 0) + 1; epoch <= training.epochs; epoch++) {
    const began = host.now();
    const restedBefore = rest.milliseconds();
    const worked = (): number => (host.now() - began - (rest.milliseconds() - restedBefore)) / 1000;
    const halt = async (): Promise<boolean> => {
      if (host.now() - lastProgress >= PROGRESS_EVERY_MS) {
        lastProgress = host.now();
        emit(progress(epoch, step, training.epochs * batches, batchSize, seconds + worked()));
      }
      return await rest.wantsStop();
    };
    const stopped = async (): Promise<Trained> => {
      if (keep && checkpoint) await keep(checkpoint, network);
      emit({ kind: "stopped", epoch: epoch - 1, seconds: seconds + worked() });
      return trained;
    };
    if (training.shuffle) {
      order.set(trainRows);
      shuffle(order, randomFrom(training.seed, "shuffle", epoch));
    }
    network.batch.random = randomFrom(training.seed, "dropout", epoch);
    let lossSum = 0;
    let rate = 0;
    for (let batch = 0; batch < batches; batch++) {
      const start = batch * batchSize;
      const rows = Math.min(batchSize, order.length - start);
      network.gradients.fill(0);
      let total = 0;
      for (let at = 0; at < rows; at += network.capacity) {
        if (rest.isDue() && (await halt())) return await stopped();
        total += trainPiece(plan, network, outputs, load, trainMetrics, order, start + at, Math.min(network.capacity, rows - at), rows);
        recorder.countZeros();
      }
      const loss = total / rows + penalty(network, "add");
      lossSum += loss * rows;
      if (!Number.isFinite(loss)) {
        const { message, at } = firstBadValue(network, loss);
        network.weights.set(lastGood);
        emit({ kind: "diverged", code: "NN601", epoch, batch: batch + 1, message, at });
        return trained;
      }
      if (!firstRows.done) {
        firstRows.loss += loss * rows;
        firstRows.rows += rows;
        firstRows.done = firstRows.rows >= FIRST_ROWS || batch === batches - 1;
        if (firstRows.done) tell(findings.start(firstRows.loss / firstRows.rows));
      }
      const badLayer = recorder.record();
      if (badLayer !== undefined) {
        network.weights.set(lastGood);
        emit({ kind: "diverged", code: "NN601", epoch, batch: batch + 1, ...badGradient(badLayer) });
        return trained;
      }
      clipGradients(network.gradients, training.clip);
      if (batch === batches - 1) recorder.beforeLastUpdate();
      rate = learningRateAt(training, step);
      applyOptimizer(training.optimizer, rate, network.weights, network.gradients, ranges, optimizer);
      step++;
    }
    const metrics: Record<string, number> = {};
    for (const metric of trainMetrics) metrics[metric.name] = metric.take();
    let valLoss: number | null = null;
    if (validation.length > 0) {
      const measured = await measure(trained, load, validation, trainMetrics, async () => rest.isDue() && (await halt()));
      if (!measured) return await stopped();
      valLoss = measured.loss;
      for (const [name, value] of Object.entries(measured.metrics)) metrics[`val_${name}`] = value;
    }
    lastGood.set(network.weights);
    const layers = recorder.take();
    const elapsed = worked();
    seconds += elapsed;
    const event: TrainingEventOf<"epoch"> = {
      kind: "epoch",
      epoch,
      loss: lossSum / order.length,
      valLoss,
      metrics,
      learningRate: rate,
      seconds: elapsed,
      layers,
    };
    emit(event);
    tell(findings.observe(event));
    const enough = stopping?.observe(event, network.weights) === true;
    if (keep) {
      checkpoint = checkpointOf(network, optimizer, stopping, epoch, seconds);
      if (host.now() - lastKept >= KEEP_EVERY_MS) {
        await keep(checkpoint, network);
        lastKept = host.now();
      }
    }
    if (enough) return await finish(epoch);
  }
  return await finish(Math.max(training.epochs, from?.epoch ?? 0));
}

/** One piece of a mini-batch of `batchRows` rows: forward, loss, back. Gives the sum of its rows' losses. */
function trainPiece(
  { training }: TrainingPlan,
  network: Network,
  outputs: readonly OutputLoss[],
  load: BatchLoader,
  metrics: readonly RunningMetric[],
  order: Uint32Array,
  from: number,
  rows: number,
  batchRows: number,
): number {
  load(order, from, rows);
  forwardPass(network, "train");
  network.signals.fill(0);
  let total = 0;
  for (const output of outputs) {
    total += output.total();
    output.addGradient(gradientScale(training.optimizer.name, batchRows, output.step.output.width));
  }
  for (const metric of metrics) metric.add(rows);
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

function progress(epoch: number, stepsDone: number, stepsInAll: number, batchSize: number, seconds: number): TrainingEvent {
  const perSecond = seconds > 0 ? stepsDone / seconds : 0;
  return {
    kind: "progress",
    epoch,
    batch: stepsDone,
    samplesPerSecond: perSecond * batchSize,
    secondsLeft: perSecond > 0 ? (stepsInAll - stepsDone) / perSecond : 0,
  };
}

/** Where the numbers first went bad: in file order, which is the order they were computed in. */
function firstBadValue(network: Network, loss: number): { message: string; at: string } {
  const advice = "lower the learning rate, scale the data, or limit the gradients with `clip norm=1`";
  const rows = network.batch.rows;
  for (const { layer, output } of network.steps) {
    for (let i = 0; i < rows * output.width; i++) {
      if (Number.isFinite(output.values[i])) continue;
      return {
        message: `The output of ${layer.id} became ${output.values[i]}, so the loss is no number; ${advice}. The weights of the last good epoch are kept.`,
        at: layerKey(layer.id),
      };
    }
  }
  return { message: `The loss became ${loss}; ${advice}. The weights of the last good epoch are kept.`, at: "loss" };
}

function badGradient(layer: string): { message: string; at: string } {
  return {
    message: `The gradient of ${layer} became infinite or no number while the loss was still one; limit it with \`clip value=1\` or lower the learning rate. The weights of the last good epoch are kept.`,
    at: layerKey(layer),
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
