/** A large network's computation on several threads: identical bits for any number of threads, and an orderly end. */
import { describe, expect, test } from "vitest";
import { CSV_FORMAT } from "../../engine/data/csvFormat.ts";
import type { TrainingEvent } from "../../engine/events.ts";
import { type Trained, train } from "../../engine/training/trainer.ts";
import { atOnce, builtKernels, dist, epochsOf, noFiles, planOf } from "../../test/fixtures.ts";
import { kernelThreadsFrom, threadCount } from "./threads.ts";

const kernels = builtKernels();

/** Wide enough that the threads share each product and the update. */
const plan = (optimizer: string, epochs = 3, rows = 90, units = "520 relu\n  dense 301 tanh") =>
  planOf(
    `model M {\n  input a, b\n  dense ${units}\n  dense 2 softmax\n}\ndata D {\n  features a, b\n  target y\n${Array.from({ length: rows }, (_, i) => `  ${(i % 9) / 9} ${(i % 7) / 7} -> ${(i % 9) + (i % 7) > 7 ? 1 : 0}`).join("\n")}\n  split validation=0.3\n}\ntrain M on D {\n  loss sparse_categorical_crossentropy\n  optimizer ${optimizer}\n  batch 37\n  epochs ${epochs}\n}\n`,
  );

async function trainedBy(
  count: number,
  optimizer: string,
  network = plan(optimizer),
): Promise<{ result: Trained; events: TrainingEvent[] }> {
  const events: TrainingEvent[] = [];
  const options = { host: atOnce, files: noFiles, kernels, threads: { count, start: kernelThreadsFrom(dist) } };
  const result = await train(network, { ...options, emit: (event) => void events.push(event) });
  if (!result) throw new Error(JSON.stringify(events.at(-1)));
  return { result, events };
}

describe("threads", () => {
  test.each([
    ["sgd", [2, 3, 8]],
    ["adam", [2, 3, 8]],
    ["rmsprop", [3]],
    ["sgd(momentum=0.9)", [3]],
    ["adam(amsgrad=true)", [3]],
    ["rmsprop(momentum=0.5, centered=true)", [3]],
    ["adadelta", [3]],
    ["adamax", [3]],
    ["lion", [3]],
  ] as const)("%s: one thread and %j produce the same bits", async (optimizer, counts) => {
    const one = await trainedBy(1, optimizer);
    for (const count of counts) {
      const more = await trainedBy(count, optimizer);
      expect(more.events.at(-1)).toMatchObject({ kind: "finished", threads: count });
      expect(
        Buffer.from(new Float32Array(more.result.network.weights).buffer).equals(
          Buffer.from(new Float32Array(one.result.network.weights).buffer),
        ),
      ).toBe(true);
      // The gradient statistics are also the same, and so is the validation loss, which is computed outside the recording.
      expect(epochsOf(more.events).map(({ layers, loss, valLoss }) => [loss, valLoss, layers])).toEqual(
        epochsOf(one.events).map(({ layers, loss, valLoss }) => [loss, valLoss, layers]),
      );
    }
  });

  test("weigh the rows the same", async () => {
    const network = plan("sgd", 2);
    const weighted = { ...network, data: { ...network.data, classWeight: "balanced" as const } };
    const one = await trainedBy(1, "sgd", weighted);
    const more = await trainedBy(3, "sgd", weighted);
    expect([...more.result.network.weights]).toEqual([...one.result.network.weights]);
    const unweighted = await trainedBy(1, "sgd", network);
    expect([...unweighted.result.network.weights]).not.toEqual([...one.result.network.weights]);
  });

  test("draw the same noise", async () => {
    const network = plan("sgd", 2, 90, "520 relu\n  gaussian_noise 0.1\n  dense 301 tanh");
    const one = await trainedBy(1, "sgd", network);
    const more = await trainedBy(3, "sgd", network);
    expect(more.events.at(-1)).toMatchObject({ kind: "finished", threads: 3 });
    expect([...more.result.network.weights]).toEqual([...one.result.network.weights]);
  });

  test.each([
    ["sgd", [2, 8]],
    ["adam", [3]],
  ] as const)("produce the same bits if only every second batch is sampled (%s, %j)", async (optimizer, counts) => {
    // Some layers are divided by columns, others by rows or by inputs.
    for (const units of ["520 relu\n  dense 300 tanh\n  dense 44 relu", "300 relu\n  dense 17 sigmoid"]) {
      const network = plan(optimizer, 1, 3500, units);
      const one = await trainedBy(1, optimizer, network);
      for (const count of counts) {
        const more = await trainedBy(count, optimizer, network);
        expect([...more.result.network.weights]).toEqual([...one.result.network.weights]);
        expect(epochsOf(more.events).map(({ layers }) => layers)).toEqual(epochsOf(one.events).map(({ layers }) => layers));
      }
    }
  });

  test("end with the training, every time, also when it fails", async () => {
    for (let k = 0; k < 5; k++) await trainedBy(3, "sgd");
    const events: TrainingEvent[] = [];
    await train(
      { ...plan("sgd"), data: { ...plan("sgd").data, source: { kind: "csv", path: "none.csv", ...CSV_FORMAT } } },
      {
        host: atOnce,
        files: noFiles,
        kernels,
        threads: { count: 3, start: kernelThreadsFrom(dist) },
        emit: (event) => void events.push(event),
      },
    );
    expect(events.at(-1)?.kind).toBe("failed");
  });

  test("are not started for a small network", async () => {
    const events: TrainingEvent[] = [];
    const small = planOf("model M {\n  input x\n  dense 1\n}\ndata D {\n  source line\n}\ntrain M on D {\n  loss mse\n  epochs 2\n}\n");
    await train(small, {
      host: atOnce,
      files: noFiles,
      kernels,
      threads: { count: 4, start: kernelThreadsFrom(dist) },
      emit: (event) => void events.push(event),
    });
    expect(events.at(-1)).toMatchObject({ kind: "finished", threads: 1 });
  });

  test.each([
    ["terminal", 1, 1],
    ["terminal", 2, 2],
    ["terminal", 6, 6],
    ["terminal", 64, 8],
    ["editor", 1, 1],
    ["editor", 2, 1],
    ["editor", 4, 3],
    ["editor", 64, 4],
  ] as const)("in the %s with %i processors default to %i", (place, processors, count) => {
    expect(threadCount(0, place, processors)).toBe(count);
    expect(threadCount(3, place, processors)).toBe(3);
    expect(threadCount(1000, place, processors)).toBe(8);
  });
});
