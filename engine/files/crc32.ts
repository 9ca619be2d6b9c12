/** CRC-32 as in zip, gzip and PNG: it finds every single flipped bit and every damaged run of up to 32 bits. */

const POLYNOMIAL = 0xedb88320;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
  return remainder;
});

/** Returns the CRC of the bytes as eight hexadecimal digits. `before` is the CRC of the preceding bytes. */
export function crc32(bytes: Uint8Array, before = "00000000"): string {
  let crc = ~Number.parseInt(before, 16);
  for (let i = 0; i < bytes.length; i++) crc = TABLE[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return (~crc >>> 0).toString(16).padStart(8, "0");
}
