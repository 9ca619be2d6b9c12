/** A panel shows a debugged training's own numbers, and showing them does not change the training. */
import { describe, expect, test } from "vitest";
import { expectSameWeights } from "../../test/debugWalks.ts";
import { atOnce, noFiles, planOf } from "../../test/fixtures.ts";
import type { WalkStage } from "../inspect/views.ts";
import { type FollowedStep, followed } from "./followed.ts";
import { openStepper } from "./open.ts";
import { tensorsOf } from "./tensors.ts";

const NOTHING = { rules: [], nonFinite: false } as const;

const PLAN = planOf(`model M {
  input x1, x2
  hidden: dense 5 tanh
  thinned: dropout 0.4
  last: dense 1 sigmoid
}
data D {
  source moons(samples=20, noise=0.1)
}
train M on D {
  loss binary_crossentropy
  optimizer adam(learning_rate=0.05)
  batch 6
  epochs 2
}
`);

/** Returns the values of a stage's matrix, row by row. */
const valuesOf = ({ matrices }: WalkStage, name: RegExp): number[] => matrices.find((one) => name.test(one.name))?.values.flat() ?? [];

describe("One Step of a debugged training", () => {
  test("ends where the training is, with its numbers, in every place of every batch", async () => {
    const stepper = await openStepper(PLAN, { files: noFiles, precision: "float64" });
    const { timeline } = stepper;
    const { network } = timeline.learner;
    const { step } = followed(timeline);
    const seen: string[] = [];
    let compared = 0;
    for (;;) {
      const place = timeline.place();
      const shown: FollowedStep = await step();
      const current = shown.stages[shown.current];
      if (timeline.now().epoch === 1 && timeline.now().batch === 0)
        seen.push(`${place?.phase} ${network.steps[place?.layer ?? -1]?.layer.id ?? ""}: ${current?.title ?? "nothing"}`);
      // The next stage has no results yet, and the stages before it have the training's results.
      for (const { pass, layer, matrices, words } of shown.stages) {
        const own = layer === null ? undefined : network.stepOf.get(layer);
        const isNext = words === "This comes next.";
        if (isNext) expect(matrices.every(({ workings }) => workings === null)).toBe(true);
        if (!own || isNext || (pass !== "forward" && pass !== "backward")) continue;
        const wanted = pass === "forward" ? `${layer}.output` : `${layer}.kernel.grad`;
        const tensor = tensorsOf(timeline, own).find(({ name }) => name === wanted);
        const values = valuesOf({ matrices } as WalkStage, pass === "forward" ? /^a\b/ : /^∂L\/∂W$/);
        if (!tensor?.values || values.length === 0) continue;
        expect(values).toHaveLength(tensor.values.length);
        for (const [k, value] of values.entries()) expect(value).toBeCloseTo(tensor.values[k] ?? Number.NaN, 12);
        compared++;
      }
      if ((await stepper.next(NOTHING)).kind === "end") break;
    }
    expect(seen).toEqual([
      "batch : nothing",
      "forward input_1: A mini-batch",
      "forward hidden: Forward through hidden",
      "forward thinned: Forward through thinned",
      "forward last: Forward through last",
      "loss : The loss",
      "reverse last: Back through last",
      "reverse thinned: Back through thinned",
      "reverse hidden: Back through hidden",
      "update : The update of hidden's kernel",
    ]);
    expect(compared).toBeGreaterThan(100);
    await expectSameWeights(stepper, PLAN, { files: noFiles, host: atOnce, precision: "float64" });
  });
});

test("Network has the outputs and gradients that this mini-batch has computed", async () => {
  const stepper = await openStepper(PLAN, { files: noFiles, precision: "float32" });
  const { network } = followed(stepper.timeline);
  const known = (): [string[], string[]] => {
    const { snapshot } = network();
    const withGradient = snapshot.parameters.filter(({ gradient }) => gradient).map(({ layer, name }) => `${layer} ${name}`);
    return [snapshot.outputs.map(({ layer }) => layer), withGradient];
  };
  expect(known()).toEqual([[], []]);
  for (let k = 0; k < 3; k++) await stepper.next(NOTHING);
  expect([...known(), network().layer, network().isBackward]).toEqual([["input_1", "hidden"], [], "thinned", false]);
  for (let k = 0; k < 4; k++) await stepper.next(NOTHING);
  expect([...known(), network().layer, network().isBackward]).toEqual([
    ["input_1", "hidden", "thinned", "last"],
    ["last kernel", "last bias"],
    "thinned",
    true,
  ]);
});
