/** The limits and folders of the run history, on a real disk. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import type * as vscode from "vscode";
import { fakeVscode, placesIn } from "../../../test/fakeVscode.ts";
import { checkpointLike, ownedBy, planOf } from "../../../test/fixtures.ts";
import { rowLength } from "../../runs/history.ts";
import { thisProcess } from "../../runs/owner.ts";
import { newId } from "../../runs/runFolder.ts";
import { addEpochs, addEvent, newRun, type RunState } from "../../runs/runState.ts";
import type { Rename } from "../fileNames.ts";
import type { Discarded, RunPlaces, RunStore as Store } from "./runStore.ts";

const fake = fakeVscode();
vi.mock("vscode", () => fake.vscode);
const { RunStore } = await import("./runStore.ts");
const { filesIn } = await import("./editorFiles.ts");

const root = mkdtempSync(join(tmpdir(), "backprop-store-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const newFolder = (): vscode.Uri => fake.vscode.Uri.file(join(root, String(++count))) as unknown as vscode.Uri;

const plan = planOf("model M {\n  input a\n  dense 1\n}\ndata D {\n  features a\n  target y\n  1 -> 2\n}\ntrain M on D {\n  loss mse\n}");
const layout = { metrics: [], layers: [] };
const MINUTE = 60_000;

/** Starts a run, dated `minutesAgo` minutes before now. */
async function begin(store: Store, minutesAgo: number, file = "file:///a/m.nn", series?: string): Promise<RunState> {
  const begun = Date.now() - minutesAgo * MINUTE;
  const run = newRun({
    id: newId(begun),
    file,
    fileName: "m.nn",
    run: `M${minutesAgo}`,
    model: "M",
    begun,
    seed: 42,
    lines: {},
    ...(series && { series }),
  });
  const record = await store.begin(run.facts, (error) => expect.unreachable(error.message));
  await record.close();
  await store.save(run, plan, "float32");
  return run;
}

async function end(store: Store, run: RunState, seconds = 1): Promise<void> {
  addEpochs(run, layout, new Float64Array(rowLength(layout)).fill(1));
  addEvent(run, { kind: "stopped", epoch: 1, seconds });
  await store.saveWeights(run.facts.id, checkpointLike());
  await store.save(run, plan, "float32");
}

function storeIn(places: RunPlaces, mostBytes?: number): { store: Store; discarded: Discarded[] } {
  const store = new RunStore(places, filesIn, mostBytes);
  const discarded: Discarded[] = [];
  store.onDiscard((one) => discarded.push(one));
  return { store, discarded };
}
const namesOf = async (store: Store): Promise<string[]> => (await store.list()).map(({ name }) => name);

