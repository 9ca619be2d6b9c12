/** `start weights("…")`: the initial weights of a training. The network's output is computed by hand. */
import { describe, expect, test } from "vitest";
import { atOnce, planOf } from "../../test/fixtures.ts";
import { gradientsOf } from "../evaluate/gradients.ts";
import type { TrainingEvent } from "../events.ts";
import { safetensorsFrom } from "../files/safetensors.ts";
import type { FileReader } from "../host.ts";
import type { TrainingPlan } from "../plan.ts";
import { train } from "./trainer.ts";

const FILE: FileReader = {
  async read(path) {
    if (path !== "run/w.safetensors") throw new Error(`no ${path}`);
    return safetensorsFrom([
      { name: "out/kernel", shape: [1, 1], values: Float32Array.of(3) },
      { name: "out/bias", shape: [1], values: Float32Array.of(-1) },
    ]);
  },
};
const written = (layers = "out: dense 1", start = 'start weights("run/w.safetensors")'): TrainingPlan =>
  planOf(
    `model M {\n  input 1\n  ${layers}\n}\ndata D {\n  2 -> 0\n}\ntrain M on D {\n  loss mse\n  ${start}\n  epochs 1\n  optimizer sgd(learning_rate=1e-9)\n}\n`,
  );
async function eventsOf(plan: TrainingPlan, files: FileReader): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  await train(plan, { host: atOnce, files, precision: "float64", emit: (event) => void events.push(event) });
  return events;
}
const firstLoss = async (plan: TrainingPlan): Promise<number | undefined> =>
  (await eventsOf(plan, FILE)).flatMap((event) => (event.kind === "epoch" ? event.loss : []))[0];

describe("the weights that a training begins with", () => {
  test("are the file's", async () => {
    // (3 · 2 − 1)²
    expect(await firstLoss(written())).toBe(25);
    expect((await gradientsOf(written(), FILE)).loss).toBe(25);
  });

  test("are those that the model writes, where it writes them", async () => {
    // (1 · 2 − 1)²
    expect(await firstLoss(written("out: dense 1 kernel=[[1]]"))).toBe(1);
  });

  test("are fresh where the file lacks them", async () => {
    const fresh = await firstLoss(written("other: dense 1", ""));
    expect(await firstLoss(written("other: dense 1"))).toBe(fresh);
  });

  test("differ from fresh ones by nothing but the weights: data, order and draws are the same", () => {
    const { training, ...others } = written();
    const { training: plain, ...fresh } = written("out: dense 1", "");
    expect({ ...others, training: { ...training, start: null } }).toEqual({ ...fresh, training: plain });
    expect(training.start).toBe("run/w.safetensors");
  });

  test.each([
    [
      "a parameter of another shape",
      written("out: dense 2\n  dense 1"),
      FILE,
      /^out\/kernel is 1x1 in run\/w\.safetensors, but 1x2 in this model; /,
    ],
    [
      "another file",
      written(),
      { read: async () => Uint8Array.of(1, 2, 3) },
      /^run\/w\.safetensors can't be read as weights: it is not a safetensors file/,
    ],
    ["a file that can't be read", written("out: dense 1", 'start weights("elsewhere")'), FILE, /^elsewhere can't be read/],
  ])("are not those of %s", async (_name, plan, files, message) => {
    const last = (await eventsOf(plan, files)).at(-1);
    expect(last).toMatchObject({ kind: "failed", message: expect.stringMatching(message) });
  });
});
