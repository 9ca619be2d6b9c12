/**
 * Trainings, their store and their panels together, with the real worker on a real disk: a panel's state equals the host's. This file is long because
 * its tests share one stand-in for the editor, and each test file needs its own.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import type * as vscode from "vscode";
import { CSV_FORMAT } from "../../../engine/data/csvFormat.ts";
import { inProject } from "../../../scripts/project.ts";
import { PATIENCE } from "../../../scripts/run/patience.ts";
import { type FakeView, fakeVscode, noKnobs, placesIn, trainedText } from "../../../test/fakeVscode.ts";
import { ownedBy, planOf } from "../../../test/fixtures.ts";
import type { FromPanel, Notice, ToPanel } from "../../messages/panelMessages.ts";
import { packedTable, tableFromPacked } from "../../runs/history.ts";
import { thisProcess } from "../../runs/owner.ts";
import { localFiles, type RunFiles } from "../../runs/runFiles.ts";
import { addEpochDelta, addEvent, epochsDone, isOver, type RunState } from "../../runs/runState.ts";

const fake = fakeVscode();
vi.mock("vscode", () => fake.vscode);
const { Inspections } = await import("../../node/inspections.ts");
const { RunActions } = await import("../runs/runActions.ts");
const { RunStore } = await import("../runs/runStore.ts");
const { Trainings } = await import("../trainings/trainings.ts");
const { Panels } = await import("./panels.ts");
const { toPanel } = await import("../../messages/panelMessages.ts");

const folder = mkdtempSync(join(tmpdir(), "backprop-panels-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const uri = (name: string): vscode.Uri => fake.vscode.Uri.file(join(folder, name)) as unknown as vscode.Uri;
const document = uri("a.nn");
writeFileSync(document.fsPath, "");

const choice = (epochs: number) => {
  const plan = planOf(
    `model M {\n  input a, b\n  dense 4 tanh\n  dense 1 sigmoid\n}\ndata D {\n  features a, b\n  target y\n  0 0 -> 0\n  0 1 -> 1\n  1 0 -> 1\n  1 1 -> 0\n}\ntrain M on D {\n  loss binary_crossentropy\n  epochs ${epochs}\n}`,
  );
  return { run: "M", model: "M", line: 9, planned: { plan, seeds: 1, sources: {} }, lines: { train: 9 }, problem: null };
};

/** Opens an editor window on the folder. */
function openWindow(files: (folder: vscode.Uri) => RunFiles = ({ fsPath }) => localFiles(fsPath)) {
  const errors: string[] = [];
  const log = { error: (text: string) => void errors.push(text) } as unknown as vscode.LogOutputChannel;
  const store = new RunStore(placesIn(uri("runs"), 10), files);
  const trainings = new Trainings(inProject("dist", "trainer.js"), store, log);
  const inspections = new Inspections(inProject("dist", "inspector.js"));
  const runActions = new RunActions(trainings, store);
  const revealed: number[] = [];
  const parts = {
    trainings,
    store,
    inspections,
    untrainedOf: async () => [],
    runActions,
    pace: { now: () => "full" as const, set: trainings.setPace.bind(trainings) },
    documentLines: trainedText,
    choicesOf: async () => [choice(20)],
    train: () => undefined,
    ...noKnobs,
    reveal: (_file: unknown, line: number) => revealed.push(line),
  };
  const panels = new Panels(uri("."), parts);
  const close = async (): Promise<void> => {
    await trainings.close();
    // A listing still in progress would complete files that this process's next window is just writing.
    await store.list();
    for (const part of [panels, inspections, trainings, store]) part.dispose();
    expect(errors).toEqual([]);
  };
  return { store, trainings, panels, revealed, close };
}

/** Resolves when the run has ended. */
async function ended(run: RunState): Promise<void> {
  while (!isOver(run)) await new Promise((resolve) => setImmediate(resolve));
}

/** Returns the predictions of the only output, which must predict numbers. */
function predictionsIn(message: ToPanel): readonly number[] {
  const output = message.kind === "answer" && message.answer.kind === "result" ? message.answer.result.outputs[0] : undefined;
  if (output?.kind !== "numbers") throw new Error("The message has no result of numbers.");
  return output.units[0]?.predicted ?? [];
}

