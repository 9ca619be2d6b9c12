/** The memory of a training, computed before anything is allocated. */
import { type Optimizer, optimizers } from "../catalog/optimizers.ts";
import { parameterCount, type TrainingPlan } from "../plan.ts";
import type { Precision } from "./compile.ts";
import { hasActivation } from "./steps.ts";

export interface MemoryPlan {
  /** Weights, their gradients, the optimizer's slots, and copies of the weights that training can restore. */
  readonly weights: number;
  /** Every layer's output and preactivation with their gradients, for the rows computed at once. */
  readonly batch: number;
  /** Features and targets. */
  readonly data: number;
  readonly total: number;
}

/** Returns the memory in bytes for `rows` rows of data. `capacity` of them are computed at once. */
export function memoryPlan({ network, data, training }: TrainingPlan, precision: Precision, rows: number, capacity: number): MemoryPlan {
  const size = precision === "float32" ? 4 : 8;
  const parameters = network.layers.reduce((sum, layer) => sum + parameterCount(layer), 0);
  const { slots }: Optimizer = optimizers[training.optimizer.name];
  // Weights, gradients, the weights of the last good epoch and before the last step, and the best ones if early stopping restores them.
  const copies = 4 + slots.length + (training.stop?.restoreBest ? 1 : 0);
  const numbers = network.layers.reduce((sum, layer) => sum + widthOf(layer.output) * (hasActivation(layer) ? 4 : 2), 0);
  const features = widthOf(data.featureShape);
  const targets = training.outputs.reduce(
    (sum, { layer }) => sum + widthOf(network.layers.find(({ id }) => id === layer)?.output ?? []),
    0,
  );
  const weights = parameters * copies * size;
  const batch = numbers * capacity * size;
  const table = rows * (features + targets) * size;
  return { weights, batch, data: table, total: weights + batch + table };
}

const widthOf = (shape: readonly number[]): number => shape.reduce((product, axis) => product * axis, 1);
