/** The folder of `--out`, on a real disk. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { TrainingEvent } from "../../engine/events.ts";
import { compile } from "../../engine/network/compile.ts";
import type { Checkpoint } from "../../engine/training/checkpoint.ts";
import { planOf } from "../../test/fixtures.ts";
import { historyFrom } from "../messages/eventReader.ts";
import { type OutFolder, openOutFolder } from "./outFolder.ts";

const root = mkdtempSync(join(tmpdir(), "backprop-out-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const plan = planOf("model M {\n  input 1\n  dense 1\n}\ndata D {\n  1 -> 1\n}\ntrain M on D {\n  loss mse\n}\n");
const network = compile(plan.network, { precision: "float32", capacity: 1 });
const checkpoint: Checkpoint = {
  epoch: 0,
  step: 0,
  seconds: 0,
  momentumProduct: 1,
  plateau: null,
  weights: network.weights,
  slots: [],
  stopping: null,
};
const started: TrainingEvent = {
  kind: "started",
  model: "M",
  run: "M",
  layers: [],
  rows: { train: 1, validation: 0, test: 0 },
  epochs: 5,
  batchesPerEpoch: 1,
  precision: "float32",
  kernels: "reference",
  loadSeconds: 0,
};
const epoch = (number: number): TrainingEvent => ({
  kind: "epoch",
  epoch: number,
  loss: number,
  valLoss: null,
  metrics: {},
  learningRate: 1,
  seconds: 0,
  layers: [],
});
const stopped: TrainingEvent = { kind: "stopped", epoch: 2, seconds: 2 };

let folder: string;
let warnings: string[];
let count = 0;
beforeEach(() => {
  folder = join(root, String(count++));
  warnings = [];
});

const opened = (resumes = false): OutFolder =>
  openOutFolder(folder, { plan, lineOf: () => 1, resumes, warn: (text) => void warnings.push(text) });
const write = (name: string, content: string): void => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), content);
};
const history = (): string => readFileSync(join(folder, "history.jsonl"), "utf8");
const kinds = (): (string | number)[] => historyFrom(history()).map((event) => (event.kind === "epoch" ? event.epoch : event.kind));

/** Records a training's events, with a checkpoint after the first one, and closes the folder. */
async function trained(events: readonly TrainingEvent[], resumes = false) {
  const out = opened(resumes);
  for (const [k, event] of events.entries()) {
    out.record(event);
    if (k === 0) await out.saveCheckpoint(checkpoint, network, {});
  }
  const saved = await out.saveWeights({ network, metadata: {} });
  await out.close();
  return saved;
}

const resumedAt = (number: number): TrainingEvent => ({ kind: "resumed", epoch: number });

