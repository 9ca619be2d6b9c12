/** The names by which files are shown, and what a rename makes of a file's URI. */
import * as vscode from "vscode";

/** Returns the last part of a file's path. */
export const baseName = (file: string): string => vscode.Uri.parse(file).path.split("/").at(-1) ?? file;

/** Returns the path of the file's folder in the workspace if another of the files has the same name, and "" otherwise. */
export function folderIfAmbiguous(file: string, files: Iterable<string>): string {
  const name = baseName(file);
  for (const other of files) if (other !== file && baseName(other) === name) return folderName(file);
  return "";
}

/** Returns the folder's path in the workspace. A workspace folder has its name, which its own relative path would not have. */
function folderName(file: string): string {
  const uri = vscode.Uri.parse(file);
  const path = vscode.workspace.asRelativePath(uri);
  return path.slice(0, Math.max(0, path.lastIndexOf("/"))) || (vscode.workspace.getWorkspaceFolder(uri)?.name ?? "");
}

/** Returns the name, with the folder behind it if another of the files has the same name. */
export function shownName(file: string, files: Iterable<string>): string {
  const folder = folderIfAmbiguous(file, files);
  return folder === "" ? baseName(file) : `${baseName(file)} (${folder})`;
}

/** Whether it is a network that can be edited, rather than an older version of one beside it. */
export const isOwnFile = ({ languageId, uri }: vscode.TextDocument): boolean =>
  languageId === "nn" && (uri.scheme === "untitled" || vscode.workspace.fs.isWritableFileSystem(uri.scheme) !== false);

/** A renamed file or folder, by URI. */
export interface Rename {
  readonly from: string;
  readonly to: string;
}

/** Returns the file's URI after the rename, or undefined if the rename does not concern it. */
export function renamed(file: string, { from, to }: Rename): string | undefined {
  if (file === from) return to;
  return file.startsWith(`${from}/`) ? to + file.slice(from.length) : undefined;
}
