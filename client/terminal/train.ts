/** `nn train`: prints epochs and, at the end, a table of gradients. With --out it saves the weights, events and checkpoints. */
import { resolve } from "node:path";
import type { DataFit } from "../../engine/data/fit.ts";
import { DataProblem } from "../../engine/data/problem.ts";
import type { TrainingEvent } from "../../engine/events.ts";
import type { Network } from "../../engine/network/network.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { plainText } from "../../engine/safeText.ts";
import { type Checkpoint, parseCheckpoint } from "../../engine/training/checkpoint.ts";
import { type TrainedRun, type TrainOptions, train } from "../../engine/training/trainer.ts";
import { eventLine, type LineOf } from "../messages/eventLines.ts";
import { kernelFiles } from "../node/kernelFiles.ts";
import { kernelThreadsFrom, threadCount } from "../node/threads.ts";
import { type SeedResult, seededPlans } from "../runs/seedResults.ts";
import { trainedWithFrom } from "../runs/trainedFile.ts";
import type { LiveLogs } from "./exchange/tensorboard.ts";
import { type Interruption, listenForInterruption } from "./interruption.ts";
import type { LetValue } from "./letValues.ts";
import { FileError, type OpenFile, openFile, requirePlan, UsageError, workingFolder } from "./openFile.ts";
import { type OutFolder, openOutFolder, readCheckpoint } from "./outFolder.ts";
import { seedResult, seedsText } from "./seeds.ts";
import { TerminalView } from "./terminalView.ts";

export interface TrainCommandOptions {
  readonly run?: string;
  readonly out?: string;
  readonly epochs?: number;
  readonly seed?: number;
  readonly precision: "float32" | "float64";
  readonly threads?: number;
  readonly resume?: string;
  readonly json?: boolean;
  readonly allow: readonly string[];
  readonly set?: readonly LetValue[];
  /** The folder for TensorBoard's logs. */
  readonly tensorboard?: string;
  /** The number of trainings, each from the next seed; overrides the file's. */
  readonly seeds?: number;
  /** `torch`: trains with PyTorch, in this Python, on this number of processes. */
  readonly engine?: "backprop" | "torch";
  readonly python?: string;
  readonly processes?: number;
}

const bundle = new URL(".", import.meta.url);
const kernels = kernelFiles(bundle);

/** Returns whether the training finished or was stopped by the user, and the weights were saved if requested. */
export async function trainCommand(name: string, options: TrainCommandOptions): Promise<boolean> {
  const file = await openFile(name, { allow: options.allow, set: options.set });
  const { plan: written, sources, seeds } = requirePlan(file, options.run);
  requireEngine(options);
  const plan = planFor(written, options);
  const lineOf: LineOf = (key) => file.lines.at(sources[key]?.start ?? 0).line;
  const interrupt = listenForInterruption();
  const show = options.json ? jsonLine(lineOf) : terminal(file, plan, lineOf);
  const count = options.seeds ?? seeds;
  if (count > 1) return await trainSeeds(count, { plan, file, options, before: undefined, interrupt, show });
  const { resume, out: given = resume } = options;
  const folder = workingFolder();
  const resumes = given !== undefined && resume !== undefined && resolve(folder, given) === resolve(folder, resume);
  const logs = await logsOf(options, file, plan);
  const out = given === undefined ? undefined : openOutFolder(given, { plan, lineOf, resumes, warn: toStderr });
  try {
    const before = resume === undefined ? undefined : await readCheckpoint(resume, plan);
    const seen: Show = (event) => {
      logs?.record(event);
      show(event);
    };
    return await trainInto(out, { plan, file, options, before, interrupt, show: seen });
  } finally {
    await out?.close();
    interrupt.end();
  }
}

