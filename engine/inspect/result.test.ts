/** Results computed by hand: the evaluated rows, the mistakes, and statistics in the data's own units. */
import { describe, expect, test } from "vitest";
import { noFiles, planOf } from "../../test/fixtures.ts";
import { CSV_FORMAT } from "../data/csvFormat.ts";
import type { FileReader } from "../host.ts";
import type { TrainingPlan } from "../plan.ts";
import { openInspector } from "./inspector.ts";
import type { OutputResult, ResultView } from "./views.ts";

const planFor = (layer: string, loss: string, data: string, input = "x"): TrainingPlan =>
  planOf(
    `model M {\n  input ${input}\n  dense ${layer}\n}\ndata D {\n  features ${input}\n  target y\n${data}\n}\ntrain M on D {\n  loss ${loss}\n}`,
  );

/** Returns the result with the initial weights, which the file contains. */
const resultOf = async (plan: TrainingPlan, files: FileReader = noFiles): Promise<ResultView> =>
  (await openInspector(plan, files, { precision: "float64" })).result();

type Kind<K extends OutputResult["kind"]> = Extract<OutputResult, { kind: K }>;
function first<K extends OutputResult["kind"]>({ outputs: [output] }: ResultView, kind: K): Kind<K> {
  if (output?.kind !== kind) throw new Error(`The output is evaluated as ${output?.kind}.`);
  return output as Kind<K>;
}
const surfaceOf = ({ surface }: ResultView): NonNullable<ResultView["surface"]> => {
  if (!surface) throw new Error("There is no surface.");
  return surface;
};

describe("the evaluated rows", () => {
  const rows = Array.from({ length: 20 }, (_, k) => `  ${k} -> ${k}`).join("\n");
  test.each([
    ["", "training", 20],
    ["  split test=0.25\n", "test", 5],
    ["  split validation=0.2 test=0.25\n", "validation", 4],
  ])("%j: %s", async (split, part, count) => {
    const { place } = await resultOf(planFor("1 kernel=[[1]] bias=false", "mse", `${split}${rows}`));
    expect(place).toMatchObject({ part, rows: count, of: count });
  });

  test("of a larger part are 10,000, evenly spaced from first to last", async () => {
    const plan = planFor("1 kernel=[[1]] bias=false", "mse", "  1 -> 1\n  2 -> 2");
    const table = `x,y\n${Array.from({ length: 25_000 }, (_, k) => `${k},0`).join("\n")}\n`;
    const source = { kind: "csv", path: "t.csv", ...CSV_FORMAT } as const;
    const result = await resultOf({ ...plan, data: { ...plan.data, source } }, { read: async () => new TextEncoder().encode(table) });
    expect(result.place).toMatchObject({ rows: 10_000, of: 25_000 });
    // Every tenth evaluated row is listed: rows 0, 25, 50 …
    const { predicted } = first(result, "numbers").units[0] ?? {};
    expect(predicted).toHaveLength(1000);
    expect(predicted?.slice(0, 3)).toEqual([0, 25, 50]);
    expect(predicted?.at(-1)).toBe(24_975);
  });
});

describe("the two classes of one unit", () => {
  test.each([
    // An output exactly at the boundary means the first class.
    ["sigmoid", "binary_crossentropy", "0", "1"],
    ["tanh", "hinge", "-1", "1"],
  ])(
    "%s: the class is a side of the boundary, and a mistake's loss is that of the true class's score",
    async (activation, loss, no, yes) => {
      const rows = `  0 -> ${no}\n  0 -> ${yes}\n  1 -> ${yes}\n  1 -> ${no}`;
      const found = first(await resultOf(planFor(`1 ${activation} kernel=[[1]] bias=false`, loss, rows)), "classes");
      expect(found.matrix).toEqual([
        [1, 1],
        [1, 1],
      ]);
      expect([found.right, found.asked]).toEqual([2, 4]);
      // tanh's range from −1 to 1 is mapped to a score from 0 to 1.
      const score = activation === "sigmoid" ? 1 / (1 + Math.exp(-1)) : (Math.tanh(1) + 1) / 2;
      // Row 4 has the first class, and the second is predicted. Row 2 has the second class and the score ½. The classes are named as in the data.
      expect(found.mistakes.map(({ row, truth, predicted }) => [row, truth, predicted])).toEqual([
        [4, no, yes],
        [2, yes, no],
      ]);
      expect(found.mistakes[0]?.loss).toBeCloseTo(-Math.log(1 - score), 12);
      expect(found.mistakes[1]?.loss).toBeCloseTo(Math.log(2), 12);
    },
  );

  test("the matrix has a row per true class and a column per predicted class", async () => {
    const rows = "  1 -> 0\n  2 -> 0\n  3 -> 0\n  -1 -> 1\n  -2 -> 0";
    const found = first(await resultOf(planFor("1 sigmoid kernel=[[1]] bias=false", "binary_crossentropy", rows)), "classes");
    expect(found.matrix).toEqual([
      [1, 3],
      [1, 0],
    ]);
  });
});

