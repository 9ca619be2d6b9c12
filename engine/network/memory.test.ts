/** Compares the memory of a training with the sum computed by hand. */
import { expect, test } from "vitest";
import { planOf } from "../../test/fixtures.ts";
import { memoryPlan } from "./memory.ts";

const plan = (train: string) =>
  planOf(`model M {\n  input 3\n  dense 4 relu\n  dense 2\n}\ndata D {\n  1 2 3 -> 4 5\n}\ntrain M on D {\n  loss mse\n  ${train}\n}`);

// 3 · 4 + 4 + 4 · 2 + 2 = 26 parameters. At least four copies: weights, gradients, and the weights of the last good epoch and step.
test.each([
  ["optimizer sgd", 4 + 1],
  ["optimizer adagrad", 4 + 1],
  ["optimizer nadam", 4 + 2],
  ["optimizer adam", 4 + 3],
  ["optimizer sgd\n  stop early_stopping(monitor=loss)", 4 + 1 + 1],
  ["optimizer sgd\n  stop early_stopping(monitor=loss, restore_best=false)", 4 + 1],
])("%s: %i copies of the weights", (train, copies) => {
  expect(memoryPlan(plan(train), "float32", 10, 5).weights).toBe(26 * copies * 4);
  expect(memoryPlan(plan(train), "float64", 10, 5).weights).toBe(26 * copies * 8);
});

test("outputs and signals are counted for the rows computed at once, features and targets for all rows", () => {
  const { weights, batch, data, total } = memoryPlan(plan("optimizer sgd"), "float32", 10, 5);
  // The input and the linear output have values and signals; the relu layer has them twice, for z and a: 3 · 2 + 4 · 4 + 2 · 2 numbers.
  expect(batch).toBe((6 + 16 + 4) * 5 * 4);
  expect(data).toBe(10 * (3 + 2) * 4);
  expect(total).toBe(weights + batch + data);
});
