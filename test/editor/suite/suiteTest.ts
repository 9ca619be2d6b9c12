/** The type of the suite's tests, and what they share: waiting for events, diagnostics, edits. */
import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { BackpropApi } from "../../../client/editor/extension.ts";
import { PATIENCE } from "../../../scripts/run/patience.ts";

export type SuiteTest = (folder: vscode.Uri, api: BackpropApi) => Promise<void>;

/** Resolves with the first value that `look` returns. Looks again after each event. Rejects after `PATIENCE.event`. */
export async function eventually<T>(
  what: string,
  event: (listener: () => void) => vscode.Disposable,
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  return await new Promise<T>((done, fail) => {
    const end = (): void => {
      listening.dispose();
      clearTimeout(limit);
    };
    const check = async (): Promise<void> => {
      const found = await look();
      if (found === undefined) return;
      end();
      done(found);
    };
    const checkNow = (): void => {
      check().catch((error: unknown) => {
        end();
        fail(error);
      });
    };
    const listening = event(checkNow);
    const limit = setTimeout(() => {
      end();
      fail(new Error(`Waited ${PATIENCE.event / 60_000} minutes for ${what}.`));
    }, PATIENCE.event);
    checkNow();
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
