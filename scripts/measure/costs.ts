/** Part of npm run bench: the times of reading data and starting, and the memory of trainings. */

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { kernelFiles } from "../../client/node/kernelFiles.ts";
import { startSession } from "../../client/node/trainingSession.ts";
import { unpack } from "../../client/node/unpack.ts";
import { CSV_FORMAT } from "../../engine/data/csvFormat.ts";
import { loadExamples } from "../../engine/data/examples.ts";
import { bytesText, durationText, estimateText, roundedText } from "../../engine/numberText.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { train } from "../../engine/training/trainer.ts";
import { analyse } from "../../server/language/analysis.ts";
import type { DataFiles } from "../../server/language/resolve/dataFacts.ts";
import { inProject, run } from "../project.ts";
import { planFor } from "./peers/plan.ts";
import { median, WORKS } from "./peers/works.ts";

type Row = (what: string, value: string) => void;
const ms = (value: number): string => `${estimateText(value)} ms`;

export async function costs(row: Row): Promise<void> {
  await data(row);
  await starts(row);
  await memory(row);
  await longTraining(row);
}

function planOf(text: string, files?: DataFiles): TrainingPlan {
  const [planned] = analyse(text, files).plans;
  if (!planned) throw new Error("The benchmark has no plan.");
  return planned.plan;
}

/** Reads 60,000 images of 28x28, as many as in MNIST (the sample's 8,000 repeated), and a CSV file of 100 MB. */
async function data(row: Row): Promise<void> {
  const images = new Uint8Array(16 + 60_000 * 784);
  images.set([0, 0, 8, 3, 0, 0, 0xea, 0x60, 0, 0, 0, 28, 0, 0, 0, 28]);
  const digits = gunzipSync(readFileSync(inProject("samples/mnist-train-images-idx3-ubyte.gz"))).subarray(16);
  for (let at = 16; at < images.length; at += digits.length) images.set(digits.subarray(0, images.length - at), at);
  const labels = new Uint8Array(8 + 60_000).map((_, i) => i % 10);
  labels.set([0, 0, 8, 1, 0, 0, 0xea, 0x60]);
  const plan = planOf(
    'model M {\n  input 28x28\n  flatten\n  dense 10 softmax\n}\ndata D {\n  source idx("images", "labels")\n  scale minmax\n  split validation=0.1\n}\ntrain M on D {\n  loss sparse_categorical_crossentropy\n}\n',
    {
      csv: () => undefined,
      idx: (path) => ({
        facts: path === "labels" ? { shape: [60_000], largest: 9 } : { shape: [60_000, 28, 28], largest: undefined },
      }),
    },
  );
  for (const [what, pixels] of [
    ["uncompressed", images],
    ["as gzip", gzipSync(images)],
  ] as const) {
    const times = await repeated(5, () =>
      loadExamples(plan, { read: async (path) => (path === "labels" ? labels : pixels), unpack }, "float32"),
    );
    row(`60,000 images of IDX files, ${what}, read and scaled`, ms(median(times)));
  }
  const lines = ["a,b,c,d,e,f,g,h,y"];
  for (let size = 0, k = 0; size < 100e6; k++) {
    const line = [...Array.from({ length: 8 }, () => roundedText(1000 * Math.random(), 7)), k % 2].join(",");
    lines.push(line);
    size += line.length + 1;
  }
  const csv = new TextEncoder().encode(lines.join("\n"));
  lines.length = 0;
  const table = planOf(
    "model M {\n  input 8\n  dense 1 sigmoid\n}\ndata D {\n  features a, b, c, d, e, f, g, h\n  target y\n  1 2 3 4 5 6 7 8 -> 1\n  2 3 4 5 6 7 8 9 -> 0\n}\ntrain M on D {\n  loss binary_crossentropy\n}\n",
  );
  const source = { kind: "csv", path: "table.csv", ...CSV_FORMAT } as const;
  const reader = { read: async () => csv };
  const times = await repeated(3, () => loadExamples({ ...table, data: { ...table.data, source } }, reader, "float32"));
  const seconds = median(times) / 1000;
  row("a CSV file of 100 MB, read, split and scaled", `${durationText(seconds)}, ${bytesText(csv.length / seconds)}/s`);
}

