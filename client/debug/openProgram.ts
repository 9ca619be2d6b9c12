/** Opens the `.nn` file to debug: reads it and its saved run, checks it, and prepares its training or its rows. */
import { dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { FileReader } from "../../engine/host.ts";
import type { KernelFiles } from "../../engine/kernels/wasm.ts";
import { type DocumentPlace, dataReader } from "../../server/dataFiles.ts";
import { locate } from "../../server/locate.ts";
import { nodeFiles, readInside } from "../../server/nodeFiles.ts";
import { readRegular } from "../../server/regularFiles.ts";
import { unpack } from "../node/unpack.ts";
import { type Launch, LaunchProblem, type Program, type Source } from "./program.ts";
import { rowsProgram } from "./rowsProgram.ts";
import { readSavedRun } from "./savedRun.ts";
import { trainingProgram } from "./trainingProgram.ts";

/** Reads, checks and prepares the file. Throws `LaunchProblem`, or `DataProblem` if its data can't be used. */
export async function openProgram(launch: Launch, kernels: KernelFiles | undefined): Promise<Program> {
  const path = launch.program.startsWith("file:") ? fileURLToPath(launch.program) : resolve(launch.program);
  const present = await readRegular(path).then(
    (bytes) => bytes.toString(),
    () => {
      throw new LaunchProblem(`${path} can't be read.`);
    },
  );
  const uri = pathToFileURL(path).href;
  const roots = [dirname(path), ...(launch.roots ?? [])].map((folder) => pathToFileURL(folder).href);
  const saved = launch.from === undefined ? undefined : await readSavedRun(launch.from, dirname(path)).catch(rejectLaunch);
  // A saved run is debugged with the text it was trained on, an expected row with the current text.
  const text = launch.expectLine === undefined ? (saved?.trained?.text ?? present) : present;
  const analysis = await dataReader(nodeFiles).analyse(text, { uri, roots });
  const source: Source = { launch, path, text, present, analysis, files: filesAt({ uri, roots }), kernels, saved };
  if (analysis.trains.length === 0 || launch.expectLine !== undefined) return await rowsProgram(source);
  return await trainingProgram(source);
}

function rejectLaunch(error: unknown): never {
  throw new LaunchProblem(error instanceof Error ? error.message : String(error));
}

/** Returns a reader for files beside the document and in the roots. */
const filesAt = ({ uri, roots }: DocumentPlace): FileReader => ({
  unpack,
  async read(path) {
    const located = locate(path, uri, roots);
    if ("problem" in located) throw new Error(located.problem);
    return new Uint8Array(await readInside(fileURLToPath(located.uri), roots));
  },
});
