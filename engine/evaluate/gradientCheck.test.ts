/** Tests which weights a gradient check covers. network/gradients.test.ts tests the gradients. */
import { describe, expect, test } from "vitest";
import { noFiles, planOf } from "../../test/fixtures.ts";
import { checkGradients } from "./gradientCheck.ts";

const INPUTS = 400;
/** 400 · 100 + 100 and 100 · 2 + 2 weights. */
const large = planOf(
  `model M {\n  input ${INPUTS}\n  a: dense 100 tanh\n  b: dense 2\n}\ndata D {\n${[1, 2, 3].map((k) => `  ${Array.from({ length: INPUTS }, (_, j) => ((j * k) % 7) / 7).join(" ")} -> ${k} 1`).join("\n")}\n}\ntrain M on D {\n  loss mse\n}`,
);
const small = planOf(
  "model M {\n  input 2\n  dense 3 tanh\n  dense 1\n}\ndata D {\n  1 2 -> 3\n  2 1 -> 1\n}\ntrain M on D {\n  loss mse\n}",
);

describe("a gradient check", () => {
  test("of a small model covers every weight", async () => {
    expect(await checkGradients(small, noFiles)).toMatchObject({ weights: 13, checked: 13 });
  });

  test("of a large model covers a sample with weights of every parameter, and reports its progress", async () => {
    const reported: (readonly [number, number])[] = [];
    const result = await checkGradients(large, noFiles, {
      sample: 200,
      halt: async (...progress) => {
        reported.push(progress);
        return false;
      },
    });
    const { weights, checked, maxRelativeError, layers } = result ?? { checked: 0 };
    expect(weights).toBe(40_302);
    expect(checked).toBeGreaterThan(100);
    expect(checked).toBeLessThan(40_302);
    expect(maxRelativeError).toBeLessThan(1e-6);
    expect(layers).toEqual({
      a: { kernel: expect.any(Number), bias: expect.any(Number) },
      b: { kernel: expect.any(Number), bias: expect.any(Number) },
    });
    expect(reported).toEqual(Array.from({ length: checked }, (_, done) => [done, checked]));
  });

  test("draws the same sample again", async () => {
    const first = await checkGradients(large, noFiles, { sample: 50 });
    expect(await checkGradients(large, noFiles, { sample: 50 })).toEqual(first);
  });

  test("of `sample` weights covers at least some of each parameter, and never more than there are", async () => {
    // The proportional numbers are 99, 0.2, 0.5 and 0.005, but each parameter has at least ten if it has that many.
    expect((await checkGradients(large, noFiles, { sample: 100 }))?.checked).toBe(99 + 10 + 10 + 2);
    expect((await checkGradients(small, noFiles, { sample: 100 }))?.checked).toBe(13);
    expect((await checkGradients(small, noFiles, { sample: Number.POSITIVE_INFINITY }))?.checked).toBe(13);
  });

  test("takes work that hardly grows with the model", async () => {
    const wide = planOf(
      `model M {\n  input 784\n  dense 512 relu\n  dense 10\n}\ndata D {\n${`  ${"0.5 ".repeat(784)}-> ${"1 ".repeat(10)}\n`.repeat(32)}}\ntrain M on D {\n  loss mse\n}`,
    );
    let asked = 0;
    const halt = async (_done: number, of: number): Promise<boolean> => {
      asked = of;
      return true;
    };
    expect(await checkGradients(wide, noFiles, { halt })).toBeUndefined();
    // A pass over 32 rows multiplies 32 · 406,528 times, some 13 million.
    expect(asked).toBeLessThan(200);
    expect(asked).toBeGreaterThanOrEqual(30);
  });
});