describe("runs.keep", () => {
  test("deletes the oldest runs and says which, but never one that is still training", async () => {
    const folder = newFolder();
    const { store, discarded } = storeIn(placesIn(folder, 3));
    const endless = await begin(store, 60);
    for (const minutes of [50, 40, 30, 20, 10]) await end(store, await begin(store, minutes));
    expect(await namesOf(store)).toEqual(["M10", "M20", "M30", "M60"]);
    expect(discarded.map(({ run, limit, keep }) => [run.name, limit, keep])).toEqual([
      ["M50", "keep", 3],
      ["M40", "keep", 3],
    ]);
    // A long training that has just ended is the newest, because its end counts.
    await end(store, endless, 3590);
    expect(await namesOf(store)).toEqual(["M10", "M20", "M60"]);
    await end(store, await begin(store, 0));
    expect(await namesOf(store)).toEqual(["M0", "M10", "M60"]);
    expect(readdirSync(folder.fsPath)).toHaveLength(3);
    expect(await store.checkpoint(endless.facts.id)).toEqual(checkpointLike());
  });

  test("deletes a long training whose window was killed by its last save, not by its beginning", async () => {
    const folder = newFolder();
    const first = storeIn(placesIn(folder, 3)).store;
    const long = await begin(first, 600);
    await first.saveWeights(long.facts.id, checkpointLike());
    for (const minutes of [50, 40, 30]) await end(first, await begin(first, minutes));
    // No process has this id.
    ownedBy(join(folder.fsPath, long.facts.id, "run.json"), { ...thisProcess, process: 2 ** 30 });
    const later = storeIn(placesIn(folder, 3)).store;
    expect(await later.list()).toHaveLength(4);
    await end(later, await begin(later, 0));
    expect(await namesOf(later)).toEqual(["M0", "M30", "M600"]);
  });

  test("deletes a long training that failed by its end, not by its beginning", async () => {
    const { store } = storeIn(placesIn(newFolder(), 2));
    const long = await begin(store, 600);
    for (const minutes of [50, 40]) await end(store, await begin(store, minutes));
    addEvent(long, { kind: "failed", code: null, message: "out of memory", at: "train" });
    long.ended = Date.now();
    await store.save(long, plan, "float32");
    expect(await namesOf(store)).toEqual(["M40", "M600"]);
    await end(store, await begin(store, 0));
    expect(await namesOf(store)).toEqual(["M0", "M600"]);
  });

  test("counts a run dated in the future as the oldest, so it does not push out a new one", async () => {
    const { store, discarded } = storeIn(placesIn(newFolder(), 2));
    for (const minutes of [-60 * 24 * 365, -50, 20, 10]) await end(store, await begin(store, minutes));
    expect(await namesOf(store)).toEqual(["M10", "M20"]);
    expect(discarded).toHaveLength(2);
  });

  test("deletes the oldest runs after the clock went back an hour", async () => {
    const { store, discarded } = storeIn(placesIn(newFolder(), 4));
    for (const minutes of [600, 500, -20, -40, 1, 0]) await end(store, await begin(store, minutes));
    expect(discarded.map(({ run }) => run.name)).toEqual(["M600", "M500"]);
  });

  test("counts a series of seeds as one run, so that it keeps all its runs and pushes out few others", async () => {
    const { store, discarded } = storeIn(placesIn(newFolder(), 3));
    for (const minutes of [90, 80, 70]) await end(store, await begin(store, minutes));
    for (const minutes of [60, 50, 40, 30, 20]) await end(store, await begin(store, minutes, undefined, "series"));
    expect(await namesOf(store)).toEqual(["M20", "M30", "M40", "M50", "M60", "M70", "M80"]);
    for (const minutes of [15, 10, 5]) await end(store, await begin(store, minutes));
    expect(await namesOf(store)).toEqual(["M5", "M10", "M15"]);
    expect(discarded).toHaveLength(8);
  });

  test("holds for each workspace folder, also if they share the runs' folder", async () => {
    const folder = newFolder();
    const groupOf = (file: string): string => file.split("/")[3] ?? "";
    const { store } = storeIn({
      of: (file) => ({ folder, keep: groupOf(file) === "a" ? 1 : 2, group: groupOf(file) }),
      folders: () => [folder],
    });
    for (const minutes of [50, 40, 30])
      for (const file of ["a", "b"]) await end(store, await begin(store, minutes, `file:///${file}/m.nn`));
    expect((await store.list()).map(({ file, name }) => `${groupOf(file)} ${name}`).sort()).toEqual(["a M30", "b M30", "b M40"]);
  });
});

test("the bound on bytes deletes the oldest runs and says so", async () => {
  const { store, discarded } = storeIn(placesIn(newFolder(), 50), 1);
  for (const minutes of [30, 20, 10]) await end(store, await begin(store, minutes));
  expect(await namesOf(store)).toEqual(["M10"]);
  expect(discarded.map(({ run, limit }) => [run.name, limit])).toEqual([
    ["M30", "bytes"],
    ["M20", "bytes"],
  ]);
});

test("a change of the folder during a training takes effect for the next run; both are in the history", async () => {
  const [before, after] = [newFolder(), newFolder()];
  let folder = before;
  const { store } = storeIn({ of: () => ({ folder, keep: 9, group: "" }), folders: () => [folder] });
  const running = await begin(store, 10);
  folder = after;
  const next = await begin(store, 5);
  for (const run of [running, next]) await end(store, run);
  expect(readdirSync(before.fsPath)).toEqual([running.facts.id]);
  expect(readdirSync(after.fsPath)).toEqual([next.facts.id]);
  expect(await namesOf(store)).toEqual(["M5", "M10"]);
  expect((await store.load(running.facts.id))?.run.end).toMatchObject({ kind: "stopped" });
});

test("a run on another machine that was cut off has the epochs that were recorded until then", async () => {
  const folder = fake.vscode.Uri.parse(newFolder().toString().replace("file:", "remote:")) as unknown as vscode.Uri;
  const store = storeIn(placesIn(folder, 9)).store;
  const run = newRun({ id: newId(1), file: "remote:///a/m.nn", fileName: "m.nn", run: "M", model: "M", begun: 1, seed: 42, lines: {} });
  const rows = (from: number, to: number): Float64Array =>
    Float64Array.from(Array.from({ length: to - from + 1 }, (_, k) => [from + k, ...new Array(rowLength(layout) - 1).fill(0.5)]).flat());
  const record = await store.begin(run.facts, (error) => expect.unreachable(error.message));
  addEpochs(run, layout, rows(1, 100_000));
  await store.save(run, plan, "float32");
  record.append(rows(1, 60_000));
  // Closing writes at once what would be written within five seconds. The later rows are lost with the window.
  await record.close();
  const later = storeIn(placesIn(folder, 9)).store;
  expect(await later.list()).toMatchObject([{ id: run.facts.id, status: "stopped", epochs: 100_000 }]);
  expect((await later.load(run.facts.id))?.run.end).toMatchObject({ kind: "stopped", epoch: 100_000 });
  expect(await later.rows(run.facts.id, rowLength(layout))).toEqual(rows(1, 60_000));
});

