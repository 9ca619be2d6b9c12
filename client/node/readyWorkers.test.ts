/** A ready worker does the next task, unaffected by any other task. */
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { removeFolder } from "../../scripts/run/removal.ts";
import { ReadyWorkers, type WorkerTask } from "./readyWorkers.ts";

const fail = (reason: string): void => expect.fail(reason);

/** Returns the workers of a script. */
function workersOf(script: string): ReadyWorkers {
  const folder = mkdtempSync(join(tmpdir(), "backprop-workers-"));
  const file = join(folder, "worker.mjs");
  writeFileSync(file, script);
  const workers = new ReadyWorkers(file, "test");
  onTestFinished(async () => {
    workers.dispose();
    await removeFolder(folder);
  });
  return workers;
}
/** Answers each message with the thread's number and the message. */
const ECHO =
  "import { parentPort, threadId } from 'node:worker_threads';\nparentPort.on('message', (port) => port.on('message', (text) => port.postMessage({ text, threadId })));\n";

/** Answers each message after those that arrive at the same time. */
const LATE =
  "import { parentPort } from 'node:worker_threads';\nparentPort.on('message', (port) => port.on('message', (text) => setTimeout(() => port.postMessage(text), 20)));\n";

interface Answer {
  readonly text: string;
  readonly threadId: number;
}

async function answerTo(text: string, { port }: WorkerTask): Promise<Answer> {
  port.postMessage(text);
  const [answer] = await once(port, "message");
  return answer;
}

test("tasks at the same time have a worker each, whether one is kept ready or not", async () => {
  const workers = workersOf(ECHO);
  const tasks = [workers.take(fail)];
  workers.keep(true);
  tasks.push(workers.take(fail), workers.take(fail));
  const answers = await Promise.all(tasks.map((task, k) => answerTo(String(k), task)));
  expect(answers.map(({ text }) => text)).toEqual(["0", "1", "2"]);
  expect(new Set(answers.map(({ threadId }) => threadId)).size).toBe(3);
  await Promise.all(tasks.map(({ end }) => end("busy")));
});

test("an idle worker does the next task while one is kept, and one that is busy does not", async () => {
  const workers = workersOf(ECHO);
  const numbers: number[] = [];
  for (const state of ["idle", "idle", "busy", "idle"] as const) {
    if (numbers.length === 1) workers.keep(true);
    const task = workers.take(fail);
    numbers.push((await answerTo("a", task)).threadId);
    await task.end(state);
  }
  const [first, second, third, fourth] = numbers;
  expect(second).not.toBe(first);
  expect(third).toBe(second);
  expect(fourth).not.toBe(third);
});

test("a message for a task that has ended does not reach the worker's next task", async () => {
  const workers = workersOf(LATE);
  workers.keep(true);
  const first = workers.take(fail);
  first.port.postMessage("first");
  await first.end("idle");
  const second = workers.take(fail);
  second.port.postMessage("second");
  const [answer] = await once(second.port, "message");
  expect(answer).toBe("second");
  await second.end("idle");
});

test("one is kept until all who asked for it have taken that back", async () => {
  const workers = workersOf(ECHO);
  workers.keep(true);
  workers.keep(true);
  workers.keep(false);
  const first = workers.take(fail);
  const { threadId } = await answerTo("a", first);
  await first.end("idle");
  const second = workers.take(fail);
  expect((await answerTo("b", second)).threadId).toBe(threadId);
  await second.end("idle");
});

test("a worker that fails while it is kept ready is not used", async () => {
  const workers = workersOf("throw new Error('broken');\n");
  workers.keep(true);
  const reason = await new Promise<string>((resolve) => void workers.take(resolve));
  expect(reason).toBe("broken");
});
