/** Stepping through a training forward and backward in any way computes exactly the bits that Train Model computes. */
import { describe, expect, test } from "vitest";
import { expectSameWeights, randomWalk, walkPlans } from "../../test/debugWalks.ts";
import { atOnce, builtKernels, noFiles, planOf, seed } from "../../test/fixtures.ts";
import { openStepper } from "./open.ts";
import type { Place } from "./places.ts";
import type { StopRule, Stops } from "./stops.ts";

const NOTHING: Stops = { rules: [], nonFinite: false };
const never = (): boolean => false;

const XOR = planOf(`model Xor {
  input a, b
  hidden: dense 3 tanh
  dense 1 sigmoid
}
data T {
  features a, b
  target t
  0 0 -> 0
  0 1 -> 1
  1 0 -> 1
  1 1 -> 0
}
train Xor on T {
  loss binary_crossentropy
  optimizer adam(learning_rate=0.05)
  batch 3
  epochs 4
}
`);

const atEvery = (isAt: (place: Place) => boolean): StopRule => ({ isAt, isAlways: true, test: () => true });

describe("the places of a training", () => {
  test("go down the layers, to the loss, up again and to the update, and the epoch ends after its last batch", async () => {
    const stepper = await openStepper(XOR, { files: noFiles, precision: "float32" });
    const { timeline } = stepper;
    const ids = XOR.network.layers.map(({ id }) => id);
    const names: string[] = [];
    for (let k = 0; k < 19; k++) {
      const place = timeline.place();
      names.push(place ? [place.phase, ids[place.layer]].filter(Boolean).join(" ") : "end");
      await stepper.next(NOTHING);
    }
    const batch = ["batch", "forward input_1", "forward hidden", "forward dense_1", "loss", "reverse dense_1", "reverse hidden", "update"];
    expect(names).toEqual([...batch, ...batch, "epoch", "batch", "forward input_1"].map((name) => name));
  });

  test("step back visits them in the opposite order, with the same numbers", async () => {
    const stepper = await openStepper(XOR, { files: noFiles, precision: "float64" });
    const { timeline } = stepper;
    const { network } = timeline.learner;
    const seen: [unknown, number[], number | undefined][] = [];
    const look = (): void => {
      seen.push([timeline.now(), [...network.weights], timeline.cursor.batchLoss()]);
    };
    look();
    while ((await stepper.next(NOTHING)).kind === "step") look();
    expect(seen).toHaveLength(4 * 17);
    for (const expected of seen.toReversed()) {
      expect((await stepper.back()).kind).toBe("step");
      expect([timeline.now(), [...network.weights], timeline.cursor.batchLoss()]).toEqual(expected);
    }
    expect((await stepper.back()).kind).toBe("start");
  });
});

describe("stops", () => {
  test("are visited in the opposite order on the way back", async () => {
    const stepper = await openStepper(XOR, { files: noFiles, precision: "float32" });
    const { timeline } = stepper;
    const { network } = timeline.learner;
    const stops: Stops = {
      nonFinite: true,
      rules: [
        atEvery(({ phase, layer }) => phase === "reverse" && layer === 1),
        atEvery(({ phase }) => phase === "epoch"),
        // These depend on the place's results.
        {
          isAt: ({ phase, layer }) => phase === "forward" && layer === 2,
          isAlways: false,
          test: (_place, isDone) => (isDone ? (network.steps[2]?.output.values[0] ?? 0) > 0.5 : "later"),
        },
      ],
    };
    const forward: unknown[] = [];
    while ((await stepper.run(stops, never)).kind === "rule") forward.push(timeline.now());
    expect(forward.filter((at) => (at as { isDone: boolean }).isDone).length).toBeGreaterThan(0);
    expect(forward.length).toBeGreaterThan(12);
    const back: unknown[] = [];
    while ((await stepper.runBack(stops, never)).kind === "rule") back.push(timeline.now());
    expect(back).toEqual(forward.toReversed());
    expect(timeline.now()).toEqual(timeline.first);
  });

  test("Step Out goes to the loss, to the update, to the next batch", async () => {
    const stepper = await openStepper(XOR, { files: noFiles, precision: "float32" });
    const phases: (string | undefined)[] = [];
    for (let k = 0; k < 7; k++) {
      await stepper.out(NOTHING, never);
      phases.push(stepper.timeline.place()?.phase);
    }
    expect(phases).toEqual(["loss", "update", "batch", "loss", "update", "batch", "loss"]);
  });
});

