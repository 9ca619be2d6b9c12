/** TensorBoard logs of a saved run, or of a training in progress. */
import { appendFileSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { TrainingEvent } from "../../../engine/events.ts";
import { epochScalars, LOG_PARTS, type LogPart, tensorboardLogs } from "../../../engine/exchange/tensorboard/logs.ts";
import { scalarsIn } from "../../../engine/exchange/tensorboard/read.ts";
import type { TrainingPlan } from "../../../engine/plan.ts";
import { readRegular } from "../../../server/regularFiles.ts";
import { historyFrom } from "../../messages/eventReader.ts";
import { unwritable } from "../../runs/fileProblems.ts";
import { epochFrom, rowLength } from "../../runs/history.ts";
import { localFiles, RUN_FILES } from "../../runs/runFiles.ts";
import { parseSnapshots, parseStored } from "../../runs/storedRun.ts";
import { createFolder } from "../createFolder.ts";
import { FileError, UsageError, workingFolder } from "../openFile.ts";
import type { PartScalar } from "./python.ts";

/** The events of a finished training, and its start time in seconds since 1970. */
interface PastTraining {
  readonly begun: number;
  readonly events: readonly TrainingEvent[];
}

const HISTORY = "history.jsonl";

/** Reads a `nn train --out` folder or one of the editor's runs. Throws `FileError` if it has no events. */
async function pastTraining(folder: string): Promise<PastTraining> {
  const past = (await ofEditor(folder)) ?? (await ofTerminal(folder));
  if (!past) throw new FileError(`${folder} has no ${HISTORY} and no ${RUN_FILES.run} with epochs, so there is nothing to log.`);
  return past;
}

async function ofTerminal(folder: string): Promise<PastTraining | undefined> {
  const path = join(folder, HISTORY);
  const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (modified === undefined) return undefined;
  const events = historyFrom((await readRegular(path)).toString());
  const seconds = events.reduce((sum, event) => sum + (event.kind === "epoch" ? event.seconds : 0), 0);
  return events.length === 0 ? undefined : { begun: modified / 1000 - seconds, events };
}

async function ofEditor(folder: string): Promise<PastTraining | undefined> {
  const [files, id] = [localFiles(dirname(folder)), basename(folder)];
  const text = async (file: string): Promise<string> => Buffer.from((await files.read(id, file)) ?? []).toString();
  const stored = parseStored(await text(RUN_FILES.run));
  if (!stored) return undefined;
  const { started, end, facts } = stored.state;
  const layout = stored.table?.layout;
  const epochs: TrainingEvent[] = [];
  if (layout) {
    const width = rowLength(layout);
    await files.rowsBehind(id, width, 0, (rows) => {
      for (let at = 0; at < rows.length; at += width) epochs.push(epochFrom(layout, rows.subarray(at, at + width)));
    });
  }
  const snapshots = parseSnapshots(await text(RUN_FILES.snapshots));
  return {
    begun: facts.begun / 1000,
    events: [started, ...snapshots, ...epochs, end].filter((event) => event !== null && event !== undefined),
  };
}

/** Returns the last event of a training; undefined for a folder without events. */
export async function lastEventIn(folder: string): Promise<TrainingEvent | undefined> {
  const past = (await ofEditor(folder)) ?? (await ofTerminal(folder));
  return past?.events.at(-1);
}

/** Returns the log files by their paths in the folder: `NAME/train/events…`. */
export async function pastLogs(folder: string, { plan, text }: Logged): Promise<ReadonlyMap<string, Uint8Array>> {
  const { begun, events } = await pastTraining(folder);
  const logs = tensorboardLogs({ plan, text, begun });
  const parts = new Map<LogPart, Uint8Array[]>();
  let time = begun;
  for (const event of events) {
    if (event.kind === "epoch") time += event.seconds;
    for (const { part, records } of logs.add(event, time)) parts.set(part, [...(parts.get(part) ?? []), ...records]);
  }
  return new Map([...parts].map(([part, records]) => [join(part, logs.fileName), Buffer.concat(records)]));
}

/** Returns the scalars in the logs, with the parts in their paths. Throws `FileError` if a record is damaged. */
export const readLogs = (files: ReadonlyMap<string, Uint8Array>): readonly PartScalar[] =>
  [...files].flatMap(([path, bytes]) => scalarsIn(bytes).map((scalar) => ({ part: path.split(/[/\\]/)[0] ?? "", ...scalar })));

/**
 * Returns the largest difference between the scalars and the run's events, relative to the number or, if it is below 1, absolute. A missing
 * or extra scalar is infinitely far off.
 */
export async function logDifference(
  folder: string,
  scalars: readonly PartScalar[],
): Promise<{ readonly largest: number; readonly count: number }> {
  const { events } = await pastTraining(folder);
  const found = new Map(scalars.map(({ part, tag, step, value }) => [`${part} ${step} ${tag}`, value]));
  let [largest, count] = [0, 0];
  for (const event of events) {
    if (event.kind !== "epoch") continue;
    for (const [part, values] of Object.entries(epochScalars(event)))
      for (const { tag, value } of values) {
        const own = found.get(`${part} ${event.epoch} ${tag}`);
        const isEqual = own === value || (own === null && !Number.isFinite(value));
        const distance = isEqual ? 0 : Math.abs((own ?? Number.POSITIVE_INFINITY) - value) / Math.max(1, Math.abs(value));
        largest = Math.max(largest, Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance);
        count++;
      }
  }
  return { largest: count === found.size ? largest : Number.POSITIVE_INFINITY, count };
}

interface Logged {
  readonly plan: TrainingPlan;
  readonly text: string | null;
}

export interface LiveLogs {
  /** Appends the event's records at once, so that TensorBoard shows them while the network trains. */
  readonly record: (event: TrainingEvent) => void;
}

/** TensorBoard draws all event files of a folder as one line. Throws `UsageError` if the folder has files other than `own`. */
export function requireNoLogs(name: string, option: string, own?: string): void {
  for (const part of LOG_PARTS) {
    const folder = join(resolve(workingFolder(), name), part);
    const files = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : [];
    if (files.some((file) => file.includes("tfevents") && file !== own))
      throw new UsageError(
        `${join(name, part)} has the logs of another training, and TensorBoard would draw both as one line; name another folder with ${option}.`,
      );
  }
}

interface LiveLogsOptions {
  /** Whether the training continues an earlier one, whose logs may be in the folder. */
  readonly resumes: boolean;
  /** Reports a failed write once. */
  readonly warn: (message: string) => void;
}

/** Opens logs in a folder for a starting training. Throws `UsageError` if they can't be written, or another training's are there. */
export function openLiveLogs(name: string, logged: Logged, { resumes, warn }: LiveLogsOptions): LiveLogs {
  const folder = join(resolve(workingFolder(), name), fileName(logged.plan));
  if (!resumes) requireNoLogs(join(name, fileName(logged.plan)), "--tensorboard");
  const logs = tensorboardLogs({ ...logged, begun: Date.now() / 1000 });
  let failed = false;
  try {
    createFolder(folder);
  } catch (error) {
    throw new UsageError(`${unwritable(name, error)}.`);
  }
  return {
    record(event) {
      if (failed) return;
      try {
        for (const { part, records } of logs.add(event, Date.now() / 1000)) {
          createFolder(join(folder, part));
          appendFileSync(join(folder, part, logs.fileName), Buffer.concat(records));
        }
      } catch (error) {
        failed = true;
        warn(`${unwritable(name, error)}. The training goes on without logs.`);
      }
    },
  };
}

/** Returns the run's name without characters that are invalid in a path. */
export const fileName = ({ training }: TrainingPlan): string => training.run.replaceAll(/[^\p{L}\d_-]+/gu, "-") || "model";
