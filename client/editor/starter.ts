/** The hint in an empty `.nn` file. Tab writes a complete network: the sample XOR, which needs no data file. */
import * as vscode from "vscode";
import { isOwnFile } from "./fileNames.ts";
import type { Samples } from "./samples.ts";

const SAMPLE = "xor.nn";
const HINT = "Tab writes a network to begin with, Ctrl+Space offers others. A CSV file dropped with Shift writes its data block.";

/** Shows the hint in each visible editor with an empty file. Sets the context that makes Tab write the network there. */
export function showStarter(): vscode.Disposable {
  const hint = vscode.window.createTextEditorDecorationType({
    after: { contentText: HINT, color: new vscode.ThemeColor("editorGhostText.foreground"), fontStyle: "italic" },
  });
  const show = (): void => {
    for (const editor of vscode.window.visibleTextEditors)
      if (isOwnFile(editor.document)) editor.setDecorations(hint, isEmpty(editor.document) ? [new vscode.Range(0, 0, 0, 0)] : []);
    const active = vscode.window.activeTextEditor?.document;
    void vscode.commands.executeCommand("setContext", "backprop.isEmptyFile", active !== undefined && isOwnFile(active) && isEmpty(active));
  };
  show();
  return vscode.Disposable.from(
    hint,
    vscode.window.onDidChangeVisibleTextEditors(show),
    vscode.window.onDidChangeActiveTextEditor(show),
    vscode.workspace.onDidChangeTextDocument(({ document }) => isOwnFile(document) && show()),
  );
}

const isEmpty = (document: vscode.TextDocument): boolean => document.getText() === "";

/** Writes the sample, without its leading comments, into the active file if it is empty. */
export async function writeStarter(samples: Pick<Samples, "read">): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (!editor || !isOwnFile(editor.document) || !isEmpty(editor.document)) return;
  const text = new TextDecoder().decode(await samples.read(SAMPLE)).replace(/^(?:#.*\n)+/, "");
  await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), text));
}
