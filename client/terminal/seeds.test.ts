/** The results of a training from several seeds. */
import { expect, test } from "vitest";
import type { TrainingEvent } from "../../engine/events.ts";
import { train } from "../../engine/training/trainer.ts";
import { atOnce, epochsOf, noFiles, planOf } from "../../test/fixtures.ts";
import { seedResult } from "./seeds.ts";

test("after early stopping the result has the values of the epoch whose weights are restored", async () => {
  const plan = planOf(
    "model M {\n  input x1, x2\n  dense 16 tanh\n  dense 1 sigmoid\n}\ndata D {\n  source moons(samples=60, noise=0.4)\n  split validation=0.4\n}\ntrain M on D {\n  loss binary_crossentropy\n  optimizer adam(learning_rate=0.1)\n  epochs 200\n  stop early_stopping(patience=5)\n}\n",
  );
  const events: TrainingEvent[] = [];
  await train(plan, { host: atOnce, files: noFiles, precision: "float32", emit: (event) => events.push(event) });
  const { add, result } = seedResult(42);
  for (const event of events) add(event);
  const [end, epochs] = [events.at(-1), epochsOf(events)];
  const restored = end?.kind === "finished" ? end.restoredEpoch : null;
  expect(restored).toBeLessThan(epochs.length);
  const best = epochs.find(({ epoch }) => epoch === restored);
  expect(result()).toMatchObject({ epochs: epochs.length, end: "finished", values: { loss: best?.loss, val_loss: best?.valLoss } });
});
