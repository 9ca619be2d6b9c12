/** npm run bench -- --debug: measures the debugger's moves, and how much slower Continue is than Train Model. */
import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { kernelFiles } from "../../client/node/kernelFiles.ts";
import { openStepper } from "../../engine/debug/open.ts";
import type { Stepper } from "../../engine/debug/stepper.ts";
import type { StopRule, Stops } from "../../engine/debug/stops.ts";
import { bytesText, countText, estimateText } from "../../engine/numberText.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { randomFrom } from "../../engine/random.ts";
import { train } from "../../engine/training/trainer.ts";
import { inProject } from "../project.ts";
import { sampleFiles as files, samplePlan } from "../samplePlans.ts";

const kernels = kernelFiles(pathToFileURL(inProject("dist", "/")));
const NOTHING: Stops = { rules: [], nonFinite: true };
const never = (): boolean => false;
const ms = (value: number): string => `${estimateText(value)} ms`;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

const open = (plan: TrainingPlan): Promise<Stepper> => openStepper(plan, { files, precision: "float32", kernels });

/** Returns the seconds of a whole training by Train Model on one thread, without loading data. */
async function trainSeconds(plan: TrainingPlan): Promise<number> {
  let seconds = Number.NaN;
  await train(plan, {
    files,
    precision: "float32",
    ...(kernels && { kernels }),
    host: { now: () => performance.now(), rest: async () => "go" },
    emit: (event) => {
      if (event.kind === "finished") ({ seconds } = event);
    },
  });
  return seconds;
}

async function continueTimes(name: string, row: (what: string, value: string) => void): Promise<void> {
  const plan = await samplePlan(name);
  const [byTrain, plain, conditional] = [[], [], []] as [number[], number[], number[]];
  // In alternation, since the machine's speed varies.
  for (let k = 0; k < 3; k++) {
    byTrain.push(1000 * (await trainSeconds(plan)));
    const stepper = await open(plan);
    plain.push(await timed(() => stepper.run(NOTHING, never)));
    const other = await open(plan);
    const { parameters } = other.timeline.learner.network;
    const rule: StopRule = {
      isAt: ({ phase, layer }) => phase === "reverse" && layer === 2,
      isAlways: false,
      test: (_place, isDone) => (isDone ? (parameters[0]?.gradient[0] ?? 0) > 1e9 : "later"),
    };
    conditional.push(await timed(() => other.run({ rules: [rule], nonFinite: true }, never)));
  }
  const [first, second, third] = [byTrain, plain, conditional].map((times) => Math.min(...times)) as [number, number, number];
  row(
    `${name}: Train Model; Continue; with a condition on one layer`,
    `${ms(first)}; ${estimateText(second / first)} and ${estimateText(third / first)} times as long`,
  );
}

async function moves(name: string, jumps: number, row: (what: string, value: string) => void): Promise<void> {
  const plan = await samplePlan(name);
  const stepper = await open(plan);
  const { timeline } = stepper;
  await stepper.run(NOTHING, never);
  const random = randomFrom(1, "generator");
  const { layout } = timeline.cursor;
  const [jump, back, step, batch]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let k = 0; k < jumps; k++) {
    const at = { epoch: 1 + random.below(plan.training.epochs), batch: random.below(layout.batches), index: 1, isDone: false };
    jump.push(await timed(() => stepper.goTo(at)));
    for (let n = 0; n < 6; n++) step.push(await timed(() => stepper.next(NOTHING)));
    for (let n = 0; n < 3; n++) back.push(await timed(() => stepper.back()));
    const now = timeline.now();
    const before = now.batch > 0 ? { ...now, batch: now.batch - 1 } : now;
    batch.push(await timed(() => stepper.goTo({ ...before, isDone: false })));
    await timeline.goTo({ epoch: plan.training.epochs, batch: layout.batches - 1, index: 0, isDone: false });
  }
  const worst = (times: readonly number[]): string => ms(Math.max(...times));
  row(`${name}: the longest step within a batch, forward and back`, `${worst(step)}, ${worst(back)}`);
  row(`${name}: the longest way to the previous batch; to any earlier place`, `${worst(batch)}; ${worst(jump)}`);
  row(`${name}: recorded states`, bytesText(timeline.bytes()));
}

export async function debugging(row: (what: string, value: string) => void): Promise<void> {
  const xor = await samplePlan("xor.nn", (text) => text.replace(/epochs +\d+/, "epochs 100000"));
  const stepper = await open(xor);
  const seconds = (await timed(() => stepper.run(NOTHING, never))) / 1000;
  row("xor.nn: batches a second by Continue", countText((xor.training.epochs * stepper.timeline.cursor.layout.batches) / seconds));
  await moves("iris.nn", 40, row);
  await moves("digits.nn", 8, row);
  await continueTimes("digits.nn", row);
}