async function repeated(count: number, work: () => Promise<unknown>): Promise<number[]> {
  const times = [];
  for (let k = 0; k < count; k++) {
    const began = performance.now();
    await work();
    times.push(performance.now() - began);
  }
  return times;
}

/** Measures the start of a training: a worker in the editor, and a whole process in the terminal. */
async function starts(row: Row): Promise<void> {
  const plan = planOf(readFileSync(inProject("samples/xor.nn"), "utf8"));
  const firstLoss = (): Promise<number> =>
    new Promise((resolve) => {
      const began = performance.now();
      let isDone = false;
      const session = startSession({
        workerFile: inProject("dist/trainer.js"),
        plan,
        precision: "float32",
        read: () => Promise.reject(new Error("There are no files.")),
        onEvents(_events, epochs) {
          if (!epochs || isDone) return;
          isDone = true;
          const took = performance.now() - began;
          session.stop();
          void session.ended.then(() => resolve(took));
        },
      });
    });
  const sessions = [];
  for (let k = 0; k < 7; k++) sessions.push(await firstLoss());
  row("editor: xor.nn, from the start of its worker to the first epochs", `${ms(median(sessions))}, ${ms(Math.max(...sessions))} at most`);
  const times = await repeated(7, () =>
    run(process.execPath, [inProject("dist/nn.js"), "train", inProject("samples/xor.nn"), "--epochs", "1"]),
  );
  row("terminal: nn train xor.nn, one epoch, the whole process", `${ms(median(times))}, ${ms(Math.max(...times))} at most`);
}

/** Trains W5 in a separate process and compares the peak of its memory with the size of its numbers. */
async function memory(row: Row): Promise<void> {
  const work = WORKS.find(({ name }) => name === "W5");
  if (!work) throw new Error("There is no W5.");
  const { output } = await run(process.execPath, [inProject("scripts/measure/peers/ours.ts"), "W5", "1", "memory"]);
  const line = output
    .trim()
    .split("\n")
    .findLast((one) => one.startsWith("{"));
  const { peak, before } = JSON.parse(line ?? "{}") as { peak: number; before: number };
  const plan = planFor({ ...work, rows: 10 });
  const weights = plan.network.layers.reduce(
    (sum, { parameters }) => sum + parameters.reduce((s, { shape }) => s + shape.reduce((a, b) => a * b, 1), 0),
    0,
  );
  // Weights, gradients and Adam's two slots; features and class numbers.
  const needed = 4 * (4 * weights + work.rows * ((work.layers[0] ?? 0) + 1));
  row(
    "memory of W5 above an idle process, of what its numbers need",
    `${bytesText(peak - before)} of ${bytesText(needed)}, ${estimateText((peak - before) / needed)} times`,
  );
}

/** Prints the growth of this process's memory during a long training. A leak would grow with every thousand epochs. */
async function longTraining(row: Row): Promise<void> {
  const kernels = kernelFiles(pathToFileURL(inProject("dist", "/")));
  const work = WORKS.find(({ name }) => name === "W2");
  if (!work || !kernels) throw new Error("There is no W2, or no kernels.");
  const sizes: number[] = [];
  await train(planFor({ ...work, epochs: 10_000 }), {
    kernels,
    files: { read: () => Promise.reject(new Error("There are no files.")) },
    host: { now: () => performance.now(), rest: async () => "go" },
    emit(event) {
      if (event.kind === "epoch" && event.epoch % 1000 === 0) sizes.push(process.memoryUsage().rss);
    },
  });
  const growth = (sizes.at(-1) ?? 0) - (sizes[1] ?? 0);
  row("iris 4-16-3, epochs 2,000 to 10,000: memory of the process", `${growth >= 0 ? "+" : "-"}${bytesText(Math.abs(growth))}`);
}
