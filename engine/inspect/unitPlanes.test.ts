/** Compares the units' planes with values computed by hand. */
import { expect, test } from "vitest";
import { noFiles, planOf } from "../../test/fixtures.ts";
import { openInspector } from "./inspector.ts";

const fileOf = (model: string, rows: string): string =>
  `model M {\n${model}}\ndata D {\n  features a, b\n  target y\n${rows}}\ntrain M on D {\n  loss mse\n  batch 3\n}\n`;

test("each unit has its output over the plane of two features, with a margin of 15 % around the data", async () => {
  const model = "  input a, b\n  hidden: dense 2 kernel=[[1, 0], [0, 2]] bias=[0, 1]\n  dense 1\n";
  const inspector = await openInspector(planOf(fileOf(model, "  0 0 -> 0\n  10 20 -> 1\n  5 5 -> 1\n")), noFiles, { precision: "float64" });
  const planes = inspector.unitPlanes();
  if (!planes) throw new Error("There are no planes.");
  const { size, layers } = planes;
  expect(planes.epoch).toBe(0);
  expect(layers.map(({ layer, units }) => [layer, units.length / size ** 2])).toEqual([
    ["input_1", 2],
    ["hidden", 2],
    ["dense_1", 1],
  ]);
  const at = (layer: number, unit: number, x: number, y: number): number =>
    layers[layer]?.units[unit * size ** 2 + y * size + x] ?? Number.NaN;
  // a ranges from −1.5 to 11.5, b from −3 to 23.
  expect([at(0, 0, 0, 0), at(0, 0, size - 1, 0), at(0, 1, 0, 0), at(0, 1, 0, size - 1)]).toEqual([-1.5, 11.5, -3, 23]);
  expect([at(1, 0, size - 1, 3), at(1, 1, 5, 0), at(1, 1, 5, size - 1)]).toEqual([11.5, -5, 47]);
});

test("there are none for another number of features, or for words", async () => {
  const words = fileOf("  input 3\n  dense 1\n", '  0 "red" -> 0\n  1 "blue" -> 1\n  one_hot b\n');
  const one = "model M {\n  input 1\n  dense 1\n}\ndata D {\n  0 -> 0\n  1 -> 1\n}\ntrain M on D {\n  loss mse\n}\n";
  for (const text of [words, one]) expect((await openInspector(planOf(text), noFiles, { precision: "float64" })).unitPlanes()).toBeNull();
});
