/** `nn format`: formats files as the editor does. With --check it writes nothing. */
import { resolve } from "node:path";
import { plainText } from "../../engine/safeText.ts";
import { formatted } from "../../server/language/syntax/formatter.ts";
import { unreadableMessage } from "../../server/locate.ts";
import { NotRegularError } from "../../server/regularFiles.ts";
import { unwritable } from "../runs/fileProblems.ts";
import { FileError, networkText, UsageError, workingFolder } from "./openFile.ts";
import { replaceFile } from "./replaceFile.ts";

/** Formats the files, or only checks them. Returns whether all are formatted; a file with syntax errors is not. */
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
