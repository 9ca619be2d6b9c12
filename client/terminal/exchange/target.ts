/** Where an export may be written. Only a file that Backprop exported in the same format, and that nobody edits, is replaced. */
import { lstat } from "node:fs/promises";
import { resolve } from "node:path";
import type { FormatName } from "../../../engine/exchange/formats.ts";
import { importedFrom } from "../../../engine/exchange/import/file.ts";
import { CONTENT_ID } from "../../../engine/exchange/page/content.ts";
import { readRegular, requireRegular } from "../../../server/regularFiles.ts";
import { unwritable } from "../../runs/fileProblems.ts";
import { trainedWithOf } from "../../runs/trainedFile.ts";
import { UsageError, workingFolder } from "../openFile.ts";

/**
 * Returns whether the file replaces an earlier export. Throws `UsageError` if the path is a link, a pipe, a device, a folder, or a file that is
 * not an earlier export in this format.
 */
export async function replacesExport(name: string, format: FormatName): Promise<boolean> {
  const path = resolve(workingFolder(), name);
  const stats = await lstat(path).catch(() => undefined);
  if (!stats) return false;
  if (stats.isSymbolicLink()) throw new UsageError(`${name} is a link, which an export does not replace; name another file with --out.`);
  try {
    requireRegular(name, stats);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  if (stats.isDirectory()) throw new UsageError(`${unwritable(name, Object.assign(new Error(), { code: "EISDIR" }))}.`);
  if (await isExport(path, format)) return true;
  throw new UsageError(`There is a file ${name} already; name another one with --out.`);
}

/** A script is made to be edited, and weights may belong to a run or to a `start weights` line, so neither is replaced. */
async function isExport(path: string, format: FormatName): Promise<boolean> {
  try {
    const bytes = new Uint8Array(await readRegular(path));
    if (format === "html") return new TextDecoder().decode(bytes).includes(`<script type="application/json" id="${CONTENT_ID}">`);
    if (format !== "keras" && format !== "onnx") return false;
    const { kind, saved } = importedFrom(bytes);
    return kind === KINDS[format] && saved !== undefined && trainedWithOf(saved) !== undefined;
  } catch {
    return false;
  }
}

const KINDS = { keras: "a Keras model", onnx: "an ONNX model" } as const;
