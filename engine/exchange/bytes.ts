/** Returns the numbers as little-endian bytes on every machine. */
export function littleEndian(values: Float32Array | Float64Array | BigInt64Array): Uint8Array {
  const bytes = new Uint8Array(values.byteLength);
  const view = new DataView(bytes.buffer);
  if (values instanceof Float32Array) for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i], true);
  else if (values instanceof Float64Array) for (let i = 0; i < values.length; i++) view.setFloat64(8 * i, values[i], true);
  else for (let i = 0; i < values.length; i++) view.setBigInt64(8 * i, values[i], true);
  return bytes;
}
