/** The panel's host without an editor: real trainings, real runs on the disk, real inspections, in a copy of the samples. */
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import type * as vscode from "vscode";
import type { DebuggedFile } from "../../client/editor/debug/debuggedFiles.ts";
import { foreignFolder } from "../../client/runs/foreignFolder.ts";
import { isOver, type RunState } from "../../client/runs/runState.ts";
import { inProject } from "../../scripts/project.ts";
import { removeFolder } from "../../scripts/run/removal.ts";
import { dataReader } from "../../server/dataFiles.ts";
import { edited, knobs } from "../../server/features/knobs.ts";
import { untrained } from "../../server/features/trainings.ts";
import { type Analysis, analyse } from "../../server/language/analysis.ts";
import { nodeFiles } from "../../server/nodeFiles.ts";
import type { EditResult, FileEdit, TrainingChoice } from "../../server/protocol.ts";
import { type FakeView, fakeVscode, placesIn, trainedText } from "../fakeVscode.ts";

const fake = fakeVscode();
vi.mock("vscode", () => fake.vscode);
const { Inspections } = await import("../../client/node/inspections.ts");
const { Panels } = await import("../../client/editor/panel/panels.ts");
const { RunActions } = await import("../../client/editor/runs/runActions.ts");
const { RunStore } = await import("../../client/editor/runs/runStore.ts");
const { Trainings } = await import("../../client/editor/trainings/trainings.ts");

/** The host's own edits replace the whole text. */
const ALL = { start: { line: 0, character: 0 }, end: { line: 1e6, character: 0 } };

export interface Host {
  /** The folder of the files. */
  readonly folder: string;
  /** Opens the panel of a file in the folder. */
  readonly show: (file: string) => FakeView;
  /** Runs the file's trainings to their ends, one after another. `text` replaces the sample's text. */
  readonly train: (file: string, text?: string) => Promise<void>;
  /** Follows the folder of another program's finished training to its end, as the file's training. */
  readonly follow: (file: string, run: string) => Promise<void>;
  /** Writes the file, as if the editor had saved it. */
  readonly write: (file: string, text: string) => void;
  /** Reports that a file has stopped in a debug session, or is no longer debugged. */
  readonly debug: (file: string, debugged: DebuggedFile | undefined) => void;
  /** Returns the id of the last training's run. */
  readonly newestRun: () => Promise<string>;
  /** Returns the ids of all runs, newest first. */
  readonly runs: () => Promise<string[]>;
  readonly close: () => Promise<void>;
}

export function openHost(): Host {
  const folder = mkdtempSync(join(tmpdir(), "backprop-layout-"));
  cpSync(inProject("samples"), folder, { recursive: true });
  const uri = (name: string): vscode.Uri => fake.vscode.Uri.file(join(folder, name)) as unknown as vscode.Uri;
  const errors: string[] = [];
  const log = { error: (text: string) => void errors.push(text) } as unknown as vscode.LogOutputChannel;
  const store = new RunStore(placesIn(uri("runs"), 50));
  const trainings = new Trainings(inProject("dist", "trainer.js"), store, log);
  const inspections = new Inspections(inProject("dist", "inspector.js"));
  const runActions = new RunActions(trainings, store);
  const analysisOfText = async (document: vscode.Uri, text: string): Promise<Analysis> =>
    await dataReader(nodeFiles).analyse(text, { uri: document.toString(), roots: [uri(".").toString()] });
  const analysisOf = async (document: vscode.Uri): Promise<Analysis> =>
    await analysisOfText(document, readFileSync(document.fsPath, "utf8"));
  const choices = async (file: string, text: string): Promise<TrainingChoice[]> => {
    const { trains, plans } = await analysisOfText(uri(file), text);
    return trains.flatMap(({ node, model }, k): TrainingChoice[] => {
      const planned = plans[k];
      if (!planned) return [];
      return [{ run: planned.plan.training.run, model: model?.name ?? "", line: node.span.start, planned, lines: {}, problem: null }];
    });
  };

  const write = (document: vscode.Uri, text: string): void => {
    writeFileSync(document.fsPath, text);
    fake.edited.fire({ document: { uri: document }, contentChanges: [{ range: ALL, text }] });
  };

  const parts = {
    trainings,
    store,
    inspections,
    untrainedOf: async (document: vscode.Uri) => {
      const text = readFileSync(document.fsPath, "utf8");
      return untrained(analyse(text), (offset) => text.slice(0, offset).split("\n").length - 1);
    },
    runActions,
    pace: { now: () => "full" as const, set: trainings.setPace.bind(trainings) },
    documentLines: trainedText,
    choicesOf: async (document: vscode.Uri) => await choices(document.path.split("/").at(-1) ?? "", readFileSync(document.fsPath, "utf8")),
    train: () => undefined,
    reveal: () => undefined,
    knobsOf: async (document: vscode.Uri) => knobs(await analysisOf(document)),
    async editOf(document: vscode.Uri, edit: FileEdit): Promise<EditResult> {
      const result = await edited(await analysisOf(document), edit, (text) => analysisOfText(document, text));
      if ("problem" in result) return result;
      const place = { uri: document.toString(), version: 1 };
      return { version: 1, edit: { documentChanges: [{ textDocument: place, edits: [{ range: ALL, newText: result.text }] }] } };
    },
    async applyEdit(document: vscode.Uri, { edit }: Extract<EditResult, { readonly edit: object }>) {
      const [change] = edit.documentChanges ?? [];
      const [all] = change && "edits" in change ? change.edits : [];
      if (!all || !("newText" in all)) return false;
      write(document, all.newText);
      return true;
    },
  };
  const ended = async (run: RunState): Promise<void> => {
    await new Promise<void>((done) => {
      const listening = trainings.onChange((change) => {
        if (change.run !== run || !isOver(run)) return;
        listening.dispose();
        done();
      });
    });
  };
  const panels = new Panels(fake.vscode.Uri.file(inProject()) as unknown as vscode.Uri, parts);

  return {
    folder,
    write: (file, text) => write(uri(file), text),
    show(file) {
      panels.show(uri(file));
      const view = fake.views.at(-1);
      if (!view) throw new Error("No panel was opened.");
      return view;
    },
    async train(file, text = readFileSync(join(folder, file), "utf8")) {
      writeFileSync(join(folder, file), text);
      for (const choice of await choices(file, text)) {
        await ended(await trainings.start(uri(file), choice));
      }
    },
    async follow(file, path) {
      const found = await foreignFolder(path);
      if (!found) throw new Error(`${path} has no history.`);
      const { folder: own, started, plan } = found;
      const facts = { ...found.facts, lines: {} };
      const precision = started?.precision ?? "float32";
      await ended(await trainings.follow(uri(file), { folder: own, facts, plan, precision, onQuiet: () => undefined }));
    },
    debug: (file, debugged) => panels.debug(uri(file).toString(), debugged),
    async newestRun() {
      const [newest] = await trainings.runs();
      if (!newest) throw new Error("There is no run.");
      return newest.id;
    },
    runs: async () => (await trainings.runs()).map(({ id }) => id),
    async close() {
      await trainings.close();
      for (const part of [panels, inspections, trainings, store]) part.dispose();
      await removeFolder(folder);
      if (errors.length > 0) throw new Error(errors.join("\n"));
    },
  };
}
