/** `why(...)` explains a stop's numbers: each line's arithmetic is correct, and the explained number is the training's. */
import { describe, expect, test } from "vitest";
import { noFiles, planOf } from "../../test/fixtures.ts";
import { evaluate as pencil, readLine } from "../../test/pencil.ts";
import type { TrainingPlan } from "../plan.ts";
import { evaluate } from "./expression/evaluate.ts";
import { parseExpression } from "./expression/parse.ts";
import { openStepper } from "./open.ts";
import type { Place } from "./places.ts";
import { batchRepeater } from "./repeatedBatch.ts";
import type { Stepper } from "./stepper.ts";
import { namesAt } from "./tensors.ts";
import { whyText } from "./why.ts";

const planFor = (layers: string, training = "  loss mse\n"): TrainingPlan =>
  planOf(
    `model M {\n  input a, b\n${layers}}\ndata D {\n  features a, b\n  target t\n  0.5 -1 -> 1\n  1 0.25 -> 0\n  -0.75 2 -> 1\n  0.3 0.7 -> 0\n  0.9 -0.2 -> 1\n}\ntrain M on D {\n${training}  batch 3\n  epochs 4\n}\n`,
  );
const DENSE = planFor("  hidden: dense 3 tanh\n  second: dense 2 relu\n  out: dense 1\n");

/** Returns a stepper before the first place of this phase in the epoch and batch (from 0). */
async function standingAt(plan: TrainingPlan, phase: Place["phase"], epoch = 1, batch = 0): Promise<Stepper> {
  const stepper = await openStepper(plan, { files: noFiles, precision: "float64" });
  await stepper.goTo({ epoch, batch, index: 0, isDone: false });
  while (stepper.timeline.place()?.phase !== phase) await stepper.next({ rules: [], nonFinite: false });
  return stepper;
}

async function why(stepper: Stepper, text: string): Promise<string[]> {
  const parsed = parseExpression(text);
  if ("problem" in parsed) return [parsed.problem];
  return (await whyText(stepper.timeline, batchRepeater(stepper.timeline, "float64"), parsed.expression)).split("\n");
}

function numberOf(stepper: Stepper, text: string): number {
  const parsed = parseExpression(text);
  const result = "expression" in parsed ? evaluate(parsed.expression, namesAt(stepper.timeline)) : parsed;
  return "value" in result ? Number(result.value) : Number.NaN;
}

/** Checks every line that contains arithmetic. Returns the number of such lines. */
function expectClosed(lines: readonly string[]): number {
  let count = 0;
  for (const text of lines) {
    if (!/[=←] /.test(text) || text.includes("≈")) continue;
    const { arithmetic, result } = readLine(text.replace(/, (since|of row) .*$/, ""));
    if (arithmetic === undefined) continue;
    count++;
    const { value, error } = pencil(arithmetic);
    expect(Math.abs(value - result.value), text).toBeLessThanOrEqual(result.tolerance * (1 + 1e-9) + 100 * error);
  }
  return count;
}

describe("the line that begins with the asked number has its value", () => {
  test.each<[string, TrainingPlan, string]>([
    ["a weighted sum", DENSE, "hidden.z[0, 1]"],
    ["an output", DENSE, "hidden.output[1, 0]"],
    ["an output without an activation", DENSE, "out.output[1, 0]"],
    ["a gradient of an output", DENSE, "second.output.grad[0, 1]"],
    ["a gradient of a sum", DENSE, "hidden.z.grad[1, 2]"],
    ["the output error", DENSE, "out.output.grad[1, 0]"],
    ["a gradient of a weight", DENSE, "hidden.kernel.grad[0, 2]"],
    ["a gradient of a bias", DENSE, "second.bias.grad[1]"],
    ["a normalized number", planFor("  hidden: dense 3\n  norm: layer_norm\n  out: dense 1 sigmoid\n"), "norm.output[1, 2]"],
    [
      "a gradient with two ways back",
      planFor("  hidden: dense 2 tanh\n  one: dense 2\n  add from one, hidden\n  dense 1\n"),
      "hidden.output.grad[0, 1]",
    ],
    ["the sum of a softmax", planFor("  hidden: dense 3 softmax\n  out: dense 1\n"), "hidden.z.grad[0, 1]"],
  ])("%s", async (_name, plan, asked) => {
    const stepper = await standingAt(plan, "update", 2, 1);
    const lines = await why(stepper, asked);
    const own = lines.find((text) => text.startsWith(`${asked} =`) || (asked === "norm.output[1, 2]" && text.startsWith(asked)));
    const { result } = readLine(own ?? "");
    expect(Math.abs(result.value - numberOf(stepper, asked)), lines.join("\n")).toBeLessThanOrEqual(result.tolerance);
    expect(expectClosed(lines)).toBeGreaterThan(0);
  });
});

