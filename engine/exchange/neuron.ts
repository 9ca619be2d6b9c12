/**
 * Converts a neuron of a logical computation to two dense layers of threshold units, for libraries without such neurons. The first layer reads each
 * term's input, active if it is ½ or more. The second adds 1 for each active exciting term, and subtracts more than the number of exciting terms for
 * each active inhibiting one. The sum reaches the threshold exactly when the neuron fires.
 */
import type { PlannedLayerOf } from "../plan.ts";

export interface DenseThresholds {
  readonly inputs: number;
  readonly units: number;
  /** [inputs, units] */
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

/** `widths` are the widths of the neuron's inputs. The first layer reads the concatenated inputs. */
export function neuronAsDense(
  { terms, threshold }: Pick<PlannedLayerOf<"neuron">, "terms" | "threshold">,
  widths: readonly number[],
): { readonly active: DenseThresholds; readonly sum: DenseThresholds } {
  const offsets = widths.map((_, k) => widths.slice(0, k).reduce((sum, width) => sum + width, 0));
  const inputs = widths.reduce((sum, width) => sum + width, 0);
  const kernel = new Float32Array(inputs * terms.length);
  for (const [k, { input, unit }] of terms.entries()) kernel[((offsets[input] ?? 0) + unit) * terms.length + k] = 1;
  return {
    active: { inputs, units: terms.length, kernel, bias: new Float32Array(terms.length).fill(-0.5) },
    sum: {
      inputs: terms.length,
      units: 1,
      kernel: Float32Array.from(terms, ({ inhibits }) => (inhibits ? -(terms.length + 1) : 1)),
      bias: Float32Array.of(-threshold),
    },
  };
}
