/** Where a debug session starts in the editor, and that none starts in an untrusted workspace. The test replaces the editor's window. */
import { beforeEach, expect, test, vi } from "vitest";
import type * as vscode from "vscode";
import type { TrainingChoice } from "../../../server/protocol.ts";
import { fakeVscode } from "../../../test/fakeVscode.ts";
import type { RunSummary } from "../../runs/runSchemas.ts";

const fake = fakeVscode();
const FILE = "/work/net.nn";
const providers: vscode.DebugConfigurationProvider[] = [];
const asked: (readonly string[])[] = [];
const warnings: string[] = [];
let picked: string | undefined;
vi.mock("vscode", () => ({
  ...fake.vscode,
  debug: { registerDebugConfigurationProvider: (_type: string, own: vscode.DebugConfigurationProvider) => providers.push(own) },
  DebugConfigurationProviderTriggerKind: { Initial: 1, Dynamic: 2 },
  window: {
    get activeTextEditor() {
      return fake.vscode.window.activeTextEditor;
    },
    showQuickPick: async (items: readonly { readonly label: string }[]) => {
      asked.push(items.map(({ label }) => label));
      return items.find(({ label }) => label === picked);
    },
    showWarningMessage: async (text: string) => void warnings.push(text),
  },
}));
const { provideConfigurations } = await import("./configurations.ts");

const choice = (run: string, line: number): TrainingChoice => ({
  run,
  model: "M",
  line,
  lastLine: line + 5,
  planned: null,
  lines: {},
  problem: null,
});
let choices: readonly TrainingChoice[] = [];
const run = (id: string, status: RunSummary["status"], epochs: number, file = `file://${FILE}`): RunSummary => ({
  id,
  file,
  fileName: "net.nn",
  name: id,
  model: "M",
  begun: 1,
  seed: 42,
  status,
  epochs,
  loss: null,
  valLoss: null,
  seconds: 1,
});
const runs = [run("hot", "diverged", 0), run("good", "finished", 9), run("other", "finished", 9, "file:///work/other.nn")];
provideConfigurations({ store: { list: async () => runs, pathOf: (id) => `/runs/${id}` }, choicesOf: async () => choices });
const [provider, dynamic] = providers;

/** Activates the file's editor with the cursor on a line (from 0). */
function openAt(line: number): void {
  const document = { uri: fake.vscode.Uri.file(FILE), languageId: "nn" };
  fake.vscode.window.activeTextEditor = { document, selection: { active: { line } } };
}

/** Resolves a configuration as the editor does. */
async function resolved(given: object): Promise<vscode.DebugConfiguration | null | undefined> {
  const own = await provider?.resolveDebugConfiguration?.(undefined, given as vscode.DebugConfiguration);
  if (!own) return undefined;
  return await provider?.resolveDebugConfigurationWithSubstitutedVariables?.(undefined, { ...own, program: FILE });
}

beforeEach(() => {
  fake.vscode.workspace.isTrusted = true;
  choices = [];
  asked.length = 0;
  picked = undefined;
});

test("F5 without a launch.json debugs the file at the cursor's line", async () => {
  openAt(3);
  expect(await resolved({})).toMatchObject({ type: "nn", request: "launch", program: FILE, line: 4 });
  fake.vscode.window.activeTextEditor = { document: { uri: fake.vscode.Uri.file("/work/a.py"), languageId: "python" } };
  expect(await resolved({})).toBeUndefined();
});

test("of several trainings, the one at the cursor is debugged; elsewhere the user chooses", async () => {
  choices = [choice("slow", 10), choice("fast", 20)];
  openAt(22);
  expect(await resolved({})).toMatchObject({ run: "fast" });
  expect(asked).toEqual([]);
  openAt(2);
  picked = "slow";
  expect(await resolved({})).toMatchObject({ run: "slow" });
  expect(asked).toEqual([["slow", "fast"]]);
  picked = undefined;
  expect(await resolved({})).toBeUndefined();
  asked.length = 0;
  for (const begun of [{ run: "fast" }, { from: "/runs/good" }, { expectLine: 5 }, { line: 21 }])
    expect(await resolved({ type: "nn", request: "launch", name: "Debug", ...begun })).toMatchObject(begun);
  expect(asked).toEqual([]);
});

test("the runs of the file are offered to begin with", async () => {
  openAt(0);
  const offered = (await dynamic?.provideDebugConfigurations?.(undefined)) ?? [];
  expect(offered.map(({ name, program, from, at }) => [name, program, from, at])).toEqual([
    ["Debug this file", "${file}", undefined, undefined],
    ["The batch where hot became NaN", FILE, "/runs/hot", "diverged"],
    ["From the best epoch of good", FILE, "/runs/good", "best"],
  ]);
});

test("an untrusted workspace does not debug, and says why", async () => {
  fake.vscode.workspace.isTrusted = false;
  openAt(3);
  expect(await resolved({})).toBeUndefined();
  expect(
    await provider?.resolveDebugConfigurationWithSubstitutedVariables?.(undefined, {
      type: "nn",
      request: "launch",
      name: "x",
      program: FILE,
    }),
  ).toBeUndefined();
  expect(warnings[0]).toContain("only in workspaces that you trust");
});
