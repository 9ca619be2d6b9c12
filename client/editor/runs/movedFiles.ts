/** Moves the runs of files that were renamed outside the editor, for example by `git mv`, if the rename is certain. */
import * as vscode from "vscode";
import type { RunSummary } from "../../runs/runSchemas.ts";
import { textHash } from "../../runs/textHash.ts";
import type { Rename } from "../fileNames.ts";
import { isGone } from "../files.ts";
import type { Trainings } from "../trainings/trainings.ts";
import type { RunStore } from "./runStore.ts";

/** The maximum number of files compared with a moved one. In a larger workspace, no rename is certain. */
const MOST_FILES = 500;

export interface MovedFiles extends vscode.Disposable {
  /** Resolves when all files that appeared so far have been compared. */
  readonly settled: () => Promise<void>;
}

/** Detects renames of `.nn` files by other programs when a file appears or is opened. */
export function followMovedFiles(
  trainings: Pick<Trainings, "runs">,
  store: Pick<RunStore, "isElsewhere">,
  follow: (rename: Rename) => Promise<void>,
  log: Pick<vscode.LogOutputChannel, "info" | "warn">,
): MovedFiles {
  let last = Promise.resolve();
  const look = (uri: vscode.Uri): void => {
    last = last
      .then(async () => {
        if (!vscode.workspace.isTrusted) return;
        const runs = await trainings.runs();
        const from = await movedFrom(uri, runs);
        // The window that trains a run saves it under the file name that it knows.
        if (from === undefined || runs.some(({ id, file }) => file === from && store.isElsewhere(id))) return;
        await follow({ from, to: uri.toString() });
        // A rename in the editor can be detected here too, so the message does not say who renamed the file.
        const [before, after] = [vscode.Uri.parse(from), uri].map((one) => vscode.workspace.asRelativePath(one));
        const text = `${after} has the runs of ${before}, which was renamed.`;
        log.info(text);
        vscode.window.setStatusBarMessage(text, 6000);
      })
      .catch((error: unknown) => log.warn(String(error)));
  };
  const lookAt = ({ languageId, uri }: vscode.TextDocument): void => {
    if (languageId === "nn") look(uri);
  };
  const files = vscode.workspace.createFileSystemWatcher("**/*.nn", false, true, true);
  for (const document of vscode.workspace.textDocuments) lookAt(document);
  const listening = vscode.Disposable.from(files, files.onDidCreate(look), vscode.workspace.onDidOpenTextDocument(lookAt));
  return { dispose: () => listening.dispose(), settled: () => last };
}

/**
 * Returns the file that was renamed to this one; undefined if that is not certain. It is certain if this file has no runs, exactly one missing file
 * has runs trained on its text, and no other file has that text.
 */
async function movedFrom(uri: vscode.Uri, runs: readonly RunSummary[]): Promise<string | undefined> {
  const isInWorkspace = (one: vscode.Uri): boolean => vscode.workspace.getWorkspaceFolder(one) !== undefined;
  if (runs.length === 0 || runs.some(({ file }) => file === uri.toString()) || !isInWorkspace(uri)) return undefined;
  const hash = await hashAt(uri);
  const missing: string[] = [];
  for (const file of new Set(runs.filter(({ text }) => text !== undefined && text === hash).map((run) => run.file)))
    if (isInWorkspace(vscode.Uri.parse(file)) && (await isGone(file))) missing.push(file);
  const [from, ...others] = missing;
  if (from === undefined || others.length > 0) return undefined;
  const files = await vscode.workspace.findFiles("**/*.nn", "**/node_modules/**", MOST_FILES);
  if (files.length === MOST_FILES) return undefined;
  for (const file of files) if (file.toString() !== uri.toString() && (await hashAt(file)) === hash) return undefined;
  return from;
}

/** Returns the hash of the file's text; undefined if the file can't be read. */
async function hashAt(uri: vscode.Uri): Promise<string | undefined> {
  try {
    return textHash(new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)));
  } catch {
    return undefined;
  }
}
