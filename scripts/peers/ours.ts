/** Our own engine at a workload: argument 1 the work's name, argument 2 the number of threads. Prints `{"ms":…}`. */
import { pathToFileURL } from "node:url";
import { kernelFiles } from "../../client/kernels.ts";
import { helpersFrom } from "../../client/threads.ts";
import { wasmKernels } from "../../engine/kernels/wasm.ts";
import { compile } from "../../engine/network/compile.ts";
import { initializeWeights } from "../../engine/network/initialize.ts";
import { forwardPass } from "../../engine/network/network.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { train } from "../../engine/training/trainer.ts";
import { analyse } from "../../server/language/analysis.ts";
import { inProject } from "../project.ts";
import { median, WORKS, type Work } from "./works.ts";

const LOSS = { sparse: "sparse_categorical_crossentropy", binary: "binary_crossentropy", mse: "mse" } as const;
const OUTPUT = { sparse: "softmax", binary: "sigmoid", mse: "linear" } as const;

/** The plan of a small table, with random rows in its place. */
function planOf({ layers, hidden, loss, optimizer, rate, batch, rows, epochs }: Work): TrainingPlan {
  const [inputs = 1, ...units] = layers;
  const lines = units.map((n, k) => `  dense ${n} ${k === units.length - 1 ? OUTPUT[loss] : hidden}`);
  const classes = loss === "sparse" ? (layers.at(-1) ?? 2) : 2;
  const zeros = Array(inputs).fill(0).join(" ");
  const text = [
    `model M {\n  input ${inputs}\n${lines.join("\n")}\n}`,
    `data D {\n${Array.from({ length: classes }, (_, k) => `  ${zeros} -> ${k}`).join("\n")}\n}`,
    `train M on D {\n  loss ${LOSS[loss]}\n  optimizer ${optimizer}(learning_rate=${rate})\n  batch ${batch}\n  epochs ${epochs}\n}`,
  ].join("\n");
  const plan = analyse(text).plans[0]?.plan;
  if (plan?.data.source.kind !== "table") throw new Error("The workload has no plan.");
  const table = Array.from({ length: rows }, (_, i) => [...Array.from({ length: inputs }, () => Math.fround(Math.random())), i % classes]);
  return { ...plan, data: { ...plan.data, source: { ...plan.data.source, rows: table } } };
}

const [name, threads = "1"] = process.argv.slice(2);
const work = WORKS.find((one) => one.name === name);
if (!work) throw new Error(`There is no workload ${name}.`);
const folder = pathToFileURL(inProject("dist", "/"));
const kernels = kernelFiles(folder);
if (!kernels) throw new Error("The kernels are not built.");
const times: number[] = [];
if (work.passes) {
  const fast = await wasmKernels(kernels, false);
  if (!fast) throw new Error("This machine can't run the kernels.");
  const network = compile(planOf({ ...work, rows: 10 }).network, { precision: "float32", capacity: work.batch, kernels: fast });
  initializeWeights(network, 1);
  const input = network.steps[0]?.output.values;
  input?.set(Array.from(input, () => Math.random()));
  for (let epoch = 0; epoch < work.epochs; epoch++) {
    const began = performance.now();
    for (let row = 0; row < work.rows; row += work.batch) forwardPass(network, "infer");
    times.push(performance.now() - began);
  }
} else {
  await train(planOf(work), {
    kernels,
    threads: { count: Number(threads), start: helpersFrom(folder) },
    files: { read: () => Promise.reject(new Error("There are no files.")) },
    host: { now: () => performance.now(), rest: async () => "go" },
    emit(event) {
      if (event.kind === "epoch") times.push(event.seconds * 1000);
      if (event.kind === "failed") throw new Error(event.message);
    },
  });
}
console.log(JSON.stringify({ ms: median(times.slice(1)) }));
