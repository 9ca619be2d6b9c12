/** The compiled kernels from beside the program's own file. Without them everything is computed by the reference's loops. */
import { readFileSync } from "node:fs";
import type { KernelFiles } from "../../engine/kernels/wasm.ts";

/** `folder`: where the bundle lies. */
export function kernelFiles(folder: URL): KernelFiles | undefined {
  try {
    return {
      fused: new Uint8Array(readFileSync(new URL("kernels.wasm", folder))),
      strict: new Uint8Array(readFileSync(new URL("kernels-strict.wasm", folder))),
      hasTallTiles: keepsTwelveSums(process.versions.v8),
    };
  } catch {
    return undefined;
  }
}

/** Measured: V8 keeps twelve vectors in registers from 13.6 on; 12.9 and before write them to memory, and take twice as long. */
function keepsTwelveSums(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 13 || (major === 13 && minor >= 6);
}
