/** What goes wrong while learning: each finding's example provokes it, and the sound samples provoke none. */
import { describe, expect, test } from "vitest";
import { found } from "../../server/language/diagnostics/found.ts";
import { atOnce, noFiles, planOf } from "../../test/fixtures.ts";
import type { TrainingEvent } from "../events.ts";
import { train } from "./trainer.ts";

async function codesOf(text: string): Promise<{ codes: string[]; messages: string[] }> {
  const events: TrainingEvent[] = [];
  await train(planOf(text), { host: atOnce, files: noFiles, emit: (event) => events.push(event) });
  const told = events.flatMap((event) => (event.kind === "warning" || event.kind === "diverged" ? [event] : []));
  return { codes: told.map(({ code }) => code), messages: told.map(({ message }) => message) };
}

describe("findings", () => {
  test.each(Object.entries(found))("%s: its example is found to have it", async (code, { example }) => {
    const { codes, messages } = await codesOf(example);
    expect(codes).toContain(code);
    for (const message of messages) expect(message).not.toMatch(/undefined|NaN|(?:Infinity|e\+\d+) times/);
  });

  test.each([
    [
      "a regression",
      "input x\n  dense 16 tanh\n  dense 1",
      "source sine(samples=200)\n  split validation=0.3",
      "loss mse\n  optimizer adam(learning_rate=0.01)\n  epochs 60",
    ],
    [
      "two classes",
      "input x1, x2\n  dense 16 relu\n  dense 16 relu\n  dense 1 sigmoid",
      "source moons(samples=300)\n  split validation=0.3",
      "loss binary_crossentropy\n  optimizer adam(learning_rate=0.01)\n  epochs 60",
    ],
    [
      "three classes",
      "input x1, x2\n  dense 32 relu\n  dense 3 softmax",
      "source spiral(samples=300, classes=3)",
      "loss sparse_categorical_crossentropy\n  optimizer adam(learning_rate=0.01)\n  epochs 100",
    ],
    [
      "parity",
      "input 4\n  dense 16 tanh\n  dense 1 sigmoid",
      "source parity(bits=4)",
      "loss binary_crossentropy\n  optimizer sgd(learning_rate=0.5)\n  batch 4\n  epochs 200",
    ],
    ["a converged line", "input x\n  dense 1", "source line(samples=100)", "loss mse\n  optimizer sgd(learning_rate=0.1)\n  epochs 200"],
  ])("%s that learns well hears nothing", async (_name, model, data, training) => {
    expect((await codesOf(`model M {\n  ${model}\n}\ndata D {\n  ${data}\n}\ntrain M on D {\n  ${training}\n}\n`)).codes).toEqual([]);
  });

  test("dead units are counted by hand", async () => {
    // Biases of −9 under inputs of at most π and small weights: seven of eight units can't fire.
    const { messages } = await codesOf(found.NN602.example);
    expect(messages[0]).toMatch(/^7 of the 8 units of dense_1 are 0 for 90 % of the rows/);
  });

  test("a finding is told once", async () => {
    const { codes } = await codesOf(found.NN603.example.replace("epochs 3", "epochs 12"));
    expect(codes.filter((code) => code === "NN603")).toHaveLength(1);
  });

  test("the layer where the first bad value appeared is named", async () => {
    const { messages } = await codesOf(
      "model M {\n  input x\n  dense 1 linear kernel=[[1e38]]\n  second: dense 1 linear kernel=[[1e38]]\n  dense 1\n}\ndata D {\n  source line(samples=8)\n}\ntrain M on D {\n  loss mse\n}\n",
    );
    expect(messages.at(-1)).toMatch(/^The output of second became -?Infinity/);
  });
});
