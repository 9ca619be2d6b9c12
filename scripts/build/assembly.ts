/** Compiles engine/kernels/assembly twice: with fused multiply-add and without. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { inProject, run, ScriptError } from "../project.ts";
import { abiText } from "./abi.ts";

const COMMON = ["--runtime", "stub", "--noAssert", "-O3", "--enable", "simd", "--enable", "threads", "--importMemory", "--sharedMemory"];
/** The limits of the memory that engine/host.ts creates, in pages of 64 kB. */
const MEMORY = ["--initialMemory", "1", "--maximumMemory", "65536"];

/** The file of constants that the sources import. */
export const GENERATED = "engine/kernels/assembly/abi.ts";

/** Writes the constants. An unchanged file is not rewritten, since another process may be reading it. */
export function writeConstants(): void {
  const file = inProject(GENERATED);
  const text = `${abiText()}\n`;
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileSync(file, text);
}

export async function buildKernels(): Promise<void> {
  writeConstants();
  await Promise.all([build("kernels.wasm", "--enable", "relaxed-simd"), build("kernels-strict.wasm")]);
}

async function build(file: string, ...options: readonly string[]): Promise<void> {
  const compiler = inProject("node_modules/assemblyscript/bin/asc.js");
  const args = [
    compiler,
    inProject("engine/kernels/assembly/index.ts"),
    "--outFile",
    inProject("dist", file),
    ...COMMON,
    ...MEMORY,
    ...options,
  ];
  const { code, output } = await run(process.execPath, args);
  if (code !== 0) throw new ScriptError(`The kernels did not compile:\n${output}`);
}
