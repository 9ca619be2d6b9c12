/** Weights that another program saved without the optimizer's state: a training continues from them with the optimizer's initial state. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { TrainingEvent } from "../../engine/events.ts";
import type { Network } from "../../engine/network/network.ts";
import { checkpointBytes, parseCheckpoint } from "../../engine/training/checkpoint.ts";
import { train } from "../../engine/training/trainer.ts";
import { atOnce, epochsOf, noFiles, planOf } from "../../test/fixtures.ts";
import { foreignCheckpoint, lacksOptimizerState } from "./foreignWeights.ts";
import { weightsFrom } from "./trainedFile.ts";

test.each([
  ["adam(learning_rate=0.05)", [0, 0, 0]],
  ["adagrad(learning_rate=0.3, initial_accumulator_value=0.25)", [0.25]],
  ["sgd(learning_rate=0.5, momentum=0.9)", [0]],
])("with %s", async (optimizer, starts) => {
  const folder = mkdtempSync(join(tmpdir(), "backprop-weights-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const text = (epochs: number): string =>
    `model M {\n  input a, b\n  dense 4 tanh\n  dense 1 sigmoid\n}\ndata D {\n  0 0 -> 0\n  0 1 -> 1\n  1 0 -> 1\n  1 1 -> 0\n}\ntrain M on D {\n  loss binary_crossentropy\n  optimizer ${optimizer}\n  batch 4\n  epochs ${epochs}\n}\n`;
  let saved: Uint8Array = new Uint8Array();
  const first: TrainingEvent[] = [];
  const options = { host: atOnce, files: noFiles, precision: "float32" } as const;
  const trained = await train(planOf(text(300)), {
    ...options,
    emit: (event) => first.push(event),
    saveCheckpoint: async (own, network, metadata) => {
      saved = checkpointBytes(own, network, metadata);
    },
  });
  if (!trained) return expect.unreachable("The training ends with a network.");
  expect(lacksOptimizerState(saved)).toBe(false);
  expect(await foreignCheckpoint(folder, null)).toBeUndefined();
  writeFileSync(join(folder, "weights.safetensors"), weightsFrom(saved));
  const checkpoint = await foreignCheckpoint(folder, null);
  if (!checkpoint) return expect.unreachable("The weights are a checkpoint.");
  expect(lacksOptimizerState(checkpoint)).toBe(true);
  const { epoch, weights, slots } = parseCheckpoint(checkpoint, trained.network);
  expect([epoch, weights]).toEqual([300, trained.network.weights]);
  expect(slots.map((slot) => [...new Set(slot)])).toEqual(starts.map((start) => [Math.fround(start)]));

  const second: TrainingEvent[] = [];
  const resume = (network: Network) => parseCheckpoint(checkpoint, network);
  await train(planOf(text(310)), { ...options, emit: (event) => second.push(event), resume });
  const epochs = epochsOf(second);
  expect(epochs.map((own) => own.epoch)).toEqual(Array.from({ length: 10 }, (_, k) => 301 + k));
  expect(epochs[0]?.loss).toBeLessThan(epochsOf(first)[0]?.loss ?? 0);
});
