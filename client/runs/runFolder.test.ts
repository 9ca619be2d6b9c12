/** Saved runs on a real disk: leftovers of a killed window, damaged files, other windows, and writes that overlap. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { checkpointLike, ownedBy, planOf } from "../../test/fixtures.ts";
import { packedTable, rowLength } from "./history.ts";
import { thisProcess } from "./owner.ts";
import { localFiles } from "./runFiles.ts";
import { newId, RunFolder } from "./runFolder.ts";
import { addEpochs, addEvent, newRun, type RunState } from "./runState.ts";

const root = mkdtempSync(join(tmpdir(), "backprop-runs-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const newFolder = (): string => join(root, String(++count));

const plan = planOf(
  "model M {\n  input a\n  dense 1\n}\ndata D {\n  features a\n  target y\n  1 -> 2\n  2 -> 4\n}\ntrain M on D {\n  loss mse\n  epochs 5\n}",
);
const layout = { metrics: [], layers: [] };
const WIDTH = rowLength(layout);
/** Returns rows of the epochs. The loss of epoch k is 1 / k. */
const rowsOf = (from: number, to: number): Float64Array =>
  Float64Array.from(Array.from({ length: to - from + 1 }, (_, k) => [from + k, 1 / (from + k), Number.NaN, 0.1, 0.5]).flat());

const newState = (begun = Date.now()): RunState =>
  newRun({ id: newId(begun), file: "file:///m.nn", fileName: "m.nn", run: "M", model: "M", begun, seed: 42, lines: {} });

/** Saves a run with `saved` epochs, `recorded` of them in the record, as in a window that is still training. */
async function trainingRun(folder: string, saved: number, recorded: number): Promise<RunState> {
  const own = new RunFolder(localFiles(folder));
  const run = newState();
  const record = await own.begin(run.facts.id, (error) => expect.unreachable(error.message));
  addEpochs(run, layout, rowsOf(1, saved));
  record.append(rowsOf(1, saved));
  await own.save(run, plan, "float32");
  record.append(rowsOf(saved + 1, recorded));
  await record.close();
  return run;
}

const finish = (run: RunState): void => addEvent(run, { kind: "stopped", epoch: run.history?.last?.[0] ?? 0, seconds: 1 });

test("the summary of a run has the losses of the epoch that early stopping restored, also when another window reads it", async () => {
  const folder = newFolder();
  const own = new RunFolder(localFiles(folder));
  const run = newState();
  const record = await own.begin(run.facts.id, (error) => expect.unreachable(error.message));
  addEpochs(run, layout, rowsOf(1, 5));
  record.append(rowsOf(1, 5));
  const end = { kind: "finished", epochs: 5, seconds: 1, loadSeconds: 0, threads: 1, samplesPerSecond: 1 } as const;
  addEvent(run, { ...end, restoredEpoch: 2 });
  await own.save(run, plan, "float32");
  await record.close();
  const expected = [{ id: run.facts.id, epochs: 5, restored: 2, loss: 1 / 2 }];
  expect(await own.summaries()).toMatchObject(expected);
  expect(await new RunFolder(localFiles(folder)).summaries()).toMatchObject(expected);
});

