/** Tests Gaussian noise: its size, when it is drawn, and that the seed determines it. */
import { describe, expect, test } from "vitest";
import { atOnce, builtKernels, noFiles, planOf, seed } from "../../test/fixtures.ts";
import type { Numbers } from "../kernels/kernels.ts";
import { randomFrom } from "../random.ts";
import type { Checkpoint } from "../training/checkpoint.ts";
import { train } from "../training/trainer.ts";
import { compile } from "./compile.ts";
import { forwardPass, type Mode } from "./network.ts";

const STDDEV = 0.25;
const ROWS = 4000;
const plan = planOf(
  `model M {\n  input 2\n  gaussian_noise ${STDDEV}\n  dense 3 tanh\n  gaussian_noise 0.5\n  dense 1\n}\ndata D {\n  1 2 -> 0\n  2 1 -> 1\n  0 3 -> 1\n}\ntrain M on D {\n  loss mse\n  batch 2\n  epochs 6\n}`,
);

/** Returns the layer's output for an input of zeros. */
function noise(mode: Mode, draw: number): number[] {
  const network = compile(plan.network, { precision: "float64", capacity: ROWS });
  network.batch.random = randomFrom(seed, "dropout", draw);
  forwardPass(network, mode);
  return [...(network.stepOf.get("gaussian_noise_1")?.output.values ?? [])];
}

async function weightsAfter(epochs: number, options: object = {}): Promise<{ weights: Numbers; checkpoint: Checkpoint | undefined }> {
  let checkpoint: Checkpoint | undefined;
  const result = await train(
    { ...plan, training: { ...plan.training, epochs } },
    {
      host: atOnce,
      files: noFiles,
      emit: () => undefined,
      saveCheckpoint: async (saved) => {
        checkpoint = saved;
      },
      ...options,
    },
  );
  return { weights: result?.network.weights ?? new Float32Array(), checkpoint };
}

describe(`gaussian_noise (seed ${seed})`, () => {
  test("has mean 0 and the deviation `stddev`, in training alone", () => {
    const drawn = noise("train", 1);
    const mean = drawn.reduce((sum, x) => sum + x, 0) / drawn.length;
    const deviation = Math.sqrt(drawn.reduce((sum, x) => sum + (x - mean) ** 2, 0) / drawn.length);
    // Five standard errors of the mean and of the deviation of 8,000 numbers.
    expect(Math.abs(mean)).toBeLessThan((5 * STDDEV) / Math.sqrt(drawn.length));
    expect(Math.abs(deviation / STDDEV - 1)).toBeLessThan(5 / Math.sqrt(2 * drawn.length));
    expect(noise("infer", 1).every((x) => x === 0)).toBe(true);
    expect(noise("inspect", 1).every((x) => x === 0)).toBe(true);
  });

  test("is the same for the same draw, and different for another", () => {
    expect(noise("train", 1)).toEqual(noise("train", 1));
    expect(noise("train", 2)).not.toEqual(noise("train", 1));
  });

  test("a resumed training draws the noise that it would have drawn", async () => {
    const kernels = builtKernels();
    const whole = await weightsAfter(6, { kernels });
    const { checkpoint } = await weightsAfter(3, { kernels });
    const resumed = await weightsAfter(6, { kernels, resume: () => checkpoint });
    expect(checkpoint?.epoch).toBe(3);
    expect([...resumed.weights]).toEqual([...whole.weights]);
  });
});
