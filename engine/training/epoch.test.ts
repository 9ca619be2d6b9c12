/** An epoch's batches and its event: learning rates, losses, the order of the rows, and the sampled batches. */
import { describe, expect, test } from "vitest";
import { epochsOf, noFiles, planOf } from "../../test/fixtures.ts";
import type { TrainingEvent, TrainingEventOf } from "../events.ts";
import type { TrainingHost } from "../host.ts";
import { sampleStride } from "./epoch.ts";
import { type Trained, train } from "./trainer.ts";

/** A host with a constant clock, so that nothing depends on durations. */
const still: TrainingHost = { now: () => 0, rest: async () => "go" };

async function run(model: string, rows: string, training: string): Promise<{ events: TrainingEvent[]; trained: Trained | undefined }> {
  const events: TrainingEvent[] = [];
  const plan = planOf(`model M {\n  input 1\n  ${model}\n}\ndata D {\n${rows}\n}\ntrain M on D {\n  ${training}\n}`);
  const options = { host: still, files: noFiles, precision: "float64", isWatched: () => true } as const;
  const trained = await train(plan, { ...options, emit: (event) => events.push(event) });
  return { events, trained };
}

describe("the learning rate", () => {
  // y = w · 1 is far above the target, so the derivative of mae is 1 and each step subtracts the learning rate from w.
  const rows = Array.from({ length: 3 }, () => "  1 -> -1000").join("\n");

  test("of a schedule counts batches from 0 over all epochs, and an epoch's event has that of its last batch", async () => {
    const training = "loss mae\n  optimizer sgd(learning_rate=step_decay(0.5, steps=1, rate=0.5))\n  batch 1\n  epochs 2\n  shuffle false";
    const { events, trained } = await run("dense 1 bias=false kernel=[[0]]", rows, training);
    expect([...(trained?.network.weights ?? [])]).toEqual([-(1 - 2 ** -6)]);
    expect(epochsOf(events).map(({ learningRate }) => learningRate)).toEqual([2 ** -3, 2 ** -6]);
  });
});

describe("the loss", () => {
  test("is the mean over the rows, also if the last batch is smaller", async () => {
    // The batches (1, 1) and (4) have the squares 1 1 16, with the mean 6. The mean of the batch means would be 8.5.
    const { events } = await run(
      "dense 1 bias=false kernel=[[1]]",
      "  1 -> 0\n  1 -> 0\n  4 -> 0",
      "loss mse\n  optimizer sgd(learning_rate=1e-30)\n  batch 2\n  epochs 1\n  shuffle false",
    );
    expect(epochsOf(events)[0]?.loss).toBe(6);
  });

  test("of the validation part includes the penalty, as the training loss does", async () => {
    // (2 · 1 − 0)² + ½ · 2² = 6
    const { events } = await run(
      "dense 1 bias=false kernel=[[2]] l2=0.5",
      `${Array.from({ length: 4 }, () => "  1 -> 0").join("\n")}\n  split validation=0.5`,
      "loss mse\n  metrics mse\n  optimizer sgd(learning_rate=1e-30)\n  epochs 1",
    );
    expect(epochsOf(events)[0]).toMatchObject({ loss: 6, valLoss: 6, metrics: { mse: 4, val_mse: 4 } });
  });
});

describe("the first loss that is compared with chance", () => {
  // −ln(1 − σ(x)) is about x for large x and 0 for small x: with 40 in the first row the mean of 16 rows is 2.5, with 50 it is 3.1.
  // Four times chance is 4 · ln 2 = 2.8.
  const codes = async (first: number, batch: number): Promise<string[]> => {
    const rows = Array.from({ length: 20 }, (_, k) => `  ${k === 0 ? first : -60} -> ${k === 19 ? 1 : 0}`).join("\n");
    const training = `loss binary_crossentropy\n  optimizer sgd(learning_rate=1e-30)\n  batch ${batch}\n  epochs 1\n  shuffle false`;
    const { events } = await run("dense 1 sigmoid bias=false kernel=[[1]]", rows, training);
    return events.flatMap((event) => (event.kind === "warning" ? [event.code] : []));
  };
  test.each([1, 4, 16])("is that of the first 16 rows, in batches of %i", async (batch) => {
    expect(await codes(40, batch)).toEqual([]);
    expect(await codes(50, batch)).toContain("NN608");
  });
});

describe("randomness", () => {
  const snapshots = (events: readonly TrainingEvent[]): TrainingEventOf<"snapshot">[] =>
    events.filter((event) => event.kind === "snapshot" && event.epoch > 0) as TrainingEventOf<"snapshot">[];
  const rows = Array.from({ length: 30 }, (_, k) => `  ${k + 1} -> 0`).join("\n");
  const training = (more: string): string => `loss mse\n  optimizer sgd(learning_rate=1e-30)\n  epochs 12\n  ${more}`;

  test("shuffles the rows again in each epoch, and each row occurs once", async () => {
    // With one row per batch, the snapshot's input is the epoch's last row.
    const last = async (more: string): Promise<(number | undefined)[]> => {
      const { events } = await run("dense 1 bias=false kernel=[[1]]", rows, training(`batch 1\n  ${more}`));
      // The mean of the squares does not depend on the order, except for rounding.
      for (const { loss } of epochsOf(events)) expect(loss).toBeCloseTo((30 * 31 * 61) / 6 / 30, 9);
      return snapshots(events).map(({ outputs: [input] }) => input?.values.mean);
    };
    const shuffled = await last("shuffle true");
    expect(shuffled).toHaveLength(12);
    expect(new Set(shuffled).size).toBeGreaterThan(6);
    expect(await last("shuffle false")).toEqual(Array.from({ length: 12 }, () => 30));
  });

  test("drops different units in each epoch", async () => {
    const { events } = await run("dense 20\n  dropout 0.5\n  dense 1", rows, training("batch all\n  shuffle false"));
    const shares = snapshots(events).map(({ outputs }) => outputs.find(({ layer }) => layer === "dropout_1")?.means?.join());
    expect(shares).toHaveLength(12);
    expect(new Set(shares).size).toBe(12);
  });
});

test("gradient statistics are sampled from all of up to 63 batches, and from 32 to 48 of more", () => {
  for (let batches = 1; batches < 5000; batches++) {
    const stride = sampleStride(batches);
    const sampled = Math.floor(batches / stride) + Number(batches % stride > 0);
    if (batches < 64) expect(sampled).toBe(batches);
    else expect(sampled >= 32 && sampled <= 48, `${sampled} of ${batches}`).toBe(true);
  }
});
