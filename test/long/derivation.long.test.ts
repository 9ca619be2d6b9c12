/** The written derivation of every weight of xor.nn, and of weights of each layer of wide-and-deep.nn, has the gradient in its own numbers. */
import { expect, test } from "vitest";
import { sampleFiles, samplePlan } from "../../scripts/samplePlans.ts";
import { expectDerived } from "../derivedGradients.ts";

test("every weight of xor.nn, for the batch and for each row", async () => {
  const plan = await samplePlan("xor.nn");
  const weights = plan.network.layers.flatMap(({ id, parameters }) =>
    parameters.flatMap(({ name, shape: [height = 0, width] }) =>
      Array.from({ length: height * (width ?? 1) }, (_, at) =>
        width === undefined ? `${id}.${name}[${at}]` : `${id}.${name}[${Math.floor(at / width)}, ${at % width}]`,
      ),
    ),
  );
  expect(weights).toHaveLength(17);
  for (const weight of weights)
    for (const rows of [undefined, [1], [2], [3], [4], [2, 3]])
      for (const format of ["markdown", "latex"] as const)
        expect(await expectDerived(plan, sampleFiles, { weight, rows, format })).toBeGreaterThan(5);
});

test.each([
  "dense_1[0, 3]",
  "dense_1[7, 29]",
  "dense_1.bias[7]",
  "hidden[4, 11]",
  "hidden.bias[0]",
  "main[2, 0]",
  "main[20, 0]",
  "auxiliary[5, 0]",
  "main.bias[0]",
])("%s of wide-and-deep.nn, for the batch and for a row", async (weight) => {
  const plan = await samplePlan("wide-and-deep.nn");
  for (const rows of [undefined, [17]])
    expect(await expectDerived(plan, sampleFiles, { weight, rows, format: "markdown" })).toBeGreaterThan(50);
});
