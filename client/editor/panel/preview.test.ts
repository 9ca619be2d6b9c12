/** The settings that the panel shows before a training. */
import { expect, test } from "vitest";
import { samplePlan } from "../../../scripts/samplePlans.ts";
import { previewOf } from "./preview.ts";

type Plan = Awaited<ReturnType<typeof samplePlan>>;

const targetOf = (plan: Plan): string | undefined =>
  previewOf([{ run: "M", model: "M", planned: { plan }, problem: null } as never])[0]?.settings.find(({ name }) => name === "Target")
    ?.value;

test("the target is named: columns, the file of the labels, or the features of an autoencoder", async () => {
  expect(targetOf(await samplePlan("iris.nn"))).toBe("species");
  expect(targetOf(await samplePlan("bike-rides.nn"))).toBe("rides, crowded");
  const digits = await samplePlan("digits.nn");
  expect(targetOf(digits)).toBe("mnist-train-labels-idx1-ubyte.gz");
  const outputs = digits.training.outputs.map((output) => ({ ...output, target: "features" as const }));
  expect(targetOf({ ...digits, training: { ...digits.training, outputs } })).toBe("the features");
});
