/** The memory of a training equals the sum by hand. */
import { expect, test } from "vitest";
import { planOf } from "../../test/fixtures.ts";
import { memoryPlan } from "./memory.ts";

const plan = (train: string) =>
  planOf(`model M {\n  input 3\n  dense 4 relu\n  dense 2\n}\ndata D {\n  1 2 3 -> 4 5\n}\ntrain M on D {\n  loss mse\n  ${train}\n}`);

// 3 · 4 + 4 + 4 · 2 + 2 = 26 parameters: the weights, their gradients, those of the last good epoch and of before the last step.
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
  // Input and linear output have a value and a signal each, relu's layer has sums besides: 3 · 2 + 4 · 4 + 2 · 2.
  expect(batch).toBe((6 + 16 + 4) * 5 * 4);
  expect(data).toBe(10 * (3 + 2) * 4);
  expect(total).toBe(weights + batch + data);
});
