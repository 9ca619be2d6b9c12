/**
 * The processor time of a turn of a knob, without the editor and the drawing: the edit, the training and the result. Unlike a duration, it
 * depends little on other work on the machine.
 */
import { readFileSync } from "node:fs";
import { Inspections } from "../../client/node/inspections.ts";
import type { ReadyWorkers } from "../../client/node/readyWorkers.ts";
import { startSession, trainingWorkers } from "../../client/node/trainingSession.ts";
import { isLast } from "../../engine/events.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { edited, knobs } from "../../server/features/knobs.ts";
import { analyse } from "../../server/language/analysis.ts";
import { inProject } from "../project.ts";

const TURNS = 7;
/** A pause in which the threads that wait for the next training are started. */
const PAUSE_MS = 1500;

/** The processor time until the end of each part, in milliseconds. */
interface TurnCost {
  readonly edit: number;
  readonly training: number;
  readonly result: number;
}

/** Returns the median costs of turning a sample's seed. `dist/` must be built. */
export async function knobCosts(sample: string): Promise<TurnCost> {
  const file = inProject("dist", "trainer.js");
  const workers = trainingWorkers(file);
  const inspections = new Inspections(inProject("dist", "inspector.js"));
  workers.keep(true);
  inspections.keepReady(true);
  let text = readFileSync(inProject("samples", sample), "utf8");
  const costs: TurnCost[] = [];
  for (let k = 0; k < TURNS; k++) {
    await new Promise((done) => setTimeout(done, PAUSE_MS));
    const start = process.cpuUsage();
    const sinceStart = (): number => {
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1000;
    };
    const turned = await turnedSeed(text);
    ({ text } = turned);
    const edit = sinceStart();
    const checkpoint = await trained(turned.plan, file, workers);
    const training = sinceStart();
    const run = { id: String(k), plan: turned.plan, precision: "float32", data: null, read: readNothing } as const;
    await inspections.ask(run, { kind: "result" }, { checkpoint, base: null });
    costs.push({ edit, training, result: sinceStart() });
    inspections.close(run.id);
  }
  workers.keep(false);
  inspections.dispose();
  return {
    edit: median(costs.map((cost) => cost.edit)),
    training: median(costs.map((cost) => cost.training)),
    result: median(costs.map((cost) => cost.result)),
  };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const readNothing = async (): Promise<never> => {
  throw new Error("The samples of this measurement have no data files.");
};

/** Turns the seed up, like the panel, and returns the new text with its plan. */
async function turnedSeed(text: string): Promise<{ readonly text: string; readonly plan: TrainingPlan }> {
  const analysis = analyse(text);
  const run = knobs(analysis)[0]?.run ?? "";
  const result = await edited(analysis, { kind: "step", run, knob: "train.seed", steps: 1 }, async (after) => analyse(after));
  if ("problem" in result) throw new Error(result.problem);
  const plan = analyse(result.text).plans[0]?.plan;
  if (!plan) throw new Error("The turned text has no plan.");
  return { text: result.text, plan };
}

/** Trains the plan in a thread, like the editor, and returns the final weights. */
async function trained(plan: TrainingPlan, workerFile: string, workers: ReadyWorkers): Promise<Uint8Array> {
  let weights = new Uint8Array();
  await new Promise<void>((done) => {
    startSession({
      workerFile,
      workers,
      plan,
      precision: "float32",
      isWatched: true,
      read: readNothing,
      onWeights: (bytes) => (weights = Uint8Array.from(bytes)),
      onEvents: (events) => events.some(isLast) && done(),
    });
  });
  return weights;
}