/** A panel's page. Like the panel's script, it builds the state from the messages and reports each as drawn. */
class Page {
  state: RunState | null = null;
  notices: readonly Notice[] = [];
  readonly #view: FakeView;
  readonly #heard: ToPanel[] = [];
  #wake: () => void = () => undefined;

  constructor(view: FakeView) {
    this.#view = view;
    view.onMessage = (raw) => this.#hear(raw);
    this.say({ kind: "ready", file: "", compared: [] });
  }

  say(message: FromPanel): void {
    this.#view.say(message);
  }

  /** Resolves with the next message of this kind after which the condition holds. */
  async until<K extends ToPanel["kind"]>(kind: K, condition: () => boolean = () => true): Promise<Extract<ToPanel, { kind: K }>> {
    for (let at = this.#heard.length; ; ) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
      for (; at < this.#heard.length; at++) {
        const message = this.#heard[at];
        if (message?.kind === kind && condition()) return message as Extract<ToPanel, { kind: K }>;
      }
    }
  }

  #hear(raw: unknown): void {
    const message = toPanel(raw);
    if (!message) throw new Error(`The panel rejects ${JSON.stringify(raw).slice(0, 300)}`);
    if (message.kind === "snapshot")
      this.state = message.state && { ...message.state, history: message.state.history && tableFromPacked(message.state.history) };
    if (message.kind === "notices") this.notices = message.notices;
    if (message.kind === "events" && this.state?.facts.id === message.run) {
      if (message.epochs) addEpochDelta(this.state, message.epochs);
      for (const event of message.events) addEvent(this.state, event);
    }
    if (message.kind === "snapshot" || message.kind === "events")
      this.say({ kind: "drawn", run: this.state?.facts.id ?? null, epochs: this.state ? epochsDone(this.state) : 0 });
    this.#heard.push(message);
    this.#wake();
  }
}

/** Returns the run with a packed table, for comparison, without the progress, which saved runs lack, or the end's date, which only the host has. */
const comparable = (run: RunState | null | undefined) =>
  run && { ...run, ended: undefined, progress: null, history: run.history && packedTable(run.history) };

