/** Trainings in another program, with a stand-in for Python: every event arrives, and the training pauses, stops and fails as its host expects. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { planOf } from "../../test/fixtures.ts";
import { standInPython } from "../../test/python/standIn.ts";
import { rowLength } from "../runs/history.ts";
import type { RunEvent } from "../runs/runState.ts";
import type { ReadyWorkers } from "./readyWorkers.ts";
import { type Session, startSession, trainingWorkers } from "./trainingSession.ts";

const folder = mkdtempSync(join(tmpdir(), "backprop-stand-in-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const WORKER = inProject("dist", "trainer.js");
const plan = (epochs: number) =>
  planOf(
    `model M {\n  input 2\n  dense 4 tanh\n  dropout 0.5\n  dense 1 sigmoid\n}\ndata D {\n  0 0 -> 0\n  0 1 -> 1\n}\ntrain M on D {\n  loss binary_crossentropy\n  epochs ${epochs}\n}`,
  );

function start(
  python: string | null,
  epochs: number,
  onEvent: (event: RunEvent, session: () => Session) => void = () => undefined,
  workers?: ReadyWorkers,
) {
  const seen = { events: [] as RunEvent[], epochs: [] as number[], notes: [] as string[], weights: 0 };
  const session: Session = startSession({
    workerFile: WORKER,
    ...(workers && { workers }),
    plan: plan(epochs),
    precision: "float32",
    python,
    read: () => Promise.reject(new Error("no files")),
    onNote: (text) => void seen.notes.push(text),
    onWeights: () => void seen.weights++,
    onEvents(events, rows) {
      const width = rows ? rowLength(rows.layout) : 1;
      for (let at = 0; at < (rows?.rows.length ?? 0); at += width) seen.epochs.push(rows?.rows[at] ?? 0);
      for (const event of events) {
        seen.events.push(event);
        onEvent(event, () => session);
      }
    },
  });
  return { session, seen };
}

/** Returns the kinds of the events without warnings and progress. Progress is reported at times that depend on the machine. */
const kindsOf = (events: readonly RunEvent[]): string[] =>
  events.map(({ kind }) => kind).filter((kind) => kind !== "warning" && kind !== "progress");
const upTo = (last: number): number[] => Array.from({ length: last }, (_, k) => k + 1);

describe.skipIf(process.platform === "win32")("a training in Python", () => {
  test("reports where it trains, what differs, and each epoch once", async () => {
    const { session, seen } = start(standInPython(folder), 300);
    await session.ended;
    expect(kindsOf(seen.events)).toEqual(["started", "finished"]);
    expect(seen.events[0]).toMatchObject({ kernels: "torch 0.0, made up, 1 process", model: "M", rows: { train: 2 } });
    expect(seen.epochs).toEqual(upTo(300));
    expect(seen.notes).toEqual([expect.stringMatching(/^dropout_1 drops by other random numbers in PyTorch/)]);
    expect(seen.weights).toBe(1);
  });

  test("leaves its worker ready for the next training, by either engine", async () => {
    const workers = trainingWorkers(WORKER);
    workers.keep(true);
    const python = standInPython(folder);
    const started: unknown[] = [];
    for (const one of [python, null, python]) {
      const { session, seen } = start(one, 20, undefined, workers);
      await session.ended;
      expect(kindsOf(seen.events)).toEqual(["started", "finished"]);
      expect(seen.epochs).toEqual(upTo(20));
      started.push(...seen.events.flatMap((event) => (event.kind === "started" ? [/^torch/.test(event.kernels)] : [])));
    }
    workers.keep(false);
    expect(started).toEqual([true, false, true]);
  });

  test("pauses, goes on and stops", async () => {
    const { session, seen } = start(standInPython(folder), 1e6, (event, own) => {
      if (event.kind === "started") own().pause();
      if (event.kind === "paused") own().resume();
      if (event.kind === "resumed") own().stop();
    });
    await session.ended;
    expect(kindsOf(seen.events)).toEqual(["started", "paused", "resumed", "stopped"]);
    expect(seen.epochs).toEqual(upTo(seen.epochs.length));
    expect(seen.events.at(-1)).toMatchObject({ epoch: seen.epochs.length });
  });

  test.each([
    [
      "missing",
      /^\S+python-missing has no torch, .+; name another Python \(.+\), or install it with: \S+ -m pip install "torch>=2\.4" safetensors numpy$/,
    ],
    ["crashes", /^The training in Python ended with code 1: RuntimeError: out of memory\.$/],
  ] as const)("says why it ended if Python %s", async (mode, message) => {
    const { session, seen } = start(standInPython(folder, mode), 10);
    await session.ended;
    expect(seen.events.at(-1)).toMatchObject({ kind: "failed", code: null, message: expect.stringMatching(message) });
    expect(seen.epochs).toEqual(mode === "missing" ? [] : [1, 2]);
  });

  test("says that there is no Python at a path", async () => {
    const { session, seen } = start(join(folder, "none"), 10);
    await session.ended;
    expect(seen.events).toMatchObject([
      { kind: "failed", message: `${join(folder, "none")} can't be started (ENOENT); name a Python that has PyTorch.` },
    ]);
  });
});
