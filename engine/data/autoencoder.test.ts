/** `target features`: the target is the matrix of features, as the network reads it. Values are computed by hand. */
import { describe, expect, test } from "vitest";
import { csvFacts } from "../../server/language/resolve/dataFacts.ts";
import { atOnce, planOf } from "../../test/fixtures.ts";
import { planFrom } from "../../test/writtenPlans.ts";
import { gradientsOf } from "../evaluate/gradients.ts";
import type { TrainingEvent } from "../events.ts";
import type { FileReader } from "../host.ts";
import { openInspector } from "../inspect/inspector.ts";
import type { TrainingPlan } from "../plan.ts";
import { train } from "../training/trainer.ts";
import { type Examples, loadExamples } from "./examples.ts";

const files: FileReader = { read: async () => new TextEncoder().encode("a,b,c,y\n1,2,3,0\n2,3,4,1\n3,4,5,1\n4,5,6,0\n") };
const written = (layers: string, data: string, train = "loss mse"): TrainingPlan =>
  planFrom(`model M {\n  ${layers}\n}\ndata D {\n  source csv("d.csv")\n  ${data}\n}\ntrain M on D {\n  ${train}\n}\n`);
const load = (plan: TrainingPlan): Promise<Examples> => loadExamples(plan, files, "float64");
const valuesOf = ({ targets }: Examples): number[][] => targets.map(({ values }) => [...values]);

describe("the target is the features", () => {
  test("scaled as they are", async () => {
    const examples = await load(written("input a, c\n  dense 2", "features a, c\n  target features\n  scale minmax"));
    expect(valuesOf(examples)[0]?.map((value) => value * 3)).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect(examples.fit.targets).toEqual([
      {
        layer: "dense_1",
        columns: ["a", "c"],
        classes: null,
        scalers: [
          { offset: 0, factor: 1 },
          { offset: 0, factor: 1 },
        ],
        zeroAsMinusOne: false,
      },
    ]);
  });

  test("with a number for each word of a one-hot column", async () => {
    const examples = await load(written("input 3\n  dense 3", "features a, y\n  one_hot y\n  target features"));
    expect(valuesOf(examples)).toEqual([[1, 1, 0, 2, 0, 1, 3, 0, 1, 4, 1, 0]]);
    expect(examples.fit.targets[0]?.columns).toEqual(["a", "y = 0", "y = 1"]);
  });

  test("of one output, beside another's column", async () => {
    const layers = "input a, c\n  again: dense 2\n  class: dense 1 sigmoid\n  output again, class";
    const plan = written(layers, "target class=y again=features", "loss again=mse class=binary_crossentropy");
    expect(plan.training.outputs.map(({ target }) => target)).toEqual(["features", [0, 1]]);
    expect(valuesOf(await load(plan))).toEqual([
      [1, 3, 2, 4, 3, 5, 4, 6],
      [0, 1, 1, 0],
    ]);
  });

  test("fitted by an earlier training, whatever the present rows are", async () => {
    const plan = written("input a, c\n  dense 2", "features a, c\n  target features\n  scale minmax");
    const { fit } = await load(plan);
    const others: FileReader = { read: async () => new TextEncoder().encode("a,b,c,y\n7,0,9,0\n") };
    expect(valuesOf(await loadExamples(plan, others, "float64", { fit }))).toEqual([[2, 2]]);
  });
});

// The units output 0, so the loss is the mean of 0, 1/9, 4/9 and 1, and the mean absolute error is the mean of 0, 1/3, 2/3 and 1.
const ZERO = "input a, c\n  dense 2 kernel=[[0, 0], [0, 0]]";
const SCALED = "features a, c\n  target features\n  scale minmax";

test("the loss compares the output with the scaled features", async () => {
  const { loss } = await gradientsOf(written(ZERO, SCALED), files);
  expect(loss).toBeCloseTo(7 / 18, 12);
});

test("metrics are in the units of the scaled features", async () => {
  const plan = written(ZERO, SCALED, "loss mse\n  metrics mae\n  epochs 1\n  optimizer sgd(learning_rate=0.00001)\n  batch all");
  const events: TrainingEvent[] = [];
  await train(plan, { host: atOnce, files, emit: (event) => events.push(event), precision: "float64" });
  const epoch = events.find((event) => event.kind === "epoch");
  expect(epoch?.metrics["mae"]).toBeCloseTo(0.5, 4);
});

describe("the result", () => {
  test("has the numbers that the network reads, named after the features", async () => {
    const { outputs } = (await openInspector(written(ZERO, SCALED), files, { precision: "float64" })).result();
    if (outputs[0]?.kind !== "numbers") throw new Error(`The output is evaluated as ${outputs[0]?.kind}.`);
    expect(outputs[0].units.map(({ name, predicted }) => [name, predicted])).toEqual([
      ["a", [0, 0, 0, 0]],
      ["c", [0, 0, 0, 0]],
    ]);
    expect(outputs[0].units[0]?.truth.map((value) => value * 3)).toEqual([0, 1, 2, 3]);
  });

  test("lists the first 12 of many units, and ranks rows by all of them", async () => {
    const names = Array.from({ length: 14 }, (_, k) => `f${k}`);
    const rows = [names.map((_, k) => (k === 13 ? 9 : 0)), names.map((_, k) => (k === 0 ? 1 : 0))];
    const table: FileReader = { read: async () => new TextEncoder().encode([names, ...rows].map((row) => row.join()).join("\n")) };
    const plan = planOf(
      'model M {\n  input 14\n  dense 14 init=zeros\n}\ndata D {\n  source csv("d.csv")\n  target features\n}\ntrain M on D {\n  loss mse\n}\n',
      {
        csv: (path, format) => csvFacts(new TextEncoder().encode([names, ...rows].map((row) => row.join()).join("\n")), format, path),
        idx: () => undefined,
      },
    );
    const { outputs } = (await openInspector(plan, table, { precision: "float64" })).result();
    if (outputs[0]?.kind !== "numbers") throw new Error(`The output is evaluated as ${outputs[0]?.kind}.`);
    expect([outputs[0].width, outputs[0].units.length]).toEqual([14, 12]);
    expect(outputs[0].mistakes.map(({ row, loss }) => [row, loss])).toEqual([
      [1, 81 / 14],
      [2, 1 / 14],
    ]);
  });
});

test("images are learned flattened, and labels play no part", async () => {
  const bytes = (type: readonly number[], ...values: readonly number[]): Uint8Array => new Uint8Array([0, 0, 8, ...type, ...values]);
  const images = bytes([3, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 2], ...Array.from({ length: 16 }, (_, k) => 17 * k));
  const labels = bytes([1, 0, 0, 0, 4], 0, 1, 0, 1);
  const plan = planFrom(
    'model M {\n  input 2x2\n  flatten\n  dense 4 sigmoid\n}\ndata D {\n  source idx("i", "labels")\n  scale minmax\n  target features\n}\ntrain M on D {\n  loss binary_crossentropy\n}\n',
  );
  const examples = await loadExamples(plan, { read: async (path) => (path === "i" ? images : labels) }, "float64");
  expect([...(examples.targets[0]?.values ?? [])].map((value) => Math.round(value * 15))).toEqual(Array.from({ length: 16 }, (_, k) => k));
});
