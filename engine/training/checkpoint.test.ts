/** Stopped anywhere and taken up again, a training ends with the same bits as one that was never stopped. */
import { describe, expect, test } from "vitest";
import { atOnce, epochsOf, noFiles, planOf, seed } from "../../test/fixtures.ts";
import { faultsOf } from "../../test/schemaFaults.ts";
import type { TrainingEvent } from "../events.ts";
import { type NamedTensor, parametersOf, parseSafetensors, safetensorsFrom, takeParameters } from "../files/safetensors.ts";
import type { TrainingHost } from "../host.ts";
import type { Network } from "../network/network.ts";
import type { TrainingPlan } from "../plan.ts";
import { checkpointBytes, checkpointState, parseCheckpoint, resumeFrom } from "./checkpoint.ts";
import { type Trained, train } from "./trainer.ts";

interface Ran {
  readonly trained: Trained | undefined;
  readonly events: TrainingEvent[];
  readonly checkpoint: Uint8Array | undefined;
}

/** `stopAfter`: so many rests of the host, of which there is one before every piece of a batch. */
async function run(plan: TrainingPlan, stopAfter: number, resume?: Uint8Array): Promise<Ran> {
  let rests = 0;
  let time = 0;
  const host: TrainingHost = { now: () => (time += 25), rest: async () => (++rests > stopAfter ? "stop" : "go") };
  const events: TrainingEvent[] = [];
  let checkpoint: Uint8Array | undefined;
  const trained = await train(plan, {
    host,
    files: noFiles,
    precision: "float32",
    emit: (event) => events.push(event),
    keep: async (kept, network) => {
      checkpoint = checkpointBytes(kept, network);
    },
    ...(resume && { resume: (network: Network) => parseCheckpoint(resume, network) }),
  });
  return { trained, events, checkpoint };
}

const PLANS: readonly [string, string][] = [
  [
    "adam, dropout, batch_norm, a schedule",
    "  normalize\n  dense 12 relu\n  batch_norm\n  dropout 0.3\n  dense 1 sigmoid\n|optimizer adam(learning_rate=one_cycle(0.05, steps=150))\n",
  ],
  [
    "nadam and early stopping that goes back",
    "  dense 16 tanh\n  dense 1 sigmoid\n|optimizer nadam(learning_rate=0.02)\n  stop early_stopping(patience=4)\n",
  ],
  [
    "sgd with momentum",
    "  dense 8 relu\n  layer_norm\n  dense 1 sigmoid\n|optimizer sgd(learning_rate=0.1, momentum=0.9, nesterov=true)\n  clip norm=1\n",
  ],
  ["the perceptron's rule", "  tlu 1\n|optimizer perceptron\n"],
];

describe(`stopped at random points and resumed (seed ${seed})`, () => {
  test.each(PLANS)("%s: the same bits", async (name, parts) => {
    const [layers, training] = parts.split("|");
    const loss = training?.includes("perceptron") ? "" : "  loss binary_crossentropy\n";
    const plan = planOf(
      `model M {\n  input x1, x2\n${layers}}\ndata D {\n  source moons(samples=80, noise=0.2)\n  split validation=0.2\n}\ntrain M on D {\n${loss}  ${training}  batch 16\n  epochs 30\n}\n`,
    );
    const whole = await run(plan, Number.POSITIVE_INFINITY);
    const wanted = [...(whole.trained?.network.weights ?? [])];
    const wantedLosses = epochsOf(whole.events).map((epoch) => epoch.loss);
    let state = seed + name.length;
    let resumed = 0;
    for (let k = 0; k < 20; k++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 1;
      const stopped = await run(plan, 1 + (state % 140));
      let checkpoint = stopped.checkpoint;
      if (stopped.events.at(-1)?.kind === "finished") continue;
      resumed++;
      // Stopped once more on the way.
      const again = await run(plan, 1 + (state % 30), checkpoint);
      checkpoint = again.checkpoint ?? checkpoint;
      const rest = await run(plan, Number.POSITIVE_INFINITY, checkpoint);
      expect([...(rest.trained?.network.weights ?? [])]).toEqual(wanted);
      const losses = new Map(
        [...stopped.events, ...again.events, ...rest.events].flatMap((event) =>
          event.kind === "epoch" ? [[event.epoch, event.loss]] : [],
        ),
      );
      expect([...losses].sort(([a], [b]) => a - b).map(([, value]) => value)).toEqual(wantedLosses);
    }
    expect(resumed).toBeGreaterThan(5);
  });

  test("what is over is not trained on, and more epochs are", async () => {
    const plan = planOf(
      "model M {\n  input x\n  dense 4 tanh\n  dense 1\n}\ndata D {\n  source sine(samples=20)\n}\ntrain M on D {\n  loss mse\n  epochs 5\n}\n",
    );
    const five = await run(plan, Number.POSITIVE_INFINITY);
    expect(epochsOf((await run(plan, Number.POSITIVE_INFINITY, five.checkpoint)).events)).toEqual([]);
    const longer = { ...plan, training: { ...plan.training, epochs: 8 } };
    const more = await run(longer, Number.POSITIVE_INFINITY, five.checkpoint);
    expect(epochsOf(more.events).map(({ epoch }) => epoch)).toEqual([6, 7, 8]);
    expect(more.trained?.network.weights).toEqual((await run(longer, Number.POSITIVE_INFINITY)).trained?.network.weights);
  });
});

