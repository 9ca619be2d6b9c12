/**
 * The compiled kernels (engine/kernels/assembly) for float32: vectors of four, with fused multiply-add if the processor has it. Their arrays share
 * one memory, and calls take an array's byte offset in it. The reference kernels' loops compute everything that is not compiled.
 */
import { canRun, type KernelThreadWork, pagedMemory, type StartKernelThreads } from "../host.ts";
import type { RecordingKernels } from "./kernels.ts";
import { callRecorder } from "./recording.ts";
import { referenceKernels } from "./reference.ts";
import { activations, copies, softmaxes, statistics, tables } from "./wasmElements.ts";
import { type CompiledModule, moduleOver } from "./wasmModule.ts";
import { products } from "./wasmProducts.ts";
import { lossFor, updateFor } from "./wasmRules.ts";

/** The two builds of the module. */
export interface KernelFiles {
  /** Rounds a · b + c once: faster, with the same bits on every processor with fused multiply-add. */
  readonly fused: Uint8Array;
  /** Rounds a · b + c twice: the same bits on every processor. */
  readonly strict: Uint8Array;
  /** Whether the JavaScript engine allocates twelve vectors of sums to registers instead of eight. The bits are the same. */
  readonly hasTallTiles?: boolean;
}

/** The maximum total size of arrays in these kernels' memory, in bytes. The rest of its 4 GB is for the kernels' copies. */
export const MOST_BYTES = 3.5e9;

/** The number of additional threads, and the function that starts them. */
export interface OtherThreads {
  readonly count: number;
  readonly start: StartKernelThreads;
}

/** Returns the kernels over new memory, or undefined if this machine can't run them. `isStrict`: use the strict build. */
export async function wasmKernels(
  { fused, strict, hasTallTiles = false }: KernelFiles,
  isStrict: boolean,
  others?: OtherThreads,
): Promise<RecordingKernels | undefined> {
  const bytes = !isStrict && canRun(fused) ? fused : strict;
  if (!canRun(bytes)) return undefined;
  const memory = pagedMemory(16);
  const module = await moduleOver(memory, bytes);
  const isFused = module.call("isFused")() === 1;
  // In the strict build each product needs a register before it is added, and six rows leave none.
  module.call("useTallTiles")(Number(hasTallTiles && isFused));
  const recorder = callRecorder(module);
  const block = module.take(64);
  const { threads, ended } = await startThreads(module, others, { bytes, memory, block });
  const shuffle = module.call("shuffle");
  return {
    ...referenceKernels("float32"),
    ...products(module, recorder, threads),
    ...softmaxes(module, recorder),
    ...activations(module, recorder),
    ...copies(module, recorder),
    ...statistics(module, recorder),
    ...tables(module, recorder),
    update: (use) => updateFor(use, module, recorder),
    loss: (use, activation) => lossFor(use, activation, module, recorder),
    allocate(length) {
      const place = module.take(4 * length);
      return new Float32Array(memory.buffer, place, length);
    },
    allocateIndices(length) {
      const place = module.take(4 * length);
      return new Uint32Array(memory.buffer, place, length);
    },
    allocateSums(length) {
      const place = module.take(8 * length);
      return new Float64Array(memory.buffer, place, length);
    },
    threads,
    async close() {
      module.call("endThreads")();
      await ended();
    },
    record: recorder.record,
    shuffle: (order, state) => void shuffle(order.byteOffset, order.length, ...state),
    name: bytes === strict ? "wasm strict" : isFused ? "wasm fused" : "wasm",
  };
}

/** Starts the other threads. If that fails, this thread computes by itself. */
async function startThreads(
  { call }: CompiledModule,
  others: OtherThreads | undefined,
  work: Omit<KernelThreadWork, "count">,
): Promise<{ threads: number; ended: () => Promise<void> }> {
  const alone = { threads: 1, ended: async () => undefined };
  if (!others) return alone;
  call("useThreads")(work.block, others.count + 1);
  try {
    return { threads: others.count + 1, ended: await others.start({ ...work, count: others.count }) };
  } catch {
    call("endThreads")();
    return alone;
  }
}