describe("a panel", () => {
  test("has the same state as the host, also for a run of an earlier window, and gets answers to its questions", async () => {
    const first = openWindow();
    first.panels.show(document);
    const page = new Page(fake.views.at(-1) as FakeView);
    await page.until("runs");
    const run = await first.trainings.start(document, choice(20_000));
    await page.until("events", () => page.state !== null && isOver(page.state) && page.state.snapshots.length === run.snapshots.length);
    expect(run.end).toMatchObject({ kind: "finished", epochs: 20_000 });
    expect(comparable(page.state)).toEqual(comparable(run));

    page.say({ kind: "ask", question: { kind: "walk", weights: "current", rows: "batch", row: 0 } });
    expect((await page.until("answer")).answer).toMatchObject({ kind: "walk", walk: { epoch: 20_000, rows: 4 } });
    page.say({ kind: "ask", question: { kind: "tensor", layer: "dense_9", name: "kernel" } });
    expect(await page.until("problem")).toMatchObject({ question: "tensor", message: "dense_9 has no kernel." });
    page.say({ kind: "reveal", at: "train" });
    page.say({ kind: "compare", runs: [run.facts.id, "gone"] });
    expect((await page.until("compared")).runs.map(({ summary }) => summary.epochs)).toEqual([20_000]);
    expect(first.revealed).toEqual([9]);
    page.say({ kind: "stretch", from: 101, to: 150 });
    const { rows, stride } = await page.until("stretch");
    expect([rows[0], stride]).toEqual([101, 1]);
    await first.close();

    const second = openWindow();
    const restored = new Page(await fake.restore({ file: document.toString(), run: run.facts.id, tab: "loss" }));
    await restored.until("events", () => restored.state?.snapshots.length === run.snapshots.length);
    expect(comparable(restored.state)).toEqual(comparable(run));
    expect(comparable((await second.trainings.open(run.facts.id))?.run)).toEqual(comparable(run));
    await second.close();
  });

  test("says that the data have changed before any number, encodes them by the saved fit, and works again when they are back", async () => {
    const csv = join(folder, "d.csv");
    const table = `a,b,y\n${"0,0,0\n0,1,1\n1,0,1\n1,1,0\n".repeat(5)}`;
    writeFileSync(csv, table);
    const { trainings, panels, close } = openWindow();
    panels.show(document);
    const page = new Page(fake.views.at(-1) as FakeView);
    await page.until("runs");
    const plan = planOf(
      "model M {\n  input a, b\n  dense 4 tanh\n  dense 1\n}\ndata D {\n  features a, b\n  target y\n  0 1 -> 1\n  scale standard\n  scale_target standard\n}\ntrain M on D {\n  loss mse\n  epochs 20\n}",
    );
    const source = { kind: "csv", path: "d.csv", ...CSV_FORMAT } as const;
    const planned = { plan: { ...plan, data: { ...plan.data, source } }, seeds: 1, sources: {} };
    await trainings.start(document, { ...choice(20), planned });
    await page.until("events", () => page.state !== null && isOver(page.state));

    const ask = async (kind: "answer" | "problem") => {
      page.say({ kind: "ask", question: { kind: "result" } });
      return await page.until(kind);
    };
    for (const [there, message] of [
      [
        table.replace("1,1,0", "1,x,0"),
        /^d\.csv has changed since this run was trained and can't be used with its weights: d\.csv, row 5, column b/,
      ],
      [table.slice(0, -8), /^d\.csv has changed since this run was trained and can't be used with its weights: d\.csv, row 20/],
      [undefined, /d\.csv/],
    ] as const) {
      if (there === undefined) rmSync(csv);
      else writeFileSync(csv, there);
      expect(await ask("problem")).toMatchObject({ message: expect.stringMatching(message) });
    }
    // The mean of a is 0.5 in the 20 rows, and 10/7 with the added row, where a is 20.
    writeFileSync(csv, `${table}20,0,0\n`);
    const changed = await ask("answer");
    expect(page.notices).toEqual([
      {
        kind: "data",
        message: expect.stringMatching(
          /^d\.csv has changed since this run was trained \(y has the mean .+; a has the mean and standard deviation 1\.4286 and [\d.]+ now, but had 0\.5 and 0\.5; .+\), so Result and One Step are about the present rows, encoded by the scales, words and classes of the training\.$/,
        ),
      },
    ]);
    expect(changed).toMatchObject({ answer: { kind: "result", result: { place: { of: 21 } } } });
    writeFileSync(csv, table);
    const back = await ask("answer");
    expect(back).toMatchObject({ answer: { kind: "result", result: { place: { of: 20 } } } });
    expect(page.notices).toEqual([]);
    // The training rows have the same predictions with and without the added row.
    expect(predictionsIn(back)).toHaveLength(20);
    expect(predictionsIn(changed).slice(0, 20)).toEqual(predictionsIn(back));
    // Data that change after such an answer are read again.
    writeFileSync(csv, `${table}20,0,0\n`);
    expect(await ask("answer")).toMatchObject({ answer: { kind: "result", result: { place: { of: 21 } } } });
    expect(page.notices).toMatchObject([{ kind: "data" }]);
    // Without a question, the page is told to forget its answers.
    const told = page.until("dataChanged");
    writeFileSync(csv, table);
    await told;
    expect(await ask("answer")).toMatchObject({ answer: { kind: "result", result: { place: { of: 20 } } } });
    expect(page.notices).toEqual([]);
    await close();
  });

  test("says that its file is gone, until the file is back", async () => {
    const file = uri("gone.nn");
    writeFileSync(file.fsPath, "");
    const { panels, trainings, close } = openWindow();
    panels.show(file);
    const page = new Page(fake.views.at(-1) as FakeView);
    await page.until("runs");
    await trainings.start(file, choice(1));
    await page.until("events", () => page.state !== null && isOver(page.state));
    rmSync(file.fsPath);
    fake.deleted.fire(file as never);
    const message = "gone.nn was deleted or moved. Its runs stay in the history.";
    await page.until("notices", () => page.notices.length > 0);
    expect(page.notices).toEqual([{ kind: "text", message }]);
    writeFileSync(file.fsPath, "");
    fake.created.fire(file as never);
    await page.until("notices", () => page.notices.length === 0);
    await close();
  });

  test("follows a renamed file with its training and its runs, also in the next window", async () => {
    const [old, moved] = [uri("sub/old.nn"), uri("sub/new.nn")];
    const first = openWindow();
    first.panels.show(old);
    const view = fake.views.at(-1) as FakeView;
    const page = new Page(view);
    await page.until("runs");
    const run = await first.trainings.start(old, choice(1_000_000_000));
    await page.until("events", () => (page.state ? epochsDone(page.state) > 0 : false));
    // Renames the file itself, then its folder.
    for (const [from, to] of [
      [old, moved],
      [uri("sub"), uri("other")],
    ] as const) {
      const rename = { from: from.toString(), to: to.toString() };
      first.trainings.move(rename);
      first.panels.move(rename);
      await first.store.move(rename);
    }
    const file = uri("other/new.nn").toString();
    await page.until("events", () => page.state?.facts.file === file);
    expect([view.title, run.facts.fileName, first.trainings.running()]).toEqual(["Training: new.nn", "new.nn", [file]]);
    page.say({ kind: "stop" });
    await page.until("events", () => page.state !== null && isOver(page.state));
    await first.close();
    const second = openWindow();
    expect((await second.trainings.runOf(file))?.facts.id).toBe(run.facts.id);
    expect(await second.trainings.runOf(old.toString())).toBeUndefined();
    await second.close();
  });

  test("shows the next run when the shown one is deleted, and nothing after the last one", async () => {
    const own = uri("deleted.nn");
    const { trainings, panels, store, close } = openWindow();
    const runs: RunState[] = [];
    for (let k = 0; k < 2; k++) {
      runs.push(await trainings.start(own, choice(20)));
      await vi.waitUntil(() => trainings.running().length === 0, { timeout: PATIENCE.event });
    }
    const [older, newer] = runs as [RunState, RunState];
    panels.show(own);
    const page = new Page(fake.views.at(-1) as FakeView);
    await page.until("runs");
    expect(page.state?.facts.id).toBe(newer.facts.id);
    for (const [gone, next] of [
      [newer, older.facts.id],
      [older, undefined],
    ] as const) {
      const { id, file } = gone.facts;
      await store.remove(id);
      trainings.forget(id, file);
      await page.until("snapshot", () => page.state?.facts.id === next);
    }
    expect(await trainings.runOf(own.toString())).toBeUndefined();
    await close();
  });

  test("follows the active editor to other networks, with their runs; a second panel opens for another file once it is pinned", async () => {
    const [one, two] = [uri("one/m.nn"), uri("two/m.nn")];
    const { panels, trainings, close } = openWindow();
    const opened = fake.views.length;
    const run = await trainings.start(two, choice(20));
    await ended(run);
    panels.show(one);
    const first = fake.views.at(-1) as FakeView;
    const page = new Page(first);
    expect((await page.until("runs")).runs).toEqual([]);
    /** Asserts that the page lists and shows this run. Waits for the run's state, since saving any run also sends the list. */
    const shows = async (id: string | undefined): Promise<void> => {
      const { runs } = await page.until("runs", () => page.state?.facts.id === id);
      expect(runs.map((one) => one.id)).toEqual(id === undefined ? [] : [id]);
      expect(first.title).toBe("Training: m.nn");
    };
    fake.activate(two as never);
    await shows(run.facts.id);
    fake.activate(uri("notes.txt") as never, "plaintext");
    fake.activate(fake.vscode.Uri.parse("git:/two/m.nn"));
    fake.activate(one as never);
    await shows(undefined);
    panels.show(two, run.facts.id);
    await shows(run.facts.id);
    expect(fake.views.length).toBe(opened + 1);

    page.say({ kind: "pin", isPinned: true });
    expect(await page.until("file")).toMatchObject({ file: two.toString(), name: "m.nn", isPinned: true });
    fake.activate(one as never);
    panels.show(one);
    const second = fake.views.at(-1) as FakeView;
    expect(fake.views.length).toBe(opened + 2);
    // Panels of files with the same name show the folders in their titles.
    expect([first.title, second.title]).toEqual(["Training: m.nn (two)", "Training: m.nn (one)"]);
    fake.activate(two as never);
    fake.activate(uri("three.nn") as never);
    expect([first.title, second.title]).toEqual(["Training: m.nn", "Training: three.nn"]);
    // Only one panel follows.
    page.say({ kind: "pin", isPinned: false });
    await page.until("file");
    expect([first.visible, second.visible]).toEqual([true, false]);
    await close();
  });

  test("has a title without controls; a followed run without a .nn file has its folder's name", async () => {
    const { panels, close } = openWindow();
    const titleOf = (name: string): string | undefined => {
      panels.show(uri(name));
      return fake.views.at(-1)?.title;
    };
    expect(titleOf("a\u202ecod.nn")).toBe("Training: a\\u{202e}cod.nn");
    expect(titleOf("runs/first/history.jsonl")).toBe("Training: first");
    expect(titleOf("iris-job/run/history.jsonl")).toBe("Training: iris-job");
    await close();
  });

  test.each([
    ["by default", undefined, ["workbench.action.lockEditorGroup"]],
    ["unless backprop.panel.lockGroup is off", false, []],
  ])("locks the group that it opens in, %s", async (_when, setting, wanted) => {
    const { panels, close } = openWindow();
    const { tabGroups } = fake.vscode.window;
    const before = { ...tabGroups };
    const file = { viewColumn: 1, tabs: [{ input: {} }] };
    Object.assign(tabGroups, { all: [file], activeTabGroup: file });
    if (setting !== undefined) fake.settings.set("panel.lockGroup", setting);
    fake.commands.length = 0;
    panels.show(uri("locked.nn"));
    // The editor reports the panel's new group as the active one.
    const tab = { input: new fake.vscode.TabInputWebview("mainThreadWebview-backprop.training") };
    const group = { viewColumn: 2, tabs: [tab], activeTab: tab };
    Object.assign(tabGroups, { all: [file, group], activeTabGroup: group });
    const view = fake.views.at(-1) as FakeView;
    view.active = true;
    view.turn(true);
    expect(fake.commands).toEqual(wanted);
    Object.assign(tabGroups, before);
    fake.settings.clear();
    await close();
  });

  test("is restored with its pin, and follows the editor of the new window without one", async () => {
    const { close } = openWindow();
    fake.activate(uri("b.nn") as never);
    const memory = { run: null, speed: "full", tab: "loss" };
    const pinned = await fake.restore({ ...memory, file: uri("a.nn").toString(), isPinned: true });
    const following = await fake.restore({ ...memory, file: uri("c.nn").toString(), isPinned: false });
    // Memory saved by a version without pins.
    const older = await fake.restore({ ...memory, file: uri("d.nn").toString() });
    expect([pinned.title, following.title, older.title]).toEqual(["Training: a.nn", "Training: b.nn", "Training: d.nn"]);
    fake.vscode.window.activeTextEditor = undefined;
    await close();
  });

  test("opens in an empty group, which stays locked when an extension host is killed, and not in a third one", async () => {
    const { panels, close } = openWindow();
    const { tabGroups } = fake.vscode.window;
    const [before, beforeAll] = [tabGroups.activeTabGroup, tabGroups.all];
    const editors = { viewColumn: 1, tabs: [{}] };
    for (const [groups, column] of [
      [[editors], fake.vscode.ViewColumn.Beside],
      [[editors, { viewColumn: 2, tabs: [{}] }], fake.vscode.ViewColumn.Beside],
      [[editors, { viewColumn: 2, tabs: [] }], 2],
      [[editors, { viewColumn: 2, tabs: [{}] }, { viewColumn: 3, tabs: [] }], 3],
    ] as const) {
      Object.assign(tabGroups, { all: groups, activeTabGroup: editors });
      panels.show(document);
      const view = fake.views.at(-1) as FakeView;
      expect(view.viewColumn).toBe(column);
      view.dispose();
    }
    Object.assign(tabGroups, { all: beforeAll, activeTabGroup: before });
    await close();
  });

  test("shows the run of another window as it is on the disk, and its end when that window is killed", async () => {
    const own = uri("shared.nn");
    const first = openWindow();
    const run = await first.trainings.start(own, choice(30));
    await ended(run);
    await vi.waitUntil(() => first.trainings.running().length === 0, { timeout: PATIENCE.event });
    await first.close();
    const file = join(folder, "runs", run.facts.id, "run.json");
    const stored = JSON.parse(readFileSync(file, "utf8"));
    // The file as another process writes it during a training.
    writeFileSync(file, JSON.stringify({ ...stored, state: { ...stored.state, status: "training", end: null } }));
    const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    ownedBy(file, { ...thisProcess, process: other.pid ?? 0 });
    const second = openWindow();
    second.panels.show(own);
    const page = new Page(fake.views.at(-1) as FakeView);
    await page.until("notices", () => page.notices.some(({ message }) => message.startsWith("Another window is training this run.")));
    expect(page.state?.status).toBe("training");
    other.kill("SIGKILL");
    await page.until("snapshot", () => page.state?.status === "stopped");
    expect(page.state?.end).toMatchObject({ epoch: 30 });
    await second.close();
  });

  test("says what is missing of a damaged run", async () => {
    const first = openWindow();
    const run = await first.trainings.start(document, choice(30));
    await ended(run);
    await first.close();
    const at = (name: string): string => join(folder, "runs", run.facts.id, name);
    writeFileSync(at("checkpoint.safetensors"), readFileSync(at("checkpoint.safetensors")).subarray(0, -4));
    for (const name of ["table.bin", "epochs.bin"]) writeFileSync(at(name), "no numbers");
    const second = openWindow();
    second.panels.show(document, run.facts.id);
    const page = new Page(fake.views.at(-1) as FakeView);
    expect((await page.until("notices")).notices).toEqual([
      { kind: "damage", message: expect.stringContaining("table.bin and epochs.bin are missing or damaged") },
    ]);
    page.say({ kind: "ask", question: { kind: "result" } });
    expect(await page.until("problem")).toMatchObject({
      message: expect.stringMatching(/^The weights of this run \(checkpoint\.safetensors\) can't be used: it is cut off/),
    });
    rmSync(at("checkpoint.safetensors"));
    page.say({ kind: "ask", question: { kind: "result" } });
    expect(await page.until("problem")).toMatchObject({
      message: expect.stringContaining(`${run.facts.id} has no checkpoint.safetensors`),
    });
    await second.close();
  });

  test("lists and compares a run of its window before the run is saved", async () => {
    const saving = Promise.withResolvers<void>();
    const { trainings, panels, close } = openWindow(({ fsPath }) => {
      const files = localFiles(fsPath);
      return { ...files, replace: async (...args) => await saving.promise.then(() => files.replace(...args)) };
    });
    panels.show(document);
    const page = new Page(fake.views.at(-1) as FakeView);
    await page.until("runs");
    const run = await trainings.start(document, choice(300));
    const { runs: listed } = await page.until("runs", () => isOver(run));
    expect(listed.find(({ id }) => id === run.facts.id)).toMatchObject({ status: "finished", epochs: 300 });
    page.say({ kind: "compare", runs: [run.facts.id] });
    const { runs: compared } = await page.until("compared");
    expect(compared.map(({ summary, table }) => [summary.status, summary.epochs, table.seen])).toEqual([["finished", 300, 300]]);
    saving.resolve();
    await close();
  });

  test("has the host's state again after it was hidden or its training was paused", async () => {
    const { trainings, panels, close } = openWindow();
    panels.show(document);
    const view = fake.views.at(-1) as FakeView;
    const page = new Page(view);
    await page.until("runs");
    const run = await trainings.start(document, choice(1_000_000_000));
    await page.until("events", () => (page.state ? epochsDone(page.state) > 0 : false));
    page.say({ kind: "pause" });
    await page.until("events", () => page.state?.status === "paused");
    const paused = epochsDone(run);
    expect(comparable(page.state)).toEqual(comparable(run));
    view.turn(false);
    page.say({ kind: "resume" });
    page.say({ kind: "stop" });
    await trainings.close();
    expect(run.end).toMatchObject({ kind: "stopped" });
    expect(epochsDone(run)).toBeGreaterThanOrEqual(paused);
    view.turn(true);
    const again = new Page(view);
    await again.until("events", () => again.state?.snapshots.length === run.snapshots.length);
    expect(comparable(again.state)).toEqual(comparable(run));
    await close();
  });
});
