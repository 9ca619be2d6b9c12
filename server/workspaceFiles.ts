/** Lists and reads the workspace's files: from this machine's disk, or through the editor if they are elsewhere. */
import { readdir } from "node:fs/promises";
import { join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Connection } from "vscode-languageserver";
import type { FileAccess } from "./dataFiles.ts";
import { isDataFile, nodeFiles, readInside } from "./nodeFiles.ts";
import { clientOf } from "./protocol.ts";

export interface WorkspaceFiles {
  readonly access: FileAccess;
  /** Returns the data files in a folder and its subfolders, one level deep, as paths relative to it. */
  readonly list: (folder: string) => Promise<readonly string[]>;
  /** Returns the URIs of the workspace's `.nn` files. */
  readonly find: (folders: readonly string[]) => Promise<readonly string[]>;
  /** Returns a file's text. Throws if the file can't be read or is outside the folders. */
  readonly text: (uri: string, folders: readonly string[]) => Promise<string>;
}

export const onDisk: WorkspaceFiles = {
  access: nodeFiles,
  list: listDataFiles,
  async find(folders) {
    const found = await Promise.all(folders.filter(isOnDisk).map((uri) => networkFilesBelow(fileURLToPath(uri))));
    return found.flat();
  },
  text: async (uri, folders) => (await readInside(fileURLToPath(uri), folders)).toString(),
};

/** Reads files on the disk directly, and the files of remote and virtual workspaces through the editor. */
export const throughEditor = (connection: Connection): WorkspaceFiles => {
  const ask = clientOf(connection);
  const bytesOf = async (uri: string): Promise<Buffer> => Buffer.from((await ask("backprop/read", { uri })).base64, "base64");
  return {
    access: {
      stat: (uri, roots) => (isOnDisk(uri) ? nodeFiles.stat(uri, roots) : ask("backprop/stat", { uri })),
      async read(uri, from, to, roots) {
        return isOnDisk(uri) ? await nodeFiles.read(uri, from, to, roots) : new Uint8Array(await bytesOf(uri)).subarray(from, to);
      },
      beside: async (uri, roots) =>
        isOnDisk(uri)
          ? ((await nodeFiles.beside?.(uri, roots)) ?? [])
          : (await ask("backprop/list", { uri: new URL(".", uri).href.replace(/\/$/, "") })).filter((name) => !name.includes("/")),
    },
    list: (uri) => (isOnDisk(uri) ? onDisk.list(uri) : ask("backprop/list", { uri })),
    find: () => ask("backprop/find", {}),
    text: async (uri, folders) => (isOnDisk(uri) ? await onDisk.text(uri, folders) : (await bytesOf(uri)).toString()),
  };
};

const isOnDisk = (uri: string): boolean => uri.startsWith("file:");

/** The search for names stops after this many `.nn` files, so that it stays fast in any folder. */
const MOST_NETWORKS = 2000;

async function networkFilesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  const waiting = [folder];
  for (let next = waiting.shift(); next !== undefined && found.length < MOST_NETWORKS; next = waiting.shift()) {
    for (const entry of await readdir(next, { withFileTypes: true }).catch(() => [])) {
      if (entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules") waiting.push(join(next, entry.name));
      else if (entry.isFile() && entry.name.endsWith(".nn")) found.push(pathToFileURL(next + sep + entry.name).href);
    }
  }
  return found;
}

async function listDataFiles(uri: string): Promise<string[]> {
  const folder = fileURLToPath(uri);
  const names = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const below = await Promise.all(
    names
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules")
      .slice(0, 50)
      .map(async ({ name }) => (await readdir(`${folder}/${name}`).catch(() => [])).map((inner) => `${name}/${inner}`)),
  );
  return [...names.filter((entry) => entry.isFile()).map(({ name }) => name), ...below.flat()].filter(isDataFile).sort().slice(0, 200);
}