test("a checkpoint is kept at most every ten seconds, and at the end", async () => {
  const plan = planOf(
    "model M {\n  input x\n  dense 4 tanh\n  dense 1\n}\ndata D {\n  source sine(samples=20)\n}\ntrain M on D {\n  loss mse\n  epochs 200\n}\n",
  );
  let time = 0;
  const kept: { epoch: number; time: number }[] = [];
  await train(plan, {
    host: { now: () => (time += 100), rest: async () => "go" },
    files: noFiles,
    emit: () => undefined,
    keep: async ({ epoch }) => void kept.push({ epoch, time }),
  });
  expect(kept.length).toBeGreaterThan(5);
  for (const [k, { time: at }] of kept.slice(1, -1).entries()) expect(at - (kept[k]?.time ?? 0)).toBeGreaterThanOrEqual(10_000);
  expect(kept.at(-1)?.epoch).toBe(200);
});

describe("a checkpoint that was changed is refused with a reason", () => {
  const plan = planOf(
    "model M {\n  input x\n  dense 2 tanh\n  dense 1\n}\ndata D {\n  source sine(samples=20)\n}\ntrain M on D {\n  loss mse\n  optimizer adam\n  epochs 5\n  stop early_stopping(monitor=loss)\n}\n",
  );
  const made = run(plan, Number.POSITIVE_INFINITY);

  /** What the parser says of the checkpoint with other tensors or another state. */
  async function refused(change: { tensors?: (all: NamedTensor[]) => NamedTensor[]; state?: unknown }): Promise<string> {
    const { trained, checkpoint } = await made;
    if (!trained || !checkpoint) throw new Error("Nothing was trained.");
    const { tensors, metadata } = parseSafetensors(checkpoint);
    const state = "state" in change ? JSON.stringify(change.state) : (metadata["state"] ?? "");
    const bytes = safetensorsFrom((change.tensors ?? ((all) => all))([...tensors.values()]), { version: "1", state });
    try {
      const parsed = parseCheckpoint(bytes, trained.network);
      // The optimizer that the unchanged checkpoint is of.
      const { slots } = parseCheckpoint(checkpoint, trained.network);
      resumeFrom(parsed, trained.network, { ...parsed, slots: [...slots] }, undefined);
      return "taken";
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  test("in its state, whichever field it is", async () => {
    const { checkpoint } = await made;
    const state: unknown = JSON.parse(parseSafetensors(checkpoint ?? new Uint8Array()).metadata["state"] ?? "");
    expect(await refused({ state })).toBe("taken");
    const faults = faultsOf(checkpointState, [state]);
    expect(faults.length).toBeGreaterThan(30);
    for (const { what, message } of faults) {
      // JSON has no NaN and no Infinity: they arrive as null.
      if (/ is (NaN|-?Infinity)$/.test(what)) continue;
      expect(await refused({ state: message }), what).toMatch(/^its state is damaged/);
    }
  });

  test("in its arrays", async () => {
    const longer = (name: string) => (all: NamedTensor[]) =>
      all.map((one) =>
        one.name === name ? { ...one, shape: [one.values.length + 1], values: new Float32Array(one.values.length + 1) } : one,
      );
    expect(await refused({ tensors: longer("optimizer/1") })).toMatch("its optimizer/1 is not of the model's 7 weights");
    expect(await refused({ tensors: longer("best") })).toMatch("its best is not of the model's 7 weights");
    const without = (name: string) => (all: NamedTensor[]) => all.filter((one) => one.name !== name);
    expect(await refused({ tensors: without("optimizer/1") })).toBe("it has 1 arrays of an optimizer, but the plan's optimizer has 3");
    expect(await refused({ tensors: without("dense_1/kernel") })).toBe("its dense_1/kernel is not the model's");
  });
});

describe("safetensors", () => {
  test.each([
    ["null", "no JSON"],
    ['{"a":null}', "does not say what a is"],
    ['{"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}', "does not say what a is"],
    ['{"a":{"dtype":"F32","shape":[0.5,2],"data_offsets":[0,4]}}', "does not say what a is"],
    ['{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}', "does not say what a is"],
    ['{"a":{"dtype":"F32","shape":[1],"data_offsets":[0.5,4.5]}}', "does not say what a is"],
    ['{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}', "does not say what a is"],
    ['{"a":{"dtype":"F32","shape":[1],"data_offsets":[4]}}', "does not say what a is"],
    ['{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', "contradicts itself about a"],
    ['{"__metadata__":{"version":1}}', "metadata"],
    ['{"__metadata__":[1]}', "metadata"],
  ])("a header of %s is refused", (header, reason) => {
    const json = new TextEncoder().encode(header);
    const bytes = new Uint8Array(8 + json.length + 8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
    bytes.set(json, 8);
    expect(() => parseSafetensors(bytes)).toThrow(reason);
  });

  const plan = planOf(
    "model M {\n  input 2\n  h: dense 3 tanh\n  dense 1\n}\ndata D {\n  0 1 -> 1\n  1 0 -> 0\n}\ntrain M on D {\n  loss mse\n  epochs 2\n}\n",
  );

  test("names, shapes and numbers come back as they were", async () => {
    const { trained } = await run(plan, Number.POSITIVE_INFINITY);
    if (!trained) throw new Error("Nothing was trained.");
    const { tensors } = parseSafetensors(safetensorsFrom(parametersOf(trained.network)));
    expect([...tensors.values()].map(({ name, shape }) => `${name} ${shape.join("x")}`)).toEqual([
      "h/kernel 2x3",
      "h/bias 3",
      "dense_1/kernel 3x1",
      "dense_1/bias 1",
    ]);
    const kept = trained.network.weights.slice();
    trained.network.weights.fill(0);
    takeParameters(trained.network, { tensors, metadata: {} });
    expect(trained.network.weights).toEqual(kept);
  });

  test("a file that is cut anywhere is refused with a reason", async () => {
    const { trained, checkpoint } = await run(plan, Number.POSITIVE_INFINITY);
    if (!trained || !checkpoint) throw new Error("Nothing was trained.");
    for (let length = 0; length < checkpoint.length; length += 7)
      expect(() => parseCheckpoint(checkpoint.subarray(0, length), trained.network)).toThrow(
        /cut off|no safetensors|no JSON|not the model's|of this version/,
      );
  });

  test("another model's weights are refused by name", async () => {
    const { trained } = await run(plan, Number.POSITIVE_INFINITY);
    if (!trained) throw new Error("Nothing was trained.");
    const other = parseSafetensors(safetensorsFrom([{ name: "h/kernel", shape: [2, 2], values: new Float32Array(4) }]));
    expect(() => takeParameters(trained.network, other)).toThrow("its h/kernel is 2x2, but the model's is 2x3");
  });
});

test("too much memory is refused before any is taken, with the numbers", async () => {
  const plan = planOf(
    "model M {\n  input 2\n  dense 1000 relu\n  dense 1000 relu\n  dense 1\n}\ndata D {\n  0 1 -> 1\n}\ntrain M on D {\n  loss mse\n}\n",
  );
  const events: TrainingEvent[] = [];
  await train(plan, { host: { ...atOnce, memory: () => 10e6 }, files: noFiles, emit: (event) => events.push(event) });
  // 1,005,001 parameters of 4 bytes, 4 copies and rmsprop's 3 arrays: 28.1 MB.
  expect(events).toEqual([
    {
      kind: "failed",
      code: "NN308",
      at: "layer:dense_2",
      message: expect.stringMatching(/^This training needs 28\.\d MB .*but 10 MB can be had; make the layers smaller\.$/),
    },
  ]);
});