test("mistakes are the twelve with the largest loss, the largest first", async () => {
  // The errors of the rows, in order.
  const errors = [3, 1, 15, 7, 0, 9, 2, 14, 4, 13, 6, 12, 5, 11, 8, 10];
  const rows = errors.map((error, k) => `  ${k} -> ${k - error}`).join("\n");
  const { mistakes } = first(await resultOf(planFor("1 kernel=[[1]] bias=false", "mse", rows)), "numbers");
  expect(mistakes.map(({ loss }) => Math.sqrt(loss))).toEqual([15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4]);
  expect(mistakes.map(({ row }) => errors[row - 1])).toEqual([15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4]);
});

test("each column has its own r2, which is NaN if the target is constant", async () => {
  const rows = "  target y1, y2, y3\n  1001 1 -> 1001 3 0.1\n  1002 2 -> 1002 1 0.1\n  1003 3 -> 1003 2 0.1";
  const plan = planOf(
    `model M {\n  input 2\n  dense 3 kernel=[[1, 0, 0], [0, 1, 0]] bias=false\n}\ndata D {\n${rows}\n}\ntrain M on D {\n  loss mse\n}`,
  );
  const { units } = first(await resultOf(plan), "numbers");
  expect(units.map(({ r2 }) => r2)).toEqual([1, -2, Number.NaN]);
});

describe("numbers in the data's own units", () => {
  // x has mean 2 and deviation 1, y mean 20 and deviation 10. The network's output is its scaled input plus ½.
  const rows = "  1 -> 10\n  3 -> 30\n  scale standard\n  scale_target standard";
  const plan = planFor("1 kernel=[[1]] bias=[0.5]", "mse", rows);

  test("truth, predictions, residuals and the rows of mistakes", async () => {
    const { units, mistakes } = first(await resultOf(plan), "numbers");
    // Half a deviation is 5; the residual is truth minus prediction.
    expect(units[0]).toMatchObject({ name: "y", truth: [10, 30], predicted: [15, 35] });
    expect(units[0]?.residuals).toMatchObject({ mean: -5, min: -5, max: -5 });
    // 1 − 2 · 25 / (2 · 100)
    expect(units[0]?.r2).toBeCloseTo(0.75, 12);
    expect(mistakes.map(({ row, truth, predicted, features }) => [row, truth, predicted, features])).toEqual([
      [1, "10", "15", [{ name: "x", value: "1" }]],
      [2, "30", "35", [{ name: "x", value: "3" }]],
    ]);
  });

  test("the curve over one feature: an axis with a margin of 15 %, outputs and points", async () => {
    const { from, to, size, values, points, classes, boundary } = surfaceOf(await resultOf(plan));
    expect([from[0], to[0]]).toEqual([expect.closeTo(1 - 0.3, 12), expect.closeTo(3 + 0.3, 12)]);
    expect(values[0]?.[0]).toBeCloseTo(7 + 5, 9);
    expect(values[0]?.[size - 1]).toBeCloseTo(33 + 5, 9);
    expect(points).toEqual([
      { at: [1], target: 10, part: "training", row: 1 },
      { at: [3], target: 30, part: "training", row: 2 },
    ]);
    expect([classes, boundary]).toEqual([null, null]);
  });
});

