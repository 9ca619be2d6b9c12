/** Finished runs on the disk, one a file, so that closing the panel or the window loses nothing. */
import * as vscode from "vscode";
import { isRunState } from "../panel/messages.ts";
import type { RunState } from "../panel/runState.ts";

export interface RunStore {
  readonly save: (run: RunState) => Promise<void>;
  /** undefined where there is none, or none that can be read. */
  readonly load: (file: string) => Promise<RunState | undefined>;
}

/** `folder` is the editor's own place for the extension's data. */
export function runStore(folder: vscode.Uri): RunStore {
  const runs = vscode.Uri.joinPath(folder, "runs");
  const place = async (file: string): Promise<vscode.Uri> => {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(file));
    return vscode.Uri.joinPath(runs, `${Buffer.from(digest).toString("hex").slice(0, 32)}.json`);
  };
  return {
    async save(run) {
      await vscode.workspace.fs.createDirectory(runs);
      await vscode.workspace.fs.writeFile(await place(run.facts.file), Buffer.from(JSON.stringify(run)));
    },
    async load(file) {
      try {
        const value: unknown = JSON.parse(Buffer.from(await vscode.workspace.fs.readFile(await place(file))).toString());
        return isRunState(value) && value.facts.file === file ? value : undefined;
      } catch {
        return undefined;
      }
    },
  };
}
