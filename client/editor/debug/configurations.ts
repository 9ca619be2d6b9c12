/** Where a debug session starts in the editor: F5 without a launch.json, a saved run, a choice among several trainings. */
import * as vscode from "vscode";
import type { TrainingChoice } from "../../../server/protocol.ts";
import { distinctNames } from "../../runs/runNames.ts";
import type { RunSummary } from "../../runs/runSchemas.ts";
import { allowedFolders, settingOf } from "../editorSettings.ts";
import { showError } from "../notifications.ts";
import type { RunStore } from "../runs/runStore.ts";
import { isTrustedHere } from "../trust.ts";

export const DEBUG_TYPE = "nn";

export interface ConfigurationParts {
  readonly store: Pick<RunStore, "list" | "pathOf">;
  /** Requests the trainings in the document's current text from the server. */
  readonly choicesOf: (document: vscode.Uri) => Promise<readonly TrainingChoice[]>;
}

type Configuration = vscode.DebugConfiguration;

/** At most this many of a file's newest runs are offered as a start. */
const MOST_RUNS = 5;

export function provideConfigurations({ store, choicesOf }: ConfigurationParts): vscode.Disposable {
  const dynamic: vscode.DebugConfigurationProvider = {
    async provideDebugConfigurations() {
      const document = activeDocument();
      const all = document ? await store.list().catch(() => []) : [];
      const runs = all.filter(({ file }) => file === document?.toString()).slice(0, MOST_RUNS);
      const names = distinctNames(runs);
      return [
        configuration("Debug this file", {}),
        ...runs.flatMap((run, k) => configurationsOf(run, names[k] ?? run.name, store.pathOf(run.id))),
      ];
    },
  };
  return vscode.Disposable.from(
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, {
      resolveDebugConfiguration,
      resolveDebugConfigurationWithSubstitutedVariables: (folder, given) => resolveForAdapter(folder, given, choicesOf),
    }),
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, dynamic, vscode.DebugConfigurationProviderTriggerKind.Dynamic),
  );
}

const configuration = (name: string, others: Readonly<Record<string, unknown>>): Configuration => ({
  type: DEBUG_TYPE,
  request: "launch",
  name,
  program: "${file}",
  ...others,
});

/** Returns the ways to start from a run in the folder `from`. There are none on another machine's disk, because the adapter reads the files. */
function configurationsOf({ file, status, epochs }: RunSummary, name: string, from: string): Configuration[] {
  if (/^[\w-]{2,}:\/\//.test(from)) return [];
  const begun = { program: vscode.Uri.parse(file).fsPath, from };
  return [
    ...(status === "diverged" ? [configuration(`The batch where ${name} became NaN`, { ...begun, at: "diverged" })] : []),
    ...(epochs > 0 ? [configuration(`From the best epoch of ${name}`, { ...begun, at: "best" })] : []),
  ];
}

/** Debugs the document. `begin` states where to start: the training's name, a mini-batch, a saved run. The adapter checks it. */
export async function debugDocument(document: vscode.Uri, begin: Readonly<Record<string, unknown>>): Promise<boolean> {
  const own = { ...configuration("Debug Training", begin), program: document.fsPath };
  return await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(document), own);
}

/** Debugs a run from the mini-batch where a number became infinite or NaN, or else from its best epoch. */
export async function debugRun({ id, file, status }: RunSummary, store: ConfigurationParts["store"]): Promise<boolean> {
  return await debugDocument(vscode.Uri.parse(file), { from: store.pathOf(id), at: status === "diverged" ? "diverged" : "best" });
}

const activeDocument = (): vscode.Uri | undefined => {
  const document = vscode.window.activeTextEditor?.document;
  return document?.languageId === "nn" ? document.uri : undefined;
};

/** Fills in an empty configuration: F5 in a `.nn` file without a launch.json. */
function resolveDebugConfiguration(_folder: vscode.WorkspaceFolder | undefined, given: Configuration): Configuration | undefined {
  if (!isTrustedHere()) return undefined;
  const isEmpty = given.type === undefined && given.request === undefined && given.name === undefined;
  if (isEmpty && !activeDocument()) return undefined;
  const own = isEmpty ? { type: DEBUG_TYPE, request: "launch", name: "Debug Training" } : given;
  return { ...own, program: own["program"] ?? "${file}" };
}

/** Adds what the adapter can't know: the chosen training, the cursor's line, the workspace's folders, and the precision setting. */
async function resolveForAdapter(
  folder: vscode.WorkspaceFolder | undefined,
  given: Configuration,
  choicesOf: ConfigurationParts["choicesOf"],
): Promise<Configuration | undefined> {
  if (!isTrustedHere()) return undefined;
  const editor = vscode.window.activeTextEditor;
  const document = vscode.Uri.file(String(given["program"]));
  if (editor?.document.uri.scheme !== "file" && !folder) {
    void showError("Save the file to a folder on this machine to debug its training.");
    return undefined;
  }
  const isActive = editor?.document.uri.fsPath === document.fsPath;
  const line = isActive ? editor.selection.active.line : undefined;
  const run = isBegun(given) ? undefined : await chosenRun(await choicesOf(document).catch(() => []), line);
  if (run === null) return undefined;
  const folders = (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) => (uri.scheme === "file" ? [uri.fsPath] : []));
  return {
    ...given,
    ...(run !== undefined && { run }),
    program: document.fsPath,
    roots: [...folders, ...allowedFolders().map((uri) => vscode.Uri.parse(uri).fsPath)],
    precision: given["precision"] ?? settingOf("precision", document),
    ...(line !== undefined && given["line"] === undefined && { line: line + 1 }),
  };
}

/** Whether the configuration determines which training or rows to debug. */
const isBegun = (given: Configuration): boolean => ["run", "from", "line", "expectLine"].some((name) => given[name] !== undefined);

/** Returns the training at the cursor, or else the user's choice; undefined if there is at most one training, null if the user chooses none. */
async function chosenRun(choices: readonly TrainingChoice[], line: number | undefined): Promise<string | null | undefined> {
  if (choices.length < 2) return undefined;
  const here = choices.find((choice) => line !== undefined && choice.line <= line && line <= (choice.lastLine ?? choice.line));
  if (here) return here.run;
  const items = choices.map(({ run, model, line: own }) => ({ label: run, description: `${model}, line ${own + 1}` }));
  return (await vscode.window.showQuickPick(items, { placeHolder: "Which training is debugged?" }))?.label ?? null;
}
