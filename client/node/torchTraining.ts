/**
 * A training in PyTorch. It writes the job (engine/exchange/torch) into a scratch folder, runs it in Python, and follows the job's events.
 * It takes the same options as the engine's own training (engine/training/trainer.ts), emits the same events, and ends with a network in
 * the engine, so its host needs no second code path.
 */
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { isLast, type TrainingEvent } from "../../engine/events.ts";
import { jobOf } from "../../engine/exchange/torch/job.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { causeOfGrowth, type Trial } from "../../engine/training/causes.ts";
import { checkpointBytes, parseCheckpoint, resumeFrom } from "../../engine/training/checkpoint.ts";
import { learnerFor } from "../../engine/training/learner.ts";
import { endOf, loadTraining } from "../../engine/training/loading.ts";
import { adaptNormalizers } from "../../engine/training/normalizers.ts";
import { type Run, type RunOptions, saveCheckpoint, startRun, stateOf, type TrainOptions } from "../../engine/training/run.ts";
import type { TrainedRun } from "../../engine/training/trainer.ts";
import { eventJson } from "../messages/eventLines.ts";
import { HistoryTail } from "../runs/historyTail.ts";
import { jobFiles, launcher } from "./pythonFiles.ts";
import { PythonError, PythonProcess } from "./pythonProcess.ts";

export interface TorchOptions extends TrainOptions {
  /** The path of Python; empty for the first one found. */
  readonly python: string;
  readonly processes: number;
  /** The bundle's folder, which contains the Python files. */
  readonly folder: URL;
  /** Returns the host's wish. Called at every look at the job's events. */
  readonly wish: () => Wish;
  /** Receives sentences for the user about what differs in PyTorch. */
  readonly note: (text: string) => void;
}

type Wish = "go" | "pause" | "stop";

const CHECKPOINT = "checkpoint.safetensors";
/** launch.py removes a folder with this name if its owner is gone. */
const SCRATCH = "backprop-torch-";
const LOOK_MS = 50;
const SAVE_EVERY_MS = 10_000;
/** A job that is still running this long after it was told to stop is killed. */
const STOP_MS = 8000;

/** Trains until the run ends, is stopped or fails; the last event says which. Returns undefined if it stopped or failed before it had a network. */
export async function trainWithTorch(plan: TrainingPlan, options: TorchOptions): Promise<TrainedRun | undefined> {
  const { last, trained } = await trainedIn(await mkdtemp(join(tmpdir(), SCRATCH)), plan, options);
  // After this event a worker may be terminated or start another training at once, so no work may remain.
  options.emit(last);
  return trained;
}

interface Ended {
  readonly last: TrainingEvent;
  readonly trained?: TrainedRun;
}

