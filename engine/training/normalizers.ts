/** Adapts `normalize` layers before the first epoch: computes the mean and variance of their input over the training rows. */

import { normalizes } from "../layerTraits.ts";
import { forwardPass, type Network } from "../network/network.ts";
import type { BatchLoader } from "./batches.ts";

/** Adapts layer by layer in file order, because a layer's input may depend on an earlier `normalize`. Returns false if `halt` returned true. */
export async function adaptNormalizers(
  network: Network,
  load: BatchLoader,
  rows: Uint32Array,
  halt: () => Promise<boolean>,
): Promise<boolean> {
  for (const { layer } of network.steps) {
    if (!normalizes(layer, "data")) continue;
    const own = network.parameters.filter((parameter) => parameter.layer === layer);
    const [source] = layer.inputs;
    const values = source === undefined ? undefined : network.stepOf.get(source)?.output.values;
    const [mean, variance] = own.map((parameter) => parameter.values);
    if (!values || !mean || !variance) continue;
    const width = mean.length;
    const perRow = layer.output.reduce((product, axis) => product * axis, 1);
    const means = new Float64Array(width);
    const spreads = new Float64Array(width);
    const counts = new Float64Array(width);
    for (let from = 0; from < rows.length; from += network.capacity) {
      if (await halt()) return false;
      const count = Math.min(network.capacity, rows.length - from);
      load(rows, from, count);
      forwardPass(network, "infer");
      for (let i = 0; i < count * perRow; i++) {
        // Welford's running variance is accurate for values far from 0.
        const c = i % width;
        const distance = values[i] - means[c];
        means[c] += distance / ++counts[c];
        spreads[c] += distance * (values[i] - means[c]);
      }
    }
    for (let c = 0; c < width; c++) {
      mean[c] = means[c];
      variance[c] = counts[c] > 0 ? spreads[c] / counts[c] : 1;
    }
  }
  return true;
}
