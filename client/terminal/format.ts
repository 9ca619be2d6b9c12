/** `nn format`: formats files as the editor does. With --check it writes nothing. */
import { rename, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { plainText } from "../../engine/safeText.ts";
import { formatted } from "../../server/language/syntax/formatter.ts";
import { unreadableMessage } from "../../server/locate.ts";
import { NotRegularError, requireRegularTarget } from "../../server/regularFiles.ts";
import { unwritable } from "../runs/fileProblems.ts";
import { FileError, networkText, UsageError, workingFolder } from "./openFile.ts";

/** Formats the files, or only checks them. Returns whether all are formatted; one with syntax errors is not. */
export async function format(names: readonly string[], { check }: { check?: boolean }): Promise<boolean> {
  let isFine = true;
  for (const name of names) {
    const path = resolve(workingFolder(), name);
    const text = await networkText(path, name).catch((error: unknown) => {
      throw error instanceof FileError ? error : new UsageError(unreadableMessage(name, error, workingFolder()));
    });
    const result = formatted(text);
    if (result === undefined) {
      process.stderr.write(`${plainText(`${name}: not formatted, since it has syntax errors; see nn check ${name}.`)}\n`);
      isFine = false;
    } else if (result === text) continue;
    else if (check) {
      process.stdout.write(`${plainText(name)} would be changed.\n`);
      isFine = false;
    } else {
      await replaceFile(path, result).catch((error: unknown) => {
        throw new UsageError(error instanceof NotRegularError ? error.message : `${unwritable(name, error)}.`);
      });
      process.stdout.write(`${plainText(name)} formatted.\n`);
    }
  }
  return isFine;
}

/** Writes the file beside its place and renames it, so that it is written completely or not at all. */
async function replaceFile(path: string, text: string): Promise<void> {
  await requireRegularTarget(`${path}.part`);
  await writeFile(`${path}.part`, text);
  await rename(`${path}.part`, path);
}
