/**
 * Debugging a training in the editor: F5 without a launch.json, the adapter in a worker, values behind the lines. The adapter itself is in client/debug; its
 * worker starts with a session and ends with it.
 */
import * as vscode from "vscode";
import { startDebugger } from "../../node/debuggerWorker.ts";
import { allowedFolders, settingOf } from "../editorSettings.ts";
import { showError } from "../notifications.ts";
import { isTrustedHere } from "../trust.ts";
import type { DebuggedBatch } from "./findingLenses.ts";

export const DEBUG_TYPE = "nn";

/** `workerFile` is the path of the bundled worker. */
export function provideDebugging(workerFile: string): vscode.Disposable {
  const dynamic: vscode.DebugConfigurationProvider = {
    provideDebugConfigurations: () => [{ type: DEBUG_TYPE, request: "launch", name: "Debug this file's training", program: "${file}" }],
  };
  return vscode.Disposable.from(
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, {
      resolveDebugConfiguration,
      resolveDebugConfigurationWithSubstitutedVariables,
    }),
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, dynamic, vscode.DebugConfigurationProviderTriggerKind.Dynamic),
    vscode.debug.registerDebugAdapterDescriptorFactory(DEBUG_TYPE, {
      createDebugAdapterDescriptor: () => new vscode.DebugAdapterInlineImplementation(adapterIn(workerFile)),
    }),
    vscode.languages.registerInlineValuesProvider({ language: "nn" }, { provideInlineValues }),
    vscode.languages.registerEvaluatableExpressionProvider({ language: "nn" }, { provideEvaluatableExpression }),
    vscode.workspace.onDidChangeTextDocument(({ document }) => tellText(document)),
  );
}

/**
 * Debugs a training of the document. `run` is its name; without it the training at the cursor is debugged, else the first. `batch` is where to begin; the
 * adapter checks it.
 */
export async function debugDocument(document: vscode.Uri, run?: string, batch: Partial<DebuggedBatch> = {}): Promise<boolean> {
  const configuration = {
    type: DEBUG_TYPE,
    request: "launch",
    name: "Debug Training",
    program: document.fsPath,
    ...batch,
    ...(run !== undefined && { run }),
  };
  return await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(document), configuration);
}

/** Fills in an empty configuration: F5 in a `.nn` file without a launch.json. */
function resolveDebugConfiguration(
  _folder: vscode.WorkspaceFolder | undefined,
  given: vscode.DebugConfiguration,
): vscode.DebugConfiguration | undefined {
  if (!isTrustedHere()) return undefined;
  const editor = vscode.window.activeTextEditor;
  const isEmpty = given.type === undefined && given.request === undefined && given.name === undefined;
  if (isEmpty && editor?.document.languageId !== "nn") return undefined;
  const configuration = isEmpty ? { type: DEBUG_TYPE, request: "launch", name: "Debug Training" } : given;
  return { ...configuration, program: configuration["program"] ?? "${file}" };
}

/** Adds what the adapter can't know: the cursor's line, the folders of the workspace, the precision of the settings. */
function resolveDebugConfigurationWithSubstitutedVariables(
  folder: vscode.WorkspaceFolder | undefined,
  given: vscode.DebugConfiguration,
): vscode.DebugConfiguration | undefined {
  if (!isTrustedHere()) return undefined;
  const editor = vscode.window.activeTextEditor;
  const program = String(given["program"]);
  const document = vscode.Uri.file(program);
  const isActive = editor?.document.uri.fsPath === document.fsPath;
  if (editor?.document.uri.scheme !== "file" && !folder) {
    void showError("Save the file to a folder on this machine to debug its training.");
    return undefined;
  }
  const folders = (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) => (uri.scheme === "file" ? [uri.fsPath] : []));
  return {
    ...given,
    program: document.fsPath,
    roots: [...folders, ...allowedFolders().map((uri) => vscode.Uri.parse(uri).fsPath)],
    precision: given["precision"] ?? settingOf("precision", document),
    ...(isActive && given["line"] === undefined && { line: editor.selection.active.line + 1 }),
  };
}

/** Returns an adapter whose messages a worker answers. */
function adapterIn(workerFile: string): vscode.DebugAdapter {
  const messages = new vscode.EventEmitter<vscode.DebugProtocolMessage>();
  const worker = startDebugger(
    workerFile,
    (message) => messages.fire(message as vscode.DebugProtocolMessage),
    (reason) => {
      void showError(`The debugger failed: ${reason}`);
      messages.fire({ type: "event", event: "terminated", seq: 0 } as vscode.DebugProtocolMessage);
    },
  );
  return {
    onDidSendMessage: messages.event,
    handleMessage: worker.send,
    dispose() {
      messages.dispose();
      worker.stop();
    },
  };
}

interface LineValue {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** Returns the values behind the visible lines that the present batch has computed. */
async function provideInlineValues(document: vscode.TextDocument, visible: vscode.Range): Promise<vscode.InlineValue[]> {
  const session = sessionOf(document);
  const values: readonly LineValue[] = session
    ? ((await session.customRequest("nnValues", {})) as { values: readonly LineValue[] }).values
    : [];
  return values
    .filter(({ line }) => visible.start.line < line && line <= visible.end.line + 1)
    .map(({ line, text }) => new vscode.InlineValueText(document.lineAt(line - 1).range, text));
}

const sessionOf = ({ uri }: vscode.TextDocument): vscode.DebugSession | undefined => {
  const session = vscode.debug.activeDebugSession;
  return session?.type === DEBUG_TYPE && session.configuration["program"] === uri.fsPath ? session : undefined;
};

/** What a hover evaluates: a layer's label, `kernel=` on the line of a label, a word such as `loss`. */
function provideEvaluatableExpression(document: vscode.TextDocument, position: vscode.Position): vscode.EvaluatableExpression | undefined {
  const range = document.getWordRangeAtPosition(position);
  if (!range) return undefined;
  const word = document.getText(range);
  const [, label] = /^\s*(\w+)\s*:/.exec(document.lineAt(position.line).text) ?? [];
  const isMember = label !== undefined && (word === "kernel" || word === "bias");
  return new vscode.EvaluatableExpression(range, isMember ? `${label}.${word}` : word);
}

/** The adapter shows the text of the session's start if the present one differs, so that the arrow stays true. */
function tellText(document: vscode.TextDocument): void {
  void sessionOf(document)
    ?.customRequest("nnText", { text: document.getText() })
    .then(undefined, () => undefined);
}
