/** Initializes the weights before the first step. */
import type { Configured } from "../catalog/index.ts";
import { configuredInitializers, type InitializerName } from "../catalog/initializers.ts";
import { type ParameterName, parameterFacts } from "../catalog/parameters.ts";
import type { Shape } from "../catalog/shapes.ts";
import { type Random, randomFrom } from "../random.ts";
import type { Network } from "./network.ts";

/**
 * The deviation of a standard normal distribution truncated at ±2. Keras divides by it, so that the truncated distribution has the requested
 * variance.
 */
export const TRUNCATED_DEVIATION = 0.87962566103423978;

export function initializeWeights({ parameters }: Network, seed: number): void {
  parameters.forEach(({ planned: { name, start, shape }, values }, index) => {
    if (start.kind === "values") {
      values.set(start.values);
      return;
    }
    const draw = drawFor(start.use, name, shape, randomFrom(seed, "weights", index));
    for (let i = 0; i < values.length; i++) values[i] = draw();
  });
}

/** Returns a function that draws the parameter's values, one per call. */
function drawFor<K extends InitializerName>(
  { name, settings }: Configured<"initializers", K>,
  parameter: ParameterName,
  shape: Shape,
  random: Random,
): () => number {
  const { distribution, spread, mean } = configuredInitializers[name];
  const fans = parameterFacts[parameter].fans(shape);
  const size = spread(fans.in, fans.out, settings);
  const center = mean?.(settings) ?? 0;
  switch (distribution) {
    case "constant":
      return () => size;
    case "uniform":
      return () => (2 * random.uniform() - 1) * size;
    case "normal":
      return () => center + random.normal() * size;
    case "truncated_normal":
      return () => center + random.truncatedNormal() * size;
    case "corrected_truncated_normal":
      return () => (random.truncatedNormal() * size) / TRUNCATED_DEVIATION;
  }
}