describe("the plane of two features", () => {
  test("has a row of values along the first feature for each value of the second", async () => {
    const plan = planFor("1 kernel=[[1], [100]] bias=false", "mse", "  0 0 -> 0\n  10 20 -> 0", "a, b");
    const { from, to, size, values } = surfaceOf(await resultOf(plan));
    expect([from, to]).toEqual([
      [-1.5, -3],
      [11.5, 23],
    ]);
    const at = (column: number, row: number): number | undefined => values[0]?.[row * size + column];
    expect(at(0, 0)).toBeCloseTo(-1.5 - 300, 9);
    expect(at(size - 1, 0)).toBeCloseTo(11.5 - 300, 9);
    expect(at(0, size - 1)).toBeCloseTo(-1.5 + 2300, 9);
  });

  test("of a threshold logic unit has its jumps on the line on which the weighted sum is 0", async () => {
    const unit = "1 heaviside kernel=[[1], [2]] bias=[-0.7]";
    const { from, to, size, values, crossings } = surfaceOf(
      await resultOf(planFor(unit, "perceptron\n  optimizer perceptron", "  0 0 -> 0\n  1 1 -> 1", "a, b")),
    );
    const at = (j: number, k: number): number => (from[j] ?? 0) + (((to[j] ?? 0) - (from[j] ?? 0)) * k) / (size - 1);
    const sums = crossings?.map(({ point, towards, share }) => {
      const [x, y] = [point % size, Math.floor(point / size)];
      return at(0, towards === "right" ? x + share : x) + 2 * at(1, towards === "up" ? y + share : y) - 0.7;
    });
    // The line passes each column and half of the rows.
    expect(sums?.length).toBeGreaterThan(size);
    expect(Math.max(...(sums ?? []).map(Math.abs))).toBeLessThan(1e-5);
    expect(new Set(values[0])).toEqual(new Set([0, 1]));
  });

  test("of a sigmoid has weighted sums that place the boundary on a straight line, even where all scores are nearly 0.5", async () => {
    const plan = planFor("1 sigmoid kernel=[[2e-6], [3e-6]] bias=[-2e-6]", "binary_crossentropy", "  0 0 -> 0\n  1 1 -> 1", "a, b");
    const { from, to, size, sums, values } = surfaceOf((await openInspector(plan, noFiles, { precision: "float32" })).result());
    const at = (j: number, k: number): number => (from[j] ?? 0) + (((to[j] ?? 0) - (from[j] ?? 0)) * k) / (size - 1);
    const points = Array.from({ length: size * size }, (_, k) => 2 * at(0, k % size) + 3 * at(1, Math.floor(k / size)) - 2);
    const error = (sum: number, k: number): number => Math.abs(sum * 1e6 - (points[k] ?? Number.NaN));
    expect(sums).toHaveLength(size * size);
    expect(Math.max(...(sums ?? []).map(error))).toBeLessThan(1e-5);
    // The scores are too coarse for that: z = 4 · (score − 0.5) near 0.
    expect(Math.max(...(values[0] ?? []).map((score, k) => error(4 * (score - 0.5), k)))).toBeGreaterThan(0.05);
  });

  test.each([
    ["1 tanh", "hinge", "-1", 0],
    ["1 sigmoid", "binary_crossentropy", "0", 0.5],
  ])("%s under %s: points have class numbers, and the boundary is the loss's", async (layer, loss, no, wanted) => {
    const { points, boundary, classes } = surfaceOf(await resultOf(planFor(`${layer} kernel=[[1]]`, loss, `  0 -> ${no}\n  1 -> 1`)));
    expect(points.map(({ target }) => target)).toEqual([0, 1]);
    expect(boundary).toBe(wanted);
    expect(classes).toEqual(["0", "1"]);
  });
});

test("a mistake shows the word of a one-hot column", async () => {
  const plan = planOf(
    'model M {\n  input 3\n  dense 1 kernel=[[0], [0], [0]] bias=[0]\n}\ndata D {\n  features a, c\n  target y\n  one_hot c\n  5 "red" -> 1\n  6 "blue" -> 2\n}\ntrain M on D {\n  loss mse\n}',
  );
  const { mistakes } = first(await resultOf(plan), "numbers");
  expect(mistakes.map(({ features }) => features.map(({ name, value }) => `${name}=${value}`))).toEqual([
    ["a=6", "c=blue"],
    ["a=5", "c=red"],
  ]);
});

test("a mistake that is an image has its pixels scaled to the range from 0 to 1", async () => {
  const idx = (shape: readonly number[], values: readonly number[]): Uint8Array =>
    Uint8Array.of(0, 0, 8, shape.length, ...shape.flatMap((size) => [0, 0, 0, size]), ...values);
  const files: FileReader = {
    read: async (path) => (path === "i" ? idx([2, 2, 2], [50, 100, 150, 250, 7, 7, 7, 7]) : idx([2], [1, 1])),
  };
  const plan = planFor(
    "2 softmax kernel=[[0, 0], [0, 0], [0, 0], [0, 0]] bias=[1, 0]",
    "sparse_categorical_crossentropy",
    "  1 2 3 4 -> 0\n  1 2 3 4 -> 1",
    "a, b, c, d",
  );
  const [input, ...layers] = plan.network.layers;
  if (input?.kind !== "input") throw new Error("The first layer is not an input.");
  const network = { ...plan.network, layers: [{ ...input, columns: null }, ...layers] };
  const data = { ...plan.data, source: { kind: "idx", images: "i", labels: "l" }, features: null } as const;
  const { mistakes } = first(await resultOf({ ...plan, network, data }, files), "classes");
  expect(mistakes.map(({ row, image }) => [row, image])).toEqual([
    [1, { width: 2, height: 2, pixels: [0, 0.25, 0.5, 1] }],
    [2, { width: 2, height: 2, pixels: [0, 0, 0, 0] }],
  ]);
});
