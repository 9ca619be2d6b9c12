import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadExamples } from "../../engine/data/examples.ts";
import { gradientsOf } from "../../engine/evaluate/gradients.ts";
import type { TrainingEvent } from "../../engine/events.ts";
import { wasmKernels } from "../../engine/kernels/wasm.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { batchLoader } from "../../engine/training/batches.ts";
import { measure } from "../../engine/training/epoch.ts";
import { runningMetrics } from "../../engine/training/metrics.ts";
import { train } from "../../engine/training/trainer.ts";
import { inProject } from "../../scripts/project.ts";
import { analysedSample, sampleFiles as files, plansIn, samplePlan, sampleNames as samples } from "../../scripts/samplePlans.ts";
import { formatted } from "../../server/language/syntax/formatter.ts";
import { atOnce, builtKernels, epochsOf } from "../fixtures.ts";
import { runNn } from "../terminal/run.ts";

const folder = inProject("samples");

const kernels = builtKernels();

/** Findings that a sample has on purpose. */
const MEANT: Readonly<Record<string, readonly string[]>> = { "xor-limit.nn": ["NN501"], "vanishing-gradients.nn": ["NN506"] };
/** Findings while training, by the name of the run. All other runs have none. */
const FOUND: Readonly<Record<string, readonly string[]>> = { sigmoid: ["NN603"], small: ["NN606"], large: ["NN601"], hunt: ["NN601"] };
/** Samples without a training. */
const UNTRAINED: readonly string[] = ["gates.nn", "tlu.nn"];

/** Returns the plans of a sample, whose findings must be those that it has on purpose. */
async function plansOfSample(name: string): Promise<TrainingPlan[]> {
  const analysis = await analysedSample(name);
  expect(analysis.issues.map(({ code }) => code)).toEqual(MEANT[name] ?? []);
  return plansIn(analysis);
}

const runs: Record<string, ReturnType<typeof runSample>> = {};
async function runSample(
  name: string,
): Promise<{ plan: TrainingPlan; events: TrainingEvent[]; trained: Awaited<ReturnType<typeof train>> }> {
  return await runPlan(await samplePlan(name));
}

async function runPlan(
  plan: TrainingPlan,
): Promise<{ plan: TrainingPlan; events: TrainingEvent[]; trained: Awaited<ReturnType<typeof train>> }> {
  const events: TrainingEvent[] = [];
  const trained = await train(plan, { host: atOnce, files, kernels, emit: (event) => events.push(event) });
  return { plan, events, trained };
}
const trained = (name: string): ReturnType<typeof runSample> => (runs[name] ??= runSample(name));

