/**
 * npm run bench -- --growth: measures how the time of an epoch grows with the batch, the width, the depth and the rows, one at a time. The
 * last column and the picture docs/growth.svg show the time per multiplication (with its addition). A performance cliff would appear there
 * as a jump.
 */

import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { kernelFiles } from "../../client/node/kernelFiles.ts";
import { estimateText, groupedText, rounded } from "../../engine/numberText.ts";
import { train } from "../../engine/training/trainer.ts";
import { bundle } from "../build/bundle.ts";
import { inProject, ScriptError } from "../project.ts";
import { growthSvg, type Point } from "./growthPlot.ts";
import { planFor } from "./peers/plan.ts";
import { median, WORKS, type Work } from "./peers/works.ts";

const BASE: Work = { ...(WORKS.find(({ name }) => name === "W3") as Work), layers: [64, 64, 64, 10], batch: 32, rows: 2048, epochs: 4 };
const layersOf = (width: number, depth: number): number[] => [64, ...Array<number>(depth).fill(width), 10];

const SERIES: readonly { readonly what: string; readonly values: readonly number[]; readonly work: (value: number) => Work }[] = [
  { what: "batch", values: [1, 4, 16, 64, 256, 1024], work: (batch) => ({ ...BASE, batch }) },
  {
    what: "width",
    values: [8, 32, 128, 512, 1024, 2048],
    work: (width) => ({ ...BASE, layers: layersOf(width, 2), rows: width > 500 ? 512 : 2048 }),
  },
  { what: "depth", values: [1, 2, 4, 8, 16, 32], work: (depth) => ({ ...BASE, layers: layersOf(64, depth) }) },
  { what: "rows", values: [1000, 10_000, 100_000, 1_000_000], work: (rows) => ({ ...BASE, layers: [8, 16, 2], rows, epochs: 3 }) },
];

/**
 * Returns the number of multiplications in an epoch: the forward pass, the kernels' gradients, and the input gradients of all layers but
 * the first.
 */
function multiplications({ layers, rows }: Work): number {
  const products = layers.slice(1).map((units, k) => units * (layers[k] ?? 0));
  return rows * products.reduce((sum, product, k) => sum + (k === 0 ? 2 : 3) * product, 0);
}

/** Returns the measurements as Markdown. */
export async function growth(): Promise<string> {
  await bundle();
  const kernels = kernelFiles(pathToFileURL(inProject("dist", "/")));
  if (!kernels) throw new ScriptError("The kernels are not built.");
  const rows = [];
  const points: Point[] = [];
  for (const { what, values, work } of SERIES) {
    for (const value of values) {
      const one = work(value);
      const times: number[] = [];
      await train(planFor(one), {
        kernels,
        files: { read: () => Promise.reject(new Error("There are no files.")) },
        host: { now: () => performance.now(), rest: async () => "go" },
        emit(event) {
          if (event.kind === "epoch") times.push(1000 * event.seconds);
          if (event.kind === "failed") throw new ScriptError(event.message);
        },
      });
      const ms = median(times.slice(1));
      const each = (1e6 * ms) / multiplications(one);
      points.push({ what, value, ms: rounded(ms, 3), each });
      const bar = "█".repeat(Math.max(1, Math.round(20 * Math.min(each, 2))));
      rows.push(`| ${what} ${groupedText(value)} | ${estimateText(ms)} | ${estimateText(each)} ${bar} |`);
      console.error(rows.at(-1));
    }
  }
  writeFileSync(inProject("docs", "growth.svg"), growthSvg(points));
  return `Base: 64-64-64-10 in batches of 32, 2,048 rows (512 for wide ones), one thread.\n\n| what | ms per epoch | ns per multiplication |\n|---|---|---|\n${rows.join("\n")}\n`;
}
