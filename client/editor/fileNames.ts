/** The names under which files are shown, and the effect of renames on URIs. */
import * as vscode from "vscode";

/** Every followed run without a .nn file is a file of this name, and every job writes it into a folder `run`. */
const HISTORY = /(?<=[^/])(?:\/run)?\/history\.jsonl$/;

/** Returns the last part of a file's path; for a followed run without a .nn file, the name of the folder that the user knows. */
export const baseName = (file: string): string => vscode.Uri.parse(file).path.replace(HISTORY, "").split("/").at(-1) ?? file;

/** Returns the folder's path in the workspace if another of the files has the same name; otherwise "". */
export function folderIfAmbiguous(file: string, files: Iterable<string>): string {
  const name = baseName(file);
  for (const other of files) if (other !== file && baseName(other) === name) return folderName(file);
  return "";
}

/** Returns the path of the file's folder in the workspace. For a file directly in a workspace folder, returns that folder's name. */
function folderName(file: string): string {
  const uri = vscode.Uri.parse(file);
  const path = vscode.workspace.asRelativePath(uri);
  return path.slice(0, Math.max(0, path.lastIndexOf("/"))) || (vscode.workspace.getWorkspaceFolder(uri)?.name ?? "");
}

/** Returns the file's name, followed by its folder if another of the files has the same name. */
export function shownName(file: string, files: Iterable<string>): string {
  const folder = folderIfAmbiguous(file, files);
  return folder === "" ? baseName(file) : `${baseName(file)} (${folder})`;
}

/** Whether the document is an editable network, not an older version shown beside one. */
export const isOwnFile = ({ languageId, uri }: vscode.TextDocument): boolean =>
  languageId === "nn" && (uri.scheme === "untitled" || vscode.workspace.fs.isWritableFileSystem(uri.scheme) !== false);

/** The rename of a file or folder, by URI. */
export interface Rename {
  readonly from: string;
  readonly to: string;
}

/** Returns the file's URI after the rename; undefined if the rename does not affect the file. */
export function renamed(file: string, { from, to }: Rename): string | undefined {
  if (file === from) return to;
  return file.startsWith(`${from}/`) ? to + file.slice(from.length) : undefined;
}
