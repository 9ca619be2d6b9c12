/** Tests the parts of the loss in each epoch's event: their weighted sum is the loss. */
import { expect, test } from "vitest";
import { atOnce, builtKernels, epochsOf, noFiles, planOf } from "../../test/fixtures.ts";
import type { TrainingEvent } from "../events.ts";
import { train } from "./trainer.ts";

const text = (layer: string, weights: string): string =>
  `model M {\n  x: input a, b\n  first: dense 1 ${layer}\n  second: dense 1 sigmoid from x\n  output first, second\n}\n` +
  "data D {\n  features a, b\n  target p, q\n  split validation=0.25\n  1 2 -> 1 0\n  2 1 -> 3 1\n  0 1 -> 2 0\n  1 0 -> 5 1\n  3 1 -> 4 1\n  1 1 -> 0 0\n  2 2 -> 1 1\n  0 0 -> 2 0\n}\n" +
  `train M on D {\n  loss first=mse, second=binary_crossentropy\n${weights}  optimizer sgd(learning_rate=0.05)\n  batch 3\n  epochs 4\n}\n`;

async function epochs(source: string, kernels = false) {
  const events: TrainingEvent[] = [];
  const given = kernels ? { kernels: builtKernels() } : {};
  await train(planOf(source), {
    host: atOnce,
    files: noFiles,
    precision: kernels ? "float32" : "float64",
    emit: (event) => events.push(event),
    ...given,
  });
  return epochsOf(events);
}

test.each([
  ["plain loops", false, 12],
  ["compiled kernels", true, 5],
])("each output's own loss has no weight, and the weighted sum with the penalty is the loss: %s", async (_name, compiled, digits) => {
  const trained = await epochs(text("l2=0.1", "  loss_weights first=0.5, second=3\n"), compiled);
  expect(trained).toHaveLength(4);
  for (const { loss, valLoss, metrics } of trained) {
    const { first_loss: first = NaN, second_loss: second = NaN, penalty = NaN } = metrics;
    expect(penalty).toBeGreaterThan(0);
    expect(0.5 * first + 3 * second + penalty).toBeCloseTo(loss, digits);
    // The validation loss includes the penalty of the weights after the epoch, so only the outputs' part is compared.
    const outputs = 0.5 * (metrics["val_first_loss"] ?? NaN) + 3 * (metrics["val_second_loss"] ?? NaN);
    expect(outputs).toBeGreaterThan(0);
    expect(outputs).toBeLessThan(valLoss ?? NaN);
    expect(Object.keys(metrics)).not.toContain("val_penalty");
  }
});

test("an output of weight 0 has a loss of its own", async () => {
  const [epoch] = await epochs(text("", "  loss_weights first=0, second=1\n"));
  expect(epoch?.metrics["second_loss"]).toBeCloseTo(epoch?.loss ?? NaN, 12);
  expect(epoch?.metrics["first_loss"]).toBeGreaterThan(0.1);
  expect(epoch?.metrics).not.toHaveProperty("penalty");
});

test("the loss of a single output is not repeated", async () => {
  const [epoch] = await epochs(
    "model M {\n  input 1\n  dense 1\n}\ndata D {\n  1 -> 2\n  2 -> 3\n}\ntrain M on D {\n  loss mse\n  epochs 1\n}\n",
  );
  expect(epoch?.metrics).toEqual({});
});
