/** Weights in the safetensors format: a length, a JSON header, the numbers. Row-major, little-endian, `layer/kernel` [inputs, units] and `layer/bias` [units]. */
import { utf8From } from "../host.ts";
import type { Network } from "../network/network.ts";

export function safetensorsFrom({ parameters, weights }: Network): Uint8Array {
  const type = weights instanceof Float32Array ? "F32" : "F64";
  const size = weights.BYTES_PER_ELEMENT;
  const header = Object.fromEntries(
    parameters.map(({ layer, planned, offset, values }) => [
      `${layer.id}/${planned.name}`,
      { dtype: type, shape: planned.shape, data_offsets: [offset * size, (offset + values.length) * size] },
    ]),
  );
  const json = utf8From(JSON.stringify(header));
  // The numbers begin at a multiple of 8; the format fills up with spaces.
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded + weights.byteLength).fill(0x20, 8, 8 + padded);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(padded), true);
  bytes.set(json, 8);
  weights.forEach((value, i) => {
    if (size === 4) view.setFloat32(8 + padded + i * 4, value, true);
    else view.setFloat64(8 + padded + i * 8, value, true);
  });
  return bytes;
}
