/** The machine's resources for a training: its kernels, threads and memory. */
import type { Examples } from "../data/examples.ts";
import { DataProblem } from "../data/problem.ts";
import type { Numbers, RecordingKernels } from "../kernels/kernels.ts";
import { MOST_BYTES, wasmKernels } from "../kernels/wasm.ts";
import { memoryPlan } from "../network/memory.ts";
import { bytesText } from "../numberText.ts";
import { layerKey, parameterCount, type TrainingPlan } from "../plan.ts";
import { batchSizeOf, rowsAtOnce } from "./learner.ts";
import type { RunOptions, TrainOptions } from "./run.ts";

/**
 * Returns the compiled kernels with new memory; undefined if they can't train the plan, because it uses float64 or has too many weights for their
 * memory.
 */
export async function kernelsFor(
  { training, network }: TrainingPlan,
  options: Pick<TrainOptions, "kernels" | "threads" | "precision">,
): Promise<RecordingKernels | undefined> {
  const { kernels, threads, precision = "float32" } = options;
  if (!kernels || precision !== "float32") return undefined;
  const weights = network.layers.reduce((sum, layer) => sum + parameterCount(layer), 0);
  if (8 * 4 * weights > MOST_BYTES) return undefined;
  const isLarge = weights * (training.batch ?? MANY_ROWS) >= WORTH_THREADS;
  const others = isLarge && threads && threads.count > 1 ? { count: threads.count - 1, start: threads.start } : undefined;
  return await wasmKernels(kernels, training.reproducible, others);
}

/** Returns an allocator for tables. A table too large for the kernels' memory is allocated outside it, and its rows are copied in by a loop. */
export const tableAllocator =
  ({ allocate }: RecordingKernels) =>
  (length: number): Numbers =>
    4 * length > MOST_BYTES / 2 ? new Float32Array(length) : allocate(length);

/** The minimum product of weights and rows per batch at which a second thread saves more time than waking it takes, about 30 µs per batch. */
const WORTH_THREADS = 250_000;
const MANY_ROWS = 1000;

/** Throws `DataProblem` NN308, before allocating anything, if the training needs more memory than is available. */
export function requireMemory(
  plan: TrainingPlan,
  examples: Examples,
  { host, precision, fast }: Pick<RunOptions, "host" | "precision" | "fast">,
): void {
  const available = host.memory?.();
  const capacity = rowsAtOnce(plan, batchSizeOf(plan, examples.parts.train.length), fast);
  const { weights, batch, data, total } = memoryPlan(plan, precision, examples.rows, capacity);
  if (available === undefined || total <= available) return;
  const parts = `${bytesText(weights)} for weights, gradients and the optimizer, ${bytesText(batch)} for ${capacity} rows at once, ${bytesText(data)} for the data`;
  const repair = weights >= batch ? "make the layers smaller" : "make the batch or the layers smaller";
  const largest = plan.network.layers.reduce((a, b) => (parameterCount(b) > parameterCount(a) ? b : a));
  throw new DataProblem(
    `This training needs ${bytesText(total)} of memory (${parts}), but only ${bytesText(available)} is available; ${repair}.`,
    {
      code: "NN308",
      at: layerKey(largest.id),
    },
  );
}
