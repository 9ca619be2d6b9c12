/** Reads data files for the worker and the server through the editor's file system, which supports remote and virtual workspaces. */
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { isInside, locate, outsideMessage, unreadableMessage } from "../../server/locate.ts";
import { readInside } from "../../server/nodeFiles.ts";
import { answerWith, type ClientRequests } from "../../server/protocol.ts";
import { codeOf } from "../runs/fileProblems.ts";
import { allowedFolders } from "./editorSettings.ts";

function rootsOf(document: vscode.Uri): string[] {
  const folders = vscode.workspace.workspaceFolders?.map(({ uri }) => uri.toString()) ?? [];
  const own = folders.some((folder) => isInside(document.toString(), [folder])) ? [] : [vscode.Uri.joinPath(document, "..").toString()];
  return [...folders, ...own, ...allowedFolders()];
}

/** Returns the bytes of a file named in a `.nn` document. Throws an Error with a message for the user. */
export async function readDataFile(path: string, document: vscode.Uri): Promise<Uint8Array> {
  const roots = rootsOf(document);
  const located = locate(path, document.toString(), roots);
  if ("problem" in located) throw new Error(located.problem);
  try {
    const uri = vscode.Uri.parse(located.uri, true);
    if (uri.scheme === "file") return new Uint8Array(await readInside(uri.fsPath, roots));
    return await vscode.workspace.fs.readFile(uri);
  } catch (error) {
    throw new Error(unreadableMessage(path, error));
  }
}

/** Returns a text that changes when the data file does. Throws an Error if the file can't be reached. */
export async function versionOfDataFile(path: string, document: vscode.Uri): Promise<string> {
  const located = locate(path, document.toString(), rootsOf(document));
  if ("problem" in located) throw new Error(located.problem);
  const { size, mtime } = await vscode.workspace.fs.stat(vscode.Uri.parse(located.uri, true));
  return `${size} ${mtime}`;
}

/** Returns whether the file is gone. A file that can't be reached for another reason counts as existing. */
export async function isGone(file: string): Promise<boolean> {
  const uri = vscode.Uri.parse(file);
  if (uri.scheme === "untitled") return false;
  try {
    await vscode.workspace.fs.stat(uri);
    return false;
  } catch (error) {
    return ["FileNotFound", "ENOENT"].includes(codeOf(error));
  }
}

/**
 * Answers the server's requests for files that are not on its disk. The server has checked each location, and this function checks it again.
 * Refuses files on the disk: the server reads them itself and resolves links.
 */
export function answerFileRequests(client: LanguageClient): void {
  const checked = (uri: string): vscode.Uri => {
    const folders = vscode.workspace.workspaceFolders?.map((folder) => folder.uri.toString()) ?? [];
    const documents = vscode.workspace.textDocuments
      .filter(({ languageId }) => languageId === "nn")
      .map((document) => vscode.Uri.joinPath(document.uri, "..").toString());
    if (uri.startsWith("file:")) throw new Error(`${uri} is on the server's own disk.`);
    if (!isInside(uri, [...folders, ...documents, ...allowedFolders()])) throw new Error(outsideMessage(uri));
    return vscode.Uri.parse(uri, true);
  };
  answerWith<ClientRequests>(client, {
    async "backprop/stat"({ uri }) {
      const { size, mtime, type } = await vscode.workspace.fs.stat(checked(uri));
      if ((type & (vscode.FileType.File | vscode.FileType.Directory)) === 0) throw new Error("it is neither a file nor a folder");
      return { size, version: `${size} ${mtime}` };
    },
    async "backprop/read"({ uri }) {
      return { base64: Buffer.from(await vscode.workspace.fs.readFile(checked(uri))).toString("base64") };
    },
    async "backprop/list"({ uri }) {
      const entries = await vscode.workspace.fs.readDirectory(checked(`${uri}/`));
      return entries.filter(([, type]) => type === vscode.FileType.File).map(([name]) => name);
    },
    async "backprop/find"() {
      return (await vscode.workspace.findFiles("**/*.nn", "**/node_modules/**", 2000)).map((uri) => uri.toString());
    },
  });
}
