/** The session with a real worker thread: pauses, a normal end, a crash, a worker that does not respond. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { CSV_FORMAT } from "../../engine/data/csvFormat.ts";
import { parseSafetensors } from "../../engine/files/safetensors.ts";
import { distributionOf } from "../../engine/training/snapshots.ts";
import { inProject } from "../../scripts/project.ts";
import { planOf } from "../../test/fixtures.ts";
import { rowLength } from "../runs/history.ts";
import type { RunEvent } from "../runs/runState.ts";
import { trainedWithFrom } from "../runs/trainedFile.ts";
import { type Session, startSession } from "./trainingSession.ts";

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
const worker = inProject("dist", "trainer.js");

function start(
  workerFile: string,
  count: number,
  onEvent: (event: RunEvent, session: () => Session) => void = () => undefined,
): { session: Session; events: RunEvent[]; epochs: number[]; weights: Uint8Array[] } {
  const events: RunEvent[] = [];
  const epochs: number[] = [];
  const weights: Uint8Array[] = [];
  const session: Session = startSession({
    workerFile,
    plan: plan(count),
    precision: "float32",
    read: () => Promise.reject(new Error("no files")),
    isWatched: true,
    onWeights: (bytes) => void weights.push(bytes),
    onEvents(found, rows) {
      const width = rows ? rowLength(rows.layout) : 1;
      for (let at = 0; at < (rows?.rows.length ?? 0); at += width) epochs.push(rows?.rows[at] ?? 0);
      for (const event of found) {
        events.push(event);
        onEvent(event, () => session);
      }
    },
  });
  return { session, events, epochs, weights };
}

describe("a training session", () => {
  test("runs to its end, and its worker exits", async () => {
    const { session, events, epochs, weights } = start(worker, 30);
    await session.ended;
    expect(events.at(-1)).toMatchObject({ kind: "finished", epochs: 30 });
    expect(epochs).toEqual(Array.from({ length: 30 }, (_, k) => k + 1));
    // The last checkpoint contains the weights at the end of the run.
    expect(parseSafetensors(weights.at(-1) ?? new Uint8Array()).tensors.get("dense_1/kernel")?.shape).toEqual([2, 4]);
    expect(await session.checkpoint()).toBeUndefined();
  });

  test("its checkpoints carry plan, fit and text, and continuing one refuses other data with both fits", async () => {
    const TEXT =
      "model M {\n  input a\n  dense 1\n}\ndata D {\n  features a\n  target y\n  0 -> 1\n  scale standard\n}\ntrain M on D {\n  loss mse\n  epochs 5\n}";
    const { data, ...rest } = planOf(TEXT);
    const own = { ...rest, data: { ...data, source: { kind: "csv", path: "d.csv", ...CSV_FORMAT } as const } };
    const trainOn = async (csv: string, epochs: number, checkpoint?: Uint8Array) => {
      const events: RunEvent[] = [];
      let weights: Uint8Array | undefined;
      const session = startSession({
        workerFile: worker,
        plan: { ...own, training: { ...own.training, epochs } },
        precision: "float32",
        text: TEXT,
        checkpoint,
        read: async () => new TextEncoder().encode(csv),
        onWeights: (bytes) => (weights = bytes),
        onEvents: (found) => events.push(...found),
      });
      await session.ended;
      return { events, weights };
    };
    const csv = "a,y\n1,2\n3,4\n";
    const { weights } = await trainOn(csv, 5);
    expect(weights && trainedWithFrom(weights)).toMatchObject({
      plan: own,
      text: TEXT,
      fit: { features: [{ name: "a", scaler: { offset: 2, factor: 1 } }] },
    });
    const other = await trainOn("a,y\n1,2\n5,4\n", 10, weights);
    expect(other.events.at(-1)).toMatchObject({
      kind: "failed",
      message:
        "The data have changed since this training began: a has the mean and standard deviation 3 and 2 now, but had 2 and 1. Restore the data to continue it, or train again.",
    });
    const longer = await trainOn(csv, 10, weights);
    const whole = await trainOn(csv, 10);
    const tensorsOf = (bytes: Uint8Array | undefined) => parseSafetensors(bytes ?? new Uint8Array()).tensors;
    expect(longer.events.at(-1)).toMatchObject({ kind: "finished", epochs: 10 });
    expect(tensorsOf(longer.weights)).toEqual(tensorsOf(whole.weights));
  });

  test("pauses, resumes and stops, and trains no epoch while paused", async () => {
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

  test("records every one of 100,000 epochs", async () => {
    const { session, epochs, events } = start(worker, 100_000);
    await session.ended;
    expect(epochs.length).toBe(100_000);
    expect(epochs.every((epoch, k) => epoch === k + 1)).toBe(true);
    // The number of further snapshots depends on the machine's speed: engine/training/snapshots.test.ts counts them with its own clock.
    const [first] = events.filter((event) => event.kind === "snapshot");
    expect(first?.epoch).toBe(0);
    const own = first?.parameters.find(({ layer, name }) => layer === "dense_1" && name === "kernel");
    expect(own?.weights).toEqual(distributionOf(Float32Array.from(own?.values ?? [])));
  });

  test("returns checkpoints of the network while it trains", async () => {
    const checkpoints: (Uint8Array | undefined)[] = [];
    let isWaiting = false;
    const { session } = start(worker, 1_000_000_000, (event, own) => {
      // A progress event after an answer shows that the network has trained since.
      if (event.kind !== "progress" || isWaiting || checkpoints.length === 2) return;
      isWaiting = true;
      void own()
        .checkpoint()
        .then((bytes) => {
          isWaiting = false;
          if (checkpoints.push(bytes) === 2) own().stop();
        });
    });
    await session.ended;
    const [early, late] = checkpoints.map((bytes) => parseSafetensors(bytes ?? new Uint8Array()).tensors.get("dense_2/bias")?.values[0]);
    expect(early).toEqual(expect.any(Number));
    expect(late).not.toBe(early);
  });

  test("fails with a message if its worker crashes", async () => {
    const { session, events } = start(script("crash.cjs", 'throw new Error("out of luck")'), 1);
    await session.ended;
    expect(events).toEqual([{ kind: "failed", code: null, at: "train", message: expect.stringContaining("out of luck") }]);
  });

  test("fails if its worker sends an invalid message", async () => {
    const invalid =
      'const { parentPort } = require("node:worker_threads"); parentPort.on("message", (port) => port.postMessage({ kind: "events", epochs: null, events: [{ kind: "finished" }] }));';
    const { session, events } = start(script("invalid.cjs", invalid), 1);
    await session.ended;
    expect(events).toEqual([{ kind: "failed", code: null, at: "train", message: expect.stringContaining("invalid message") }]);
  });

  test("terminates a worker that does not respond within two seconds", async () => {
    const { session, events } = start(script("unresponsive.cjs", "for (;;) {}"), 1);
    session.stop();
    await session.ended;
    expect(events).toEqual([{ kind: "stopped", epoch: 0, seconds: 0 }]);
  });
});
