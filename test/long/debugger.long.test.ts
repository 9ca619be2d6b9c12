/** Every training of every sample, stepped through at random, ends with the weights of Train Model, to the bit. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { unpack } from "../../client/node/unpack.ts";
import { openStepper } from "../../engine/debug/open.ts";
import type { FileReader } from "../../engine/host.ts";
import type { Precision } from "../../engine/network/compile.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { inProject } from "../../scripts/project.ts";
import { dataReader } from "../../server/dataFiles.ts";
import { nodeFiles } from "../../server/nodeFiles.ts";
import { expectSameWeights, randomWalk, walkPlans } from "../debugWalks.ts";
import { atOnce, builtKernels, noFiles, seed } from "../fixtures.ts";

const folder = inProject("samples");
const root = pathToFileURL(folder).href;
const files: FileReader = { unpack, read: async (path) => new Uint8Array(readFileSync(join(folder, path))) };
const kernels = builtKernels();

async function plansOf(name: string): Promise<TrainingPlan[]> {
  const text = readFileSync(join(folder, name), "utf8");
  const { plans } = await dataReader(nodeFiles).analyse(text, { uri: `${root}/${name}`, roots: [root] });
  return plans.flatMap((planned) => (planned ? [planned.plan] : []));
}

/** An epoch of the digits takes as long as a whole training of the other samples, in float64 ten times as long. */
const stepsOf = (name: string, precision: Precision): number => (name === "digits.nn" ? (precision === "float32" ? 60 : 6) : 1000);

const samples = readdirSync(folder).filter((name) => name.endsWith(".nn"));

describe.each(["float32", "float64"] as const)(`%s (seed ${seed})`, (precision) => {
  test.each(samples)("%s", async (name) => {
    const plans = await plansOf(name);
    for (const plan of plans) {
      const stepper = await openStepper(plan, { files, precision, kernels });
      await randomWalk(stepper, stepsOf(name, precision), seed);
      expect(stepper.timeline.bytes()).toBeLessThanOrEqual(256e6);
      await expectSameWeights(stepper, plan, { files, host: atOnce, precision, kernels });
    }
  });

  test.each(walkPlans)("%s", async (_name, plan) => {
    const stepper = await openStepper(plan, { files: noFiles, precision, kernels });
    await randomWalk(stepper, 1000, seed);
    await expectSameWeights(stepper, plan, { files: noFiles, host: atOnce, precision, kernels });
  });
});
