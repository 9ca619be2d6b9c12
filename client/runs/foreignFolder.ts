/** A folder that another program writes to during training: the path of its history, its first event and its plan. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { TrainingEventOf } from "../../engine/events.ts";
import { idlePlan } from "../../engine/idlePlan.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { openRegular, readRegular } from "../../server/regularFiles.ts";
import { parseEventLine } from "../messages/eventReader.ts";
import { trainingPlan } from "../messages/planSchemas.ts";
import { read } from "../messages/valueSchemas.ts";
import type { RunFacts } from "./runState.ts";

export interface ForeignFolder {
  /** The folder with `history.jsonl`. */
  readonly folder: string;
  readonly started: TrainingEventOf<"started"> | undefined;
  readonly facts: Pick<RunFacts, "run" | "model" | "seed">;
  readonly plan: TrainingPlan;
}

/** A job writes into a subfolder. */
const PLACES = ["", "run"];
/** The number of bytes read to find the first line. That line names every layer, so it is long for a deep network. */
const FIRST_LINE = 2 ** 24;

/** Returns the folder's contents; undefined if it has no `history.jsonl`. */
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
    const known = read(trainingPlan, saved);
    const plan = known ?? unknownPlan(started);
    const { run = plan.training.run, model = plan.network.name } = started ?? {};
    return { folder, started, facts: { run, model, seed: known?.training.seed ?? null }, plan };
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

/** Returns the plan of a program known only by its events. The panel then has charts, but no network to compute with. */
function unknownPlan(started: TrainingEventOf<"started"> | undefined): TrainingPlan {
  const { model = "Model", run = "Training", epochs, settings } = started ?? {};
  return idlePlan({ name: model, layers: [], outputs: [] }, "", {
    run,
    seed: 0,
    batch: settings?.batch ?? null,
    ...(epochs !== undefined && { epochs }),
    ...(settings && { learningRate: settings.learningRate }),
  });
}
