/** Step Into steps through a layer's formulas, and a number appears once its formula is computed. */
import { describe, expect, test } from "vitest";
import { noFiles, planOf } from "../../test/fixtures.ts";
import type { TrainingPlan } from "../plan.ts";
import { formulasOf } from "./formulas.ts";
import { openStepper } from "./open.ts";
import type { Stepper } from "./stepper.ts";
import { tensorsOf } from "./tensors.ts";

const planFor = (layers: string, loss = "mse"): TrainingPlan =>
  planOf(
    `model M {\n  input a, b\n${layers}}\ndata D {\n  features a, b\n  target t\n  0.5 -1 -> 1\n  1 0.25 -> 0\n  -0.75 2 -> 1\n}\ntrain M on D {\n  loss ${loss}\n  batch 2\n  epochs 3\n}\n`,
  );
const NOTHING = { rules: [], nonFinite: true } as const;

/** Returns a summary of the stop: the place, the next formula, and the layer's computed tensors. */
function lookAt({ timeline }: Stepper): string {
  const place = timeline.place();
  const { part } = timeline.now();
  const step = place && timeline.learner.network.steps[place.layer];
  if (!place || !step) return place?.phase ?? "end";
  const formula = part === undefined ? "" : `, next ${formulasOf(timeline.learner, place)[part]?.text}`;
  const known = tensorsOf(timeline, step).flatMap(({ name, values, isFixed }) =>
    values && isFixed !== undefined ? [name.slice(step.layer.id.length + 1)] : [],
  );
  return `${step.layer.id} ${place.phase}${formula}: ${known.join(" ")}`;
}

describe("the formulas", () => {
  test("of a step through two dense layers, forward and back, and the same stops on the way back", async () => {
    const stepper = await openStepper(planFor("  hidden: dense 3 tanh\n  out: dense 1 sigmoid\n", "binary_crossentropy"), {
      files: noFiles,
      precision: "float64",
    });
    const stops = [lookAt(stepper)];
    while (stepper.timeline.place()?.phase !== "update") {
      await stepper.into(NOTHING);
      stops.push(lookAt(stepper));
    }
    expect(stops).toEqual([
      "batch",
      "input_1 forward: ",
      "hidden forward: ",
      "hidden forward, next a = tanh(z): z",
      "out forward: input",
      "out forward, next a = sigmoid(z): input z",
      "loss",
      "out reverse: input z output z.grad",
      "out reverse, next ∂L/∂b = Σ ∂L/∂z: input z output z.grad kernel.grad",
      "out reverse, next ∂L/∂x = ∂L/∂z · Wᵀ: input z output z.grad kernel.grad bias.grad",
      "hidden reverse: z output output.grad",
      "hidden reverse, next ∂L/∂W = xᵀ · ∂L/∂z: z output output.grad z.grad",
      "hidden reverse, next ∂L/∂b = Σ ∂L/∂z: z output output.grad z.grad kernel.grad",
      "update",
    ]);
    const back = [lookAt(stepper)];
    for (let k = 1; k < stops.length; k++) {
      // Stepping back from a place visits places, so the test enters the formulas from the previous place.
      await stepper.back();
      back.push(lookAt(stepper));
      if (lookAt(stepper) === "batch") break;
    }
    expect(back).toEqual(stops.filter((stop) => !stop.includes(", next")).toReversed());
  });

  test("are left by Step Over, and gone back by Step Back one by one", async () => {
    const stepper = await openStepper(planFor("  hidden: dense 3 tanh\n  out: dense 1\n"), { files: noFiles, precision: "float64" });
    const { timeline } = stepper;
    await stepper.goTo({ epoch: 1, batch: 1, index: 5, isDone: false });
    expect(lookAt(stepper)).toBe("out reverse: input output output.grad");
    await stepper.into(NOTHING);
    await stepper.into(NOTHING);
    expect(timeline.now()).toMatchObject({ index: 5, isDone: false, part: 2 });
    await stepper.back();
    expect(timeline.now()).toMatchObject({ index: 5, part: 1 });
    await stepper.back();
    expect(timeline.now()).toEqual({ epoch: 1, batch: 1, index: 5, isDone: false });
    await stepper.into(NOTHING);
    await stepper.next(NOTHING);
    expect(timeline.now()).toEqual({ epoch: 1, batch: 1, index: 6, isDone: false });
    await stepper.goTo({ epoch: 1, batch: 1, index: 6, isDone: false, part: 1 });
    expect(lookAt(stepper)).toBe("hidden reverse, next ∂L/∂W = xᵀ · ∂L/∂z: z output output.grad z.grad");
    await stepper.out(NOTHING, () => false);
    expect(timeline.place()?.phase).toBe("update");
  });

  test.each([
    ["a layer without an activation computes one formula forward", "  out: dense 1\n", "out", "forward", []],
    ["the first layer has nothing before it", "  out: dense 1\n", "out", "reverse", ["∂L/∂W = xᵀ · ∂L/∂a", "∂L/∂b = Σ ∂L/∂a"]],
    [
      "a normalization",
      "  hidden: dense 2\n  norm: layer_norm\n  dense 1\n",
      "norm",
      "reverse",
      ["∂L/∂gamma", "∂L/∂beta", expect.stringMatching(/^∂L\/∂x = \(g − mean/)],
    ],
    ["a frozen kernel", "  hidden: dense 2\n  out: dense 1 freeze=true\n", "out", "reverse", ["∂L/∂x = ∂L/∂a · Wᵀ"]],
  ])("%s", async (_name, layers, layer, phase, wanted) => {
    const { timeline } = await openStepper(planFor(layers), { files: noFiles, precision: "float64" });
    const place = timeline.cursor.layout
      .placesOf(0)
      .find((one) => one.phase === phase && timeline.learner.network.steps[one.layer]?.layer.id === layer);
    expect(place && formulasOf(timeline.learner, place).map(({ text }) => text)).toEqual(wanted);
  });
});

test("a NaN stops Step Into at the whole layer, and a breakpoint of the layer is met again only where it comes next", async () => {
  const stepper = await openStepper(planFor("  hidden: dense 3 tanh\n  out: dense 1\n"), { files: noFiles, precision: "float64" });
  const { timeline } = stepper;
  await stepper.goTo({ epoch: 1, batch: 0, index: 2, isDone: false });
  timeline.change(() => timeline.learner.network.parameters[0]?.values.fill(Number.NaN, 0, 1));
  expect((await stepper.into(NOTHING)).kind).toBe("non-finite");
  expect(timeline.now()).toMatchObject({ index: 2, isDone: true });
  await stepper.goTo({ epoch: 1, batch: 0, index: 1, isDone: false });
  expect(stepper.takenBack()).toBe(1);
  await stepper.next(NOTHING);
  await stepper.into(NOTHING);
  const rule = { isAt: ({ layer }: { layer: number }) => layer === 1, isAlways: true, test: () => true } as const;
  await stepper.run({ rules: [rule], nonFinite: true }, () => false);
  expect([timeline.now().index, timeline.place()?.phase]).toEqual([6, "reverse"]);
  await stepper.into(NOTHING);
  await stepper.runBack({ rules: [rule], nonFinite: true }, () => false);
  expect(timeline.now()).toMatchObject({ index: 6, isDone: false });
});
