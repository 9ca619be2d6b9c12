/** `nn train`: prints each epoch and, at the end, a table of gradients. With --out it saves the weights, events and checkpoints. */
import type { DataFit } from "../../engine/data/fit.ts";
import { DataProblem } from "../../engine/data/problem.ts";
import type { TrainingEvent } from "../../engine/events.ts";
import type { Network } from "../../engine/network/network.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { plainText } from "../../engine/safeText.ts";
import { type Checkpoint, parseCheckpoint } from "../../engine/training/checkpoint.ts";
import { type TrainedRun, train } from "../../engine/training/trainer.ts";
import { kernelFiles } from "../node/kernelFiles.ts";
import { kernelThreadsFrom, threadCount } from "../node/threads.ts";
import { trainedWithFrom } from "../runs/trainedFile.ts";
import { jsonEvent, type LineOf } from "./jsonEvents.ts";
import { FileError, type OpenFile, openFile, requirePlan } from "./openFile.ts";
import { type OutFolder, openOutFolder, readCheckpoint } from "./outFolder.ts";
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
}

const kernels = kernelFiles(new URL(".", import.meta.url));

/** Returns whether the training finished or was stopped by the user, rather than failed. */
export async function trainCommand(name: string, options: TrainCommandOptions): Promise<boolean> {
  const file = await openFile(name, options.allow);
  const { plan: written, sources } = requirePlan(file, options.run);
  const plan = planFor(written, options);
  const lineOf: LineOf = (key) => file.lines.at(sources[key]?.start ?? 0).line;
  const before = options.resume === undefined ? undefined : await readCheckpoint(options.resume, plan);
  const fit = before && savedFit(before, options.resume ?? "");
  const folder = options.out ?? options.resume;
  const out = folder === undefined ? undefined : await openOutFolder(folder, plan, folder === options.resume);
  const show = options.json ? jsonLine(lineOf) : terminal(file, plan, lineOf);
  const interrupt = interruption();
  let last: TrainingEvent | undefined;
  const trained = await train(plan, {
    precision: options.precision,
    files: file.files,
    text: file.analysis.text,
    ...(kernels && { kernels }),
    threads: { count: threadCount(options.threads ?? 0, "terminal"), start: kernelThreadsFrom(new URL(".", import.meta.url)) },
    ...(before && { resume: (network) => resumed(before, network, options.resume ?? ""), fit: () => fit }),
    ...(out && { saveCheckpoint: out.saveCheckpoint }),
    host: {
      now: () => performance.now(),
      rest: () => new Promise((resolve) => setImmediate(() => resolve(interrupt.isAsked() ? "stop" : "go"))),
      memory: () => process.availableMemory(),
    },
    emit(event) {
      last = event;
      out?.record(event);
      show(event);
    },
  });
  interrupt.end();
  await saveTrained(trained, out, last, options);
  return last?.kind === "finished" || last?.kind === "stopped";
}

const planFor = (plan: TrainingPlan, { epochs, seed }: TrainCommandOptions): TrainingPlan => ({
  ...plan,
  training: { ...plan.training, epochs: epochs ?? plan.training.epochs, seed: seed ?? plan.training.seed },
});

type Show = (event: TrainingEvent) => void;

const jsonLine =
  (lineOf: LineOf): Show =>
  (event) =>
    void process.stdout.write(`${JSON.stringify(jsonEvent(event, lineOf))}\n`);

function terminal({ name }: OpenFile, { training }: TrainingPlan, lineOf: LineOf): Show {
  const view = new TerminalView(name, training.epochs, lineOf);
  return (event) => view.show(event);
}

interface Interruption {
  readonly isAsked: () => boolean;
  readonly end: () => void;
}

/** The first Ctrl+C asks the training to stop; the second one ends the process at once. */
function interruption(): Interruption {
  let isAsked = false;
  const interrupt = (): void => {
    if (isAsked) process.exit(130);
    isAsked = true;
  };
  process.on("SIGINT", interrupt);
  return { isAsked: () => isAsked, end: () => void process.off("SIGINT", interrupt) };
}

/** Returns the fit of the training that is resumed; undefined, with a warning, if an older version began it. */
function savedFit(bytes: Uint8Array, folder: string): DataFit | undefined {
  let fit: DataFit | undefined;
  try {
    fit = trainedWithFrom(bytes)?.fit;
  } catch (error) {
    throw new FileError(`The checkpoint in ${folder} can't be used: ${error instanceof Error ? error.message : String(error)}.`);
  }
  if (!fit)
    process.stderr.write(
      `${plainText(`The checkpoint in ${folder} has no fit of its data, so scales and classes are fitted anew to the present data.`)}\n`,
    );
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

async function saveTrained(
  trained: TrainedRun | undefined,
  out: OutFolder | undefined,
  last: TrainingEvent | undefined,
  { json }: TrainCommandOptions,
): Promise<void> {
  const say = (text: string): void => void (json ? process.stderr : process.stdout).write(`${plainText(text)}\n`);
  if (trained && out) {
    await out.saveWeights(trained);
    const next = last?.kind === "stopped" ? ` Continue with --resume ${out.folder}.` : "";
    say(`Saved to ${out.folder}: plan.json, history.jsonl, weights.safetensors, checkpoint.safetensors.${next}`);
  } else if (last?.kind === "stopped") say("Nothing was saved; train with --out DIR to save the weights.");
}
