/** The inspector worker: answers questions about a run's network in its own thread, while the training continues in another. */
import { type MessagePort, workerData } from "node:worker_threads";
import type { DataFit } from "../../engine/data/fit.ts";
import { sourcesOf } from "../../engine/data/ownSources.ts";
import { type ExpectationResult, openUntrained, testExpectations } from "../../engine/evaluate/expectationTests.ts";
import { type Inspector, openInspector } from "../../engine/inspect/inspector.ts";
import { rowWalk, untrainedView } from "../../engine/inspect/untrained.ts";
import { wasmKernels } from "../../engine/kernels/wasm.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { hashedFiles, sourceName } from "../../engine/training/origin.ts";
import { type FromInspector, type ToInspector, toInspector } from "../messages/inspectorMessages.ts";
import type { HostAnswer } from "../messages/questions.ts";
import { workerStart } from "../messages/trainerMessages.ts";
import { requireValue } from "../messages/valueSchemas.ts";
import { trainedWithFrom } from "../runs/trainedFile.ts";
import { kernelFiles } from "./kernelFiles.ts";
import { type RemoteReader, remoteReader } from "./remoteReads.ts";
import { unpack } from "./unpack.ts";
import { onTask } from "./workerTasks.ts";

const files = kernelFiles(new URL(requireValue(workerStart, workerData).folder));
type Opening = Extract<ToInspector, { kind: "open" }>;

interface Opened {
  readonly inspector: Inspector;
  /** A message if the data have changed since the training. */
  readonly otherData: string | null;
}

class OtherData extends Error {}

async function open(reader: RemoteReader, { plan, precision, data }: Opening, checkpoint: Uint8Array): Promise<Opened> {
  const fit = fitOf(checkpoint);
  const kernels = files && precision === "float32" ? await wasmKernels(files, plan.training.reproducible, undefined) : undefined;
  let wereRead = false;
  const read = async (path: string): Promise<Uint8Array> => {
    const bytes = await reader.read(path);
    wereRead = true;
    return bytes;
  };
  const { files: hashed, hashOf } = hashedFiles({ read, unpack });
  const opened = await openInspector(plan, hashed, { precision, kernels, fit }).catch((error: unknown) => ({ error }));
  const isOther = data !== null && (wereRead || !("error" in opened)) && (await hashOf(plan.data)) !== data;
  if ("error" in opened) {
    // Changed data may also be unusable. The change is reported first, since it is the cause.
    if (isOther) throw new OtherData(`${changedText(plan)} and can't be used with its weights: ${messageOf(opened.error)}`);
    throw opened.error;
  }
  if (!isOther) return { inspector: opened, otherData: null };
  // Without the training's scales and classes, the numbers would be wrong.
  if (!fit) throw new OtherData(`${changedText(plan)}, and the run has no fit of its data. Train again, or restore the data.`);
  return { inspector: opened, otherData: otherDataText(plan, opened.changes) };
}

/** Returns the fit saved with the weights; undefined for a run of an older version. */
function fitOf(checkpoint: Uint8Array): DataFit | undefined {
  try {
    return trainedWithFrom(checkpoint)?.fit;
  } catch (error) {
    throw unusable(error);
  }
}

function changedText({ data }: TrainingPlan): string {
  const what = sourcesOf(data).some(({ kind }) => kind === "csv" || kind === "idx") ? `${sourceName(data)} has` : "The data have";
  return `${what} changed since this run was trained`;
}

function otherDataText(plan: TrainingPlan, changes: readonly string[]): string {
  const differences = changes.length > 0 ? ` (${changes.join("; ")})` : "";
  return `${changedText(plan)}${differences}, so Result and One Step are about the present rows, encoded by the scales, words and classes of the training.`;
}

interface NetworkOfRun {
  readonly set: (message: Opening) => void;
  readonly opened: (checkpoint: Uint8Array) => Promise<Opened>;
}

/**
 * The run's network, opened at the first question after `set`. If that failed or the data have changed, the next question opens it again, since the
 * data may be back.
 */
