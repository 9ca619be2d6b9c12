/** Computes the output of every unit over the plane of two features, for a small picture of each. */
import { forwardPass } from "../network/network.ts";
import { batchLoader } from "../training/batches.ts";
import type { Learner } from "../training/learner.ts";
import { gridOver, hasNumbersAlone, rangeOf } from "./surface.ts";
import type { UnitPlanes } from "./views.ts";

/** Grid points on each side. */
const SIZE = 20;
/** The maximum number of units with a picture. */
const MOST_UNITS = 128;

/**
 * Returns a function that computes the planes with the network's current weights. Returns undefined unless there are two numeric features and few
 * enough units. The function allocates its memory once, since the kernels can't free it.
 */
export function unitPlanesReader({ network, examples }: Learner): (() => Omit<UnitPlanes, "epoch">) | undefined {
  const units = network.steps.reduce((sum, { output }) => sum + output.width, 0);
  if (examples.featureCount !== 2 || !hasNumbersAlone(examples.fit) || units > MOST_UNITS) return undefined;
  const points = gridOver([rangeOf(examples, 0), rangeOf(examples, 1)], SIZE);
  const grid = network.kernels.allocate(2 * points.length);
  grid.set(points.flat());
  const load = batchLoader(network, [], { ...examples, features: grid });
  const order = network.kernels.allocateIndices(points.length);
  for (let i = 0; i < points.length; i++) order[i] = i;
  return () => {
    const layers = network.steps.map(({ layer, output: { width } }) => ({
      layer: layer.id,
      units: new Float32Array(width * points.length),
    }));
    for (let from = 0; from < points.length; from += network.capacity) {
      const rows = Math.min(network.capacity, points.length - from);
      load(order, from, rows);
      forwardPass(network, "infer");
      for (const [k, { output }] of network.steps.entries())
        for (let i = 0; i < rows; i++)
          for (let j = 0; j < output.width; j++) layers[k].units[j * points.length + from + i] = output.values[i * output.width + j];
    }
    return { size: SIZE, layers };
  };
}