describe("samples", () => {
  test.each(samples.filter((name) => !UNTRAINED.includes(name)))(
    "%s: its trainings end with the findings that they should have",
    async (name) => {
      const plans = await plansOfSample(name);
      expect(plans.length).toBeGreaterThan(0);
      for (const [k, plan] of plans.entries()) {
        const { events } = k === 0 ? await trained(name) : await runPlan(plan);
        const wanted = FOUND[plan.training.run] ?? [];
        expect(events.flatMap((event) => (event.kind === "warning" || event.kind === "diverged" ? [event.code] : []))).toEqual(wanted);
        expect(events.at(-1)?.kind).toBe(wanted.includes("NN601") ? "diverged" : "finished");
      }
    },
  );

  test.each(UNTRAINED)("%s needs no training", async (name) => expect(await plansOfSample(name)).toEqual([]));

  // digits.nn takes long. npm run test:long tests its expectation; its accuracy is tested below.
  test("nn test: every other sample's expectations pass", async () => {
    const { code, out } = await runNn(folder, ["test", ...samples.filter((name) => name !== "digits.nn")]);
    expect(out).toMatch(/\n\d+ passed, 0 failed\n$/);
    expect(out.match(/: passed: /g)?.length).toBeGreaterThan(25);
    expect(code).toBe(0);
  });

  test.each(samples.filter((name) => !UNTRAINED.includes(name)))(
    "%s: float32 agrees with float64 within 1e-4, in the reference and the compiled kernels",
    async (name) => {
      for (const plan of await plansOfSample(name)) {
        // The first 200 rows are enough, and digits.nn has many.
        const double = await gradientsOf(plan, files, { maxRows: 200 });
        const compiled = await wasmKernels(kernels, false);
        if (!compiled) throw new Error("This machine can't run the compiled kernels.");
        for (const other of [{}, { kernels: compiled }]) {
          const single = await gradientsOf(plan, files, { precision: "float32", maxRows: 200, ...other });
          expect(Math.abs(single.loss - double.loss)).toBeLessThan(1e-4 * Math.max(1, Math.abs(double.loss)));
          for (const [k, layer] of double.layers.entries()) {
            for (const [what, values] of Object.entries(layer)) {
              if (!Array.isArray(values)) continue;
              const [a, b] = [values.flat() as number[], (single.layers[k]?.[what as "output"] ?? []).flat() as number[]];
              const size = a.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
              expect(
                a.reduce((worst, x, i) => Math.max(worst, Math.abs(x - (b[i] ?? Number.NaN))), 0),
                `${layer.id} ${what}`,
              ).toBeLessThanOrEqual(1e-4 * Math.max(size, 1e-6));
            }
          }
        }
      }
    },
  );

  test.each(samples)("%s says in its first lines what to try, in comments of less than 80 columns, and is formatted", (name) => {
    const text = readFileSync(inProject("samples", name), "utf8");
    const [head = ""] = text.split(/\n(?!#)/);
    expect(head).toContain("\n# Try:");
    expect(text.split("\n").filter((line) => line.includes("#") && line.length > 79)).toEqual([]);
    expect(formatted(text)).toBe(text);
  });

  test("early-stopping.nn: the validation loss falls, then rises visibly above both its best and the training loss; the best epoch's weights are restored", async () => {
    const { events } = await trained("early-stopping.nn");
    const epochs = epochsOf(events);
    const losses = epochs.map(({ valLoss }) => valLoss ?? Number.NaN);
    const best = losses.indexOf(Math.min(...losses));
    const last = losses.at(-1) ?? Number.NaN;
    expect(losses[0]).toBeGreaterThan(2 * (losses[best] ?? 0));
    for (const late of losses.slice(-50)) expect(late).toBeGreaterThan(1.5 * (losses[best] ?? 0));
    // The noise has a deviation of 0.3. A training loss below its variance is memorized noise.
    expect(epochs.at(-1)?.loss).toBeLessThan(0.3 ** 2);
    // The chart's axis reaches from 0 to the largest loss. A rise of less than a tenth of it is hard to see.
    expect(last - (losses[best] ?? 0)).toBeGreaterThan(0.1 * Math.max(...losses, ...epochs.map(({ loss }) => loss)));
    expect(events.at(-1)).toMatchObject({ kind: "finished", restoredEpoch: best + 1 });
  });

  test("learning-rates.nn: the loss of the good rate falls without swinging", async () => {
    const losses = epochsOf((await trained("learning-rates.nn")).events).map(({ loss }) => loss);
    for (const [k, loss] of losses.entries()) expect(loss).toBeLessThan(1.1 * (losses[k - 1] ?? Number.POSITIVE_INFINITY));
    expect(losses.at(-1)).toBeLessThan(0.2 * (losses[0] ?? 0));
  });

  test("xor.nn learns all four rows", async () => {
    expect(epochsOf((await trained("xor.nn")).events).at(-1)?.metrics).toEqual({ accuracy: 1 });
  });

  test("iris.nn reaches a validation accuracy of 0.93, with the same numbers on every run", async () => {
    const epochs = epochsOf((await trained("iris.nn")).events);
    expect(epochs.at(-1)?.metrics["val_accuracy"]).toBeGreaterThanOrEqual(0.93);
    const again = epochsOf((await runSample("iris.nn")).events);
    expect(again.map(({ loss, valLoss, metrics }) => [loss, valLoss, metrics])).toEqual(
      epochs.map(({ loss, valLoss, metrics }) => [loss, valLoss, metrics]),
    );
  });

  test("diabetes.nn explains more than 0.4 of the variance", async () => {
    const epochs = epochsOf((await trained("diabetes.nn")).events);
    expect(Math.max(...epochs.map(({ metrics }) => metrics["val_r2"] ?? 0))).toBeGreaterThan(0.4);
  });

  test("digits.nn reads at least 0.95 of the 1,000 test digits", async () => {
    const { plan, trained: network } = await trained("digits.nn");
    if (!network) throw new Error("Nothing was trained.");
    const examples = await loadExamples(plan, files, "float32");
    expect(examples.parts.test.length).toBe(1000);
    const metrics = runningMetrics(
      [{ name: "accuracy", settings: {}, output: null }],
      network.outputs,
      examples.fit.targets.map(({ scalers }) => scalers),
    );
    const measured = await measure(
      { ...network, load: batchLoader(network.network, network.outputs, examples) },
      examples.parts.test,
      metrics,
      async () => false,
    );
    console.log(`digits.nn: ${measured?.metrics["accuracy"]} of 1,000 test digits`);
    expect(measured?.metrics["accuracy"]).toBeGreaterThanOrEqual(0.95);
  });
});
