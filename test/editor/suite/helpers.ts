/** What the suite's tests share: waiting for an event without sleeping, looking at findings, editing. */
import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { BackpropApi } from "../../../client/extension.ts";

export type SuiteTest = (folder: vscode.Uri, api: BackpropApi) => Promise<void>;

const LIMIT_MS = 30_000;

/** Waits for a value; the event says when to look again, so that nothing sleeps. */
export async function eventually<T>(
  what: string,
  event: (listener: () => void) => vscode.Disposable,
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  return await new Promise<T>((done, fail) => {
    const check = async (): Promise<void> => {
      const found = await look();
      if (found === undefined) return;
      listening.dispose();
      clearTimeout(limit);
      done(found);
    };
    const listening = event(() => void check());
    const limit = setTimeout(() => {
      listening.dispose();
      fail(new Error(`Waited ${LIMIT_MS / 1000} s for ${what}.`));
    }, LIMIT_MS);
    void check();
  });
}

export const diagnosticsOf = (uri: vscode.Uri, isReached: (found: vscode.Diagnostic[]) => boolean): Promise<vscode.Diagnostic[]> =>
  eventually("diagnostics", vscode.languages.onDidChangeDiagnostics, () => {
    const found = vscode.languages.getDiagnostics(uri);
    return isReached(found) ? found : undefined;
  });

export const codeOf = ({ code }: vscode.Diagnostic): string => String(typeof code === "object" ? code.value : code);

export async function replace(editor: vscode.TextEditor, from: string, to: string): Promise<void> {
  const at = editor.document.getText().indexOf(from);
  assert.notEqual(at, -1, `"${from}" is in the text`);
  assert.ok(
    await editor.edit((edit) =>
      edit.replace(new vscode.Range(editor.document.positionAt(at), editor.document.positionAt(at + from.length)), to),
    ),
  );
}
