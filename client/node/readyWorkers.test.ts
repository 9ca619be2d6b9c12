/** The next task is done by the worker that is ready, and other tasks are not affected. */
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { removeFolder } from "../../scripts/run/removal.ts";
import { ReadyWorkers } from "./readyWorkers.ts";

/** Returns the workers of a script that answers a message with the thread's number and the message, and of one that fails at once. */
function workersOf(script: string): ReadyWorkers {
  const folder = mkdtempSync(join(tmpdir(), "backprop-workers-"));
  const file = join(folder, "worker.mjs");
  writeFileSync(file, script);
  const workers = new ReadyWorkers(file);
  onTestFinished(async () => {
    workers.keep(false);
    await removeFolder(folder);
  });
  return workers;
}
const ECHO =
  "import { parentPort, threadId } from 'node:worker_threads';\nparentPort.on('message', (text) => parentPort.postMessage({ text, threadId }));\n";

async function answerOf(workers: ReadyWorkers, text: string): Promise<{ readonly text: string; readonly threadId: number }> {
  const worker = workers.take("test");
  onTestFinished(() => void worker.terminate());
  worker.postMessage(text);
  const [answer] = await once(worker, "message");
  return answer;
}

test("each task has a worker of its own, whether one is kept ready or not", async () => {
  const workers = workersOf(ECHO);
  const first = await answerOf(workers, "a");
  workers.keep(true);
  const [second, third] = [await answerOf(workers, "b"), await answerOf(workers, "c")];
  expect([first, second, third].map(({ text }) => text)).toEqual(["a", "b", "c"]);
  expect(new Set([first, second, third].map(({ threadId }) => threadId)).size).toBe(3);
});

test("a worker that fails while it is kept ready is not used", async () => {
  const workers = workersOf("throw new Error('broken');\n");
  workers.keep(true);
  const worker = workers.take("test");
  const [error] = await once(worker, "error");
  expect(error.message).toBe("broken");
});
