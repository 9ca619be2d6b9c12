/**
 * Measures our engine. Arguments: the workload's name, the number of threads, and optionally `memory`. Prints `{"ms":…}`, or with `memory`,
 * the process's memory in bytes before the training and at its peak.
 */
import { pathToFileURL } from "node:url";
import { kernelFiles } from "../../../client/node/kernelFiles.ts";
import { kernelThreadsFrom } from "../../../client/node/threads.ts";
import { wasmKernels } from "../../../engine/kernels/wasm.ts";
import { compile } from "../../../engine/network/compile.ts";
import { initializeWeights } from "../../../engine/network/initialize.ts";
import { forwardPass } from "../../../engine/network/network.ts";
import { train } from "../../../engine/training/trainer.ts";
import { inProject } from "../../project.ts";
import { imagesFile, imagesPlan, planFor } from "./plan.ts";
import { median, WORKS } from "./works.ts";

const [name, threads = "1", what = "time"] = process.argv.slice(2);
const work = WORKS.find((one) => one.name === name);
if (!work) throw new Error(`There is no workload ${name}.`);
const folder = pathToFileURL(inProject("dist", "/"));
const kernels = kernelFiles(folder);
if (!kernels) throw new Error("The kernels are not built.");
const times: number[] = [];
let before = 0;
let peak = 0;
/** Called by the engine every 20 ms. */
const rest = async (): Promise<"go"> => {
  peak = Math.max(peak, process.memoryUsage().rss);
  return "go";
};
if (work.passes) {
  const others = Number(threads) > 1 ? { count: Number(threads) - 1, start: kernelThreadsFrom(folder) } : undefined;
  const fast = await wasmKernels(kernels, false, others);
  if (!fast) throw new Error("This machine can't run the kernels.");
  const network = compile(planFor({ ...work, rows: 10 }).network, { precision: "float32", capacity: work.batch, kernels: fast });
  initializeWeights(network, 1);
  const input = network.steps[0]?.output.values;
  input?.set(Array.from(input, () => Math.random()));
  for (let epoch = 0; epoch < work.epochs; epoch++) {
    const began = performance.now();
    for (let row = 0; row < work.rows; row += work.batch) forwardPass(network, "infer");
    times.push(performance.now() - began);
  }
  await fast.close();
} else {
  // Memory is measured with a data file, since rows in the plan are JavaScript objects.
  const isFile = what === "memory";
  const epochs = work.rows < 1000 ? Math.max(work.epochs, 16_000) : work.epochs <= 10 ? work.epochs : 2 * work.epochs;
  const plan = isFile ? imagesPlan(work) : planFor({ ...work, epochs });
  before = process.memoryUsage().rss;
  // Blocks of many epochs are timed, including events, since a small network trains up to 256 epochs per call.
  const block = Math.max(1, Math.floor(epochs / 8));
  const ends: number[] = [];
  await train(plan, {
    kernels,
    threads: { count: Number(threads), start: kernelThreadsFrom(folder) },
    files: { read: async (path) => (isFile ? imagesFile(path, work.rows) : Promise.reject(new Error("There are no files."))) },
    host: { now: () => performance.now(), rest },
    emit(event) {
      if (event.kind === "epoch" && event.epoch % block === 0) ends.push(performance.now());
      if (event.kind === "failed") throw new Error(event.message);
    },
  });
  for (let k = 1; k < ends.length; k++) times.push(((ends[k] ?? 0) - (ends[k - 1] ?? 0)) / block);
  times.unshift(0);
}
console.log(JSON.stringify(what === "memory" ? { peak, before } : { ms: median(times.slice(1)) }));
