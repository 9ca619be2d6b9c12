/** The `nn` command as tasks. They run in an editor terminal and list findings in the Problems view. */
import * as vscode from "vscode";
import { allowedFolders } from "./editorSettings.ts";

export const TASK_TYPE = "nn";
const COMMANDS = ["train", "test", "check", "gradcheck"] as const;
type TaskCommand = (typeof COMMANDS)[number];
const isCommand = (word: unknown): word is TaskCommand => COMMANDS.some((command) => command === word);

interface NnTask extends vscode.TaskDefinition {
  readonly command: TaskCommand;
  /** Relative to the workspace folder. */
  readonly file: string;
  readonly run?: string;
}

/** `program` is the path of the bundled terminal command. */
export const provideTasks = (program: string): vscode.Disposable =>
  vscode.tasks.registerTaskProvider(TASK_TYPE, {
    provideTasks() {
      const document = vscode.window.activeTextEditor?.document;
      if (!vscode.workspace.isTrusted || document?.languageId !== "nn" || document.uri.scheme !== "file") return [];
      return COMMANDS.map((command) => taskFor(program, document.uri, command));
    },
    resolveTask({ definition, scope }) {
      const { command, file, run } = definition as Partial<NnTask>;
      if (!isCommand(command) || typeof file !== "string" || (run !== undefined && typeof run !== "string")) return undefined;
      const folder = typeof scope === "object" && "uri" in scope ? scope : vscode.workspace.workspaceFolders?.[0];
      if (!folder) return undefined;
      const path = vscode.Uri.joinPath(folder.uri, file);
      return task(program, path, folder, { ...definition, type: TASK_TYPE, command, file, ...(run !== undefined && { run }) });
    },
  });

/** Returns a task for a file. `run` names one of its trainings. */
export function taskFor(program: string, document: vscode.Uri, command: TaskCommand, run?: string): vscode.Task {
  const file = vscode.workspace.asRelativePath(document, false);
  const folder = vscode.workspace.getWorkspaceFolder(document);
  return task(program, document, folder, { type: TASK_TYPE, command, file, ...(run !== undefined && { run }) });
}

function task(program: string, path: vscode.Uri, folder: vscode.WorkspaceFolder | undefined, definition: NnTask): vscode.Task {
  const { command, file, run } = definition;
  const runs = run !== undefined && (command === "train" || command === "gradcheck") ? ["--run", run] : [];
  const allowed = allowedFolders().flatMap((uri) => ["--allow", vscode.Uri.parse(uri).fsPath]);
  const cwd = folder?.uri.fsPath ?? vscode.Uri.joinPath(path, "..").fsPath;
  // The editor's own executable runs as Node, so the user needs no Node installation.
  const execution = new vscode.ProcessExecution(process.execPath, [program, command, path.fsPath, ...runs, ...allowed], {
    cwd,
    env: { ELECTRON_RUN_AS_NODE: "1" },
  });
  const made = new vscode.Task(definition, folder ?? vscode.TaskScope.Workspace, `${command} ${file}`, "nn", execution, [
    "$nn",
    "$nn-test",
  ]);
  made.detail = DETAIL[command];
  if (command === "test") made.group = vscode.TaskGroup.Test;
  made.presentationOptions = { clear: true, showReuseMessage: false };
  return made;
}

const DETAIL: { readonly [K in TaskCommand]: string } = {
  train: "Trains the network in a terminal",
  test: "Trains if needed and tests every expect block",
  check: "Lists the file's errors and warnings",
  gradcheck: "Compares every gradient with finite differences",
};
