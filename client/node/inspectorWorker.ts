/** The inspector worker: answers questions about a run's network in its own thread, while the training continues in another. */
import { parentPort, workerData } from "node:worker_threads";
import { type Inspector, openInspector } from "../../engine/inspect/inspector.ts";
import { wasmKernels } from "../../engine/kernels/wasm.ts";
import type { Precision } from "../../engine/network/compile.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { type FromInspector, toInspector } from "../messages/inspectorMessages.ts";
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
let inspector: Promise<Inspector> | undefined;

async function open(plan: TrainingPlan, precision: Precision): Promise<Inspector> {
  const kernels = files && precision === "float32" ? await wasmKernels(files, plan.training.reproducible, undefined) : undefined;
  return await openInspector(plan, { read: reader.read, unpack }, { precision, kernels });
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
    const own = await inspector;
    if (!own) throw new Error("No network is open.");
    own.use(checkpoint);
    post({ kind: "answer", id, answer: answer(own, question) });
  } catch (error) {
    post({ kind: "problem", id, message: error instanceof Error ? error.message : String(error) });
  }
}

port.on("message", (given: unknown) => {
  const message = requireValue(toInspector, given);
  switch (message.kind) {
    case "open":
      inspector = open(message.plan, message.precision);
      // The answer to the first question reports the error.
      inspector.catch(() => undefined);
      return;
    case "ask":
      void reply(message.id, message.question, message.checkpoint);
      return;
    case "bytes":
    case "unreadable":
      reader.take(message);
  }
});
