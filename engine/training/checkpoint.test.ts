/** A training that is stopped anywhere and resumed ends with the same bits as an uninterrupted one. */
import { describe, expect, test } from "vitest";
import { atOnce, epochsOf, noFiles, planOf, seed } from "../../test/fixtures.ts";
import { faultsOf } from "../../test/schemaFaults.ts";
import type { TrainingEvent } from "../events.ts";
import { loadParameters, type NamedTensor, parametersOf, parseSafetensors, safetensorsFrom } from "../files/safetensors.ts";
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

/** Trains and stops after `stopAfter` breaks. Every piece of a batch starts with a break. */
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
    saveCheckpoint: async (saved, network, metadata) => {
      checkpoint = checkpointBytes(saved, network, metadata);
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
    "nadam, early stopping with restore_best",
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
      // Stop the resumed run once more.
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

  test("a finished training is not continued, unless the plan has more epochs", async () => {
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

test("a checkpoint is saved at most every ten seconds, and at the end", async () => {
  const plan = planOf(
    "model M {\n  input x\n  dense 4 tanh\n  dense 1\n}\ndata D {\n  source sine(samples=20)\n}\ntrain M on D {\n  loss mse\n  epochs 200\n}\n",
  );
  let time = 0;
  const saved: { epoch: number; time: number }[] = [];
  await train(plan, {
    host: { now: () => (time += 100), rest: async () => "go" },
    files: noFiles,
    emit: () => undefined,
    saveCheckpoint: async ({ epoch }) => void saved.push({ epoch, time }),
  });
  expect(saved.length).toBeGreaterThan(5);
  for (const [k, { time: at }] of saved.slice(1, -1).entries()) expect(at - (saved[k]?.time ?? 0)).toBeGreaterThanOrEqual(10_000);
  expect(saved.at(-1)?.epoch).toBe(200);
});

describe("a checkpoint that was changed is rejected with a reason", () => {
  const plan = planOf(
    "model M {\n  input x\n  dense 2 tanh\n  dense 1\n}\ndata D {\n  source sine(samples=20)\n}\ntrain M on D {\n  loss mse\n  optimizer adam(learning_rate=reduce_on_plateau(0.001, monitor=loss))\n  epochs 5\n  stop early_stopping(monitor=loss)\n}\n",
  );
  const made = run(plan, Number.POSITIVE_INFINITY);

  /** Returns the error message for a checkpoint with other tensors or another state, or "accepted" if it is valid. */
  async function rejected(change: { tensors?: (all: NamedTensor[]) => NamedTensor[]; state?: unknown }): Promise<string> {
    const { trained, checkpoint } = await made;
    if (!trained || !checkpoint) throw new Error("Nothing was trained.");
    const { tensors, metadata } = parseSafetensors(checkpoint);
    const state = "state" in change ? JSON.stringify(change.state) : (metadata["state"] ?? "");
    const bytes = safetensorsFrom((change.tensors ?? ((all) => all))([...tensors.values()]), { version: "1", state });
    try {
      const parsed = parseCheckpoint(bytes, trained.network);
      // The optimizer contains the arrays of the unchanged checkpoint.
      const { slots } = parseCheckpoint(checkpoint, trained.network);
      resumeFrom(parsed, trained.network, { ...parsed, slots: [...slots], changedRate: null }, undefined);
      return "accepted";
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  test("in any field of its state", async () => {
    const { checkpoint } = await made;
    const state: unknown = JSON.parse(parseSafetensors(checkpoint ?? new Uint8Array()).metadata["state"] ?? "");
    expect(await rejected({ state })).toBe("accepted");
    const faults = faultsOf(checkpointState, [state]);
    expect(faults.length).toBeGreaterThan(30);
    for (const { what, message } of faults) {
      // JSON has no NaN or Infinity: they arrive as null.
      if (/ is (NaN|-?Infinity)$/.test(what)) continue;
      // Checkpoints of older versions lack this field.
      if (/^\.plateau:? is (undefined|missing)$/.test(what)) continue;
      expect(await rejected({ state: message }), what).toMatch(/^its state is damaged/);
    }
  });

  test("in its epoch: one that the training does not have, or one without its updates", async () => {
    const { checkpoint } = await made;
    if (!checkpoint) throw new Error("Nothing was trained.");
    const { tensors, metadata } = parseSafetensors(checkpoint);
    const messageOf = async (change: object): Promise<unknown> => {
      const state = JSON.stringify({ ...JSON.parse(metadata["state"] ?? ""), ...change });
      const { events } = await run(plan, Number.POSITIVE_INFINITY, safetensorsFrom([...tensors.values()], { ...metadata, state }));
      const last = events.at(-1);
      return last?.kind === "failed" ? last.message : last?.kind;
    };
    expect(await messageOf({})).toBe("finished");
    expect(await messageOf({ epoch: -5 })).toMatch("its state is damaged (epoch");
    expect(await messageOf({ epoch: 1e9 })).toMatch("its checkpoint is after epoch 1000000000, but the training ends after epoch 5");
    expect(await messageOf({ step: 1 })).toMatch("its checkpoint is damaged: epoch 5 comes after 5 updates, not 1");
  });

  test("in its arrays", async () => {
    const longer = (name: string) => (all: NamedTensor[]) =>
      all.map((one) =>
        one.name === name ? { ...one, shape: [one.values.length + 1], values: new Float32Array(one.values.length + 1) } : one,
      );
    expect(await rejected({ tensors: longer("optimizer/1") })).toMatch("its optimizer/1 has 8 numbers, but the model has 7 weights");
    expect(await rejected({ tensors: longer("best") })).toMatch("its best has 8 numbers, but the model has 7 weights");
    const without = (name: string) => (all: NamedTensor[]) => all.filter((one) => one.name !== name);
    expect(await rejected({ tensors: without("optimizer/1") })).toBe("it has 1 optimizer array, but the plan's optimizer needs 3");
    expect(await rejected({ tensors: without("dense_1/kernel") })).toBe(
      "its dense_1/kernel is missing or has another shape than the model's",
    );
  });
});

describe("safetensors", () => {
  test.each([
    ["null", "not JSON"],
    ['{"a":null}', "invalid entry for a"],
    ['{"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}', "invalid entry for a"],
    ['{"a":{"dtype":"F32","shape":[0.5,2],"data_offsets":[0,4]}}', "invalid entry for a"],
    ['{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}', "invalid entry for a"],
    ['{"a":{"dtype":"F32","shape":[1],"data_offsets":[0.5,4.5]}}', "invalid entry for a"],
    ['{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}', "invalid entry for a"],
    ['{"a":{"dtype":"F32","shape":[1],"data_offsets":[4]}}', "invalid entry for a"],
    ['{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', "gives a a shape that does not match its length"],
    ['{"__metadata__":{"version":1}}', "metadata"],
    ['{"__metadata__":[1]}', "metadata"],
  ])("a header of %s is rejected", (header, reason) => {
    const json = new TextEncoder().encode(header);
    const bytes = new Uint8Array(8 + json.length + 8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
    bytes.set(json, 8);
    expect(() => parseSafetensors(bytes)).toThrow(reason);
  });

  const plan = planOf(
    "model M {\n  input 2\n  h: dense 3 tanh\n  dense 1\n}\ndata D {\n  0 1 -> 1\n  1 0 -> 0\n}\ntrain M on D {\n  loss mse\n  epochs 2\n}\n",
  );

  test("names, shapes and numbers are read as they were written", async () => {
    const { trained } = await run(plan, Number.POSITIVE_INFINITY);
    if (!trained) throw new Error("Nothing was trained.");
    const { tensors } = parseSafetensors(safetensorsFrom(parametersOf(trained.network)));
    expect([...tensors.values()].map(({ name, shape }) => `${name} ${shape.join("x")}`)).toEqual([
      "h/kernel 2x3",
      "h/bias 3",
      "dense_1/kernel 3x1",
      "dense_1/bias 1",
    ]);
    const before = trained.network.weights.slice();
    trained.network.weights.fill(0);
    loadParameters(trained.network, { tensors, metadata: {} });
    expect(trained.network.weights).toEqual(before);
  });

  test("a file that is cut off anywhere is rejected with a reason", async () => {
    const { trained, checkpoint } = await run(plan, Number.POSITIVE_INFINITY);
    if (!trained || !checkpoint) throw new Error("Nothing was trained.");
    for (let length = 0; length < checkpoint.length; length += 7)
      expect(() => parseCheckpoint(checkpoint.subarray(0, length), trained.network)).toThrow(
        /cut off|not a safetensors|not JSON|is missing|of this version/,
      );
  });

  test("another model's weights are rejected by name", async () => {
    const { trained } = await run(plan, Number.POSITIVE_INFINITY);
    if (!trained) throw new Error("Nothing was trained.");
    const other = parseSafetensors(safetensorsFrom([{ name: "h/kernel", shape: [2, 2], values: new Float32Array(4) }]));
    expect(() => loadParameters(trained.network, other)).toThrow("its h/kernel is 2x2, but the model's is 2x3");
  });
});

test("a training that needs too much memory fails before it allocates any, with the numbers", async () => {
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
      message: expect.stringMatching(/^This training needs 28\.\d MB .*but only 10 MB is available; make the layers smaller\.$/),
    },
  ]);
});
