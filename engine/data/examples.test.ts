/** Tests the encoding of rows as numbers: each target in the form required by its loss, scales and means fitted only on the training part. */
import { describe, expect, test } from "vitest";
import { planOf } from "../../test/fixtures.ts";
import type { FileReader } from "../host.ts";
import type { SourcePlan, TrainingPlan } from "../plan.ts";
import { CSV_FORMAT } from "./csvFormat.ts";
import { type Examples, loadExamples } from "./examples.ts";

const noFile: FileReader = { read: () => Promise.reject(new Error("There is no file.")) };

const planFor = (layer: string, loss: string, rows: string, lines = "", input = "1"): TrainingPlan =>
  planOf(`model M {\n  input ${input}\n  dense ${layer}\n}\ndata D {\n${lines}${rows}\n}\ntrain M on D {\n  loss ${loss}\n}`);
const load = (plan: TrainingPlan, files = noFile): Promise<Examples> => loadExamples(plan, files, "float64");
const targets = ({ targets: [own] }: Examples): number[] => [...(own?.values ?? [])];

/** Returns the plan with other rows than the checker read, as if a file had changed in between. */
const withRows = (plan: TrainingPlan, rows: (number | string)[][]): TrainingPlan => ({
  ...plan,
  data: { ...plan.data, source: { ...(plan.data.source as Extract<SourcePlan, { kind: "table" }>), rows } },
});

describe("a split is stratified where the target is classes", () => {
  // 10 of 100 rows are of the rare class, and therefore 2 of the 20 validation rows.
  const rowsOf = (common: string, rare: string): string =>
    Array.from({ length: 100 }, (_, k) => `  ${k} -> ${k % 10 === 3 ? rare : common}`).join("\n");
  const rareIn = async (layer: string, loss: string, rows: string): Promise<number[]> =>
    await Promise.all(
      [1, 2, 3, 4, 5].map(async (own) => {
        const plan = planFor(layer, loss, rows, "  split validation=0.2\n");
        const { parts } = await load({ ...plan, training: { ...plan.training, seed: own } });
        return parts.validation.filter((row) => row % 10 === 3).length;
      }),
    );

  test.each([
    ["names", "1 sigmoid", "binary_crossentropy", '"no"', '"yes"'],
    ["class numbers", "2 softmax", "sparse_categorical_crossentropy", "0", "1"],
    ["0 and 1", "1 sigmoid", "binary_crossentropy", "0", "1"],
    ["-1 and 1", "1 tanh", "hinge", "-1", "1"],
    ["0 and 1 for -1 and 1", "1 tanh", "hinge", "0", "1"],
    ["one column a class", "2 softmax", "categorical_crossentropy", "1 0", "0 1"],
  ])("%s", async (_what, layer, loss, common, rare) => {
    expect(await rareIn(layer, loss, rowsOf(common, rare))).toEqual([2, 2, 2, 2, 2]);
  });

  test.each([
    ["numbers", "1", "mse", "0", "1"],
    ["shares between 0 and 1", "1 sigmoid", "binary_crossentropy", "0.1", "0.9"],
    ["several questions", "2 sigmoid", "binary_crossentropy", "0 0", "1 1"],
  ])("but not for %s", async (_what, layer, loss, common, rare) => {
    expect(new Set(await rareIn(layer, loss, rowsOf(common, rare))).size).toBeGreaterThan(1);
  });
});

describe("targets of classes", () => {
  const words = '  1 -> "no"\n  2 -> "yes"\n  3 -> "no"';
  test.each([
    ["1 sigmoid", "binary_crossentropy", [0, 1, 0]],
    ["2 softmax", "sparse_categorical_crossentropy", [0, 1, 0]],
    ["2 softmax", "categorical_crossentropy", [1, 0, 0, 1, 1, 0]],
    // Hinge targets are −1 and 1.
    ["1 tanh", "hinge", [-1, 1, -1]],
    ["2 tanh", "hinge", [1, -1, -1, 1, 1, -1]],
  ])("%s under %s", async (layer, loss, wanted) => {
    expect(targets(await load(planFor(layer, loss, words)))).toEqual(wanted);
  });

  test("hinge reads 0 and 1 as −1 and 1 only if every target is 0 or 1", async () => {
    expect(targets(await load(planFor("1 tanh", "hinge", "  1 -> 0\n  2 -> 1")))).toEqual([-1, 1]);
    expect(targets(await load(planFor("1 tanh", "hinge", "  1 -> -1\n  2 -> 1")))).toEqual([-1, 1]);
    const mixed = withRows(planFor("1 tanh", "hinge", "  1 -> -1\n  2 -> 1"), [
      [1, -1],
      [2, 0],
      [3, 1],
    ]);
    expect(targets(await load(mixed))).toEqual([-1, 0, 1]);
  });

  test.each([
    [2, /2 is not a class number from 0 to 1; the output has 2 units/],
    [-1, /-1 is not a class number/],
    [0.5, /0\.5 is not a class number/],
  ])("the class number %d is rejected where there are two classes", async (number, message) => {
    const plan = withRows(planFor("2 softmax", "sparse_categorical_crossentropy", "  1 -> 0\n  2 -> 1"), [
      [1, 0],
      [2, number],
    ]);
    await expect(load(plan)).rejects.toThrow(message);
  });

  test("a word that is not a class is rejected", async () => {
    const plan = planFor("2 softmax", "sparse_categorical_crossentropy", words, "  classes yes, no\n");
    expect(targets(await load(plan))).toEqual([1, 0, 1]);
    await expect(load(withRows(plan, [[1, "maybe"]]))).rejects.toThrow(/"maybe" is not one of the classes yes, no/);
  });
});

