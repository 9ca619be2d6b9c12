/** Recognizes files with a table's name but another format, and names their format and the fix. */
import { textFrom } from "../host.ts";

interface ForeignKind {
  readonly name: string;
  /** The fix for such a file. */
  readonly repair: string;
  readonly fits: (bytes: Uint8Array, beginning: string) => boolean;
}

const begins =
  (...codes: readonly (number | string)[]) =>
  (bytes: Uint8Array): boolean =>
    codes
      .flatMap((code) => (typeof code === "string" ? [...code].map((character) => character.charCodeAt(0)) : [code]))
      .every((code, at) => bytes[at] === code);

const isZip = begins("PK", 3, 4);
const zipWith = (part: RegExp) => (bytes: Uint8Array, beginning: string) => isZip(bytes) && part.test(beginning);

const fromPandas = (read: string): string => `write it as CSV, in pandas with ${read}("…").to_csv("data.csv", index=False)`;
const SHEET = "save the sheet as CSV in UTF-8";
const ARRAY = 'write it as CSV, in NumPy with savetxt("data.csv", array, delimiter=",")';
const UNPACK = "unpack it and name the table in it";
const UTF8 = "save it as CSV in UTF-8";
const IMAGE = "a picture is no table; write images as IDX files and name them with idx(images, labels)";

/** The formats by their first bytes, from the most to the least specific. */
const KINDS: readonly ForeignKind[] = [
  { name: "Parquet", repair: fromPandas("read_parquet"), fits: begins("PAR1") },
  { name: "Arrow (Feather)", repair: fromPandas("read_feather"), fits: begins("ARROW1") },
  { name: "an Excel workbook (.xlsx)", repair: SHEET, fits: zipWith(/xl\/|\[Content_Types\]/) },
  { name: "an OpenDocument sheet (.ods)", repair: SHEET, fits: zipWith(/opendocument\.spreadsheet/) },
  { name: "a NumPy archive (.npz)", repair: ARRAY, fits: zipWith(/\.npy/) },
  { name: "a zip archive", repair: UNPACK, fits: isZip },
  { name: "an Excel workbook (.xls)", repair: SHEET, fits: begins(0xd0, 0xcf, 0x11, 0xe0) },
  { name: "HDF5", repair: fromPandas("read_hdf"), fits: begins(0x89, "HDF") },
  { name: "a NumPy array (.npy)", repair: ARRAY, fits: begins(0x93, "NUMPY") },
  { name: "a Python pickle", repair: fromPandas("read_pickle"), fits: (bytes) => bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5 },
  { name: "an SQLite database", repair: "export the table as CSV", fits: begins("SQLite format 3") },
  { name: "a gzip file", repair: UNPACK, fits: begins(0x1f, 0x8b) },
  { name: "a bzip2 file", repair: UNPACK, fits: begins("BZh") },
  { name: "an xz file", repair: UNPACK, fits: begins(0xfd, "7zXZ") },
  { name: "a Zstandard file", repair: UNPACK, fits: begins(0x28, 0xb5, 0x2f, 0xfd) },
  { name: "a 7z archive", repair: UNPACK, fits: begins("7z", 0xbc, 0xaf) },
  { name: "a tar archive", repair: UNPACK, fits: (_bytes, beginning) => beginning.slice(257, 262) === "ustar" },
  { name: "a PDF", repair: "copy its table into a CSV file", fits: begins("%PDF") },
  { name: "a PNG image", repair: IMAGE, fits: begins(0x89, "PNG") },
  { name: "a JPEG image", repair: IMAGE, fits: begins(0xff, 0xd8, 0xff) },
  { name: "an IDX file", repair: "name it with idx(images, labels)", fits: (bytes) => bytes[0] === 0 && bytes[1] === 0 && bytes[2] === 8 },
  { name: "in UTF-32", repair: UTF8, fits: isUtf32 },
  { name: "in UTF-16", repair: UTF8, fits: isUtf16 },
  {
    name: "a web page",
    repair: "download the file itself (on GitHub, its raw form)",
    fits: (_bytes, beginning) => /^\s*<(?:!doctype html|html|head)\b/i.test(beginning),
  },
  {
    name: "a pointer of Git LFS",
    repair: "fetch the file itself with `git lfs pull`",
    fits: (_bytes, beginning) => beginning.startsWith("version https://git-lfs"),
  },
  { name: "JSON", repair: fromPandas("read_json"), fits: (_bytes, beginning) => /^\s*(?:\{\s*["}]|\[\s*[[{])/.test(beginning) },
];

/** Whether the bytes start with UTF-32's byte-order mark, or three of every four bytes are zero. */
function isUtf32(bytes: Uint8Array): boolean {
  const mark = [...bytes.subarray(0, 4)].join(" ");
  if (mark === "255 254 0 0" || mark === "0 0 254 255") return true;
  const start = bytes.subarray(0, 64);
  const zeros = [0, 1, 2, 3].filter((place) => start.every((byte, at) => at % 4 !== place || byte === 0));
  return start.length >= 8 && zeros.length === 3;
}

/** Whether the bytes start with UTF-16's byte-order mark, or only every second byte is zero. */
function isUtf16(bytes: Uint8Array): boolean {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) return true;
  const start = bytes.subarray(0, 64);
  const zeros = (parity: number): number => start.filter((byte, at) => at % 2 === parity && byte === 0).length;
  const [even, odd] = [zeros(0), zeros(1)];
  return start.length >= 8 && Math.min(even, odd) === 0 && Math.max(even, odd) > start.length / 3;
}

/** Returns a message about a file that is not a table, judged by its first bytes; undefined if it may be one. */
export function foreignFileProblem(bytes: Uint8Array, file: string): string | undefined {
  const beginning = textFrom(bytes.subarray(0, 4096));
  const kind = KINDS.find(({ fits }) => fits(bytes, beginning));
  return kind && `${file} is ${kind.name}, which \`csv\` can't read; ${kind.repair}.`;
}