/** Trains in the scratch folder, which is removed afterwards. */
async function trainedIn(scratch: string, plan: TrainingPlan, options: TorchOptions): Promise<Ended> {
  let job: Job | undefined;
  try {
    job = await prepare(plan, options, scratch);
    return await follow(job);
  } catch (error) {
    return { last: error instanceof PythonError ? { kind: "failed", code: null, message: error.message, at: "train" } : endOf(error) };
  } finally {
    await job?.process.end();
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}

interface Job {
  readonly options: TorchOptions;
  /** The state of the run. Its network has the initial weights until the end. */
  readonly run: Run;
  /** The engine's first events, held back until the process has started. */
  readonly first: TrainingEvent[];
  isPaused: boolean;
  readonly process: PythonProcess;
  /** The file from which the job's process reads the host's wish. */
  readonly control: string;
  /** The folder that the job writes to. */
  readonly out: string;
}

async function prepare(plan: TrainingPlan, options: TorchOptions, scratch: string): Promise<Job> {
  const { precision = "float32", text = null } = options;
  const { examples, start, origin, loadSeconds } = await loadTraining(plan, options);
  const learner = learnerFor(plan, examples, { precision, start });
  const [first, out, control] = [[] as TrainingEvent[], join(scratch, "run"), join(scratch, "control")];
  const runOptions: RunOptions = {
    ...options,
    precision,
    fast: undefined,
    loadSeconds,
    origin,
    start,
    emit: (event) => void first.push(event),
    onReady: (own) => options.onReady?.(() => readLast(out) ?? own()),
  };
  const run = startRun(learner, runOptions);
  if (!options.resume) await adaptNormalizers(learner.network, learner.load, examples.parts.train, async () => false);
  // A training that can't save fails here, before its first epochs.
  if (options.saveCheckpoint) run.checkpoint = stateOf(run);
  await saveCheckpoint(run);
  const job = jobOf(learner, { text, precision, origin });
  for (const note of job.notes) options.note(note);
  await mkdir(out);
  const files = new Map<string, string | Uint8Array>([
    ...jobFiles(options.folder),
    ["launch.py", launcher(options.folder)],
    ["network.py", job.network],
    ["plan.json", JSON.stringify(plan)],
    ["started.json", JSON.stringify(eventJson(job.started, () => 1))],
    ["start.safetensors", job.start],
    ["data.safetensors", job.data],
    ["control", ""],
  ]);
  if (options.resume) files.set(join("run", CHECKPOINT), checkpointBytes(stateOf(run), learner.network, run.metadata));
  for (const [path, content] of files) await writeFile(join(scratch, path), content);
  const args = [join(scratch, "launch.py"), String(options.processes), "--out", out, "--control", control];
  return { options, run, first, isPaused: false, process: await PythonProcess.start(options.python, args, scratch), control, out };
}

/** Passes on the job's events until the last one. */
async function follow(job: Job): Promise<Ended> {
  const { options, process, control, out } = job;
  const tail = new HistoryTail(join(out, "history.jsonl"));
  let [wish, stopAt]: [Wish, number] = ["go", Number.POSITIVE_INFINITY];
  for (;;) {
    // Read before the history, so that the last lines of an ended process are not missed.
    const failure = process.failure;
    const events = await tail.read().then(
      (added) => added.events,
      () => [],
    );
    for (const event of events) {
      if (isLast(event)) return await conclude(job, event);
      take(job, event);
    }
    if (failure !== undefined) {
      const last: TrainingEvent = { kind: "failed", code: null, message: failure, at: "train" };
      return isBegun(job) ? await conclude(job, last) : { last };
    }
    await saveIfDue(job);
    const now = options.wish();
    if (now !== wish) await writeFile(control, now === "go" ? "" : now);
    if (now === "stop") stopAt = Math.min(stopAt, options.host.now() + STOP_MS);
    // Until its first event, a process only loads its libraries.
    const isIdle = now === "stop" && job.run.epoch === 0 && !isBegun(job);
    wish = now;
    if (isIdle || options.host.now() > stopAt)
      return await conclude(job, { kind: "stopped", epoch: job.run.epoch, seconds: job.run.seconds });
    await wait(LOOK_MS);
  }
}

const isBegun = ({ first }: Job): boolean => first.length === 0;

/** Passes on an event and its findings. */
function take(job: Job, event: TrainingEvent): void {
  const { options, run, first } = job;
  if (event.kind === "started") {
    // The engine's facts about the data, with the process's own about where it trains.
    for (const own of first.splice(0)) options.emit(own.kind === "started" ? { ...own, kernels: event.kernels } : own);
    return;
  }
  // A resumed run has already emitted this event, and a restarted worker repeats known facts.
  if (event.kind === "resumed" && run.epoch === event.epoch && !job.isPaused) return;
  if (event.kind === "epoch" && event.epoch <= run.epoch) return;
  if (event.kind === "paused" || event.kind === "resumed") job.isPaused = event.kind === "paused";
  options.emit(event);
  if (event.kind !== "epoch") return;
  run.epoch = event.epoch;
  run.seconds += event.seconds;
  for (const finding of run.findings.observe(event)) options.emit({ kind: "warning", ...finding, epoch: event.epoch });
}

/** Saves the job's last checkpoint if the previous save is old. */
async function saveIfDue({ run, out, options }: Job): Promise<void> {
  if (!options.saveCheckpoint || options.host.now() - run.savedAt < SAVE_EVERY_MS) return;
  const bytes = readLast(out);
  if (bytes) run.checkpoint = parseCheckpoint(bytes, run.learner.network);
  await saveCheckpoint(run);
}

/** Loads the job's last weights into the network and saves them. */
async function conclude({ run, out, options }: Job, last: TrainingEvent): Promise<Ended> {
  const { learner, stopping, metadata } = run;
  const bytes = readLast(out);
  if (bytes) {
    const checkpoint = parseCheckpoint(bytes, learner.network);
    resumeFrom(checkpoint, learner.network, learner.optimizer, stopping);
    run.epoch = checkpoint.epoch;
    run.checkpoint = checkpoint;
  }
  await saveCheckpoint(run);
  if (last.kind === "finished") run.epoch = stopping?.restore(learner.network.weights) ?? run.epoch;
  options.onReady?.(() => checkpointBytes(stateOf(run), learner.network, metadata));
  return {
    last: last.kind === "diverged" ? { ...last, ...divergence(last.epoch, learner) } : last,
    trained: { ...learner, epoch: run.epoch, metadata: { ...metadata, epoch: String(run.epoch) } },
  };
}

/** Returns the message of NN601 and the line to change. The process does not report the batch. */
function divergence(epoch: number, trial: Trial): { readonly message: string; readonly at: string } {
  const { text, at } = causeOfGrowth(trial);
  const restored = epoch === 1 ? "The start weights are restored." : `The weights of epoch ${epoch - 1} are restored.`;
  return { message: `The loss became infinite or NaN in epoch ${epoch}: ${text}. ${restored}`, at };
}

/** Returns the job's last checkpoint; undefined before the first. */
function readLast(out: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return new Uint8Array(readFileSync(join(out, CHECKPOINT)));
  } catch {
    return undefined;
  }
}
