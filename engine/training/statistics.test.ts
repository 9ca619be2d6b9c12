/** Compares the statistics of each layer in an epoch's event with values computed by hand. */
import { describe, expect, test } from "vitest";
import { atOnce, epochsOf, noFiles, planOf } from "../../test/fixtures.ts";
import type { LayerStatistics, TrainingEvent } from "../events.ts";
import { train } from "./trainer.ts";

async function epochs(model: string, rows: string, training: string): Promise<readonly (readonly LayerStatistics[])[]> {
  const events: TrainingEvent[] = [];
  const plan = planOf(`model M {\n  input 1\n  ${model}\n}\ndata D {\n${rows}\n}\ntrain M on D {\n  loss mse\n  ${training}\n}`);
  await train(plan, { host: atOnce, files: noFiles, precision: "float64", emit: (event) => events.push(event) });
  return epochsOf(events).map(({ layers }) => layers);
}

const barely = "optimizer sgd(learning_rate=1e-30)\n  shuffle false\n  epochs 2";

describe("gradients", () => {
  test("the norm is the mean over the batches, mean and spread are over all their gradients, and each epoch starts from zero", async () => {
    // With y = 2x + 0, ∂/∂w is 2 · 2x · x, which is 4 and 16 for the two batches, and ∂/∂b is 2 · 2x, which is 4 and 8.
    const wanted = {
      // √(4² + 4²) and √(16² + 8²)
      norm: expect.closeTo((Math.sqrt(32) + Math.sqrt(320)) / 2, 12),
      // The gradients 4 4 16 8 have mean 8 and squared distances 16 16 64 0.
      mean: expect.closeTo(8, 12),
      spread: expect.closeTo(Math.sqrt(96 / 4), 12),
      max: 16,
      zeros: 0,
    };
    const both = await epochs("dense 1 kernel=[[2]] bias=[0]", "  1 -> 0\n  2 -> 0", `batch 1\n  ${barely}`);
    expect(both.map(([layer]) => layer?.gradient)).toEqual([wanted, wanted]);
  });

  test("the maximum is that of the absolute gradients, and zeros are counted as a share", async () => {
    // The unit that is 0 has no gradient, so two of four gradients are 0. The other unit's gradients are −12 and −6.
    const [layers] = await epochs(
      "dense 2 relu kernel=[[1, -1]] bias=[0, 0]\n  dense 1 kernel=[[1], [1]]",
      "  2 -> 5",
      `batch all\n  ${barely}`,
    );
    expect(layers?.[0]?.gradient).toMatchObject({ max: 12, zeros: 0.5 });
  });
});

test("the update's size is relative to the weights before the epoch's last step", async () => {
  // With y = w · x, x = 1 and the learning rate ⅛, each step subtracts ⅛ · 2w = ¼ w.
  const [layers] = await epochs(
    "dense 1 kernel=[[2]] bias=false",
    "  1 -> 0\n  1 -> 0\n  1 -> 0",
    "batch 1\n  optimizer sgd(learning_rate=0.125)\n  epochs 1",
  );
  expect(layers?.[0]).toMatchObject({ updateRatio: 0.25, weightNorm: 2 * 0.75 ** 3 });
});

describe("dead units are counted", () => {
  const counted = async (model: string): Promise<readonly (readonly [string, number | null, number | null])[]> => {
    const [layers] = await epochs(model, "  -1 -> 0\n  -2 -> 0", `batch 1\n  ${barely}`);
    return (layers ?? []).map(({ layer, deadUnits, units }) => [layer, deadUnits, units]);
  };
  test.each([
    ["under relu on the layer's own line", "a: dense 2 relu kernel=[[1, -1]] bias=false\n  b: dense 1", ["a", 1, 2]],
    ["under relu6 on the layer's own line", "a: dense 2 relu6 kernel=[[1, -1]] bias=false\n  b: dense 1", ["a", 1, 2]],
    ["under relu6 on the next line", "a: dense 2 kernel=[[1, -1]] bias=false\n  relu6\n  b: dense 1", ["a", 1, 2]],
    ["under relu on the next line", "a: dense 2 kernel=[[1, -1]] bias=false\n  relu\n  b: dense 1", ["a", 1, 2]],
    ["not under another activation", "a: dense 2 tanh kernel=[[1, -1]] bias=false\n  b: dense 1", ["a", null, null]],
    [
      "not if another layer also uses the sum",
      "a: dense 2 kernel=[[1, -1]] bias=false\n  r: relu\n  c: concat from a, r\n  b: dense 1",
      ["a", null, null],
    ],
    ["not in an output layer", "a: dense 1\n  b: dense 1 relu", ["a", null, null]],
  ])("%s", async (_where, model, wanted) => {
    const [a, b] = await counted(model);
    expect(a).toEqual(wanted);
    expect(b).toEqual(["b", null, null]);
  });
});
