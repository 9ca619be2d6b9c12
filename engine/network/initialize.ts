/** The weights before the first step. */
import { type Initializer, initializers } from "../catalog/initializers.ts";
import { randomFrom } from "../random.ts";
import type { Network } from "./network.ts";

/** Keras divides by this so that a normal cut at two deviations keeps the wanted variance: the deviation of a standard normal cut at ±2. */
export const TRUNCATED_DEVIATION = 0.87962566103423978;

export function initializeWeights({ parameters }: Network, seed: number): void {
  parameters.forEach(({ planned: { start, shape }, values }, index) => {
    if (start.kind === "values") {
      values.set(start.values);
      return;
    }
    const { distribution, spread }: Initializer = initializers[start.use.name];
    const [fanIn = 1, fanOut = fanIn] = shape;
    const size = spread(fanIn, fanOut, start.use.settings);
    const random = randomFrom(seed, "weights", index);
    for (let i = 0; i < values.length; i++) {
      if (distribution === "constant") values[i] = size;
      else if (distribution === "uniform") values[i] = (2 * random.uniform() - 1) * size;
      else values[i] = (random.truncatedNormal() * size) / TRUNCATED_DEVIATION;
    }
  });
}
