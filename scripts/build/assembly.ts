/** Compiles engine/kernels/assembly twice: with fused multiply-add and without. */
import { writeFileSync } from "node:fs";
import { inProject, run, ScriptError } from "../project.ts";
import { abiText } from "./abi.ts";

const COMMON = ["--runtime", "stub", "--noAssert", "-O3", "--enable", "simd", "--enable", "threads", "--importMemory", "--sharedMemory"];
/** The limits of the memory that engine/host.ts creates, in pages of 64 kB. */
const MEMORY = ["--initialMemory", "1", "--maximumMemory", "65536"];

/** The file of constants that the sources import. Each build writes it. */
export const GENERATED = "engine/kernels/assembly/abi.ts";

export async function buildKernels(): Promise<void> {
  writeFileSync(inProject(GENERATED), `${abiText()}\n`);
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
