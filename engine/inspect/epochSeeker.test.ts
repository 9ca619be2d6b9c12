/** An inspector's weights and snapshots of any epoch equal the training's, bit for bit. */
import { describe, expect, test } from "vitest";
import { atOnce, noFiles, planOf } from "../../test/fixtures.ts";
import type { TrainingEventOf } from "../events.ts";
import { spacedEpochs } from "../training/snapshotEpochs.ts";
import { train } from "../training/trainer.ts";
import { openInspector } from "./inspector.ts";

const PLANS: readonly [string, string][] = [
  ["plain sgd", "  dense 4 tanh\n  dense 1 sigmoid\n|optimizer sgd(learning_rate=0.5)\n"],
  [
    "normalize, batch_norm, dropout, adam, a schedule of steps",
    "  normalize\n  dense 6 relu\n  batch_norm\n  dropout 0.3\n  dense 1 sigmoid\n|optimizer adam(learning_rate=one_cycle(0.05, steps=90))\n",
  ],
  [
    "a rate that falls by the validation loss, nadam and metrics",
    "  dense 6 tanh\n  dense 1 sigmoid\n|optimizer nadam(learning_rate=reduce_on_plateau(0.1, patience=2))\n  metrics accuracy\n",
  ],
];

const planWith = (layers = "", training = "") =>
  planOf(
    `model M {\n  input x1, x2\n${layers}}\ndata D {\n  source moons(samples=60, noise=0.2)\n  split validation=0.2\n}\ntrain M on D {\n  loss binary_crossentropy\n  ${training}  batch 16\n  epochs 24\n}\n`,
  );

/** Trains the plan. Returns the recorded states by epoch, and the snapshots. */
async function trained(plan: ReturnType<typeof planWith>) {
  const recorded = new Map<number, Uint8Array>();
  const snapshots: TrainingEventOf<"snapshot">[] = [];
  let time = 0;
  await train(plan, {
    host: { ...atOnce, now: () => (time += 100) },
    files: noFiles,
    isWatched: () => true,
    emit: (event) => event.kind === "snapshot" && snapshots.push(event),
    onState: (epoch, bytes) => recorded.set(epoch, bytes),
    precision: "float32",
  });
  return { recorded, snapshots };
}

describe("the weights after an epoch", () => {
  test.each(PLANS)("%s: from the beginning, from a recorded state, forward and back", async (_name, parts) => {
    const [layers, training] = parts.split("|");
    const plan = planWith(layers, training);
    const { recorded, snapshots } = await trained(plan);
    expect([...recorded.keys()][0]).toBe(0);
    const stored = [...recorded].filter(([epoch]) => epoch > 0);
    expect(stored.length).toBeGreaterThan(2);
    const fresh = await openInspector(plan, noFiles, { precision: "float32" });
    for (const [epoch, bytes] of [...stored].reverse()) {
      await fresh.useEpoch(epoch, null);
      const weightsOf = (inspector: typeof fresh) =>
        plan.network.layers.flatMap(({ id, parameters }) => parameters.map(({ name }) => inspector.tensor(id, name).weights));
      const own = weightsOf(fresh);
      const other = await openInspector(plan, noFiles, { precision: "float32" });
      other.use(bytes);
      expect(own, `epoch ${epoch}`).toEqual(weightsOf(other));
      await other.useEpoch(24, bytes);
      await fresh.useEpoch(24, null);
      expect(weightsOf(other)).toEqual(weightsOf(fresh));
    }
    // The training's own snapshots, except for their stride and those taken without an update.
    const taken = await fresh.snapshots(
      snapshots.map(({ epoch }) => epoch),
      null,
    );
    const comparable = ({ stride: _stride, ...snapshot }: TrainingEventOf<"snapshot">) => snapshot;
    expect(taken.slice(0, -1).map(comparable)).toEqual(snapshots.slice(0, -1).map(comparable));
  });

  test("that comes before every recorded state is not known", async () => {
    const plan = planWith("  dense 1 sigmoid\n");
    const { recorded } = await trained(plan);
    const [epoch, bytes] = [...recorded].at(-1) ?? [];
    const inspector = await openInspector(plan, noFiles, { precision: "float32" });
    await expect(inspector.useEpoch((epoch ?? 0) - 1, bytes ?? null)).rejects.toThrow(
      `The weights after epoch ${(epoch ?? 0) - 1} were not recorded.`,
    );
  });
});

test("a run's spaced epochs are the first ones, evenly spaced ones, and both ends", () => {
  expect(spacedEpochs(4, 64)).toEqual([0, 1, 2, 3, 4]);
  const many = spacedEpochs(1001, 10);
  expect(many).toEqual([0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 128, 256, 384, 512, 640, 768, 896, 1001]);
});
