/** Debugging in the editor: the adapter (client/debug), in one worker per session, and the values at the ends of the lines. */
import * as vscode from "vscode";
import { startDebugger } from "../../node/debuggerWorker.ts";
import { showError } from "../notifications.ts";
import { type ConfigurationParts, DEBUG_TYPE, provideConfigurations } from "./configurations.ts";

/** `workerFile` is the path of the bundled worker. */
export const provideDebugging = (workerFile: string, parts: ConfigurationParts): vscode.Disposable =>
  vscode.Disposable.from(
    provideConfigurations(parts),
    vscode.debug.registerDebugAdapterDescriptorFactory(DEBUG_TYPE, {
      createDebugAdapterDescriptor: () => new vscode.DebugAdapterInlineImplementation(adapterIn(workerFile)),
    }),
    vscode.languages.registerInlineValuesProvider({ language: "nn" }, { provideInlineValues }),
    vscode.languages.registerEvaluatableExpressionProvider({ language: "nn" }, { provideEvaluatableExpression }),
    vscode.workspace.onDidChangeTextDocument(({ document }) => reportText(document)),
  );

/** Returns an adapter that passes its messages to a worker. */
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

/** Returns the values that the current mini-batch has computed, at the ends of the visible lines. */
async function provideInlineValues(document: vscode.TextDocument, visible: vscode.Range): Promise<vscode.InlineValue[]> {
  const session = sessionOf(document);
  const values: readonly LineValue[] = session
    ? (
        (await session.customRequest("nnValues", { of: document.uri.scheme === "file" ? "file" : "text" })) as {
          values: readonly LineValue[];
        }
      ).values
    : [];
  return values
    .filter(({ line }) => visible.start.line < line && line <= visible.end.line + 1)
    .map(({ line, text }) => new vscode.InlineValueText(document.lineAt(line - 1).range, text));
}

const sessionOf = ({ uri }: vscode.TextDocument): vscode.DebugSession | undefined => {
  const session = vscode.debug.activeDebugSession;
  if (session?.type !== DEBUG_TYPE) return undefined;
  // Once the file is edited, the debugged text is a separate document.
  return uri.scheme === "debug" || session.configuration["program"] === uri.fsPath ? session : undefined;
};

/** Returns the expression that a hover evaluates: a layer's label, `kernel=` on a label's line, or a word such as `loss`. */
function provideEvaluatableExpression(document: vscode.TextDocument, position: vscode.Position): vscode.EvaluatableExpression | undefined {
  const range = document.getWordRangeAtPosition(position);
  if (!range) return undefined;
  const word = document.getText(range);
  const [, label] = /^\s*([\p{L}_][\p{L}\p{M}\d_]*)\s*:/u.exec(document.lineAt(position.line).text) ?? [];
  const isMember = label !== undefined && (word === "kernel" || word === "bias");
  return new vscode.EvaluatableExpression(range, isMember ? `${label}.${word}` : word);
}

/** Reports the current text. If it differs from the debugged text, the adapter shows the latter, so that the arrow stays correct. */
function reportText(document: vscode.TextDocument): void {
  if (document.uri.scheme !== "file") return;
  void sessionOf(document)
    ?.customRequest("nnText", { text: document.getText() })
    .then(undefined, () => undefined);
}
