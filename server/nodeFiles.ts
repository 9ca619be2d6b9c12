/** Files on this machine's disk. Links are resolved before a path is checked, so that no link leads out of the workspace. */
import { lstatSync, realpathSync } from "node:fs";
import { type FileHandle, lstat, readdir, realpath, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { FileAccess } from "./dataFiles.ts";
import { isInside, outsideMessage } from "./locate.ts";
import { openRegular, requireRegular } from "./regularFiles.ts";

export class OutsideError extends Error {
  readonly code = "OUTSIDE";
}

export const nodeFiles: FileAccess = {
  async stat(uri, roots) {
    const path = fileURLToPath(uri);
    const real = await requireInside(path, roots);
    const stats = await stat(real);
    requireRegular(path, stats);
    const { size, mtimeMs, ino } = stats;
    return { size, version: `${size} ${mtimeMs} ${ino}` };
  },

  async read(uri, from, to, roots) {
    const file = await openInside(fileURLToPath(uri), roots);
    try {
      const bytes = new Uint8Array(to - from);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  },

  async beside(uri, roots) {
    const folder = dirname(fileURLToPath(uri));
    // A file in the folder is inside if the folder is. A link is an exception, but reading it would be refused.
    if (!isInside(pathToFileURL(join(await realpath(folder), "file")).href, await realRoots(roots))) return [];
    return (await readdir(folder)).filter(isDataFile);
  },
};

/** Whether the name has a usual form for a table, images or weights. */
export const isDataFile = (name: string): boolean => /\.(?:csv|tsv|txt|gz|idx|data|safetensors)$|ubyte$/i.test(name);

/**
 * Opens a regular file inside the folders. A link may be exchanged after its check, so the opened file is compared with the file at the
 * path now. If they differ, for example because the file was saved in between, it is opened again, up to `attempts` times. Throws
 * `OutsideError` if the path leads out of the folders.
 */
async function openInside(path: string, roots: readonly string[], attempts = 3): Promise<FileHandle> {
  const file = await openRegular(await requireInside(path, roots));
  try {
    const opened = await file.stat({ bigint: true });
    const now = await lstat(await requireInside(path, roots), { bigint: true });
    if (now.dev === opened.dev && now.ino === opened.ino) return file;
  } catch (error) {
    await file.close();
    throw error;
  }
  await file.close();
  if (attempts <= 1) throw new OutsideError(outsideMessage(path));
  return await openInside(path, roots, attempts - 1);
}

/** Returns the content of a regular file inside the folders. Throws `OutsideError` if it is outside. */
export async function readInside(path: string, roots: readonly string[]): Promise<Buffer> {
  const file = await openInside(path, roots);
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Returns the path with all links resolved. Throws `OutsideError` if it is outside the folders. */
export async function requireInside(path: string, roots: readonly string[]): Promise<string> {
  const real = await realpath(path);
  if (isInside(pathToFileURL(real).href, await realRoots(roots))) return real;
  throw new OutsideError(outsideMessage(path));
}

/** Returns the folders with all links resolved. */
const realRoots = (roots: readonly string[]): Promise<string[]> =>
  Promise.all(
    roots.map(async (root) =>
      root.startsWith("file:") ? pathToFileURL(await realpath(fileURLToPath(root)).catch(() => fileURLToPath(root))).href : root,
    ),
  );

/** Whether there is a file, a folder or a link. A path below a file does not exist either, but the system reports a different error. */
function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Whether a path, which need not exist yet, is in the folder after resolving all links. A broken link counts as outside. */
export function leadsInside(path: string, folder: string): boolean {
  let existing = path;
  while (!isThere(existing) && dirname(existing) !== existing) existing = dirname(existing);
  try {
    const place = join(realpathSync(existing), relative(existing, path));
    return isInside(pathToFileURL(`${place}/`).href, [pathToFileURL(realpathSync(folder)).href]);
  } catch {
    return false;
  }
}
