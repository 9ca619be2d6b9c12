/** Lines of `--json` and history.jsonl: written, read back, and read from older versions and other programs. */
import { describe, expect, test } from "vitest";
import type { TrainingEvent } from "../../engine/events.ts";
import { train } from "../../engine/training/trainer.ts";
import { atOnce, noFiles, planOf } from "../../test/fixtures.ts";
import { realRuns } from "../../test/realRuns.ts";
import { eventJson, eventLine } from "./eventLines.ts";
import { historyFrom, parseEventLine } from "./eventReader.ts";

const lineOf = (key: string): number => key.length;

/** Trains on four rows of one class, so that auc is undefined, with two outputs and a penalty. */
async function trained(): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  const plan = planOf(
    "model M {\n  x: input a\n  h: dense 2 relu l2=0.1\n  p: dense 1 sigmoid from h\n  q: dense 1 from x\n  output p, q\n}\n" +
      "data D {\n  features a\n  target b, c\n  split validation=0.5\n  1 -> 1 2\n  2 -> 1 1\n  3 -> 1 0\n  4 -> 1 7\n}\n" +
      "train M on D {\n  loss p=binary_crossentropy, q=mse\n  metrics auc\n  epochs 3\n}\n",
  );
  await train(plan, { host: atOnce, files: noFiles, emit: (event) => events.push(event) });
  return events;
}

describe("an event's line", () => {
  test("is read as the event that it was written from", async () => {
    const others = (await Promise.all(Object.values(realRuns).map((make) => make()))).flatMap(({ events }) => events);
    const all: TrainingEvent[] = [...(await trained()), ...others.filter(({ kind }) => kind !== "snapshot")];
    expect(new Set(all.map(({ kind }) => kind))).toEqual(
      new Set(["started", "loading", "progress", "epoch", "warning", "finished", "stopped", "diverged", "failed"]),
    );
    for (const event of all) expect(parseEventLine(eventLine(event, lineOf)), event.kind).toEqual(event);
  });

  test("of an epoch has the outputs' own losses and the penalty beside the loss, and says why a metric has no value", async () => {
    const epoch = (await trained()).find(({ kind }) => kind === "epoch");
    if (!epoch) throw new Error("There is no epoch.");
    const line = JSON.parse(eventLine(epoch, lineOf));
    expect(Object.keys(line).sort()).toEqual(
      "epoch event layers learning_rate loss metrics p_loss penalty q_loss seconds val_loss val_p_loss val_q_loss without_value"
        .split(" ")
        .sort(),
    );
    expect(Object.keys(line.metrics)).toEqual(["p_auc", "q_auc", "val_p_auc", "val_q_auc"]);
    expect(line.metrics.p_auc).toBe(null);
    expect(line.without_value.p_auc).toBe("all rows are of one class");
  });

  test("of the start has the form's version, and where the training comes from", async () => {
    const [started] = await trained();
    if (!started) throw new Error("There is no event.");
    const hash = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(eventJson(started, lineOf)).toMatchObject({
      event: "started",
      version: 1,
      model: "M",
      run: "M",
      plan: hash,
      data: hash,
      epochs: 3,
    });
  });

  test("keeps the validation loss if an output is named val", () => {
    const metrics = { val_loss: 5, other_loss: 6 };
    const epoch = { kind: "epoch", epoch: 1, loss: 11, valLoss: 12, metrics, learningRate: 1, seconds: 0, layers: [] } as const;
    expect(eventJson(epoch, lineOf)).toMatchObject({ loss: 11, val_loss: 12, other_loss: 6 });
  });
});

describe("a line of another program", () => {
  test("may leave out what the program does not measure, and have more", () => {
    expect(parseEventLine('{"event":"epoch","epoch":3,"loss":0.5,"price_loss":0.25,"gpu":"A100"}')).toEqual({
      kind: "epoch",
      epoch: 3,
      loss: 0.5,
      valLoss: null,
      metrics: { price_loss: 0.25 },
      learningRate: Number.NaN,
      seconds: 0,
      layers: [],
    });
    expect(parseEventLine('{"event":"stopped","epoch":3}')).toEqual({ kind: "stopped", epoch: 3, seconds: 0 });
  });

  test.each([
    "",
    "{",
    "null",
    "[]",
    '{"event":"epoch","epoch":0,"loss":1}',
    '{"event":"epoch","epoch":1.5,"loss":1}',
    '{"event":"epoch","epoch":1,"loss":"1"}',
    '{"event":"epoch","epoch":1}',
    '{"event":"unknown"}',
    '{"event":"started","version":2,"model":"M","run":"M","layers":[],"rows":{"train":1},"epochs":1}',
  ])("%s is left out", (line) => {
    expect(parseEventLine(line)).toBeUndefined();
  });
});

test("a history of an older version is read: its lines are the engine's own events, with null for a number without a value", async () => {
  const events = await trained();
  const old = events.map((event) => {
    // Older versions wrote no origin.
    const { origin: _origin, ...rest } = event as TrainingEvent & { origin?: unknown };
    return rest;
  });
  expect(historyFrom(old.map((event) => `${JSON.stringify(event)}\n`).join(""))).toEqual(old);
});

test("of an epoch that stands twice the later line holds, and half a line and garbage are left out", () => {
  const epoch = (number: number, loss: number): string => `{"event":"epoch","epoch":${number},"loss":${loss}}\n`;
  const history = `${epoch(1, 5)}${epoch(2, 4)}\u0000\u0001 garbage\n{"event":"resumed","epoch":1}\n${epoch(2, 3)}{"event":"epoch","epoch":3,"lo`;
  expect(historyFrom(history).map((event) => (event.kind === "epoch" ? [event.epoch, event.loss] : event.kind))).toEqual([
    [1, 5],
    "resumed",
    [2, 3],
  ]);
});
