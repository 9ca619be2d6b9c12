/**
 * Every directive reaches the plan. The test walks the catalog: a directive that takes a word, a number, a boolean or named numbers
 * must be in the plan under its own name. Any other directive needs a line below.
 */
import { describe, expect, test } from "vitest";
import type { DirectiveForm } from "../../../engine/catalog/directives.ts";
import { directives, names } from "../../../engine/catalog/index.ts";
import type { TrainingPlan } from "../../../engine/plan.ts";
import { camelCase, plan, type WrittenFile } from "../../../test/writtenPlans.ts";
import { analyse } from "../analysis.ts";

describe("directives", () => {
  /** Looks up a directive under its name in the plan: `scale_target` is `scaleTarget`. */
  const placeIn = (part: object, name: string): unknown => (part as Readonly<Record<string, unknown>>)[camelCase(name)];
  // Each part of a split gets a row.
  const table = `features p, q\n  target t${"\n  1 2 -> 0\n  3 4 -> 1".repeat(4)}`;
  const inData = (line: string): TrainingPlan => plan({ data: `${line}\n  ${table}` });
  const inTrain = (line: string): TrainingPlan => plan({ train: `loss mse\n  ${line}` });

  /** Lines whose values are not plain, with the expected part of the plan. The test below fails for a directive without a line. */
  const DATA: Readonly<Record<string, readonly [string, WrittenFile, unknown]>> = {
    source: ["source", { data: "source xor(samples=50)" }, expect.objectContaining({ kind: "generator" })],
    features: ["features", { data: table.replace("p, q", "q, p") }, ["q", "p"]],
    ignore: ["features", { input: "i: input 1", data: "ignore x1\n  1 2 -> 0\n  3 4 -> 1" }, ["x2"]],
    validation: [
      "ownSources",
      { data: "source moons()\n  validation moons(samples=50, seed=7)" },
      {
        validation: {
          kind: "generator",
          use: { name: "moons", settings: { samples: 50, noise: 0.1, seed: 7 } },
          columns: ["x1", "x2", "y"],
        },
        test: null,
      },
    ],
    test: [
      "ownSources",
      { data: 'source csv("d.csv")\n  test csv("t.csv", delimiter=";")\n  features a, b\n  target c' },
      {
        validation: null,
        test: { kind: "csv", path: "t.csv", header: true, delimiter: ";", decimal: ".", thousands: null, comment: null },
      },
    ],
    split: [
      "split",
      { data: 'source csv("d.csv")\n  split train=0.5 validation=0.25 test=0.25 shuffle=false by=c\n  features a, b\n  target y' },
      { train: 0.5, validation: 0.25, test: 0.25, shuffle: false, by: "c" },
    ],
    target: ["target", { data: table.replace("target t", "target goal") }, ["goal"]],
    classes: [
      "classes",
      {
        layers: "dense 2 softmax",
        data: 'classes yes, no\n  1 2 -> "yes"\n  3 4 -> "no"',
        train: "loss sparse_categorical_crossentropy",
      },
      ["yes", "no"],
    ],
    class_weight: [
      "classWeight",
      {
        layers: "dense 1 sigmoid",
        data: 'class_weight "yes"=8 no=1\n  1 2 -> yes\n  3 4 -> no',
        train: "loss binary_crossentropy",
      },
      [
        { name: "yes", weight: 8 },
        { name: "no", weight: 1 },
      ],
    ],
    sample_weight: ["sampleWeight", { input: "i: input 1", data: "features p, q\n  sample_weight q\n  1 2 -> 0\n  3 4 -> 1" }, "q"],
    one_hot: [
      "oneHot",
      { input: "i: input 3", data: 'features p, c\n  target t\n  one_hot c\n  1 "red" -> 0\n  2 "blue" -> 1' },
      [{ column: "c", words: ["blue", "red"] }],
    ],
  };
  const TRAIN: Readonly<Record<string, readonly [string, WrittenFile, unknown]>> = {
    loss: ["outputs", { train: "loss mae" }, [expect.objectContaining({ loss: { name: "mae", settings: {} } })]],
    optimizer: ["optimizer", { train: "loss mse\n  optimizer sgd" }, expect.objectContaining({ name: "sgd" })],
    metrics: [
      "metrics",
      { train: "loss mse\n  metrics mae, r2" },
      [
        { name: "mae", settings: {}, output: null },
        { name: "r2", settings: {}, output: null },
      ],
    ],
    stop: ["stop", { train: "loss mse\n  stop early_stopping(monitor=loss)" }, expect.objectContaining({ monitor: "loss" })],
    start: ["start", { train: 'loss mse\n  start weights("w.safetensors")' }, "w.safetensors"],
    loss_weights: [
      "outputs",
      {
        layers: "x: dense 1 from i\n  y: dense 1 from i\n  output x, y",
        data: "1 2 -> 0 1\n  3 4 -> 1 0",
        train: "loss x=mse y=mae\n  loss_weights x=0.875 y=0.125",
      },
      [
        { layer: "x", loss: { name: "mse", settings: {} }, weight: 0.875, target: [0, 1] },
        { layer: "y", loss: { name: "mae", settings: {} }, weight: 0.125, target: [1, 2] },
      ],
    ],
  };

  test.each([
    ...names(directives.data).map((name) => ["data", name, directives.data[name].takes, inData, DATA] as const),
    // A plan describes a single training, so `seeds` is outside it.
    ...names(directives.train)
      .filter((name) => name !== "seeds")
      .map((name) => ["train", name, directives.train[name].takes, inTrain, TRAIN] as const),
  ])("%s: %s", (block, name, takes: DirectiveForm, within_, special) => {
    const part = (made: TrainingPlan): object => (block === "data" ? made.data : made.training);
    const written = (line: string): unknown => placeIn(part(within_(line)), name);
    switch (takes.form) {
      case "choice":
        for (const option of takes.options) expect(written(`${name} ${option}`)).toBe(option);
        break;
      case "boolean":
        for (const value of [true, false]) expect(written(`${name} ${value}`)).toBe(value);
        break;
      case "number":
        for (const value of [7, 11]) expect(written(`${name} ${value}`)).toBe(value);
        for (const word of takes.words ?? []) expect(written(`${name} ${word}`)).toBeNull();
        break;
      case "fractions": {
        const values = Object.fromEntries(takes.names.map((one, k) => [one, [0.5, 0.25, 0.125][k]]));
        expect(written(`${name} ${takes.names.map((one) => `${one}=${values[one]}`).join(" ")}`)).toEqual(values);
        break;
      }
      default: {
        const own = special[name];
        if (!own) throw new Error(`\`${name}\` has no line in this test; add one.`);
        expect(placeIn(part(plan(own[1])), own[0])).toEqual(own[2]);
      }
    }
  });

  test("seeds says how many trainings of the plan to run, and changes nothing in the plan", () => {
    const planned = (line: string) =>
      analyse(`model M {\n  input 2\n  dense 1\n}\ndata D {\n  1 2 -> 0\n}\ntrain M on D {\n  loss mse\n  ${line}\n}\n`).plans[0];
    expect(planned("seeds 7")?.seeds).toBe(7);
    expect(planned("")?.seeds).toBe(1);
    expect(planned("seeds 7")?.plan).toEqual(planned("")?.plan);
  });

  test("a line that is left out has its default", () => {
    const { data, training } = plan({ data: table });
    expect(data).toMatchObject({
      classes: null,
      oneHot: [],
      scale: "none",
      scaleTarget: "none",
      missing: "error",
      classWeight: null,
      sampleWeight: null,
      split: { train: 1, validation: 0, test: 0 },
    });
    expect(training).toMatchObject({
      run: "M",
      metrics: [],
      batch: 32,
      epochs: 10,
      seed: 42,
      shuffle: true,
      reproducible: false,
      clip: { norm: null, value: null },
      stop: null,
      start: null,
    });
    // Rosenblatt's rule updates after every row.
    expect(plan({ layers: "tlu 1", train: "optimizer perceptron" }).training.batch).toBe(1);
  });

  test("one part of a split, or one way to clip, leaves the others at their defaults", () => {
    expect(inData("split validation=0.25").data.split).toMatchObject({ train: 0.75, validation: 0.25, test: 0 });
    expect(inData("split test=0.25").data.split).toMatchObject({ train: 0.75, validation: 0, test: 0.25 });
    expect(inTrain("clip norm=2").training.clip).toEqual({ norm: 2, value: null });
    expect(inTrain("clip value=2").training.clip).toEqual({ norm: null, value: 2 });
  });

  test("expect: tolerance", () => {
    const toleranceOf = (line: string): unknown =>
      analyse(`model M {\n  input 2\n  dense 1\n}\nexpect M {\n  ${line}\n  1 2 -> 3\n}\n`).expects[0]?.tolerance;
    expect(names(directives.expect)).toEqual(["tolerance"]);
    expect(toleranceOf("tolerance 0.375")).toBe(0.375);
    expect(toleranceOf("")).toBe(1e-6);
  });
});
