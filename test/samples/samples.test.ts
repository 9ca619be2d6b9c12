/** Every sample is checked and trained, and reaches what its comment promises. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { loadExamples } from "../../engine/data/examples.ts";
import type { TrainingEvent } from "../../engine/events.ts";
import type { FileReader } from "../../engine/host.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { batchLoader } from "../../engine/training/batches.ts";
import { runningMetrics } from "../../engine/training/metrics.ts";
import { measure, train } from "../../engine/training/trainer.ts";
import { inProject } from "../../scripts/project.ts";
import { dataReader } from "../../server/dataFiles.ts";
import { nodeFiles } from "../../server/nodeFiles.ts";
import { atOnce, epochsOf } from "../fixtures.ts";

const folder = inProject("samples");
const root = pathToFileURL(folder).href;
const files: FileReader = { read: async (path) => new Uint8Array(readFileSync(join(folder, path))) };

async function planOfSample(name: string): Promise<TrainingPlan> {
  const { issues, plans } = await dataReader(nodeFiles).analyse(readFileSync(join(folder, name), "utf8"), {
    uri: `${root}/${name}`,
    roots: [root],
  });
  expect(issues).toEqual([]);
  if (!plans[0]) throw new Error(`${name} has no plan.`);
  return plans[0].plan;
}

const runs: Record<string, ReturnType<typeof runSample>> = {};
async function runSample(
  name: string,
): Promise<{ plan: TrainingPlan; events: TrainingEvent[]; trained: Awaited<ReturnType<typeof train>> }> {
  const plan = await planOfSample(name);
  const events: TrainingEvent[] = [];
  const trained = await train(plan, { host: atOnce, files, emit: (event) => events.push(event) });
  return { plan, events, trained };
}
const trained = (name: string): ReturnType<typeof runSample> => (runs[name] ??= runSample(name));

describe("samples", () => {
  test.each(readdirSync(folder).filter((name) => name.endsWith(".nn")))(
    "%s has no finding and trains to its end",
    { timeout: 400_000 },
    async (name) => {
      expect((await trained(name)).events.at(-1)).toMatchObject({ kind: "finished" });
    },
  );

  test("xor.nn learns all four rows", async () => {
    expect(epochsOf((await trained("xor.nn")).events).at(-1)?.metrics).toEqual({ accuracy: 1 });
  });

  test("iris.nn reaches 0.93 validation accuracy, with the same numbers on every run", async () => {
    const epochs = epochsOf((await trained("iris.nn")).events);
    expect(epochs.at(-1)?.metrics["val_accuracy"]).toBeGreaterThanOrEqual(0.93);
    const again = epochsOf((await runSample("iris.nn")).events);
    expect(again.map(({ loss, valLoss, metrics }) => [loss, valLoss, metrics])).toEqual(
      epochs.map(({ loss, valLoss, metrics }) => [loss, valLoss, metrics]),
    );
  });

  test("diabetes.nn explains a good part of the variance", async () => {
    const epochs = epochsOf((await trained("diabetes.nn")).events);
    expect(Math.max(...epochs.map(({ metrics }) => metrics["val_r2"] ?? 0))).toBeGreaterThan(0.4);
  });

  test("digits.nn reads at least 0.95 of the 2,000 test digits", { timeout: 400_000 }, async () => {
    const { plan, trained: network } = await trained("digits.nn");
    if (!network) throw new Error("Nothing was trained.");
    const test_: TrainingPlan = {
      ...plan,
      data: {
        ...plan.data,
        source: { kind: "idx", images: "mnist-test-images-idx3-ubyte.gz", labels: "mnist-test-labels-idx1-ubyte.gz" },
        split: { train: 1, validation: 0, test: 0 },
      },
    };
    const examples = await loadExamples(test_, files, "float32");
    expect(examples.rows).toBe(2000);
    const metrics = runningMetrics(
      ["accuracy"],
      network.outputs,
      examples.targets.map(({ scalers }) => scalers),
    );
    const measured = await measure(
      network,
      batchLoader(network.network, network.outputs, examples),
      examples.parts.train,
      metrics,
      async () => false,
    );
    console.log(`digits.nn: ${measured?.metrics["accuracy"]} of 2,000 test digits`);
    expect(measured?.metrics["accuracy"]).toBeGreaterThanOrEqual(0.95);
  });
});
