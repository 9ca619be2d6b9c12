/** The folder of a training in another program: where its history is, what it trains, and its plan. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { TrainingEventOf } from "../../engine/events.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { openRegular, readRegular } from "../../server/regularFiles.ts";
import { parseEventLine } from "../messages/eventReader.ts";
import { trainingPlan } from "../messages/planSchemas.ts";
import { read } from "../messages/valueSchemas.ts";

export interface ForeignFolder {
  /** The folder with `history.jsonl`. */
  readonly folder: string;
  readonly started: TrainingEventOf<"started"> | undefined;
  readonly plan: TrainingPlan;
}

/** A job writes into a folder of its own. */
const PLACES = ["", "run"];
/** More than the first line of any network. */
const FIRST_LINE = 2 ** 24;

/** Returns what the folder has; undefined if it has no `history.jsonl`. */
export async function foreignFolder(path: string): Promise<ForeignFolder | undefined> {
  for (const place of PLACES) {
    const folder = join(path, place);
    const isThere = await stat(join(folder, "history.jsonl")).then(
      (stats) => stats.isFile(),
      () => false,
    );
    if (!isThere) continue;
    const started = await firstEvent(join(folder, "history.jsonl"));
    const saved = await readRegular(join(folder, "plan.json"))
      .then((bytes): unknown => JSON.parse(bytes.toString()))
      .catch(() => undefined);
    return { folder, started, plan: read(trainingPlan, saved) ?? unknownPlan(started) };
  }
  return undefined;
}

async function firstEvent(path: string): Promise<TrainingEventOf<"started"> | undefined> {
  const file = await openRegular(path);
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(Math.min(size, FIRST_LINE)), 0, Math.min(size, FIRST_LINE), 0);
    const event = parseEventLine(buffer.toString("utf8", 0, Math.max(buffer.indexOf(10), 0)));
    return event?.kind === "started" ? event : undefined;
  } finally {
    await file.close();
  }
}

/** Returns the plan of a program of which nothing but its events is known. The panel then has charts and no network to compute with. */
function unknownPlan(started: TrainingEventOf<"started"> | undefined): TrainingPlan {
  const { model = "Model", run = "Training", epochs = 1, settings } = started ?? {};
  return {
    version: 1,
    network: { name: model, layers: [], outputs: [] },
    data: {
      name: "",
      source: { kind: "table", columns: [], rows: [] },
      ownSources: { validation: null, test: null },
      features: [],
      featureShape: [],
      target: [],
      classes: null,
      oneHot: [],
      scale: "none",
      scaleTarget: "none",
      missing: "error",
      missingValues: [],
      classWeight: null,
      sampleWeight: null,
      split: { train: 1, validation: 0, test: 0, shuffle: false, by: null },
    },
    training: {
      run,
      outputs: [],
      optimizer: { name: "sgd", settings: { momentum: 0, nesterov: 0 } },
      learningRate: settings?.learningRate ?? 0.01,
      metrics: [],
      batch: settings?.batch ?? null,
      epochs,
      seed: 0,
      shuffle: false,
      reproducible: false,
      clip: { norm: null, value: null },
      stop: null,
      start: null,
    },
  };
}