/** Throws `UsageError` if an option has no effect with the chosen engine. */
function requireEngine({ engine, python, processes, threads }: TrainCommandOptions): void {
  const lost =
    engine === "torch"
      ? [threads !== undefined && "--threads"]
      : [python !== undefined && "--python", processes !== undefined && "--processes"];
  const [option] = lost.filter((name) => name !== false);
  if (option === undefined) return;
  throw new UsageError(
    engine === "torch" ? `${option} has no effect with --engine torch; use --processes.` : `${option} needs --engine torch.`,
  );
}

/** Opens TensorBoard's logs. Their code is loaded only here. */
async function logsOf(
  { tensorboard: folder, resume }: TrainCommandOptions,
  { analysis }: OpenFile,
  plan: TrainingPlan,
): Promise<LiveLogs | undefined> {
  if (folder === undefined) return undefined;
  const { openLiveLogs } = await import("./exchange/tensorboard.ts");
  return openLiveLogs(folder, { plan, text: analysis.text }, { resumes: resume !== undefined, warn: toStderr });
}

/** Trains from several seeds and prints each result. Returns whether all trainings finished. */
async function trainSeeds(count: number, training: Training): Promise<boolean> {
  const { options, interrupt, show } = training;
  if (options.tensorboard !== undefined) throw new UsageError("--tensorboard logs one training; add --seeds 1.");
  if (options.out !== undefined || options.resume !== undefined) {
    const [what, repair] = options.resume === undefined ? ["saved", "train and save one"] : ["resumed", "continue the saved one"];
    const who = options.seeds === undefined ? "`seeds` in the file" : "--seeds";
    throw new UsageError(`${who} trains ${count} networks, so nothing is ${what}; add --seeds 1 to ${repair}.`);
  }
  const results: SeedResult[] = [];
  const isTerminal = process.stderr.isTTY === true;
  try {
    for (const plan of seededPlans(training.plan, count)) {
      if (interrupt.isAsked()) break;
      const { seed } = plan.training;
      if (isTerminal) process.stderr.write(`\r\x1b[Kseed ${seed}, ${results.length + 1} of ${count}`);
      const { add, result } = seedResult(seed);
      const { last } = await trainOnce({ ...training, plan, show: add }, undefined);
      results.push(result());
      // A training that can't run with one seed can't run with the others.
      if (last?.kind === "failed") {
        show(last);
        break;
      }
    }
  } finally {
    if (isTerminal) process.stderr.write("\r\x1b[K");
    interrupt.end();
  }
  process.stdout.write(options.json ? `${JSON.stringify(results)}\n` : `${seedsText(results)}\n`);
  return results.every(({ end }) => end === "finished");
}

interface Training {
  readonly plan: TrainingPlan;
  readonly file: OpenFile;
  readonly options: TrainCommandOptions;
  /** The checkpoint from which the training continues. */
  readonly before: Uint8Array | undefined;
  readonly interrupt: Interruption;
  readonly show: Show;
}

async function trainInto(out: OutFolder | undefined, training: Training): Promise<boolean> {
  const { options } = training;
  const { trained, last } = await trainOnce(training, out);
  const isSaved = await saveTrained(trained, out, last, options);
  const isOver = last?.kind === "finished" || last?.kind === "stopped";
  return isSaved && isOver;
}

/** Trains, reporting each event. Returns the network, if any, and the last event. */
async function trainOnce(
  { plan, file, options, before, interrupt, show }: Training,
  out: OutFolder | undefined,
): Promise<{ readonly trained: TrainedRun | undefined; readonly last: TrainingEvent | undefined }> {
  const fit = before && savedFit(before, options.resume ?? "");
  let last: TrainingEvent | undefined;
  const trainOptions: TrainOptions = {
    precision: options.precision,
    files: file.files,
    text: file.analysis.text,
    ...(kernels && { kernels }),
    threads: { count: threadCount(options.threads ?? 0, "terminal"), start: kernelThreadsFrom(bundle) },
    ...(before && { resume: (network) => resumed(before, network, options.resume ?? ""), fit: () => fit }),
    ...(out && { saveCheckpoint: out.saveCheckpoint }),
    host: {
      now: () => performance.now(),
      rest: () => new Promise((done) => setImmediate(() => done(interrupt.isAsked() ? "stop" : "go"))),
      memory: () => process.availableMemory(),
    },
    emit(event) {
      last = event;
      out?.record(event);
      show(event);
    },
  };
  const trained = await (options.engine === "torch" ? inPython(plan, trainOptions, options, interrupt) : train(plan, trainOptions));
  return { trained, last };
}

