/** A training's findings while the text changes, with the real language analysis. The test supplies the editor's documents. */
import { describe, expect, test, vi } from "vitest";
import type * as vscode from "vscode";
import { trainings as choicesIn } from "../../../server/features/trainings.ts";
import { analyse } from "../../../server/language/analysis.ts";
import type { TrainingChoice } from "../../../server/protocol.ts";
import { fakeVscode } from "../../../test/fakeVscode.ts";
import { newRun, type RunEvent, type RunState } from "../../runs/runState.ts";
import { textHash } from "../../runs/textHash.ts";
import type { FindingLens } from "../debug/findingLenses.ts";
import type { OpenRun } from "./savedRun.ts";
import type { RunChange, Trainings } from "./trainings.ts";

const fake = fakeVscode();
const { EventEmitter, Disposable } = fake.vscode;

/** The only open document. Each change is a new version. */
const document = {
  uri: fake.vscode.Uri.parse("file:///a.nn"),
  version: 1,
  text: "",
  getText: () => document.text,
  get lineCount() {
    return document.text.split("\n").length;
  },
  lineAt: (line: number) => ({ firstNonWhitespaceCharacterIndex: 2, range: { with: () => ({ start: { line } }) } }),
};
const changed = new EventEmitter<unknown>();
const placed = new Map<string, readonly Diagnostic[]>();
class Diagnostic {
  readonly range: { readonly start: { readonly line: number } };
  constructor(range: Diagnostic["range"]) {
    this.range = range;
  }
}
vi.mock("vscode", () => ({
  ...fake.vscode,
  Diagnostic,
  Range: class {},
  Position: class {},
  DiagnosticSeverity: { Warning: 1, Error: 0 },
  languages: {
    createDiagnosticCollection: () => ({
      set: (uri: { toString(): string }, diagnostics: readonly Diagnostic[]) => placed.set(uri.toString(), diagnostics),
      delete: (uri: { toString(): string }) => placed.delete(uri.toString()),
      dispose: () => undefined,
    }),
  },
  workspace: {
    ...fake.vscode.workspace,
    textDocuments: [document],
    openTextDocument: async () => document,
    onDidChangeTextDocument: changed.event,
  },
}));
const { showFindings } = await import("./findingDiagnostics.ts");
const { DocumentLines } = await import("./documentLines.ts");

const TEXT = `model M {
  input a
  hidden: dense 4 tanh
  dense 1
}
data D {
  features a
  target y
  1 -> 2
  2 -> 4
}
train M on D {
  loss mse
}
`;
const choicesOf = (text: string): TrainingChoice[] => choicesIn(analyse(text), (offset) => text.slice(0, offset).split("\n").length - 1);

function open() {
  document.text = TEXT;
  document.version++;
  document.uri = fake.vscode.Uri.parse("file:///a.nn");
  const [choice] = choicesOf(TEXT);
  if (!choice?.planned) throw new Error("no plan");
  const facts = { id: "1", file: "file:///a.nn", fileName: "a.nn", run: "M", model: "M", begun: 0, seed: 42, lines: choice.lines };
  const run: RunState = newRun({ ...facts, text: textHash(TEXT) });
  const openRun: OpenRun = { run, plan: choice.planned.plan, precision: "float32" };
  const [onChange, onForgotten] = [new EventEmitter<RunChange>(), new EventEmitter<{ file: string; id: string }>()];
  const trainings = { onChange: onChange.event, onForgotten: onForgotten.event, open: async () => openRun } as unknown as Trainings;
  const lenses: { current: readonly FindingLens[] } = { current: [] };
  const documentLines = new DocumentLines(async () => choicesOf(document.text));
  const shown = showFindings(trainings, documentLines, {
    set: (_file, given) => (lenses.current = given),
  });
  return {
    lenses,
    find: (at: string, epoch?: number): void => {
      const finding: RunEvent = { kind: "warning", code: "NN903", message: "a finding", at, ...(epoch !== undefined && { epoch }) };
      onChange.fire({ file: run.facts.file, run, events: [finding], epochs: null });
    },
    edit: (text: string): void => {
      document.text = text;
      document.version++;
      changed.fire({ document, contentChanges: [{}] });
    },
    /** Resolves when the findings are on these lines, given by their texts. */
    async lines(...wanted: string[]): Promise<void> {
      await vi.waitFor(() => {
        const lines = (placed.get(run.facts.file) ?? []).map(({ range }) => document.text.split("\n")[range.start.line]?.trim());
        expect(lines).toEqual(wanted);
      }, 60_000);
    },
    rename(file: string): void {
      document.uri = fake.vscode.Uri.parse(file);
      run.facts = { ...run.facts, file };
    },
    refresh: () => documentLines.refresh(),
    remove: () => onForgotten.fire({ file: run.facts.file, id: "1" }),
    close: () => Disposable.from(shown as vscode.Disposable).dispose(),
  };
}

describe("a training's findings", () => {
  test("follow their lines through edits, are hidden for a changed layer, and come back by undo", async () => {
    const { find, edit, lines, close } = open();
    find("layer:hidden");
    find("train");
    await lines("hidden: dense 4 tanh", "train M on D {");
    edit(`# a note\n${TEXT}`);
    await lines("hidden: dense 4 tanh", "train M on D {");
    edit(TEXT.replace("dense 4", "dense 5"));
    await lines("train M on D {");
    edit(TEXT.replace("loss mse", "loss mae"));
    await lines("hidden: dense 4 tanh");
    edit(TEXT);
    await lines("hidden: dense 4 tanh", "train M on D {");
    close();
  });

  test("land on the right line if they arrive after an edit, and go with a deleted run", async () => {
    const { find, edit, lines, remove, close } = open();
    edit(`# a note\n\n${TEXT}`);
    find("layer:hidden");
    await lines("hidden: dense 4 tanh");
    remove();
    await lines();
    close();
  });
});

test("findings follow a renamed file, with those that arrive during the rename", async () => {
  const { find, lines, rename, refresh, edit, remove, close } = open();
  find("layer:hidden");
  await lines("hidden: dense 4 tanh");
  rename("file:///b.nn");
  find("train");
  refresh();
  await lines("hidden: dense 4 tanh", "train M on D {");
  expect(placed.get("file:///a.nn") ?? []).toEqual([]);
  edit(TEXT.replace("dense 4", "dense 5"));
  await lines("train M on D {");
  rename("file:///c.nn");
  refresh();
  await lines("train M on D {");
  expect(placed.get("file:///b.nn") ?? []).toEqual([]);
  remove();
  await lines();
  close();
});

test("a finding with its epoch has a lens that debugs it, until the text is another", async () => {
  const { find, edit, lenses, lines } = open();
  find("layer:hidden");
  find("layer:hidden", 7);
  await lines("hidden: dense 4 tanh", "hidden: dense 4 tanh");
  expect(lenses.current).toEqual([{ line: 2, run: "M", seed: 42, precision: "float32", epoch: 7, batch: 1 }]);
  edit(TEXT.replace("dense 1", "dense 1 sigmoid"));
  await vi.waitFor(() => expect(lenses.current).toEqual([]));
});
