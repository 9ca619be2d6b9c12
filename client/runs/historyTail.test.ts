/** A history written by another program: whole lines, repeated epochs, a file that shrinks, 2,000 epochs in a growing file. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { randomFrom } from "../../engine/random.ts";
import { seed } from "../../test/fixtures.ts";
import { HistoryTail } from "./historyTail.ts";

const folder = mkdtempSync(join(tmpdir(), "backprop-tail-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const epoch = (n: number, loss = 1 / n, more: object = {}): string => `${JSON.stringify({ event: "epoch", epoch: n, loss, ...more })}\n`;
const STARTED = `${JSON.stringify({ event: "started", version: 1, model: "M", run: "M", layers: [], rows: { train: 3 }, epochs: 9 })}\n`;

function history(name: string, text = ""): { readonly path: string; readonly tail: HistoryTail; readonly add: (text: string) => void } {
  const path = join(folder, `${name}.jsonl`);
  writeFileSync(path, text);
  return { path, tail: new HistoryTail(path), add: (more) => appendFileSync(path, more) };
}

const shortOf = async (tail: HistoryTail): Promise<unknown[]> => {
  const { events, restarted } = await tail.read();
  return [...(restarted ? ["restarted"] : []), ...events.map((event) => (event.kind === "epoch" ? event.epoch : event.kind))];
};

describe("a history that grows", () => {
  test("is read line by line, and half a line waits for its end, also in the middle of a letter", async () => {
    const { tail, add } = history("half", STARTED);
    expect(await shortOf(tail)).toEqual(["started"]);
    expect(await shortOf(tail)).toEqual([]);
    const line = Buffer.from(epoch(1, 0.5, { metrics: { größe: 1 } }));
    const cut = line.indexOf(0xc3) + 1;
    appendFileSync(join(folder, "half.jsonl"), line.subarray(0, cut));
    expect(await shortOf(tail)).toEqual([]);
    appendFileSync(join(folder, "half.jsonl"), line.subarray(cut));
    const { events } = await tail.read();
    expect(events).toMatchObject([{ kind: "epoch", epoch: 1, metrics: { größe: 1 } }]);
    add(`nonsense\n{"event":"epoch","epoch":"2"}\n${epoch(2)}`);
    expect(await shortOf(tail)).toEqual([2]);
  });

  test("has an epoch once that a restart repeats with the same numbers", async () => {
    const { tail, add } = history("repeated", STARTED + epoch(1) + epoch(2) + epoch(3));
    expect(await shortOf(tail)).toEqual(["started", 1, 2, 3]);
    add(`{"event":"resumed","epoch":1}\n${epoch(2)}${epoch(3)}${epoch(4)}`);
    expect(await shortOf(tail)).toEqual(["resumed", 4]);
  });

  test("is read anew if a restart repeats an epoch with other numbers; the later line holds", async () => {
    const { tail, add } = history("changed", STARTED + epoch(1) + epoch(2));
    await tail.read();
    add(`{"event":"resumed","epoch":1}\n${epoch(2, 0.25)}${epoch(3)}`);
    const { events, restarted } = await tail.read();
    expect(restarted).toBe(true);
    expect(events.flatMap((event) => (event.kind === "epoch" ? [[event.epoch, event.loss]] : []))).toEqual([
      [1, 1],
      [2, 0.25],
      [3, 1 / 3],
    ]);
  });

  test("is read anew when it has become shorter", async () => {
    const { path, tail } = history("shrunk", STARTED + epoch(1) + epoch(2) + epoch(3));
    await tail.read();
    writeFileSync(path, STARTED + epoch(1));
    expect(await shortOf(tail)).toEqual(["restarted", "started", 1]);
  });

  test("is read anew when another training has written it and it is already longer", async () => {
    const { path, tail } = history("replaced", STARTED + epoch(1) + epoch(2) + epoch(3));
    await tail.read();
    writeFileSync(path, STARTED + epoch(1, 0.9) + epoch(2, 0.8) + epoch(3, 0.7) + epoch(4, 0.6));
    expect(await shortOf(tail)).toEqual(["restarted", "started", 1, 2, 3, 4]);
  });

  test.each([
    { event: "stopped", epoch: 2, seconds: 1 },
    { event: "failed", message: "train.py failed: ValueError" },
  ])("has only the last end of a training that was continued ($event)", async (end) => {
    const last = `${JSON.stringify({ event: "finished", epochs: 4, seconds: 2 })}\n`;
    const { tail } = history(
      end.event,
      `${STARTED}${epoch(1)}${epoch(2)}${JSON.stringify(end)}\n{"event":"resumed","epoch":2}\n${epoch(3)}${last}`,
    );
    expect(await shortOf(tail)).toEqual(["started", 1, 2, "resumed", 3, "finished"]);
  });

  test("has the columns of its first epoch: a metric or a layer that a later line lacks has no value", async () => {
    const layer = { name: "a", gradient: { norm: 1 } };
    const { tail, add } = history("columns", STARTED + epoch(1, 1, { metrics: { accuracy: 0.5 }, layers: [layer] }));
    await tail.read();
    add(epoch(2, 1, { metrics: { other: 1 }, layers: [{ ...layer, name: "b" }] }));
    const { events } = await tail.read();
    expect(events).toMatchObject([{ metrics: { accuracy: Number.NaN }, layers: [{ layer: "a", weightNorm: Number.NaN }] }]);
  });

  test(`of 2,000 epochs that arrive in pieces of any length has each epoch once (seed ${seed})`, async () => {
    const { path, tail } = history("long");
    const lines = [STARTED];
    for (let n = 1; n <= 2000; n++) {
      lines.push(epoch(n));
      // Now and then the training continues from an earlier checkpoint.
      if (n % 300 === 0) lines.push(`{"event":"resumed","epoch":${n - 7}}\n`, ...Array.from({ length: 7 }, (_, k) => epoch(n - 6 + k)));
    }
    const bytes = Buffer.from(lines.join(""));
    const random = randomFrom(seed, "generator");
    const seen: number[] = [];
    for (let at = 0; at < bytes.length; ) {
      const to = at + 1 + random.below(4000);
      appendFileSync(path, bytes.subarray(at, to));
      at = to;
      const { events, restarted } = await tail.read();
      expect(restarted).toBe(false);
      for (const event of events) if (event.kind === "epoch") seen.push(event.epoch);
    }
    expect(seen).toEqual(Array.from({ length: 2000 }, (_, k) => k + 1));
  });
});
