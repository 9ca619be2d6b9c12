/** The session with a real worker thread: breaks, an end, a crash, a worker that no longer listens. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { TrainingEvent } from "../../engine/events.ts";
import { inProject } from "../../scripts/project.ts";
import { epochsOf, planOf } from "../../test/fixtures.ts";
import { type Session, startSession } from "./session.ts";

const folder = mkdtempSync(join(tmpdir(), "backprop-session-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const script = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const plan = (epochs: number) =>
  planOf(
    `model M {\n  input a, b\n  dense 4 tanh\n  dense 1 sigmoid\n}\ndata D {\n  features a, b\n  target y\n  0 0 -> 0\n  0 1 -> 1\n  1 0 -> 1\n  1 1 -> 0\n}\ntrain M on D {\n  loss binary_crossentropy\n  epochs ${epochs}\n}`,
  );
const worker = inProject("dist", "trainer.cjs");

function start(
  workerFile: string,
  epochs: number,
  onEvent: (event: TrainingEvent, session: () => Session) => void = () => undefined,
): { session: Session; events: TrainingEvent[] } {
  const events: TrainingEvent[] = [];
  const session: Session = startSession({
    workerFile,
    plan: plan(epochs),
    precision: "float32",
    read: () => Promise.reject(new Error("no files")),
    onEvents(found) {
      for (const event of found) {
        events.push(event);
        onEvent(event, () => session);
      }
    },
  });
  return { session, events };
}

describe("a training session", () => {
  test("runs to its end and then its worker is gone", async () => {
    const { session, events } = start(worker, 30);
    await session.ended;
    expect(events.at(-1)).toMatchObject({ kind: "finished", epochs: 30 });
    expect(epochsOf(events)).toHaveLength(30);
  });

  test("pause, resume, stop: each is answered, and no epoch passes while it pauses", async () => {
    let pausedAt = -1;
    const { session, events } = start(worker, 1_000_000_000, (event, own) => {
      if (event.kind === "progress" && pausedAt < 0) own().pause();
      if (event.kind === "paused" && pausedAt < 0) {
        pausedAt = event.epoch;
        own().resume();
      }
      if (event.kind === "resumed") {
        expect(event.epoch).toBe(pausedAt);
        own().stop();
      }
    });
    await session.ended;
    expect(events.filter(({ kind }) => ["paused", "resumed", "stopped"].includes(kind)).map(({ kind }) => kind)).toEqual([
      "paused",
      "resumed",
      "stopped",
    ]);
  });

  test("of very many epochs the record keeps a bounded number, the last one always", async () => {
    const { session, events } = start(worker, 60_000);
    await session.ended;
    const epochs = epochsOf(events).map(({ epoch }) => epoch);
    expect(epochs.length).toBe(10_000 + 5_000);
    expect(epochs.at(-1)).toBe(60_000);
  });

  test("a worker that crashes gives a message, and nothing else happens", async () => {
    const { session, events } = start(script("crash.cjs", 'throw new Error("out of luck")'), 1);
    await session.ended;
    expect(events).toEqual([{ kind: "failed", code: null, at: "train", message: expect.stringContaining("out of luck") }]);
  });

  test("a worker that no longer listens is ended after two seconds", async () => {
    const { session, events } = start(script("deaf.cjs", "for (;;) {}"), 1);
    session.stop();
    await session.ended;
    expect(events).toEqual([{ kind: "stopped", epoch: 0, seconds: 0 }]);
  });
});
