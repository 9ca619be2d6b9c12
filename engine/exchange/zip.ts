/** Reads zip files that may be hostile: selects entries and checks their sizes before inflating anything. */
import { type UnzipFileInfo, unzipSync } from "fflate";
import { ExchangeProblem } from "./problem.ts";

/** The maximum total size of the selected entries, in bytes. */
const MOST_BYTES = 2 ** 30;
const MOST_ENTRIES = 10_000;

export const isZip = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;

/** Returns the selected entries. Throws `ExchangeProblem` if they are too large or damaged. */
export function unzipped(bytes: Uint8Array, isWanted: (name: string) => boolean): ReadonlyMap<string, Uint8Array> {
  const check = entryCheck(isWanted);
  try {
    // A filter sees an entry just before it is inflated, so the first pass checks all entries and inflates none.
    unzipSync(bytes, {
      filter(entry) {
        check(entry);
        return false;
      },
    });
    return new Map(Object.entries(unzipSync(bytes, { filter: ({ name }) => isWanted(name) })));
  } catch (error) {
    throw error instanceof ExchangeProblem ? error : new ExchangeProblem("it is a damaged zip file, or cut off");
  }
}

/** Returns a function that throws `ExchangeProblem` at the first entry that exceeds a limit. */
function entryCheck(isWanted: (name: string) => boolean): (entry: UnzipFileInfo) => void {
  let [count, total] = [0, 0];
  return ({ name, size, originalSize }) => {
    if (++count > MOST_ENTRIES) throw new ExchangeProblem(`it has more than ${MOST_ENTRIES} entries`);
    if (!isWanted(name)) return;
    // A stored entry has its compressed size, whatever size it states.
    total += Math.max(size, originalSize);
    if (total > MOST_BYTES)
      throw new ExchangeProblem(`its entries would be ${Math.round(total / 2 ** 20)} MB when inflated, more than ${MOST_BYTES / 2 ** 20}`);
    // Deflate compresses at most by a factor of 1,032.
    if (originalSize > 1040 * size + 1024) throw new ExchangeProblem(`its entry ${name} states a size that no compression reaches`);
  };
}
