/** Tests that columns are loaded into their inputs, and targets into their outputs. */
import { describe, expect, test } from "vitest";
import { noFiles, planOf } from "../../test/fixtures.ts";
import { loadExamples } from "../data/examples.ts";
import { modelFor } from "./learner.ts";

/** Loads rows and returns readers of the layers' outputs and the losses' targets. */
async function loaded(model: string, loss: string, rows: readonly number[], capacity = 8) {
  const plan = planOf(
    `model M {\n${model}\n}\ndata D {\n  features a, b, c, d\n  target s, t\n  11 12 13 14 -> 15 16\n  21 22 23 24 -> 25 26\n  31 32 33 34 -> 35 36\n}\ntrain M on D {\n  loss ${loss}\n}`,
  );
  const examples = await loadExamples(plan, noFiles, "float64");
  const { network, outputs, load } = modelFor(plan, examples, { precision: "float64", capacity });
  load(Uint32Array.from(rows), 0, rows.length);
  const input = (id: string): number[] => {
    const output = network.stepOf.get(id)?.output;
    return [...(output?.values.subarray(0, rows.length * output.width) ?? [])];
  };
  const target = (k: number): number[] => [...(outputs[k]?.targets.subarray(0, rows.length * (outputs[k]?.targetWidth ?? 0)) ?? [])];
  return { input, target, rows: network.batch.rows };
}

const one = (columns: string): string => `  x: input ${columns}\n  dense 2`;

describe("an input's columns", () => {
  test.each([
    ["a, b, c, d", [11, 12, 13, 14, 31, 32, 33, 34]],
    ["a, c", [11, 13, 31, 33]],
    ["c, a", [13, 11, 33, 31]],
    ["a, b, d", [11, 12, 14, 31, 32, 34]],
    ["d, a, b", [14, 11, 12, 34, 31, 32]],
  ])("%s are loaded for the first and the third row", async (columns, wanted) => {
    const { input, rows } = await loaded(one(columns), "mse", [0, 2]);
    expect(input("x")).toEqual(wanted);
    expect(rows).toBe(2);
  });

  test("each input has its own columns", async () => {
    const model = "  x: input b, d\n  y: input c\n  concat from x, y\n  dense 2";
    const { input } = await loaded(model, "mse", [1]);
    expect([input("x"), input("y")]).toEqual([[22, 24], [23]]);
  });
});

test("each output has its own targets, in the order of the `output` line", async () => {
  const model = "  x: input a\n  p: dense 1 from x\n  q: dense 1 from x\n  output p, q";
  const { target } = await loaded(model, "p=mse q=mae", [2, 0]);
  expect([target(0), target(1)]).toEqual([
    [35, 15],
    [36, 16],
  ]);
});
