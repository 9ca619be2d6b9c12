/** The inspector worker: answers questions about a run's network in its own thread, while the training continues in another. */
import { parentPort, workerData } from "node:worker_threads";
import { type Inspector, openInspector } from "../../engine/inspect/inspector.ts";
import { wasmKernels } from "../../engine/kernels/wasm.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { hashedFiles } from "../../engine/training/origin.ts";
import { type FromInspector, type ToInspector, toInspector } from "../messages/inspectorMessages.ts";
import type { Answer, Question } from "../messages/questions.ts";
import { workerStart } from "../messages/trainerMessages.ts";
import { requireValue } from "../messages/valueSchemas.ts";
import { kernelFiles } from "./kernelFiles.ts";
import { remoteReader } from "./remoteReads.ts";
import { unpack } from "./unpack.ts";

const port = parentPort;
if (!port) throw new Error("This script runs as a worker only.");
const post = (message: FromInspector): void => port.postMessage(message);
const files = kernelFiles(new URL(requireValue(workerStart, workerData).folder));
const reader = remoteReader(post);
type Opening = Extract<ToInspector, { kind: "open" }>;
let opening: Opening | undefined;
/** The opened inspector. It is opened again for the next question if that failed, since the data may be back then. */
let inspector: Promise<Inspector> | undefined;

class OtherData extends Error {}

async function open({ plan, precision, data }: Opening): Promise<Inspector> {
  const kernels = files && precision === "float32" ? await wasmKernels(files, plan.training.reproducible, undefined) : undefined;
  let wereRead = false;
  const read = async (path: string): Promise<Uint8Array> => {
    const bytes = await reader.read(path);
    wereRead = true;
    return bytes;
  };
  const { files: hashed, hashOf } = hashedFiles({ read, unpack });
  const opened = await openInspector(plan, hashed, { precision, kernels }).catch((error: unknown) => ({ error }));
  // Changed data may also be unusable. That they have changed is said first, since it is the cause.
  if (data !== null && (wereRead || !("error" in opened)) && (await hashOf(plan.data.source)) !== data)
    throw new OtherData(otherDataText(plan));
  if ("error" in opened) throw opened.error;
  return opened;
}

function otherDataText({ data: { source } }: TrainingPlan): string {
  const what =
    source.kind === "csv" ? `${source.path} has` : source.kind === "idx" ? `${source.images} or ${source.labels} has` : "The data have";
  return `${what} changed since this run was trained, so its results would be about other rows. Train again, or restore the data.`;
}

async function opened(): Promise<Inspector> {
  if (!opening) throw new Error("No network is open.");
  inspector ??= open(opening);
  try {
    return await inspector;
  } catch (error) {
    inspector = undefined;
    throw error;
  }
}

function useWeights(own: Inspector, checkpoint: Uint8Array): void {
  try {
    own.use(checkpoint);
  } catch (error) {
    throw new Error(
      `The weights of this run (checkpoint.safetensors) can't be used: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}

function answer(own: Inspector, question: Question): Answer {
  switch (question.kind) {
    case "result":
      return { kind: "result", result: own.result() };
    case "walk":
      return { kind: "walk", walk: own.walk() };
    case "tensor":
      return { kind: "tensor", tensor: own.tensor(question.layer, question.name) };
  }
}

async function reply(id: number, question: Question, checkpoint: Uint8Array): Promise<void> {
  try {
    const own = await opened();
    useWeights(own, checkpoint);
    post({ kind: "answer", id, answer: answer(own, question) });
  } catch (error) {
    post({ kind: "problem", id, message: error instanceof Error ? error.message : String(error), isOtherData: error instanceof OtherData });
  }
}

port.on("message", (given: unknown) => {
  const message = requireValue(toInspector, given);
  switch (message.kind) {
    case "open":
      opening = message;
      return;
    case "ask":
      void reply(message.id, message.question, message.checkpoint);
      return;
    case "bytes":
    case "unreadable":
      reader.take(message);
  }
});