function networkOfRun(reader: RemoteReader): NetworkOfRun {
  let opening: Opening | undefined;
  let current: Promise<Opened> | undefined;
  return {
    set(message) {
      opening = message;
      current = undefined;
    },
    async opened(checkpoint) {
      if (!opening) throw new Error("No network is open.");
      current ??= open(reader, opening, checkpoint);
      const own = current;
      try {
        const { inspector, otherData } = await own;
        if (otherData !== null && current === own) current = undefined;
        return { inspector, otherData };
      } catch (error) {
        if (current === own) current = undefined;
        throw error;
      }
    },
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const unusable = (error: unknown): Error =>
  new Error(`The weights of this run (checkpoint.safetensors) can't be used: ${messageOf(error)}.`);

function useWeights(own: Inspector, checkpoint: Uint8Array): void {
  try {
    own.use(checkpoint);
  } catch (error) {
    throw unusable(error);
  }
}

type Asked = Extract<ToInspector, { kind: "ask" }>;

async function answer(own: Inspector, { question, checkpoint, base }: Asked): Promise<HostAnswer> {
  if (question.kind === "snapshots") return { kind: "snapshots", snapshots: await own.snapshots(question.epochs, base) };
  if (question.kind === "rule") return { kind: "rule", rule: await own.rule() };
  if (question.epoch === undefined) useWeights(own, checkpoint);
  else await own.useEpoch(question.epoch, base);
  switch (question.kind) {
    case "result":
      return { kind: "result", result: own.result() };
    case "planes":
      return { kind: "planes", planes: own.unitPlanes() };
    case "row":
      return { kind: "row", row: own.answerTo(question.asked) };
    case "walk":
      return { kind: "walk", walk: await own.walk(question) };
    case "derivation":
      return { kind: "derivation", markdown: await own.derivation(question.of, question) };
    case "tensor":
      return { kind: "tensor", tensor: own.tensor(question.layer, question.name) };
  }
}

type Tests = Extract<ToInspector, { kind: "test" | "testUntrained" }>;

async function resultsOf(tests: Tests, network: NetworkOfRun, reader: RemoteReader): Promise<ExpectationResult[][]> {
  if (tests.kind === "test") {
    const { inspector } = await network.opened(tests.checkpoint);
    useWeights(inspector, tests.checkpoint);
    return await inspector.test(tests.expects);
  }
  const tested = await openUntrained(tests, { read: reader.read, unpack });
  const results: ExpectationResult[][] = [];
  for (const one of tests.expects) results.push(await testExpectations(tested, one));
  return results;
}

onTask((port) => {
  const reply = inspectionOver(port);
  port.on("message", (message: unknown) => reply(requireValue(toInspector, message)));
});

/** Returns the function that answers the messages of one inspection of a run or of a file without a training. */
function inspectionOver(port: MessagePort): (message: ToInspector) => void {
  const post = (message: FromInspector): void => port.postMessage(message);
  const reader = remoteReader(post);
  const network = networkOfRun(reader);
  /** Questions are answered one after another, since each loads its weights into the only network. */
  let replies = Promise.resolve();

  async function reply(asked: Asked | Tests): Promise<void> {
    const { id } = asked;
    try {
      if (asked.kind === "ask") {
        const { inspector, otherData } = await network.opened(asked.checkpoint);
        post({ kind: "answer", id, answer: await answer(inspector, asked), otherData });
      } else post({ kind: "tested", id, results: await resultsOf(asked, network, reader) });
    } catch (error) {
      post({ kind: "problem", id, message: messageOf(error), isOtherData: error instanceof OtherData });
    }
  }

  /** Answers with the result of `compute`, or with its error. */
  function replyWith(id: number, compute: () => FromInspector): void {
    try {
      post(compute());
    } catch (error) {
      post({ kind: "problem", id, message: messageOf(error), isOtherData: false });
    }
  }

  return (message) => {
    switch (message.kind) {
      case "open":
        network.set(message);
        return;
      case "ask":
      case "test":
      case "testUntrained":
        replies = replies.then(() => reply(message));
        return;
      case "look":
        replyWith(message.id, () => ({ kind: "looked", id: message.id, views: message.plans.map(untrainedView) }));
        return;
      case "walkRow":
        replyWith(message.id, () => ({ kind: "walkedRow", id: message.id, stages: rowWalk(message.plan, message.row) }));
        return;
      case "bytes":
      case "unreadable":
        reader.take(message);
    }
  };
}