describe("a run whose window was killed", () => {
  test("has ended after its last recorded epoch, with every recorded epoch", async () => {
    const folder = newFolder();
    const { facts } = await trainingRun(folder, 3, 5000);
    const later = new RunFolder(localFiles(folder));
    expect(await later.summaries()).toMatchObject([{ id: facts.id, status: "stopped", epochs: 5000, loss: 1 / 5000 }]);
    const loaded = await later.load(facts.id);
    expect(loaded?.run.end).toMatchObject({ kind: "stopped", epoch: 5000 });
    const whole = newState();
    addEpochs(whole, layout, rowsOf(1, 5000));
    if (!loaded?.run.history || !whole.history) throw new Error("no epochs");
    expect(packedTable(loaded.run.history)).toEqual(packedTable(whole.history));
    expect(await later.rows(facts.id, WIDTH)).toEqual(rowsOf(1, 5000));
    // The repaired run is saved.
    expect(JSON.parse(readFileSync(join(folder, facts.id, "run.json"), "utf8")).state.end.epoch).toBe(5000);
  });

  test("is read from a file that had been written but not renamed", async () => {
    const folder = newFolder();
    const { facts } = await trainingRun(folder, 4, 4);
    const at = (name: string): string => join(folder, facts.id, name);
    renameSync(at("run.json"), at("run.json.new"));
    writeFileSync(at("checkpoint.safetensors.new"), checkpointLike());
    const later = new RunFolder(localFiles(folder));
    expect(await later.summaries()).toMatchObject([{ epochs: 4 }]);
    expect(await later.checkpoint(facts.id)).toEqual(checkpointLike());
    expect(readdirSync(join(folder, facts.id)).filter((name) => name.endsWith(".new"))).toEqual([]);
  });

  test("leaves no files behind, and no folder of the user's is touched", async () => {
    const folder = newFolder();
    const { facts } = await trainingRun(folder, 4, 4);
    const make = (name: string, file: string): string => {
      mkdirSync(join(folder, name), { recursive: true });
      writeFileSync(join(folder, name, file), "half");
      return name;
    };
    const empty = make(newId(1.6e12), "epochs.bin");
    const recent = make(newId(1.6e12), "epochs.bin");
    const foreign = make(newId(1.6e12), "photo.png");
    const named = make("models", "epochs.bin");
    make(facts.id, "table.bin.new");
    for (const id of [empty, foreign, named, facts.id]) age(join(folder, id));
    const later = new RunFolder(localFiles(folder));
    expect((await later.summaries()).map(({ id }) => id)).toEqual([facts.id]);
    expect(readdirSync(folder).sort()).toEqual([recent, foreign, named, facts.id].sort());
    expect(existsSync(join(folder, facts.id, "table.bin.new"))).toBe(false);
  });
});

/** Sets the modification times of a folder and its files back by two hours. */
function age(folder: string): void {
  const before = Date.now() / 1000 - 7200;
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), before, before);
  utimesSync(folder, before, before);
}

describe("damaged files", () => {
  test("a table that is missing or damaged is made again from the record", async () => {
    const folder = newFolder();
    const { facts } = await trainingRun(folder, 100, 100);
    for (const damage of [
      () => writeFileSync(join(folder, facts.id, "table.bin"), "no table"),
      () => rmSync(join(folder, facts.id, "table.bin")),
    ]) {
      damage();
      const loaded = await new RunFolder(localFiles(folder)).load(facts.id);
      expect(loaded?.run.history).toMatchObject({ seen: 100, rows: 100, best: { epoch: 100, loss: 0.01 } });
      expect(loaded?.damages).toEqual([]);
    }
  });

  test("are named if nothing replaces them", async () => {
    const folder = newFolder();
    const { facts } = await trainingRun(folder, 100, 100);
    const own = new RunFolder(localFiles(folder));
    await own.load(facts.id);
    for (const name of ["table.bin", "epochs.bin"]) writeFileSync(join(folder, facts.id, name), "damaged");
    const loaded = await own.load(facts.id);
    expect(loaded?.run.history).toBeNull();
    expect(loaded?.damages).toEqual(["The run's epochs can't be shown: table.bin and epochs.bin are missing or damaged."]);
  });
});

