/** The `.nn` file that is debugged: its text at the start of the session, its training, and the lines of the training's places. */
import { basename, dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { openStepper } from "../../engine/debug/open.ts";
import type { Place } from "../../engine/debug/places.ts";
import type { Stepper } from "../../engine/debug/stepper.ts";
import { lineKeys } from "../../engine/debug/tensors.ts";
import type { KernelFiles } from "../../engine/kernels/wasm.ts";
import type { Precision } from "../../engine/network/compile.ts";
import { type DocumentPlace, dataReader } from "../../server/dataFiles.ts";
import type { Planned } from "../../server/language/toPlan.ts";
import { locate } from "../../server/locate.ts";
import { nodeFiles, readInside } from "../../server/nodeFiles.ts";
import { readRegular } from "../../server/regularFiles.ts";
import { unpack } from "../node/unpack.ts";

export interface Launch {
  /** The file's path on this machine. */
  readonly program: string;
  /** The training's name, if the file has several. */
  readonly run?: string | undefined;
  readonly precision?: Precision | undefined;
  /** Folders that data may be read from, besides the file's own. */
  readonly roots?: readonly string[] | undefined;
  /** The seed in place of the file's. */
  readonly seed?: number | undefined;
  /** The epoch, and the batch in it, before which the training stands still at first; both from 1. */
  readonly epoch?: number | undefined;
  readonly batch?: number | undefined;
  /** The line of the cursor, from 1: of several trainings, the one there is debugged. */
  readonly line?: number | undefined;
}

export interface Program {
  readonly path: string;
  readonly text: string;
  readonly planned: Planned;
  readonly stepper: Stepper;
  readonly precision: Precision;
  /** Returns the line of a place, from 1. */
  readonly lineOf: (place: Place) => number;
  /** Returns the line of a part of the plan, from 1. */
  readonly lineOfKey: (key: string) => number;
  /** The line of the `train` block. */
  readonly trainLine: number;
  /** The lines where the training can stop, rising. */
  readonly stopLines: readonly number[];
}

/** A file that can't be debugged, with the reason for the user. */
export class LaunchProblem extends Error {}

/** Reads, checks and prepares the file. Throws `LaunchProblem`, or `DataProblem` if its data can't be used. */
export async function openProgram(launch: Launch, kernels: KernelFiles | undefined): Promise<Program> {
  const path = launch.program.startsWith("file:") ? fileURLToPath(launch.program) : launch.program;
  const text = await readRegular(path).then(
    (bytes) => bytes.toString(),
    () => {
      throw new LaunchProblem(`${path} can't be read.`);
    },
  );
  const uri = pathToFileURL(path).href;
  const roots = [dirname(path), ...(launch.roots ?? [])].map((folder) => pathToFileURL(folder).href);
  const planned = await plannedTraining(launch, text, { uri, roots });
  const precision = launch.precision ?? "float32";
  const read = async (data: string): Promise<Uint8Array> => {
    const located = locate(data, uri, roots);
    if ("problem" in located) throw new Error(located.problem);
    return new Uint8Array(await readInside(fileURLToPath(located.uri), roots));
  };
  const { plan: written } = planned;
  const plan = launch.seed === undefined ? written : { ...written, training: { ...written.training, seed: launch.seed } };
  const stepper = await openStepper(plan, { files: { unpack, read }, precision, kernels });
  const { epoch = 1, batch = 1 } = launch;
  const { layout } = stepper.timeline.cursor;
  await stepper.goTo({ epoch, batch: Math.min(batch, layout.batches) - 1, index: 0, isDone: false });
  const lineOfKey = (key: string): number => lineAt(text, planned.sources[key]?.start ?? 0);
  const lineOf = (place: Place): number =>
    lineOfKey(lineKeys(place, stepper.timeline).find((key) => planned.sources[key] !== undefined) ?? "train");
  const lines = layout.placesOf(layout.batches - 1).map(lineOf);
  return {
    path,
    text,
    planned,
    stepper,
    precision,
    lineOf,
    lineOfKey,
    trainLine: lineOfKey("train"),
    stopLines: [...new Set(lines)].sort((a, b) => a - b),
  };
}

async function plannedTraining({ program, run, line }: Launch, text: string, place: DocumentPlace): Promise<Planned> {
  const analysis = await dataReader(nodeFiles).analyse(text, place);
  const name = basename(program);
  const { trains, plans, issues } = analysis;
  if (trains.length === 0) throw new LaunchProblem(`${name} has no \`train\` block, so there is nothing to debug.`);
  const labels = trains.map(({ node, model }) => node.label?.text ?? model?.name ?? "");
  const atLine = trains.findIndex(
    ({ node }) => line !== undefined && lineAt(text, node.span.start) <= line && line <= lineAt(text, node.span.end),
  );
  const at = run !== undefined ? labels.indexOf(run) : atLine >= 0 ? atLine : 0;
  if (at < 0)
    throw new LaunchProblem(`${name} has no training named ${run}; there ${labels.length === 1 ? "is" : "are"} ${labels.join(", ")}.`);
  const planned = plans[at];
  if (planned) return planned;
  const error = issues.find(({ severity }) => severity === "error");
  throw new LaunchProblem(
    error ? `${name}:${lineAt(text, error.span.start)}: ${error.code}: ${error.message}` : `${name} can't be trained yet.`,
  );
}

/** Returns the line of an offset, from 1. */
export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split(/\r\n|\r|\n/).length;