// test/long/debugger.long.test.ts walks 1,000 steps through every sample.
describe(`random walks of 120 steps (seed ${seed})`, () => {
  test.each(walkPlans)("%s", async (_name, plan) => {
    for (const precision of ["float32", "float64"] as const) {
      const stepper = await openStepper(plan, { files: noFiles, precision, kernels: builtKernels() });
      await randomWalk(stepper, 120, seed);
      await expectSameWeights(stepper, plan, { files: noFiles, host: atOnce, precision, kernels: builtKernels() });
    }
  });
});

test("recorded states take at most the given memory, and every place is still reached", async () => {
  const [, plan = XOR] = walkPlans[1] ?? [];
  const memory = 40_000;
  const stepper = await openStepper(plan, { files: noFiles, precision: "float32", memory });
  await randomWalk(stepper, 120, seed);
  expect(stepper.timeline.bytes()).toBeLessThanOrEqual(memory);
  await expectSameWeights(stepper, plan, { files: noFiles, host: atOnce, precision: "float32" });
});

describe("a number that is not finite", () => {
  const plan = planOf(`model M {
  input x1, x2
  a: dense 4 tanh
  b: dense 4 relu
  c: dense 4 relu
  dense 1
}
data D {
  source moons(samples=96, noise=0.1)
}
train M on D {
  loss mse
  optimizer sgd(learning_rate=0.05)
  batch 16
  epochs 50
}
`);

  test("provoked in epoch 37, batch 5, layer 3 is found from the end by one Reverse Continue, and named", async () => {
    for (const kernels of [undefined, builtKernels()]) {
      const stepper = await openStepper(plan, { files: noFiles, precision: "float32", kernels });
      const { timeline } = stepper;
      await stepper.goTo({ epoch: 37, batch: 4, index: 0, isDone: false });
      const kernel = timeline.learner.network.parameters.find(({ layer, planned }) => layer.id === "c" && planned.name === "kernel");
      timeline.change(() => kernel?.values.fill(3e38, 5, 6));
      const end = await stepper.run(NOTHING, never);
      expect(end.kind).toBe("end");
      const found = await stepper.runBack({ rules: [], nonFinite: true }, never);
      expect(found).toEqual({
        kind: "non-finite",
        text: expect.stringMatching(/^The output of c became Infinity in row \d+ of the batch, unit 2\.$/),
      });
      expect(timeline.now()).toEqual({ epoch: 37, batch: 4, index: 4, isDone: true });
      // Continuing from there ends as before. Going back before the change undoes it.
      expect((await stepper.run({ rules: [], nonFinite: true }, never)).kind).toBe("end");
      await stepper.goTo({ epoch: 36, batch: 0, index: 0, isDone: false });
      expect(stepper.takenBack()).toBe(1);
      expect((await stepper.run({ rules: [], nonFinite: true }, never)).kind).toBe("end");
      await expectSameWeights(stepper, plan, { files: noFiles, host: atOnce, precision: "float32", ...(kernels && { kernels }) });
    }
  });

  test("stops Continue and Step Over where it arose, also if a breakpoint behind it is met first", async () => {
    const stepper = await openStepper(plan, { files: noFiles, precision: "float64" });
    const { timeline } = stepper;
    const stops: Stops = { rules: [atEvery(({ phase }) => phase === "update")], nonFinite: true };
    await stepper.goTo({ epoch: 2, batch: 1, index: 0, isDone: false });
    timeline.change(() => timeline.learner.network.parameters[0]?.values.fill(Number.NaN, 0, 1));
    const found = await stepper.run(stops, never);
    expect([found.kind, timeline.now()]).toEqual(["non-finite", { epoch: 2, batch: 1, index: 2, isDone: true }]);
    await stepper.back();
    expect((await stepper.next(stops)).kind).toBe("non-finite");
    // The next stop is the breakpoint, or the end.
    expect((await stepper.run(stops, never)).kind).toBe("end");
  });
});
