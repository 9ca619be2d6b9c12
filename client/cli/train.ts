/** `nn train`: epochs as they come, a table of gradients at the end, and what was learnt in a folder if asked. */
import { DataProblem } from "../../engine/data/problem.ts";
import type { TrainingEvent, TrainingEventOf } from "../../engine/events.ts";
import type { Network } from "../../engine/network/network.ts";
import { layerKey, type TrainingPlan } from "../../engine/plan.ts";
import { type Checkpoint, parseCheckpoint } from "../../engine/training/checkpoint.ts";
import { type Trained, train } from "../../engine/training/trainer.ts";
import { duration, grouped, percent, short } from "../format.ts";
import { kernelFiles } from "../kernels.ts";
import { helpersFrom, threadCount } from "../threads.ts";
import { type OpenFile, openFile, requirePlan } from "./open.ts";
import { type OutFolder, openOut, readCheckpoint } from "./out.ts";
import { styled, table } from "./print.ts";

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

/** Whether the training came to its end, or to the user's. */
export async function trainCommand(name: string, options: TrainCommandOptions): Promise<boolean> {
  const file = await openFile(name, options.allow);
  const { plan: written, sources } = requirePlan(file, options.run);
  const plan: TrainingPlan = {
    ...written,
    training: { ...written.training, epochs: options.epochs ?? written.training.epochs, seed: options.seed ?? written.training.seed },
  };
  const lineOf = (key: string): number => file.lines.at(sources[key]?.start ?? 0).line;
  const before = options.resume === undefined ? undefined : await readCheckpoint(options.resume, plan);
  const folder = options.out ?? options.resume;
  const out = folder === undefined ? undefined : await openOut(folder, plan, folder === options.resume);
  const show = options.json ? undefined : terminalView(file, plan, lineOf);

  let stopAsked = false;
  const interrupt = (): void => {
    if (stopAsked) process.exit(130);
    stopAsked = true;
  };
  process.on("SIGINT", interrupt);
  let last: TrainingEvent | undefined;
  const trained = await train(plan, {
    precision: options.precision,
    files: file.files,
    ...(kernels && { kernels }),
    threads: { count: threadCount(options.threads ?? 0), start: helpersFrom(new URL(".", import.meta.url)) },
    ...(before && { resume: (network) => resumed(before, network, options.resume ?? "") }),
    ...(out && { keep: out.keep }),
    host: {
      now: () => performance.now(),
      rest: () => new Promise((resolve) => setImmediate(() => resolve(stopAsked ? "stop" : "go"))),
      memory: () => process.availableMemory(),
    },
    emit(event) {
      last = event;
      out?.record(event);
      if (options.json) process.stdout.write(`${JSON.stringify(jsonEvent(event, lineOf))}\n`);
      else show?.(event);
    },
  });
  process.off("SIGINT", interrupt);
  await keep(trained, out, last, options);
  return last?.kind === "finished" || last?.kind === "stopped";
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

async function keep(
  trained: Trained | undefined,
  out: OutFolder | undefined,
  last: TrainingEvent | undefined,
  { json }: TrainCommandOptions,
): Promise<void> {
  const say = (text: string): void => void (json ? process.stderr : process.stdout).write(`${text}\n`);
  if (trained && out) {
    await out.save(trained.network);
    const goOn = last?.kind === "stopped" ? ` Go on with --resume ${out.folder}.` : "";
    say(`Saved to ${out.folder}: plan.json, history.jsonl, weights.safetensors, checkpoint.safetensors.${goOn}`);
  } else if (last?.kind === "stopped") say("Nothing was saved; with --out DIR what was learnt is kept.");
}

/** Events under the names that `--json` promises. */
function jsonEvent(event: TrainingEvent, lineOf: (key: string) => number): object {
  switch (event.kind) {
    case "epoch":
      return {
        event: "epoch",
        epoch: event.epoch,
        loss: event.loss,
        val_loss: event.valLoss,
        metrics: event.metrics,
        learning_rate: event.learningRate,
        seconds: event.seconds,
        layers: event.layers.map(({ layer, gradient, updateRatio, weightNorm, deadUnits, units }) => ({
          name: layer,
          line: lineOf(layerKey(layer)),
          gradient,
          update_ratio: updateRatio,
          weight_norm: weightNorm,
          dead_units: deadUnits,
          units,
        })),
      };
    case "finished":
      return {
        event: "finished",
        epochs: event.epochs,
        seconds: event.seconds,
        load_seconds: event.loadSeconds,
        threads: event.threads,
        samples_per_second: event.samplesPerSecond,
        restored_epoch: event.restoredEpoch,
      };
    case "started":
      return {
        event: "started",
        model: event.model,
        run: event.run,
        layers: event.layers.map((layer) => ({ ...layer, line: lineOf(layerKey(layer.id)) })),
        rows: event.rows,
        epochs: event.epochs,
        batches_per_epoch: event.batchesPerEpoch,
        precision: event.precision,
        load_seconds: event.loadSeconds,
      };
    case "loading":
      return { event: "loading", share: event.share, rows: event.rows };
    case "progress":
      return {
        event: "progress",
        epoch: event.epoch,
        batch: event.batch,
        samples_per_second: event.samplesPerSecond,
        seconds_left: event.secondsLeft,
      };
    case "failed":
    case "diverged":
    case "warning": {
      const { kind, at, ...rest } = event;
      return { event: kind, line: lineOf(at), ...rest };
    }
    default: {
      const { kind, ...rest } = event;
      return { event: kind, ...rest };
    }
  }
}

type View = (event: TrainingEvent) => void;

function terminalView({ name }: OpenFile, plan: TrainingPlan, lineOf: (key: string) => number): View {
  const isTerminal = process.stderr.isTTY === true;
  const clear = (): void => void (isTerminal && process.stderr.write("\r\x1b[K"));
  const say = (text: string): void => {
    clear();
    process.stdout.write(`${text}\n`);
  };
  let lastEpoch: TrainingEventOf<"epoch"> | undefined;
  let started: TrainingEventOf<"started"> | undefined;
  // Of very many epochs some are printed: the first, the last and about twenty between.
  const every = Math.max(1, Math.floor(plan.training.epochs / 20));
  const line = (event: TrainingEventOf<"epoch">): string => {
    const figures = [
      ["loss", event.loss],
      ...(event.valLoss === null ? [] : [["val_loss", event.valLoss]]),
      ...Object.entries(event.metrics),
    ] as [string, number][];
    return `epoch ${String(event.epoch).padStart(String(plan.training.epochs).length)}  ${figures.map(([title, value]) => `${title} ${short(value)}`).join("  ")}`;
  };
  const place = (at: string): string => `${name}:${lineOf(at)}`;
  return (event) => {
    switch (event.kind) {
      case "started":
        started = event;
        say(
          `${styled("bold", event.run)}: ${grouped(event.layers.reduce((sum, { parameters }) => sum + parameters, 0))} parameters, ${grouped(event.rows.train)} rows to train on${event.rows.validation > 0 ? `, ${grouped(event.rows.validation)} to validate` : ""}, ${event.precision}`,
        );
        return;
      case "progress":
        if (isTerminal)
          process.stderr.write(
            `\r\x1b[K${bar(event.batch / ((started?.batchesPerEpoch ?? 1) * plan.training.epochs))} epoch ${event.epoch} of ${plan.training.epochs}  ${lastEpoch ? `loss ${short(lastEpoch.loss)}  ` : ""}${grouped(event.samplesPerSecond)} samples/s  ${duration(event.secondsLeft)} left`,
          );
        return;
      case "epoch":
        lastEpoch = event;
        if (event.epoch === 1 || event.epoch % every === 0) say(line(event));
        return;
      case "warning":
        say(`${place(event.at)}: ${styled("yellow", `warning ${event.code}`)}: ${event.message}`);
        return;
      case "failed":
      case "diverged":
        clear();
        process.stderr.write(
          `${place(event.at)}:1: ${styled("red", `error${event.code ? ` ${event.code}` : ""}`, process.stderr)}: ${event.message}\n`,
        );
        return;
      case "finished":
      case "stopped":
        if (lastEpoch && lastEpoch.epoch !== 1 && lastEpoch.epoch % every !== 0) say(line(lastEpoch));
        if (lastEpoch && started) say(`\n${gradientTable(lastEpoch, started, lineOf)}\n`);
        say(
          event.kind === "stopped"
            ? `Stopped after epoch ${event.epoch}.`
            : `${event.epochs} epochs in ${duration(event.seconds)}, ${grouped(event.samplesPerSecond)} samples/s${event.restoredEpoch === null ? "" : `; went back to the weights of epoch ${event.restoredEpoch}, the best one`}.`,
        );
        return;
      case "loading":
        if (isTerminal) process.stderr.write(`\r\x1b[K${bar(event.share)} reading, ${grouped(event.rows)} rows`);
        return;
      case "paused":
      case "resumed":
        return;
    }
  };
}

function gradientTable(epoch: TrainingEventOf<"epoch">, { layers }: TrainingEventOf<"started">, lineOf: (key: string) => number): string {
  const rows = epoch.layers.map(({ layer, gradient, updateRatio }) => {
    const facts = layers.find(({ id }) => id === layer);
    return [
      layer,
      String(lineOf(layerKey(layer))),
      facts?.shape.join("x") ?? "",
      grouped(facts?.parameters ?? 0),
      short(gradient.norm),
      short(gradient.mean),
      short(gradient.max),
      percent(gradient.zeros),
      short(updateRatio),
    ];
  });
  return table(["gradients", "line", "shape", "parameters", "norm", "mean", "largest", "zeros", "update/weight"], rows);
}

function bar(share: number): string {
  const width = 24;
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return `${"█".repeat(full)}${"░".repeat(width - full)} ${String(Math.floor(100 * Math.min(1, share))).padStart(3)} %`;
}
