/** The package has the samples' gzip files packed with Brotli, which is 7 % smaller for pictures of digits. */
import { promisify } from "node:util";
import { brotliDecompress, gzip } from "node:zlib";

/** The ending of a packed file, in place of `.gz`. */
export const PACKED = ".br";

/** Returns the name of the packed file of a gzip file. */
export const packedName = (name: string): string => name.replace(/\.gz$/, PACKED);

/** Returns the gzip file of a packed one. */
export const gzipFromPacked = async (bytes: Uint8Array): Promise<Uint8Array> =>
  await promisify(gzip)(await promisify(brotliDecompress)(bytes));
