/** The package contains the samples' gzip files repacked with Brotli, which is 7 % smaller for pictures of digits. */
import { promisify } from "node:util";
import { brotliDecompress, gzip } from "node:zlib";

/** The extension of a repacked file, instead of `.gz`. */
export const PACKED = ".br";

/** Returns the repacked file's name for a gzip file's name. */
export const packedName = (name: string): string => name.replace(/\.gz$/, PACKED);

/** Returns the gzip file from its repacked form. */
export const gzipFromPacked = async (bytes: Uint8Array): Promise<Uint8Array> =>
  await promisify(gzip)(await promisify(brotliDecompress)(bytes));
