/** Many epochs in one call produce the same bits, events and failures as one epoch per call. */
import { describe, expect, test } from "vitest";
import { builtKernels, epochsOf, noFiles, planOf } from "../../test/fixtures.ts";
import { withDefaults } from "../catalog/index.ts";
import type { TrainingEvent } from "../events.ts";
import { type Trained, train } from "./trainer.ts";

const kernels = builtKernels();
const ROWS = Array.from({ length: 11 }, (_, i) => `  ${(i * 7) % 5} ${((i * 3) % 7) / 7} -> ${i % 2}`).join("\n");
const plan = (training: string, layers = "dense 6 relu\n  dense 3 tanh\n  dense 1 sigmoid", rows = ROWS) =>
  planOf(`model M {\n  input a, b\n  ${layers}\n}\ndata D {\n  features a, b\n  target y\n${rows}\n}\ntrain M on D {\n  ${training}\n}\n`);

interface Run {
  readonly result: Trained;
  readonly events: TrainingEvent[];
}

/** Trains the plan. A watched run takes a snapshot of each of the first 128 epochs, so each of them is a separate call. */
async function trained(
  of: ReturnType<typeof planOf>,
  isWatched: boolean,
  rest: () => "go" | "stop" = () => "go",
  tick = 0.01,
): Promise<Run> {
  const events: TrainingEvent[] = [];
  let clock = 0;
  const host = { now: () => (clock += tick), rest: async () => rest() };
  const emit = (event: TrainingEvent): void => void (event.kind !== "snapshot" && events.push(event));
  const result = await train(of, { host, files: noFiles, kernels, emit, isWatched: () => isWatched });
  if (!result) throw new Error(JSON.stringify(events.at(-1)));
  return { result, events };
}

/** Returns the events without the values that depend on the clock. */
const withoutTimes = (events: readonly TrainingEvent[]): object[] =>
  events.map((event) => ({ ...event, seconds: 0, loadSeconds: 0, samplesPerSecond: 0 })).filter(({ kind }) => kind !== "progress");

const BINARY = "loss binary_crossentropy\n  batch 4\n  epochs 100";

describe("epochs ahead", () => {
  test.each([
    ["sgd", `${BINARY}\n  optimizer sgd(learning_rate=0.1)`],
    ["momentum", `${BINARY}\n  optimizer sgd(learning_rate=0.05, momentum=0.9)`],
    ["adam", `${BINARY}\n  optimizer adam(learning_rate=0.01)`],
    ["rmsprop in file order", `${BINARY}\n  optimizer rmsprop(learning_rate=0.01)\n  shuffle false`],
    ["a schedule", `${BINARY}\n  optimizer sgd(learning_rate=exponential_decay(0.2, steps=40, rate=0.7))`],
    ["one batch of all rows", "loss mse\n  batch all\n  epochs 90\n  optimizer sgd(learning_rate=0.1)"],
  ])("%s: the same bits and events", async (_name, training) => {
    const [together, apart] = [await trained(plan(training), false), await trained(plan(training), true)];
    expect(epochsOf(together.events).length).toBeGreaterThanOrEqual(90);
    expect(withoutTimes(together.events)).toEqual(withoutTimes(apart.events));
    expect([...together.result.network.weights]).toEqual([...apart.result.network.weights]);
  });

  test("an epoch that diverges in a call is reported with its batch, and the weights of the last good epoch are restored", async () => {
    const of = plan("loss mse\n  batch 4\n  epochs 100\n  optimizer sgd(learning_rate=0.2)", "dense 1");
    const [together, apart] = [await trained(of, false), await trained(of, true)];
    expect(together.events.at(-1)).toMatchObject({ kind: "diverged" });
    expect(epochsOf(together.events).length).toBeGreaterThan(3);
    expect(withoutTimes(together.events)).toEqual(withoutTimes(apart.events));
    expect([...together.result.network.weights]).toEqual([...apart.result.network.weights]);
    expect(together.result.network.weights.every(Number.isFinite)).toBe(true);
  });

  test("weights that an update makes infinite are detected although every loss is finite", async () => {
    // At the ninth step the rate jumps and the update is −2e39. The next row's output under relu is 0, so no loss or gradient is infinite.
    const rows = "  1e30 0 -> 0\n  1 0 -> 0";
    const of = plan("loss mse\n  batch 1\n  epochs 100\n  shuffle false", "dense 1 relu kernel=[[1e-25], [0]]", rows);
    const learningRate = { name: "step_decay", settings: { initial: 1e-66, steps: 8, rate: 1e70, warmup_steps: 0 } } as const;
    const jumping = { ...of, training: { ...of.training, optimizer: withDefaults("optimizers", "sgd"), learningRate } } as const;
    for (const isWatched of [false, true]) {
      const { events, result } = await trained(jumping, isWatched);
      expect(events.at(-1)).toMatchObject({ kind: "diverged", epoch: 5, batch: 2, at: "data" });
      expect(events.at(-1)).toHaveProperty("message", expect.stringMatching(/^The weights of dense_1 became .*scale standard/));
      expect([...result.network.weights]).toEqual([Math.fround(1e-25), 0, 0]);
    }
  });

  test("a training can be stopped between two calls, and the last epoch event is the epoch after which it stopped", async () => {
    let rests = 0;
    const { events } = await trained(plan(BINARY.replace("100", "1000000")), false, () => (++rests > 3 ? "stop" : "go"), 5);
    const epochs = epochsOf(events);
    expect(events.at(-1)).toMatchObject({ kind: "stopped", epoch: epochs.at(-1)?.epoch });
    expect(epochs.map(({ epoch }) => epoch)).toEqual(epochs.map((_, k) => k + 1));
    expect(epochs.length).toBeLessThan(10_000);
  });
});
