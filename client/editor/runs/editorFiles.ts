/** Access to saved runs through the editor's file system, for a folder that is not on this machine's disk. */
import * as vscode from "vscode";
import { partWriter, rowsFrom } from "../../runs/epochRecord.ts";
import {
  type FileVersion,
  localFiles,
  newWriter,
  partOf,
  RUN_FILES,
  type RunFiles,
  recordPart,
  unfinishedName,
} from "../../runs/runFiles.ts";

/** Returns the access to a folder's runs. Uses Node's file system if the folder is local. Writes nothing in an untrusted workspace. */
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
  const writer = newWriter();
  const at = (id: string, file = ""): vscode.Uri => vscode.Uri.joinPath(folder, id, file);
  const orNothing = <T>(reading: Thenable<T>): Promise<T | undefined> => Promise.resolve(reading).catch(() => undefined);
  const namesIn = async (uri: vscode.Uri): Promise<readonly string[]> =>
    ((await orNothing(fs.readDirectory(uri))) ?? []).map(([name]) => name);
  const read = (id: string, file: string): Promise<Uint8Array | undefined> => orNothing(fs.readFile(at(id, file)));
  const replace = async (id: string, file: string, content: Uint8Array): Promise<void> => {
    await fs.createDirectory(at(id));
    const unfinished = at(id, unfinishedName(file, writer));
    await fs.writeFile(unfinished, content);
    await fs.rename(unfinished, at(id, file), { overwrite: true });
  };
  /** Returns the names of the record's files, in order. */
  const recordParts = async (id: string): Promise<readonly string[]> => {
    const parts = (await namesIn(at(id))).map(partOf).filter((part) => part !== undefined);
    return parts.sort((a, b) => a - b).map(recordPart);
  };
  const version: RunFiles["version"] = async (id, file) => {
    const found = await orNothing(fs.stat(at(id, file)));
    return found && { size: found.size, modified: found.mtime };
  };
  return {
    folder: folder.toString(),
    names: () => namesIn(folder),
    namesOf: (id) => namesIn(at(id)),
    async version(id, file) {
      if (file !== RUN_FILES.record) return await version(id, file);
      const parts = await Promise.all((await recordParts(id)).map((part) => version(id, part)));
      const all = parts.filter((part) => part !== undefined);
      return all.reduce<FileVersion | undefined>(
        (sum, part) => ({ size: part.size + (sum?.size ?? 0), modified: Math.max(part.modified, sum?.modified ?? 0) }),
        undefined,
      );
    },
    read,
    replace: (id, file, content) => replace(id, file, typeof content === "string" ? Buffer.from(content) : content),
    remove: async (id, file) => void (await orNothing(fs.delete(at(id, file), { recursive: true }))),
    async record(id, onFailure) {
      await fs.createDirectory(at(id));
      return partWriter((part, bytes) => replace(id, recordPart(part), bytes), onFailure);
    },
    stretch: () => Promise.resolve(undefined),
    async rowsBehind(id, width, first, visit) {
      const parts = await Promise.all((await recordParts(id)).map((part) => read(id, part)));
      const rows = rowsFrom(Buffer.concat(parts.filter((part) => part !== undefined)), width);
      if (rows && rows.length > first * width) visit(rows.subarray(first * width));
    },
  };
}
