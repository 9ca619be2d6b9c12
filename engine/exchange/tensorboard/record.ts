/**
 * Reads and writes the records of TensorBoard's event files: length, masked checksum of the length, data, masked checksum of the data. The checksum
 * is CRC-32C. TensorFlow masks it so that a checksum of checksums stays useful.
 */

const POLYNOMIAL = 0x82f63b78;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
  return remainder;
});

/** Returns the CRC-32C (Castagnoli) of the bytes. */
export function crc32c(bytes: Uint8Array): number {
  let crc = ~0;
  for (let i = 0; i < bytes.length; i++) crc = TABLE[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;

export function recordFrom(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(crc32c(bytes.subarray(0, 8))), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, masked(crc32c(data)), true);
  return bytes;
}

/** Returns the data of a file's records. Like TensorBoard, stops at a record that is cut off or has a wrong checksum, with an Error. */
export function recordsIn(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = at + 12 <= bytes.length ? Number(view.getBigUint64(at, true)) : Number.POSITIVE_INFINITY;
    if (at + 16 + length > bytes.length) throw new Error(`the record at byte ${at} is cut off`);
    const data = bytes.subarray(at + 12, at + 12 + length);
    if (
      view.getUint32(at + 8, true) !== masked(crc32c(bytes.subarray(at, at + 8))) ||
      view.getUint32(at + 12 + length, true) !== masked(crc32c(data))
    )
      throw new Error(`the record at byte ${at} does not match its checksum`);
    records.push(data);
    at += 16 + length;
  }
  return records;
}