test("two windows on one folder share the history", async () => {
  const folder = newFolder();
  const [one, other] = [storeIn(placesIn(folder, 9)).store, storeIn(placesIn(folder, 9)).store];
  const run = await begin(one, 10);
  await end(one, run);
  expect(await namesOf(other)).toEqual(["M10"]);
  await other.rename(run.facts.id, "mine");
  expect(await namesOf(one)).toEqual(["mine"]);
  await one.remove(run.facts.id);
  expect(await namesOf(other)).toEqual([]);
  expect(existsSync(join(folder.fsPath, run.facts.id))).toBe(false);
});

describe("a file that is renamed in a window while another window trains it", () => {
  /** Returns the store of the training window, with an ended run and a run in progress of the file, and the run's `run.json` without its owner. */
  async function trainedElsewhere() {
    const folder = newFolder();
    const { store } = storeIn(placesIn(folder, 9));
    const early = await begin(store, 20);
    await end(store, early);
    const inProgress = await begin(store, 10);
    const path = join(folder.fsPath, inProgress.facts.id, "run.json");
    const stored = readFileSync(path, "utf8");
    const { owner: _owner, ...own } = JSON.parse(stored);
    // This process's parent lives, too.
    ownedBy(path, { ...thisProcess, process: process.ppid });
    const openWindow = () => storeIn(placesIn(folder, 9)).store;
    const filesIn = async (window: Store): Promise<string[]> => (await window.list()).map(({ file }) => file);
    return { store, early, inProgress, path, stored: own, openWindow, filesIn };
  }

  test("has its runs under the new name in every window at once, and only the training window writes the run", async () => {
    const { early, inProgress, path, openWindow, filesIn } = await trainedElsewhere();
    const before = readFileSync(path, "utf8");
    const window = openWindow();
    await window.move({ from: "file:///a", to: "file:///c" });
    await window.move({ from: "file:///c/m.nn", to: "file:///c/last.nn" });
    await window.rename(inProgress.facts.id, "mine");
    expect(readFileSync(path, "utf8")).toBe(before);
    window.dispose();
    const next = openWindow();
    expect(await filesIn(next)).toEqual(["file:///c/last.nn", "file:///c/last.nn"]);
    expect((await next.load(inProgress.facts.id))?.run.facts).toMatchObject({ file: "file:///c/last.nn", fileName: "last.nn" });
    expect((await next.load(early.facts.id))?.run.facts).toMatchObject({ file: "file:///c/last.nn", fileName: "last.nn" });
  });

  test("is followed by the training window when it saves the run, also at the end", async () => {
    const { store, inProgress, path, openWindow, filesIn } = await trainedElsewhere();
    const window = openWindow();
    const renames: Rename[] = [];
    store.onMove((rename) => renames.push(rename));
    await window.move({ from: "file:///a/m.nn", to: "file:///a/n.nn" });
    await end(store, inProgress);
    expect(renames).toEqual([{ from: "file:///a/m.nn", to: "file:///a/n.nn" }]);
    expect(JSON.parse(readFileSync(path, "utf8")).state.facts).toMatchObject({ file: "file:///a/n.nn", fileName: "n.nn" });
    expect(existsSync(path.replace("run.json", "moved.json"))).toBe(false);
    expect(await filesIn(store)).toEqual(["file:///a/n.nn", "file:///a/n.nn"]);
  });

  test("is not renamed back by a later save of the training window, which has renamed it again", async () => {
    const { store, inProgress, path, openWindow } = await trainedElsewhere();
    const window = openWindow();
    await window.move({ from: "file:///a/m.nn", to: "file:///a/n.nn" });
    inProgress.facts = { ...inProgress.facts, file: "file:///a/z.nn", fileName: "z.nn" };
    await end(store, inProgress);
    expect(JSON.parse(readFileSync(path, "utf8")).state.facts.file).toBe("file:///a/z.nn");
  });

  test("has its new name also if the training window was killed", async () => {
    const { path, stored, openWindow, filesIn } = await trainedElsewhere();
    const window = openWindow();
    await window.move({ from: "file:///a/m.nn", to: "file:///a/n.nn" });
    writeFileSync(path, JSON.stringify(stored));
    expect(await filesIn(openWindow())).toEqual(["file:///a/n.nn", "file:///a/n.nn"]);
    expect(JSON.parse(readFileSync(path, "utf8")).state).toMatchObject({ status: "stopped", facts: { file: "file:///a/n.nn" } });
  });
});
