/** Reads the compiled kernels from the folder of the program's bundle. Without them the reference kernels compute everything. */
import { readFileSync } from "node:fs";
import type { KernelFiles } from "../../engine/kernels/wasm.ts";

/** Returns the compiled kernels; undefined if they can't be read. `folder` is the bundle's folder. */
export function kernelFiles(folder: URL): KernelFiles | undefined {
  try {
    return {
      fused: new Uint8Array(readFileSync(new URL("kernels.wasm", folder))),
      strict: new Uint8Array(readFileSync(new URL("kernels-strict.wasm", folder))),
      hasTallTiles: holdsTwelveVectors(process.versions.v8),
    };
  } catch {
    return undefined;
  }
}

/** Measured: from 13.6 on V8 holds twelve vectors in registers; 12.9 and earlier write them to memory and take twice as long. */
function holdsTwelveVectors(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 13 || (major === 13 && minor >= 6);
}
