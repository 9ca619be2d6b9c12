/** The samples' plans and data, for tests and measurements. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { unpack } from "../client/node/unpack.ts";
import type { FileReader } from "../engine/host.ts";
import type { TrainingPlan } from "../engine/plan.ts";
import { dataReader } from "../server/dataFiles.ts";
import type { Analysis } from "../server/language/analysis.ts";
import { nodeFiles } from "../server/nodeFiles.ts";
import { inProject } from "./project.ts";

const folder = inProject("samples");

/** The file names of the samples. */
export const sampleNames: readonly string[] = readdirSync(folder).filter((name) => name.endsWith(".nn"));

/** Reads the samples' data. */
export const sampleFiles: FileReader = { unpack, read: async (path) => new Uint8Array(readFileSync(join(folder, path))) };

/** Returns a sample's analysis. `change` edits its text first. */
export async function analysedSample(name: string, change: (text: string) => string = (text) => text): Promise<Analysis> {
  const root = pathToFileURL(folder).href;
  const text = change(readFileSync(join(folder, name), "utf8"));
  return await dataReader(nodeFiles).analyse(text, { uri: `${root}/${name}`, roots: [root] });
}

/** Returns the plans of an analysed file's trainings, except those with errors. */
export const plansIn = ({ plans }: Analysis): TrainingPlan[] => plans.flatMap((planned) => (planned ? [planned.plan] : []));

/** Returns the plan of a sample's first training. Throws an Error if there is none. */
export async function samplePlan(name: string, change?: (text: string) => string): Promise<TrainingPlan> {
  const [plan] = plansIn(await analysedSample(name, change));
  if (!plan) throw new Error(`${name} has no plan.`);
  return plan;
}
