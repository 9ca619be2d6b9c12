/** Answers for single rows, compared with values computed by hand: written rows, rows of the data, images, and each layer's output. */
import { describe, expect, test } from "vitest";
import { NO_FILES } from "../../server/language/resolve/dataFacts.ts";
import { noFiles, planOf } from "../../test/fixtures.ts";
import { type Inspector, openInspector } from "./inspector.ts";

const inspectorOf = async (text: string, files = noFiles): Promise<Inspector> =>
  await openInspector(planOf(text), files, { precision: "float64" });

describe("a row of numbers and words", () => {
  // x has mean 2 and deviation 1, y mean 20 and deviation 10.
  const scaled =
    "model M {\n  input x\n  hidden: dense 2 relu kernel=[[1, -1]] bias=[0, 1]\n  dense 1 kernel=[[1], [1]] bias=false\n}\ndata D {\n  features x\n  target y\n  1 -> 10\n  3 -> 30\n  scale standard\n  scale_target standard\n}\ntrain M on D {\n  loss mse\n}\n";

  test("is scaled as in the training; the answer is in the target's own units", async () => {
    const inspector = await inspectorOf(scaled);
    // (5 − 2) / 1 = 3; hidden is relu(3), relu(−3 + 1); 3 · 10 + 20 = 50.
    const row = inspector.answerTo({ by: "cells", cells: ["5"] });
    expect(row.layers.map(({ layer, values }) => [layer, values])).toEqual([
      ["input_1", [3]],
      ["hidden", [3, 0]],
      ["dense_1", [3]],
    ]);
    expect(row.outputs).toEqual([{ kind: "numbers", layer: "dense_1", width: 1, values: [{ name: "y", value: 50, truth: null }] }]);
    expect(row).toMatchObject({ epoch: 0, known: null, cells: ["5"], pixels: null });
  });

  test("of the data has its cells, its part and its target", async () => {
    const inspector = await inspectorOf(scaled);
    const row = inspector.answerTo({ by: "number", row: 1 });
    expect(row).toMatchObject({ known: { row: 1, part: "training" }, cells: ["1"] });
    // (1 − 2) / 1 = −1; hidden is 0, 2; 2 · 10 + 20 = 40.
    expect(row.outputs[0]).toMatchObject({ values: [{ value: 40, truth: 10 }] });
    expect(() => inspector.answerTo({ by: "number", row: 3 })).toThrow("The data have 2 rows, so there is no row 3.");
  });

  test("has its form: the columns with their ranges in the data, and the words of a column of words", async () => {
    const text =
      'model M {\n  input c, a\n  dense 1 sigmoid kernel=[[1], [2], [3]] bias=false\n}\ndata D {\n  features a, c\n  target y\n  one_hot c\n  missing mean\n  -2 "red" -> no\n  4 "blue" -> yes\n}\ntrain M on D {\n  loss binary_crossentropy\n}\n';
    const inspector = await inspectorOf(text);
    expect(inspector.result().form).toEqual({
      rows: 2,
      cells: [
        { kind: "number", name: "a", from: -2, to: 4, canBeEmpty: true },
        { kind: "words", name: "c", words: ["blue", "red"] },
      ],
      image: null,
    });
    // The input's order is c, a: z = 2 (red) + 3 · 0.5.
    const row = inspector.answerTo({ by: "cells", cells: ["0.5", "red"] });
    const score = 1 / (1 + Math.exp(-3.5));
    expect(row.outputs[0]).toMatchObject({ classes: ["no", "yes"], chosen: "yes", areProbabilities: true, truth: null });
    expect(row.outputs[0]).toMatchObject({ scores: [expect.closeTo(1 - score, 12), expect.closeTo(score, 12)] });
    // An empty cell has the mean, 1.
    expect(inspector.answerTo({ by: "cells", cells: ["", "blue"] }).layers[0]?.values).toEqual([1, 0, 1]);
    expect(inspector.answerTo({ by: "number", row: 2 })).toMatchObject({ cells: ["4", "blue"], outputs: [{ truth: "yes" }] });
  });

  test.each([
    [["1"], "A row has 2 cells, but there are 1."],
    [["x", "red"], 'a must be a number, but it is "x".'],
    [["1", "green"], '"green" is not one of the words of c'],
    [["", "red"], "The value of a is missing"],
    [["1e999", "red"], "A number of the row is too large for the network."],
  ])("%j is refused with the reason", async (cells, message) => {
    const text =
      'model M {\n  input 3\n  dense 1\n}\ndata D {\n  features a, c\n  target y\n  one_hot c\n  1 "red" -> 0\n  2 "blue" -> 1\n}\ntrain M on D {\n  loss mse\n}\n';
    const inspector = await inspectorOf(text);
    expect(() => inspector.answerTo({ by: "cells", cells })).toThrow(message);
  });
});

test("an image that is drawn has the same answer as the same image of the data", async () => {
  const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 50, 100, 255, 255, 0, 0, 0);
  const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 1, 0);
  const files = { read: async (path: string) => (path === "i.idx" ? images : labels) };
  const plan = planOf(
    'model M {\n  input 2x2\n  flatten\n  dense 2 softmax\n}\ndata D {\n  source idx("i.idx", "l.idx")\n  scale minmax\n}\ntrain M on D {\n  loss sparse_categorical_crossentropy\n}\n',
    {
      ...NO_FILES,
      idx: (path) => ({ facts: path === "i.idx" ? { shape: [2, 2, 2], largest: undefined } : { shape: [2], largest: 1 } }),
    },
  );
  const inspector = await openInspector(plan, files, { precision: "float64" });
  expect(inspector.result().form).toEqual({ rows: 2, cells: [], image: { width: 2, height: 2, from: 0, to: 255 } });
  const known = inspector.answerTo({ by: "number", row: 1 });
  expect(known).toMatchObject({ pixels: [0, 50, 100, 255], outputs: [{ truth: "1", areProbabilities: true }] });
  const drawn = inspector.answerTo({ by: "pixels", pixels: known.pixels ?? [] });
  expect(drawn.layers).toEqual(known.layers);
  expect(drawn.layers[0]?.values[3]).toBe(1);
});