describe("scales and means", () => {
  const rows = Array.from({ length: 12 }, (_, k) => `  ${k * k} -> ${k * k * k}`).join("\n");
  const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

  test("the target's scale is fitted on the training part", async () => {
    const {
      parts,
      targets: [own],
      fit,
    } = await load(planFor("1", "mse", rows, "  scale_target standard\n  split validation=0.5\n"));
    const [scaler] = fit.targets[0]?.scalers ?? [];
    const cubes = [...parts.train].map((row) => row ** 3);
    const deviation = Math.sqrt(meanOf(cubes.map((t) => (t - meanOf(cubes)) ** 2)));
    expect(parts.train).toHaveLength(6);
    expect(scaler?.offset).toBeCloseTo(meanOf(cubes), 9);
    expect(scaler?.factor).toBeCloseTo(deviation, 9);
    own?.values.forEach((value, row) => {
      expect(value).toBeCloseTo((row ** 3 - meanOf(cubes)) / deviation, 9);
    });
  });

  test("a target of classes is not scaled", async () => {
    const plan = planFor("1 sigmoid", "binary_crossentropy", "  1 -> 0\n  2 -> 1\n  3 -> 1");
    const scaled: TrainingPlan = { ...plan, data: { ...plan.data, scaleTarget: "standard" } };
    expect(targets(await load(scaled))).toEqual([0, 1, 1]);
  });

  test("the mean that fills gaps is fitted on the training part", async () => {
    const table = "a,y\n".concat(Array.from({ length: 12 }, (_, k) => `${k === 5 || k === 8 ? "" : k * k},${k}\n`).join(""));
    const plan = planFor("1", "mse", "  1 -> 0\n  2 -> 1", "  missing mean\n  split validation=0.5\n");
    const fromFile: TrainingPlan = {
      ...plan,
      data: { ...plan.data, source: { kind: "csv", path: "t.csv", ...CSV_FORMAT }, features: ["a"], target: ["y"] },
    };
    const { features, parts, fit } = await load(fromFile, { read: async () => new TextEncoder().encode(table) });
    const known = [...parts.train].filter((row) => row !== 5 && row !== 8).map((row) => row * row);
    expect(fit.features[0]?.fill).toBeCloseTo(meanOf(known), 9);
    expect(features[5]).toBeCloseTo(meanOf(known), 9);
    expect(features[8]).toBeCloseTo(meanOf(known), 9);
    expect(features[4]).toBe(16);
  });
});

describe("gaps that a mean can't fill", () => {
  const fromFile = (table: string, missing: "mean" | "drop"): Promise<Examples> => {
    const plan = planFor("1", "mse", "  1 -> 0\n  2 -> 1");
    return load(
      {
        ...plan,
        data: {
          ...plan.data,
          missing,
          source: { kind: "csv", path: "t.csv", ...CSV_FORMAT },
          features: ["a"],
          target: ["y"],
        },
      },
      { read: async () => new TextEncoder().encode(table) },
    );
  };
  test("a missing target is an error under `missing mean`, and its row is left out under `missing drop`", async () => {
    await expect(fromFile("a,y\n1,2\n3,\n", "mean")).rejects.toThrow(
      /t\.csv, row 3, column y: the target is missing, and a mean can't replace it/,
    );
    expect(targets(await fromFile("a,y\n1,2\n3,\n5,6\n", "drop"))).toEqual([2, 6]);
  });

  test("a column without values and a table without complete rows are errors", async () => {
    await expect(fromFile("a,y\n,2\n,3\n", "mean")).rejects.toThrow(/Column a has no value/);
    await expect(fromFile("a,y\n,2\n,3\n", "drop")).rejects.toThrow(/Each of the 2 rows has a missing value/);
  });
});

describe("images", () => {
  const idx = (shape: readonly number[], values: readonly number[]): Uint8Array =>
    Uint8Array.of(0, 0, 8, shape.length, ...shape.flatMap((size) => [0, 0, 0, size]), ...values);
  const images = idx([4, 1, 2], [10, 20, 30, 40, 20, 60, 50, 50]);
  const plan = planFor("2 softmax", "sparse_categorical_crossentropy", "  1 2 -> 0\n  3 4 -> 1", "", "2");
  const of = (scale: "standard" | "minmax" | "none", labels: readonly number[]): Promise<Examples> =>
    load(
      { ...plan, data: { ...plan.data, scale, source: { kind: "idx", images: "i", labels: "l" }, features: null } },
      { read: async (path) => (path === "i" ? images : idx([labels.length], labels)) },
    );

  test("share one scale for all pixels, and their labels are the classes", async () => {
    const minmax = await of("minmax", [1, 0, 1, 0]);
    expect([...minmax.features]).toEqual([0, 10, 20, 30, 10, 50, 40, 40].map((byte) => byte / 50));
    expect(targets(minmax)).toEqual([1, 0, 1, 0]);
    expect(minmax.imageShape).toEqual([1, 2]);
    // Mean 280 / 8 = 35; squared distances 625 225 25 25 225 625 225 225 = 2200.
    const standard = await of("standard", [1, 0, 1, 0]);
    expect(standard.features[0]).toBeCloseTo((10 - 35) / Math.sqrt(2200 / 8), 12);
    expect([...(await of("none", [1, 0, 1, 0])).features]).toEqual([10, 20, 30, 40, 20, 60, 50, 50]);
  });

  test("are rejected if a label is not a class, or if there are more or fewer labels than images", async () => {
    await expect(of("none", [0, 1, 2, 0])).rejects.toThrow(/l, label 3: 2 is not a class number/);
    await expect(of("none", [0, 1])).rejects.toThrow(/i holds 4 images, but l holds 2 labels/);
  });
});
