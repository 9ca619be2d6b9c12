/**
 * Opens files by an untrusted path. A named pipe waits for a writer and a device may never end, so both would block a process forever.
 * Neither they nor sockets are opened.
 */
import { constants, type Stats } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";

/** The path names a pipe, a device or a socket. */
export class NotRegularError extends Error {
  readonly code = "NOT_REGULAR";
}

/** Opens a regular file for reading. Throws `NotRegularError` for a pipe, device or socket, and the system's error for a folder. */
export async function openRegular(path: string): Promise<FileHandle> {
  requireRegular(path, await stat(path));
  // Non-blocking, since by now the path may lead to another file.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    requireRegular(path, await file.stat());
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Throws `NotRegularError` if there is a pipe, device or socket where a file will be written. */
export async function requireRegularTarget(path: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined);
  if (stats) requireRegular(path, stats);
}

export async function readRegular(path: string): Promise<Buffer> {
  const file = await openRegular(path);
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Throws `NotRegularError` unless the path is a file or a folder. */
export function requireRegular(path: string, stats: Stats): void {
  const kind = stats.isFIFO() ? "a named pipe" : stats.isSocket() ? "a socket" : stats.isFile() || stats.isDirectory() ? "" : "a device";
  if (kind !== "") throw new NotRegularError(`${path} is ${kind}, not a file; it is not opened.`);
}
