/** The weights before the first step. */
import type { Configured } from "../catalog/index.ts";
import { configuredInitializers, type InitializerName } from "../catalog/initializers.ts";
import { type ParameterName, parameterFacts, type Shape } from "../catalog/layers.ts";
import { randomFrom } from "../random.ts";
import type { Network } from "./network.ts";

/** Keras divides by this so that a normal cut at two deviations keeps the wanted variance: the deviation of a standard normal cut at ±2. */
export const TRUNCATED_DEVIATION = 0.87962566103423978;

export function initializeWeights({ parameters }: Network, seed: number): void {
  parameters.forEach(({ planned: { name, start, shape }, values }, index) => {
    if (start.kind === "values") {
      values.set(start.values);
      return;
    }
    const { distribution } = configuredInitializers[start.use.name];
    const size = spreadOf(start.use, name, shape);
    const random = randomFrom(seed, "weights", index);
    for (let i = 0; i < values.length; i++) {
      if (distribution === "constant") values[i] = size;
      else if (distribution === "uniform") values[i] = (2 * random.uniform() - 1) * size;
      else values[i] = (random.truncatedNormal() * size) / TRUNCATED_DEVIATION;
    }
  });
}

function spreadOf<K extends InitializerName>(
  { name, settings }: Configured<"initializers", K>,
  parameter: ParameterName,
  shape: Shape,
): number {
  const fans = parameterFacts[parameter].fans(shape);
  return configuredInitializers[name].spread(fans.in, fans.out, settings);
}
