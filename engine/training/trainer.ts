/**
 * The training loop of the book. What it finds goes out as events; time, breaks and bytes come from the host. How an epoch is trained is in
 * ways.ts and what it changes in run.ts; here is the order of things: loading, preparing, one turn after the other, and how a run ends.
 */
import { type Loading, LoadingStopped } from "../data/columns.ts";
import { type Examples, loadExamples } from "../data/examples.ts";
import { DataProblem } from "../data/problem.ts";
import type { RecordingKernels } from "../kernels/kernels.ts";
import type { TrainingPlan } from "../plan.ts";
import { type End, type Stretch, stretchOf } from "./epochStrategies.ts";
import { learnerFor, type Trained } from "./learner.ts";
import { learnNormalizers } from "./normalizers.ts";
import { kernelsFor, requireMemory, roomFor } from "./resources.ts";
import { keep, nextTurn, type Run, type RunOptions, remember, startRun, type TrainOptions } from "./run.ts";

export type { Trained } from "./learner.ts";

/** Trains to the end, to a stop or to a failure, each told by a last event. The network is undefined where there never was one. */
export async function train(plan: TrainingPlan, options: TrainOptions): Promise<Trained | undefined> {
  const { host, files, emit, precision = "float32" } = options;
  let kernels: RecordingKernels | undefined;
  try {
    const began = host.now();
    kernels = await kernelsFor(plan, options);
    const examples = await loadExamples(plan, files, precision, {
      loading: loadingOf(options),
      ...(kernels && { allocate: roomFor(kernels) }),
    });
    return await run(plan, examples, { ...options, precision, fast: kernels, loadSeconds: (host.now() - began) / 1000 });
  } catch (error) {
    if (error instanceof LoadingStopped) {
      emit({ kind: "stopped", epoch: 0, seconds: 0 });
      return undefined;
    }
    const problem = error instanceof DataProblem ? error : undefined;
    const message = problem?.message ?? `The engine failed: ${error instanceof Error ? error.message : String(error)}`;
    emit({ kind: "failed", code: problem?.code ?? null, message, at: problem?.at ?? "train" });
    return undefined;
  } finally {
    await kernels?.close();
  }
}

/** Between two pieces of a long file the host is let in, and hears how far it is. */
function loadingOf({ host, emit }: TrainOptions): Loading {
  return async (share, rows) => {
    if (share < 1) emit({ kind: "loading", share, rows });
    return (await host.rest()) === "stop";
  };
}

async function run(plan: TrainingPlan, examples: Examples, options: RunOptions): Promise<Trained> {
  const { host, precision, fast } = options;
  requireMemory(plan, examples, { host, precision, fast });
  const state = startRun(learnerFor(plan, examples, precision, fast), options);
  const end = (await prepare(state)) ?? (await trainOn(state));
  await conclude(state, end);
  return state.learner;
}

/** Before the first turn. Returns why the run ends here, if it does. */
async function prepare(state: Run): Promise<End | undefined> {
  const { learner, rests, stopping, lastGood, options } = state;
  const { network, load, examples } = learner;
  const halt = async (): Promise<boolean> => rests.isDue() && (await rests.wantsStop());
  if (!options.resume && !(await learnNormalizers(network, load, examples.parts.train, halt))) return { kind: "stopped", worked: 0 };
  lastGood.set(network.weights);
  await remember(state);
  // A training that was resumed may have been stopped early already.
  return stopping?.isOver() ? { kind: "finished" } : undefined;
}

/** Turn by turn to the plan's last epoch, or to where it ends before. */
async function trainOn(state: Run): Promise<End> {
  const { learner, rests, options } = state;
  while (state.epoch < learner.plan.training.epochs) {
    const turn = nextTurn(state);
    if (rests.isDue() && (await turn.halt())) return { kind: "stopped", worked: turn.worked() };
    const next = stretchOf(turn);
    const stretch = next instanceof Promise ? await next : next;
    const isEnough = tell(state, stretch);
    if (stretch.end) return stretch.end;
    if (options.keep) await remember(state);
    if (isEnough) return { kind: "finished" };
  }
  return { kind: "finished" };
}

/** Tells of each whole epoch. Returns whether early stopping has seen enough. */
function tell(state: Run, { count, epoch, snapshot }: Stretch): boolean {
  const { learner, findings, stopping, options } = state;
  let isEnough = false;
  for (let k = 0; k < count; k++) {
    const event = epoch(k);
    state.epoch = event.epoch;
    state.seconds += event.seconds;
    options.emit(event);
    for (const finding of findings.observe(event)) options.emit({ kind: "warning", ...finding });
    isEnough = stopping?.observe(event, learner.network.weights) === true;
  }
  if (snapshot) options.emit(snapshot);
  return isEnough;
}

/** Leaves the weights that the end calls for and tells the run's last event. */
async function conclude(state: Run, end: End): Promise<void> {
  const { learner, stopping, lastGood, epoch, seconds, options } = state;
  const { weights } = learner.network;
  if (end.kind === "diverged") {
    weights.set(lastGood);
    const { batch, message, at } = end;
    options.emit({ kind: "diverged", code: "NN601", epoch: epoch + 1, batch, message, at });
    return;
  }
  await keep(state);
  if (end.kind === "stopped") {
    options.emit({ kind: "stopped", epoch, seconds: seconds + end.worked });
    return;
  }
  const restored = stopping?.restore(weights) ?? null;
  state.epoch = restored ?? epoch;
  options.emit({
    kind: "finished",
    epochs: epoch,
    seconds,
    loadSeconds: options.loadSeconds,
    threads: options.fast?.threads ?? 1,
    samplesPerSecond: seconds > 0 ? (epoch * learner.order.length) / seconds : 0,
    restoredEpoch: restored === epoch ? null : restored,
  });
}