describe("writes that overlap", () => {
  test("a run that is removed while it is saved does not come back", async () => {
    const folder = newFolder();
    const own = new RunFolder(localFiles(folder));
    const run = newState();
    await own.save(run, plan, "float32");
    addEpochs(run, layout, rowsOf(1, 9));
    const { id } = run.facts;
    await Promise.all([
      own.save(run, plan, "float32"),
      own.remove(id),
      own.save(run, plan, "float32"),
      own.saveWeights(id, checkpointLike()),
    ]);
    expect(readdirSync(folder)).toEqual([]);
    expect(await own.summaries()).toEqual([]);
  });

  test("a rename between two saves is not lost, nor is what they save", async () => {
    const folder = newFolder();
    const own = new RunFolder(localFiles(folder));
    const run = newState();
    addEpochs(run, layout, rowsOf(1, 2));
    const first = own.save(run, plan, "float32");
    addEpochs(run, layout, rowsOf(3, 4));
    finish(run);
    await Promise.all([first, own.save(run, plan, "float32"), own.change(run.facts.id, (state) => ({ ...state, name: "best" }))]);
    expect(await new RunFolder(localFiles(folder)).summaries()).toMatchObject([{ name: "best", status: "stopped", epochs: 4 }]);
  });

  test("a reader finds run.json at every moment of 100 saves", async () => {
    const folder = newFolder();
    const own = new RunFolder(localFiles(folder));
    const run = newState();
    await own.save(run, plan, "float32");
    let isSaving = true;
    const missing: number[] = [];
    let reads = 0;
    const reading = (async () => {
      for (; isSaving; reads++) {
        if (!existsSync(join(folder, run.facts.id, "run.json"))) missing.push(reads);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let k = 0; k < 100; k++) await own.save(run, plan, "float32");
    isSaving = false;
    await reading;
    expect(reads).toBeGreaterThan(0);
    expect(missing).toEqual([]);
  });
});

test("a run that another living process trains is in progress, and ends when that process is killed", async () => {
  const folder = newFolder();
  const run = await trainingRun(folder, 7, 9);
  const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  onTestFinished(() => void other.kill());
  const { pid = 0 } = other;
  ownedBy(join(folder, run.facts.id, "run.json"), { ...thisProcess, process: pid });
  const own = new RunFolder(localFiles(folder));
  expect(await own.summaries()).toMatchObject([{ status: "loading", epochs: 7 }]);
  expect([own.isElsewhere(run.facts.id), own.isInProgress(run.facts.id), own.hasRunsElsewhere]).toEqual([true, true, true]);
  other.kill("SIGKILL");
  await once(other, "exit");
  expect(await own.summaries()).toMatchObject([{ status: "stopped", epochs: 9 }]);
  expect(own.hasRunsElsewhere).toBe(false);
});

test("a run of another living process is in progress after this computer slept, and ends if its files stay unchanged for a minute", async () => {
  const folder = newFolder();
  const { facts } = await trainingRun(folder, 4, 4);
  const file = join(folder, facts.id, "run.json");
  ownedBy(file, { ...thisProcess, process: process.ppid });
  age(join(folder, facts.id));
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const own = new RunFolder(localFiles(folder));
  const look = async (afterMs: number): Promise<boolean> => {
    vi.advanceTimersByTime(afterMs);
    await own.summaries();
    return own.isElsewhere(facts.id);
  };
  // An hour in which nobody looked does not mean that the training has ended.
  for (const ms of [0, 1000, 3_600_000, 1000]) expect(await look(ms)).toBe(true);
  expect(JSON.parse(readFileSync(file, "utf8")).state.end).toBeNull();
  // The id of a killed process may belong to another process.
  let looks = 0;
  while (await look(1000)) looks++;
  expect(looks).toBeGreaterThan(50);
  expect(looks).toBeLessThan(60);
  expect(JSON.parse(readFileSync(file, "utf8")).state.end).toMatchObject({ kind: "stopped", epoch: 4 });
});

test("a file that another living process is writing is left to it, and is completed when that process was killed", async () => {
  const folder = newFolder();
  const { facts } = await trainingRun(folder, 4, 4);
  const at = (name: string): string => join(folder, facts.id, name);
  const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  onTestFinished(() => void other.kill());
  ownedBy(at("run.json"), { ...thisProcess, process: other.pid ?? 0 });
  renameSync(at("run.json"), at("run.json.new"));
  await new RunFolder(localFiles(folder)).summaries();
  expect(existsSync(at("run.json.new"))).toBe(true);
  other.kill("SIGKILL");
  await once(other, "exit");
  expect(await new RunFolder(localFiles(folder)).summaries()).toMatchObject([{ epochs: 4 }]);
  expect(existsSync(at("run.json.new"))).toBe(false);
});
