/** Every training of every sample, stepped through at random, ends with the weights of Train Model, to the bit. */
import { describe, expect, test } from "vitest";
import { openStepper } from "../../engine/debug/open.ts";
import type { Precision } from "../../engine/network/compile.ts";
import { analysedSample, sampleFiles as files, plansIn, sampleNames } from "../../scripts/samplePlans.ts";
import { expectSameWeights, randomWalk, walkPlans } from "../debugWalks.ts";
import { atOnce, builtKernels, noFiles, seed } from "../fixtures.ts";

const kernels = builtKernels();

/** An epoch of the digits takes as long as a whole training of the other samples, in float64 ten times as long. */
const stepsOf = (name: string, precision: Precision): number => (name === "digits.nn" ? (precision === "float32" ? 60 : 6) : 1000);

describe.each(["float32", "float64"] as const)(`%s (seed ${seed})`, (precision) => {
  test.each(sampleNames)("%s", async (name) => {
    for (const plan of plansIn(await analysedSample(name))) {
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