test("the gradient of a weight has the chain rule's factors of its rows", async () => {
  const stepper = await standingAt(DENSE, "update");
  const lines = await why(stepper, "hidden.kernel[0, 2].grad");
  expect(lines[0]).toMatch(/^hidden\.kernel\.grad\[0, 2\] = Σ input_1\[:, 0\] · hidden\.z\.grad\[:, 2\] = /);
  expect(lines.slice(1, 4)).toEqual([
    expect.stringMatching(/^hidden\.output\.grad\[0, 2\] = Σ second\.kernel\[2\] · second\.z\.grad\[0\] = /),
    expect.stringMatching(/^f′\(hidden\.z\[0, 2\]\) = /),
    expect.stringMatching(/^hidden\.z\.grad\[0, 2\] = hidden\.output\.grad\[0, 2\] · f′\(hidden\.z\[0, 2\]\) = /),
  ]);
  expect(lines).toHaveLength(10);
});

test("the loss is the mean of its rows", async () => {
  const stepper = await standingAt(DENSE, "update", 3);
  const lines = await why(stepper, "loss");
  expect(lines).toHaveLength(4);
  expect(Math.abs(readLine(lines[0] ?? "").result.value - numberOf(stepper, "loss"))).toBeLessThan(1e-3);
  expect(expectClosed(lines.map((text) => text.replace(/^row \d+: /, "")))).toBe(4);
});

test("a weight is explained by the update that led to it, of this batch or of the one before", async () => {
  const plan = planFor("  hidden: dense 3 tanh l2=0.01\n  out: dense 1\n", "  loss mse\n  optimizer adam\n  clip norm=0.1\n");
  const before = await standingAt(plan, "forward", 2, 1);
  const lines = await why(before, "hidden.kernel[1, 0]");
  expect(lines[0]).toMatch(/^hidden\.kernel\[1, 0\] = \S+, by the adam update of epoch 2, batch 1: /);
  expect(expectClosed(lines.slice(1))).toBeGreaterThan(4);
  expect(readLine(lines.at(-1) ?? "").result.value).toBeCloseTo(numberOf(before, "hidden.kernel[1, 0]"), 3);
  const after = await standingAt(plan, "epoch", 2, 1);
  expect((await why(after, "hidden.bias.velocity[2]"))[0]).toMatch(
    /^hidden\.bias\.velocity\[2\] = \S+, by the adam update of epoch 2, batch 2: /,
  );
  const first = await standingAt(plan, "forward");
  expect(await why(first, "out.kernel[0, 0]")).toEqual([
    expect.stringContaining(": it is a start value, which no update has changed yet."),
  ]);
});

test("a NaN's operands are named", async () => {
  const stepper = await standingAt(planFor("  hidden: dense 12 tanh\n  out: dense 1\n"), "batch");
  stepper.timeline.change(() => stepper.timeline.learner.network.parameters[2]?.values.fill(Number.NaN, 10, 11));
  while (stepper.timeline.place()?.phase !== "loss") await stepper.next({ rules: [], nonFinite: false });
  expect((await why(stepper, "out.output[1, 0]"))[0]).toMatch(/· NaN .* = NaN$/);
});

test("a number that was changed by hand since is said to be so, and the training goes on as if nobody had asked", async () => {
  const stepper = await standingAt(DENSE, "loss");
  const { timeline } = stepper;
  timeline.change(() => timeline.learner.network.parameters[0]?.values.fill(2, 0, 1));
  const before = timeline.learner.network.signals.slice();
  const now = timeline.now();
  expect((await why(stepper, "hidden.z[0, 0]")).at(-1)).toMatch(/since a number was changed by hand after it was computed\.$/);
  expect(timeline.now()).toEqual(now);
  expect(timeline.learner.network.signals).toEqual(before);
  expect(timeline.learner.network.parameters[0]?.values[0]).toBe(2);
});

test.each([
  ["hidden", "hidden.output has 2 axes; name one of its numbers, such as hidden.output[0, 0]."],
  ["1 + 1", "why explains one number"],
  ["hidden.z[0]", "hidden.z has 2 axes; name one of its numbers, such as hidden.z[0, 0]."],
  ["hidden.z[9, 0]", "Index 9 is outside an axis of 3 (0 to 2)."],
  ["hidden.z[:, 0]", "A range has several numbers"],
  ["hidden.kernal[0, 0]", "There is no hidden.kernal. Is it hidden.kernel?"],
  ["nothing[0]", "There is no nothing."],
])("why(%s) says what can be asked", async (text, answer) => {
  expect((await why(await standingAt(DENSE, "update"), text)).join("\n")).toContain(answer);
});

test("a number that is not computed yet has no explanation", async () => {
  expect(await why(await standingAt(DENSE, "batch"), "hidden.z[0, 1]")).toEqual(["hidden.z is not computed yet in this batch."]);
});