describe("the history", () => {
  test("has every event except progress", async () => {
    const progress: TrainingEvent = { kind: "progress", epoch: 1, batch: 1, samplesPerSecond: 2, secondsLeft: 3 };
    await trained([started, { kind: "loading", share: 0.5, rows: 1 }, progress, epoch(1), epoch(2), stopped]);
    expect(kinds()).toEqual(["started", 1, 2, "stopped"]);
    expect(history().split("\n")[0]).toMatch(/^\{"event":"started","version":1,/);
    expect(JSON.parse(readFileSync(join(folder, "plan.json"), "utf8"))).toEqual(plan);
    expect(readdirSync(folder).sort()).toEqual(["checkpoint.safetensors", "history.jsonl", "plan.json", "weights.safetensors"]);
  });

  test("of a resumed training goes on, and says where", async () => {
    await trained([started, epoch(1), epoch(2), stopped]);
    const before = history();
    await trained([started, resumedAt(1), epoch(2), epoch(3), stopped], true);
    expect(history().startsWith(before)).toBe(true);
    expect(kinds()).toEqual(["started", 1, "stopped", "resumed", 2, 3, "stopped"]);
  });

  test("loses only half a line at its end", async () => {
    await trained([started, epoch(1), epoch(2), stopped]);
    const whole = history();
    for (const cut of [1, 7, 30, whole.length - whole.indexOf("\n") - 2]) {
      write("history.jsonl", whole.slice(0, -cut));
      await trained([started, resumedAt(1), epoch(2)], true);
      const lines = history().trim().split("\n");
      for (const line of lines) expect(() => JSON.parse(line), line).not.toThrow();
      expect(history().startsWith(whole.slice(0, whole.slice(0, -cut).lastIndexOf("\n") + 1))).toBe(true);
      expect(kinds().slice(-2)).toEqual(["resumed", 2]);
    }
  });

  test.each([
    ["missing", undefined],
    ["empty", ""],
    ["cut off in its first line", '{"event":"sta'],
  ])("that is %s begins anew", async (_name, content) => {
    await trained([started, epoch(1), stopped]);
    if (content === undefined) rmSync(join(folder, "history.jsonl"));
    else write("history.jsonl", content);
    await trained([started, resumedAt(1), epoch(2), stopped], true);
    expect(kinds()).toEqual(["started", "resumed", 2, "stopped"]);
  });

  test("that is garbage is set aside", async () => {
    write("history.jsonl", "garbage\n\u0000\n");
    await trained([started, resumedAt(1), epoch(2), stopped], true);
    expect(kinds()).toEqual(["started", "resumed", 2, "stopped"]);
    expect(readFileSync(join(folder, "history.jsonl.damaged"), "utf8")).toBe("garbage\n\u0000\n");
  });

  test("of an older version is continued", async () => {
    const old = `${JSON.stringify(started)}\n${JSON.stringify(epoch(1))}\n`;
    write("history.jsonl", old);
    await trained([started, resumedAt(1), epoch(2), stopped], true);
    expect(history().startsWith(old)).toBe(true);
    expect(kinds()).toEqual(["started", 1, "resumed", 2, "stopped"]);
  });
});

describe("the files of an earlier training", () => {
  test("stay until the new training has its data, and its weights go when the new checkpoint is written", async () => {
    await trained([started, epoch(1), stopped]);
    const files = (): [string, string][] => readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "latin1")]);
    const before = files();
    const failed = opened();
    failed.record({ kind: "failed", code: null, message: "There is no file.", at: "source" });
    await failed.close();
    expect(files()).toEqual(before);

    const begun = opened();
    begun.record(started);
    await begun.saveCheckpoint(checkpoint, network, {});
    expect(readdirSync(folder).filter((name) => !name.endsWith(".lock"))).toEqual(["checkpoint.safetensors", "history.jsonl", "plan.json"]);
    await begun.close();
  });

  test("a folder that was created for a training without data is removed", async () => {
    const failed = opened();
    expect(existsSync(folder)).toBe(true);
    await failed.close();
    expect(existsSync(folder)).toBe(false);
  });
});

describe("what can't be written", () => {
  test("is not listed as saved, and is reported once", async () => {
    const out = opened();
    out.record(started);
    await out.saveCheckpoint(checkpoint, network, {});
    rmSync(join(folder, "checkpoint.safetensors"));
    mkdirSync(join(folder, "checkpoint.safetensors"));
    await out.saveCheckpoint(checkpoint, network, {});
    await out.saveCheckpoint(checkpoint, network, {});
    expect(warnings).toEqual([expect.stringMatching(/checkpoint\.safetensors can't be written: a folder has this name already; .+\.$/)]);
    expect(await out.saveWeights({ network, metadata: {} })).toEqual({
      files: ["plan.json", "history.jsonl", "weights.safetensors"],
      elsewhere: undefined,
      isWhole: false,
    });
    await out.close();
  });

  test("a first checkpoint that can't be written ends the training before its first epoch", async () => {
    const out = opened();
    out.record(started);
    mkdirSync(join(folder, "checkpoint.safetensors"));
    await expect(out.saveCheckpoint(checkpoint, network, {})).rejects.toThrow("checkpoint.safetensors can't be written");
    await out.close();
  });

  test("a folder that is deleted during the training is created again for the weights", async () => {
    const out = opened();
    out.record(started);
    await out.saveCheckpoint(checkpoint, network, {});
    rmSync(folder, { recursive: true });
    const { files } = await out.saveWeights({ network, metadata: {} });
    await out.close();
    expect(readdirSync(folder)).toContain("weights.safetensors");
    expect(files).not.toContain("history.jsonl");
  });

  test.each(["plan.json", "history.jsonl", "weights.safetensors", "checkpoint.safetensors"])(
    "a folder named %s is refused before the training",
    (name) => {
      mkdirSync(join(folder, name), { recursive: true });
      expect(() => opened()).toThrow(`${name} can't be written: a folder has this name already`);
      expect(readdirSync(folder)).toEqual([name]);
    },
  );

  test("a file in the place of the folder is refused in one sentence", () => {
    writeFileSync(folder, "");
    expect(() => opened()).toThrow(
      /can't be written: a file has this name, or that of a folder above it; choose another name, or remove the file\.$/,
    );
  });
});
