/** The files of saved runs in a folder that is not on this machine's disk, through the editor's file system. */
import * as vscode from "vscode";
import { memoryWriter, rowsFrom } from "../../runs/epochRecord.ts";
import { localFiles, RUN_FILES, type RunFiles, UNFINISHED } from "../../runs/runFiles.ts";

/** Returns the files of a folder: with Node's file system if it is local. Nothing is written while the workspace is not trusted. */
export const filesIn = (folder: vscode.Uri): RunFiles =>
  writtenIfTrusted(folder.scheme === "file" ? localFiles(folder.fsPath) : editorFiles(folder));

function writtenIfTrusted(files: RunFiles): RunFiles {
  const ifTrusted =
    <Given extends readonly unknown[], Result>(write: (...given: Given) => Promise<Result>) =>
    async (...given: Given): Promise<Result> => {
      if (!vscode.workspace.isTrusted) throw new Error("Backprop changes runs only in workspaces that you trust.");
      return await write(...given);
    };
  return { ...files, replace: ifTrusted(files.replace), remove: ifTrusted(files.remove), record: ifTrusted(files.record) };
}

function editorFiles(folder: vscode.Uri): RunFiles {
  const { fs } = vscode.workspace;
  const at = (id: string, file = ""): vscode.Uri => vscode.Uri.joinPath(folder, id, file);
  const orNothing = <T>(reading: Thenable<T>): Promise<T | undefined> => Promise.resolve(reading).catch(() => undefined);
  const namesIn = async (uri: vscode.Uri): Promise<readonly string[]> =>
    ((await orNothing(fs.readDirectory(uri))) ?? []).map(([name]) => name);
  const read = (id: string, file: string): Promise<Uint8Array | undefined> => orNothing(fs.readFile(at(id, file)));
  return {
    folder: folder.toString(),
    names: () => namesIn(folder),
    namesOf: (id) => namesIn(at(id)),
    async version(id, file) {
      const found = await orNothing(fs.stat(at(id, file)));
      return found && { size: found.size, modified: found.mtime };
    },
    read,
    async replace(id, file, content) {
      await fs.createDirectory(at(id));
      const unfinished = at(id, file + UNFINISHED);
      await fs.writeFile(unfinished, typeof content === "string" ? Buffer.from(content) : content);
      await fs.rename(unfinished, at(id, file), { overwrite: true });
    },
    remove: async (id, file) => void (await orNothing(fs.delete(at(id, file), { recursive: true }))),
    async record(id) {
      await fs.createDirectory(at(id));
      return memoryWriter((bytes) => fs.writeFile(at(id, RUN_FILES.record), bytes));
    },
    stretch: () => Promise.resolve(undefined),
    async rowsBehind(id, width, first, visit) {
      const bytes = await read(id, RUN_FILES.record);
      const rows = bytes && rowsFrom(bytes, width);
      if (rows && rows.length > first * width) visit(rows.subarray(first * width));
    },
  };
}
