/** The compiled kernels from beside the program's own file. Without them everything is computed by the reference's loops. */
import { readFileSync } from "node:fs";
import type { KernelFiles } from "../engine/kernels/wasm.ts";

/** `folder`: where the bundle lies. */
export function kernelFiles(folder: URL): KernelFiles | undefined {
  try {
    return {
      fused: new Uint8Array(readFileSync(new URL("kernels.wasm", folder))),
      strict: new Uint8Array(readFileSync(new URL("kernels-strict.wasm", folder))),
    };
  } catch {
    return undefined;
  }
}
