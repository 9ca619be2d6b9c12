/** Reads zip files that may be hostile: selects entries and checks their sizes before inflating anything. */
import { type UnzipFileInfo, unzipSync } from "fflate";
import { crc32 } from "../files/crc32.ts";
import { ExchangeProblem } from "./problem.ts";

/** The maximum total size of the selected entries, in bytes. */
const MOST_BYTES = 2 ** 30;
const MOST_ENTRIES = 10_000;

export const isZip = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;

/** Returns the selected entries. Throws `ExchangeProblem` if they are too large or damaged. */
export function unzipped(bytes: Uint8Array, isWanted: (name: string) => boolean): ReadonlyMap<string, Uint8Array> {
  const check = entryCheck(isWanted);
  try {
    const checksums = checksumsIn(bytes);
    const wanted = new Map<string, string | undefined>();
    let index = 0;
    // A filter sees an entry just before it is inflated, so the first pass checks all entries and inflates none.
    unzipSync(bytes, {
      filter(entry) {
        check(entry);
        wanted.set(entry.name, checksums[index++]);
        return false;
      },
    });
    const entries = new Map(Object.entries(unzipSync(bytes, { filter: ({ name }) => isWanted(name) })));
    for (const [name, content] of entries)
      if (wanted.get(name) !== NO_CHECKSUM && crc32(content) !== wanted.get(name))
        throw new ExchangeProblem(`its entry ${name} is damaged: its checksum does not match its bytes; copy or save the file again`);
    return entries;
  } catch (error) {
    throw error instanceof ExchangeProblem ? error : new ExchangeProblem("it is a damaged zip file, or cut off");
  }
}

const END_BYTES = 22;
/** PyTorch writes it after `torch.serialization.set_crc32_options(False)`. */
const NO_CHECKSUM = "00000000";

/** Returns the CRC-32 of every entry in the order of the central directory, which `unzipSync` does not report. Throws if the directory is damaged. */
function checksumsIn(bytes: Uint8Array): readonly string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = (offset: number): number => view.getUint32(offset, true);
  let end = bytes.length - END_BYTES;
  while (at(end) !== 0x06054b50) end--;
  let [count, entry] = [view.getUint16(end + 8, true), at(end + 16)];
  const locator = end - 20;
  // PyTorch writes the 64-bit form of the end.
  if (locator >= 0 && at(locator) === 0x07064b50) {
    const long = at(locator + 8);
    if (at(long) === 0x06064b50) [count, entry] = [at(long + 32), at(long + 48)];
  }
  const checksums: string[] = [];
  for (let k = 0; k < Math.min(count, MOST_ENTRIES); k++) {
    checksums.push(
      at(entry + 16)
        .toString(16)
        .padStart(8, "0"),
    );
    entry += 46 + view.getUint16(entry + 28, true) + view.getUint16(entry + 30, true) + view.getUint16(entry + 32, true);
  }
  return checksums;
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