/** Trains with PyTorch. Its code is loaded only here. */
async function inPython(
  plan: TrainingPlan,
  trainOptions: TrainOptions,
  { python = "", processes = 1 }: TrainCommandOptions,
  { isAsked }: Interruption,
): Promise<TrainedRun | undefined> {
  const { trainWithTorch } = await import("../node/torchTraining.ts");
  const wish = (): "go" | "stop" => (isAsked() ? "stop" : "go");
  return await trainWithTorch(plan, { ...trainOptions, python, processes, folder: bundle, wish, note: toStderr });
}

const planFor = (plan: TrainingPlan, { epochs, seed }: TrainCommandOptions): TrainingPlan => ({
  ...plan,
  training: { ...plan.training, epochs: epochs ?? plan.training.epochs, seed: seed ?? plan.training.seed },
});

type Show = (event: TrainingEvent) => void;

const jsonLine =
  (lineOf: LineOf): Show =>
  (event) =>
    void process.stdout.write(eventLine(event, lineOf));

function terminal({ name }: OpenFile, { training }: TrainingPlan, lineOf: LineOf): Show {
  const view = new TerminalView(name, training.epochs, lineOf);
  return (event) => view.show(event);
}

/** Returns the fit of the resumed training; undefined, with a warning, if an older version started it. */
function savedFit(bytes: Uint8Array, folder: string): DataFit | undefined {
  let fit: DataFit | undefined;
  try {
    fit = trainedWithFrom(bytes)?.fit;
  } catch (error) {
    throw new FileError(`The checkpoint in ${folder} can't be used: ${error instanceof Error ? error.message : String(error)}.`);
  }
  if (!fit) toStderr(`The checkpoint in ${folder} has no fit of its data, so scales and classes are fitted anew to the present data.`);
  return fit;
}

function resumed(bytes: Uint8Array, network: Network, folder: string): Checkpoint {
  try {
    return parseCheckpoint(bytes, network);
  } catch (error) {
    throw new DataProblem(`The checkpoint in ${folder} can't be used: ${error instanceof Error ? error.message : String(error)}.`, {
      at: "train",
    });
  }
}

/** Saves the weights and reports the paths. Returns whether the weights are in their folder, if one was requested. */
async function saveTrained(
  trained: TrainedRun | undefined,
  out: OutFolder | undefined,
  last: TrainingEvent | undefined,
  { json }: TrainCommandOptions,
): Promise<boolean> {
  const say = (text: string): void => void (json ? process.stderr : process.stdout).write(`${plainText(text)}\n`);
  if (!trained || !out) {
    if (last?.kind === "stopped") say("Nothing was saved; train with --out DIR to save the weights.");
    return true;
  }
  const { files, elsewhere, isWhole } = await out.saveWeights(trained);
  const next =
    last?.kind !== "finished" && last?.kind !== "diverged" && files.includes("checkpoint.safetensors")
      ? ` Continue with --resume ${out.folder}.`
      : "";
  if (files.length > 0) say(`Saved to ${out.folder}: ${files.join(", ")}.${next}`);
  if (elsewhere) toStderr(`The weights are saved as ${elsewhere} instead.`);
  else if (!files.includes("weights.safetensors")) toStderr("The weights could not be saved.");
  return isWhole;
}

const toStderr = (text: string): void => void process.stderr.write(`${plainText(text)}\n`);
