/**
 * Trainings with the real worker and a real disk: the age of saved weights by the test's clock, and a disk that can't be written. The file is long
 * because its tests share that clock, the windows and one stand-in for the editor.
 */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test, vi } from "vitest";
import type * as vscode from "vscode";
import { parseSafetensors } from "../../../engine/files/safetensors.ts";
import { inProject } from "../../../scripts/project.ts";
import { fakeVscode, placesIn } from "../../../test/fakeVscode.ts";
import { planOf } from "../../../test/fixtures.ts";
import { rowLength } from "../../runs/history.ts";
import { localFiles, type RunFiles } from "../../runs/runFiles.ts";
import { epochsDone, type RunState } from "../../runs/runState.ts";
import { seriesResults } from "../../runs/seedResults.ts";
import { float64From } from "../../runs/storedRun.ts";
import type { Clock } from "./savedRun.ts";

const fake = fakeVscode();
vi.mock("vscode", () => fake.vscode);
const { RunStore } = await import("../runs/runStore.ts");
const { Trainings } = await import("./trainings.ts");
const { startSeeds } = await import("./seedSeries.ts");

const root = mkdtempSync(join(tmpdir(), "backprop-trainings-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const uri = (name: string): vscode.Uri => fake.vscode.Uri.file(join(root, name)) as unknown as vscode.Uri;
const document = uri("a.nn");
writeFileSync(document.fsPath, "");

const endless = () => {
  const plan = planOf(
    "model M {\n  input a, b\n  dense 4 tanh\n  dense 1 sigmoid\n}\ndata D {\n  features a, b\n  target y\n  0 0 -> 0\n  1 1 -> 1\n}\ntrain M on D {\n  loss binary_crossentropy\n  epochs 1000000000\n}",
  );
  return { run: "M", model: "M", line: 9, planned: { plan, seeds: 1, sources: {} }, lines: { train: 9 }, problem: null };
};

/** A clock that the test advances. */
class TestClock implements Clock {
  #now = 0;
  #waiting: { readonly at: number; readonly act: () => void }[] = [];
  now = (): number => this.#now;
  after = (ms: number, act: () => void): (() => void) => {
    const timer = { at: this.#now + ms, act };
    this.#waiting.push(timer);
    return () => {
      this.#waiting = this.#waiting.filter((one) => one !== timer);
    };
  };
  isArmed = (): boolean => this.#waiting.length > 0;
  /** Resolves when a timer is set. */
  async armed(): Promise<void> {
    while (this.#waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  /** Advances the clock to the next timer. Returns the new time. */
  async advance(): Promise<number> {
    await this.armed();
    const [next] = this.#waiting.sort((a, b) => a.at - b.at);
    if (!next) throw new Error("No timer waits.");
    this.#waiting.shift();
    this.#now = Math.max(this.#now, next.at);
    next.act();
    return this.#now;
  }
}

function openWindow(folder: vscode.Uri, clock: Clock, files: (folder: vscode.Uri) => RunFiles = ({ fsPath }) => localFiles(fsPath)) {
  const errors: string[] = [];
  const log = { error: (text: string) => void errors.push(text) } as unknown as vscode.LogOutputChannel;
  const store = new RunStore(placesIn(folder, 10), files);
  const trainings = new Trainings(inProject("dist", "trainer.js"), store, log, clock);
  onTestFinished(async () => {
    await trainings.close();
    for (const part of [trainings, store]) part.dispose();
  });
  return { store, trainings, errors };
}

/** Resolves when the condition holds. Checks it at each turn of the event loop. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe("the weights on the disk", () => {
  test("are saved in the first second and are never 30 s old while the training goes on", async () => {
    const clock = new TestClock();
    const folder = uri("aged");
    const { trainings } = openWindow(folder, clock);
    const run = await trainings.start(document, endless());
    const file = join(folder.fsPath, run.facts.id, "checkpoint.safetensors");
    await until(() => epochsDone(run) > 0);
    await clock.advance();
    await until(() => existsSync(file));
    let savedAt = clock.now();
    let saved = epochOf(file);
    const ages: number[] = [];
    for (let k = 0; k < 15; k++) {
      const now = await clock.advance();
      ages.push(now - savedAt);
      // Anything due now is written before the next timer, because the run's writes follow one another.
      if (now - savedAt < 15_000) continue;
      await until(() => epochOf(file) > saved);
      saved = epochOf(file);
      savedAt = now;
    }
    expect(clock.now()).toBeGreaterThan(60_000);
    expect(Math.max(...ages)).toBeLessThan(30_000);
  });

  test("are those of the end when the window closes", async () => {
    const folder = uri("closed");
    const { trainings } = openWindow(folder, new TestClock());
    const run = await trainings.start(document, endless());
    await until(() => epochsDone(run) > 0);
    await trainings.close();
    expect(run.end?.kind).toBe("stopped");
    expect(epochOf(join(folder.fsPath, run.facts.id, "checkpoint.safetensors"))).toBe(epochsDone(run));
    const { end, ended } = JSON.parse(readFileSync(join(folder.fsPath, run.facts.id, "run.json"), "utf8")).state;
    expect(end).toMatchObject({ kind: "stopped" });
    expect(ended).toBeGreaterThanOrEqual(run.facts.begun);
  });
});

describe("a run that another program trains", () => {
  const { planned } = endless();
  const line = (n: number, loss = 1 / n): string => `${JSON.stringify({ event: "epoch", epoch: n, loss, metrics: {}, seconds: 0.1 })}\n`;
  const started = `${JSON.stringify({ event: "started", version: 1, model: "M", run: "M", layers: [], rows: { train: 2 }, epochs: 2000 })}\n`;

  async function followed(name: string) {
    const clock = new TestClock();
    const { trainings } = openWindow(uri(`runs of ${name}`), clock);
    const folder = join(root, name);
    mkdirSync(folder);
    const history = join(folder, "history.jsonl");
    writeFileSync(history, started);
    const quiet: (number | null)[] = [];
    const rows: number[] = [];
    trainings.onChange(({ epochs }) => {
      if (epochs) for (let at = 0; at < epochs.rows.length; at += rowLength(epochs.layout)) rows.push(epochs.rows[at] ?? 0);
    });
    const run = await trainings.follow(document, {
      folder,
      facts: { run: "M", model: "M", seed: 1, lines: {} },
      plan: planned.plan,
      precision: "float64",
      onQuiet: (seconds) => quiet.push(seconds),
    });
    // The event loop reads the file between two steps of the clock.
    const turn = async (): Promise<void> => {
      if (clock.isArmed()) await clock.advance();
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { trainings, turn, history, run, quiet, rows };
  }

  test("of 2,000 epochs is followed while it grows, without a lost or doubled epoch, and is saved", async () => {
    const { trainings, turn, history, run, rows } = await followed("long");
    for (let n = 1; n <= 2000; n += 40) {
      const lines = Array.from({ length: 40 }, (_, k) => line(n + k));
      // As after a worker's restart, the last epochs are written twice.
      appendFileSync(history, n % 400 === 1 && n > 1 ? [line(n - 2), line(n - 1), ...lines].join("") : lines.join(""));
      while (epochsDone(run) < n + 39) await turn();
    }
    appendFileSync(history, '{"event":"finished","epochs":2000}\n');
    while (!run.end) await turn();
    expect(rows).toEqual(Array.from({ length: 2000 }, (_, k) => k + 1));
    expect(run).toMatchObject({ status: "finished", started: { epochs: 2000 } });
    await trainings.close();
    expect((await trainings.runs()).map(({ id, status, epochs }) => [id, status, epochs])).toEqual([[run.facts.id, "finished", 2000]]);
  });

  test("has the weights that the program saves, and a training continues with them", async () => {
    const { trainings: own } = openWindow(uri("weights"), new TestClock());
    const choice = { ...endless(), planned: { ...planned, plan: { ...planned.plan, training: { ...planned.plan.training, epochs: 3 } } } };
    const trained = await own.start(document, choice);
    await until(() => trained.end !== null);
    const saved = (await own.checkpointOf(trained.facts.id)) ?? new Uint8Array();
    const { trainings, turn, history, run } = await followed("saves");
    writeFileSync(join(history, "../checkpoint.safetensors"), saved);
    appendFileSync(history, `${line(1)}${line(2)}${line(3)}{"event":"finished","epochs":3}\n`);
    while (!run.end) await turn();
    await trainings.close();
    const weights = await trainings.checkpointOf(run.facts.id);
    expect(weights && parseSafetensors(weights).tensors).toEqual(parseSafetensors(saved).tensors);
    const longer = await trainings.start(document, endless(), weights ? { checkpoint: weights } : {});
    await until(() => epochsDone(longer) > 3);
    expect(longer.continued).toBe(3);
  });

  test("that repeats epochs with other numbers, or whose file shrinks, is followed anew as one run", async () => {
    const { trainings, turn, history, run } = await followed("again");
    appendFileSync(history, line(1) + line(2) + line(3));
    while (epochsDone(run) < 3) await turn();
    writeFileSync(history, started + line(1, 9));
    let newest: RunState | undefined;
    while (newest === undefined || newest === run || epochsDone(newest) < 1) {
      await turn();
      newest = await trainings.runOf(document.toString());
    }
    expect(newest.history?.last?.[1]).toBe(9);
    expect((await trainings.runs()).map(({ id }) => id)).toEqual([newest.facts.id]);
  });

  test("that writes nothing for a minute is quiet until it continues or is no longer followed", async () => {
    const { trainings, turn, history, run, quiet } = await followed("quiet");
    appendFileSync(history, line(1));
    while (quiet.length === 0) await turn();
    expect(quiet[0]).toBeGreaterThanOrEqual(60);
    expect(run.end).toBeNull();
    appendFileSync(history, line(2));
    while (quiet.length === 1) await turn();
    expect(quiet).toEqual([quiet[0], null]);
    expect(epochsDone(run)).toBe(2);
    while (quiet.length === 2) await turn();
    expect(quiet[2]).toBeGreaterThanOrEqual(60);
    trainings.stop(document.toString());
    expect(quiet[3]).toBeNull();
  });
});

test("of three that are started at once, one remains", async () => {
  const { trainings } = openWindow(uri("clicks"), new TestClock());
  const runs = await Promise.all([1, 2, 3].map(() => trainings.start(document, endless())));
  expect(runs.map(({ end }) => end?.kind)).toEqual(["stopped", "stopped", undefined]);
});

test("a run whose save ends while the runs are listed has its last state in the list", async () => {
  const { store, trainings } = openWindow(uri("listed"), new TestClock());
  const { plan } = endless().planned;
  const short = { ...endless(), planned: { plan: { ...plan, training: { ...plan.training, epochs: 3 } }, seeds: 1, sources: {} } };
  const run = await trainings.start(document, short);
  const list = store.list.bind(store);
  // The runs are read as they were at the start, and told when the run is saved.
  const listing = vi.spyOn(store, "list").mockImplementationOnce(async () => {
    const early = await list();
    await until(() => run.end !== null);
    await trainings.close();
    return early;
  });
  expect((await trainings.runs()).map(({ epochs, status }) => [epochs, status])).toEqual([[3, "finished"]]);
  expect(listing).toHaveBeenCalledTimes(2);
});

test("a run that another window deletes is forgotten, and one that can't be saved is not", async () => {
  const folder = uri("shared");
  const [one, other] = [openWindow(folder, new TestClock()), openWindow(folder, new TestClock())];
  const { plan } = endless().planned;
  const short = { ...endless(), planned: { plan: { ...plan, training: { ...plan.training, epochs: 1 } }, seeds: 1, sources: {} } };
  const run = await one.trainings.start(document, short);
  const unsaved = await other.trainings.start(uri("b.nn"), endless());
  await until(() => run.end !== null);
  await one.trainings.close();
  const { id, file } = run.facts;
  expect((await other.trainings.runOf(file))?.facts.id).toBe(id);
  const forgotten: unknown[] = [];
  other.trainings.onForgotten((what) => forgotten.push(what));
  await one.store.remove(id);
  rmSync(join(folder.fsPath, unsaved.facts.id), { recursive: true, force: true });
  other.store.refresh();
  await until(() => forgotten.length > 0);
  expect(forgotten).toEqual([{ id, file }]);
  expect(await other.trainings.runOf(file)).toBeUndefined();
  expect(await other.trainings.runOf(unsaved.facts.file)).toBe(unsaved);
});

test("a folder that can't be written to is reported at once, and the weights stay in memory", async () => {
  writeFileSync(join(root, "a file"), "");
  const clock = new TestClock();
  const { trainings, errors } = openWindow(uri("a file/runs"), clock);
  const problems: { run: RunState; reason: string | undefined }[] = [];
  trainings.onSavingProblem((problem) => problems.push(problem));
  const run = await trainings.start(document, endless());
  await until(() => problems.length > 0);
  expect(problems).toEqual([{ run, reason: expect.stringContaining("a part of the path is a file, not a folder") }]);
  expect(trainings.savingProblemOf(run.facts.id)).toContain("choose another folder");
  await until(() => epochsDone(run) > 0);
  await clock.advance();
  await trainings.close();
  // Reported once, not at each save.
  expect(problems).toHaveLength(1);
  expect(errors).toHaveLength(1);
  const weights = await trainings.checkpointOf(run.facts.id);
  expect(parseSafetensors(weights ?? new Uint8Array()).tensors.get("dense_1/kernel")?.shape).toEqual([2, 4]);
  expect((await trainings.open(run.facts.id))?.run).toBe(run);
});

test("a file that is moved over another one goes on training, and the other's training is stopped and saved", async () => {
  const folder = uri("over");
  const { trainings } = openWindow(folder, new TestClock());
  const other = uri("b.nn");
  const moved = await trainings.start(document, endless());
  const replaced = await trainings.start(other, endless());
  await until(() => epochsDone(moved) > 0 && epochsDone(replaced) > 0);
  trainings.move({ from: document.toString(), to: other.toString() });
  await until(() => replaced.end !== null);
  expect([moved.end, trainings.running()]).toEqual([null, [other.toString()]]);
  expect(await trainings.runOf(other.toString())).toBe(moved);
  trainings.stop(other.toString());
  await until(() => moved.end !== null);
  await trainings.close();
  for (const { facts } of [moved, replaced])
    expect(JSON.parse(readFileSync(join(folder.fsPath, facts.id, "run.json"), "utf8")).state.end).toMatchObject({ kind: "stopped" });
});

describe("a run that ends while the disk is full", () => {
  async function ended(name: string) {
    const clock = new TestClock();
    const disk = { isFull: false };
    const { trainings } = openWindow(uri(name), clock, ({ fsPath }) => {
      const files = localFiles(fsPath);
      return {
        ...files,
        async replace(...given) {
          if (disk.isFull) throw Object.assign(new Error("full"), { code: "ENOSPC" });
          await files.replace(...given);
        },
      };
    });
    const run = await trainings.start(document, endless());
    await until(() => epochsDone(run) > 0);
    await clock.advance();
    disk.isFull = true;
    trainings.stop(document.toString());
    await until(() => trainings.savingProblemOf(run.facts.id) !== undefined && run.end !== null);
    const at = (file: string): string => join(uri(name).fsPath, run.facts.id, file);
    const expectSaved = (): void => {
      expect(JSON.parse(readFileSync(at("run.json"), "utf8")).state.end).toMatchObject({ kind: "stopped" });
      expect(epochOf(at("checkpoint.safetensors"))).toBe(epochsDone(run));
    };
    return { trainings, run, clock, disk, expectSaved };
  }

  test("is saved with its final weights when there is space again, and the problem is over", async () => {
    const { trainings, run, clock, disk, expectSaved } = await ended("full");
    // The first retries fail, too.
    for (let k = 0; k < 3; k++) await clock.advance();
    await clock.armed();
    disk.isFull = false;
    await clock.advance();
    await until(() => trainings.savingProblemOf(run.facts.id) === undefined);
    expectSaved();
  });

  test("is saved when the window closes", async () => {
    const { trainings, clock, disk, expectSaved } = await ended("full until it closes");
    await clock.armed();
    disk.isFull = false;
    await trainings.close();
    expectSaved();
    expect(clock.isArmed()).toBe(false);
  });
});

test("a folder that can be written to later has the later epochs in the run's record, and the problem is over", async () => {
  const blocked = join(root, "blocked");
  writeFileSync(blocked, "");
  const clock = new TestClock();
  const { trainings } = openWindow(uri("blocked"), clock);
  const problems: (string | undefined)[] = [];
  trainings.onSavingProblem(({ reason }) => problems.push(reason));
  const run = await trainings.start(document, endless());
  await until(() => problems.length > 0 && epochsDone(run) > 0);
  rmSync(blocked);
  const record = join(blocked, run.facts.id, "epochs.bin");
  while (!existsSync(record) || readFileSync(record).length === 0) {
    if (clock.isArmed()) await clock.advance();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await trainings.close();
  expect(problems).toEqual([expect.stringContaining("choose another folder"), undefined]);
  const rows = float64From(readFileSync(record));
  expect(rows.at(-rowLength(run.history?.layout ?? { metrics: [], layers: [] }))).toBe(epochsDone(run));
});

test("a folder of runs that is deleted during a training is reported, and the end is saved in a new one", async () => {
  const folder = uri("deleted");
  const clock = new TestClock();
  const { trainings, errors } = openWindow(folder, clock);
  const problems: (string | undefined)[] = [];
  trainings.onSavingProblem(({ reason }) => problems.push(reason));
  const run = await trainings.start(document, endless());
  const at = (name: string): string => join(folder.fsPath, run.facts.id, name);
  await until(() => existsSync(at("epochs.bin")) && readFileSync(at("epochs.bin")).length > 0);
  // The record is open, so rows written from now on do not reach any file.
  rmSync(folder.fsPath, { recursive: true });
  while (problems.length === 0) await clock.advance();
  await trainings.close();
  expect(problems).toEqual([expect.stringContaining("epochs.bin was deleted or moved during the training")]);
  expect(errors).toHaveLength(1);
  expect(JSON.parse(readFileSync(at("run.json"), "utf8")).state.end).toMatchObject({ kind: "stopped", epoch: epochsDone(run) });
  expect(epochOf(at("checkpoint.safetensors"))).toBe(epochsDone(run));
  // This window still has the whole run.
  expect((await trainings.open(run.facts.id))?.run).toBe(run);
});

describe("a series of seeds", () => {
  /** Returns the choice for a training with this many epochs, and a list of the runs that start. */
  const begun = (epochs: number) => {
    const { plan } = endless().planned;
    const { trainings } = openWindow(uri(`series of ${epochs}`), new TestClock());
    const runs: RunState[] = [];
    trainings.onChange(({ run }) => {
      if (!runs.includes(run)) runs.push(run);
    });
    const choice = { ...endless(), planned: { plan: { ...plan, training: { ...plan.training, epochs } }, seeds: 1, sources: {} } };
    return { trainings, runs, choice };
  };

  test("trains from each seed, one after another, and the runs are of one series", async () => {
    const { trainings, runs, choice } = begun(3);
    await startSeeds(trainings, document, choice, 3);
    await until(() => runs.length === 3 && runs.every(({ status }) => status === "finished"));
    expect(runs.map(({ name, facts }) => [name, facts.seed])).toEqual([
      ["M, seed 42", 42],
      ["M, seed 43", 43],
      ["M, seed 44", 44],
    ]);
    const summaries = await trainings.runs();
    expect(seriesResults(summaries, runs[0]?.facts.series ?? "").map(({ seed, epochs }) => [seed, epochs])).toEqual([
      [42, 3],
      [43, 3],
      [44, 3],
    ]);
  });

  test("ends when a training is stopped, or when another one of the file begins", async () => {
    const { trainings, runs, choice } = begun(1_000_000_000);
    await startSeeds(trainings, document, choice, 3);
    trainings.stop(document.toString());
    await until(() => runs[0]?.status === "stopped");
    await startSeeds(trainings, document, choice, 3);
    const other = await trainings.start(document, choice);
    await until(() => epochsDone(other) > 0);
    trainings.stop(document.toString());
    await until(() => other.status === "stopped");
    expect(runs.map(({ status }) => status)).toEqual(["stopped", "stopped", "stopped"]);
  });
});

const epochOf = (file: string): number => JSON.parse(parseSafetensors(new Uint8Array(readFileSync(file))).metadata["state"] ?? "{}").epoch;
