/** Compares Rosenblatt's rule, row by row, and the bound on its mistakes with values computed by hand. */
import { describe, expect, test } from "vitest";
import { noFiles, planOf, seed } from "../../test/fixtures.ts";
import { randomFrom } from "../random.ts";
import { openInspector } from "./inspector.ts";
import { mistakeBound, widestSeparator } from "./mistakeBound.ts";
import type { RuleTrace } from "./views.ts";

const traceOf = async (text: string): Promise<RuleTrace> =>
  await (await openInspector(planOf(text), noFiles, { precision: "float32" })).rule();

const perceptron = (tlu: string, rows: string, more = ""): string =>
  `model M {\n  input x\n  tlu 1 ${tlu}\n}\ndata D {\n  features x\n  target y\n${rows}}\ntrain M on D {\n  optimizer perceptron(learning_rate=1)\n  shuffle false\n  epochs 20\n${more}}\n`;

describe("the rule, row by row", () => {
  test("has the mistakes, weights and order of a calculation by hand", async () => {
    // From w = 0, b = 0: x = 3 must fire, x = 1 must not. z ≥ 0 fires.
    const trace = await traceOf(perceptron("kernel=[[0]] bias=[0]", "  3 -> 1\n  1 -> 0\n"));
    const seen = trace.steps.map(({ epoch, row, z, a, t, change }) => [epoch, row, z, a, t, ...(change?.after ?? [])]);
    expect(seen).toEqual([
      [1, 1, 0, 1, 1],
      [1, 2, 0, 1, 0, -1, -1],
      [2, 1, -4, 0, 1, 2, 0],
      [2, 2, 2, 1, 0, 1, -1],
      [3, 1, 2, 1, 1],
      [3, 2, 0, 1, 0, 0, -2],
      [4, 1, -2, 0, 1, 3, -1],
      [4, 2, 2, 1, 0, 2, -2],
      [5, 1, 4, 1, 1],
      [5, 2, 0, 1, 0, 1, -3],
      [6, 1, 0, 1, 1],
      [6, 2, -2, 0, 0],
    ]);
    expect(trace.steps[2]?.change?.lines).toEqual(["w of x = −1 + 1 · (1 − 0) · 3 = 2", "b = −1 + 1 · (1 − 0) = 0"]);
    // R² = 3² + 1². The widest margin is the distance of 0 from the segment between (3, 1) and −(1, 1): 2 / √(4² + 2²). So (R/γ)² = 10 · 20 / 4.
    expect(trace.bound.fromZero).toBeCloseTo(50, 6);
    expect(trace.steps.filter(({ change }) => change)).toHaveLength(7);
  });

  test("has the bound (R/γ)² of the widest margin", async () => {
    // x = −2 first: z = 0 fires, so w = 2, b = −1. Then every row is right: z = −5 and 3.
    const trace = await traceOf(perceptron("kernel=[[0]] bias=[0]", "  -2 -> 0\n  2 -> 1\n"));
    expect(trace.steps.filter(({ change }) => change)).toHaveLength(1);
    // R² = 2² + 1² = 5. The widest margin is 2, with the line x = 0. So (R/γ)² = 5 / 4.
    expect(trace.bound.fromZero).toBeCloseTo(5 / 4, 9);
    expect(trace.bound.fromStart).toBeCloseTo(5 / 4, 9);
    expect(trace.bound.lines.at(-1)).toMatch(/^\(R\/γ\)² = \(2\.236\d* \/ 2\)² = 1\.25$/);
    // The last weights (2, −1) have the margin min(5, 3) / √5.
    const rows = [
      { x: [-2, 1], isOn: false },
      { x: [2, 1], isOn: true },
    ];
    expect(mistakeBound({ rows, start: [0, 0], separator: [2, -1], rate: 1 }).fromZero).toBeCloseTo(25 / 9, 12);
  });

  test("of rows that no line separates ends with the training, and has no bound", async () => {
    const trace = await traceOf(perceptron("", "  1 -> 0\n  2 -> 1\n  3 -> 0\n"));
    expect(trace.steps).toHaveLength(60);
    expect(trace.bound.fromZero).toBeNull();
    expect(trace.bound.says).toContain("No line was found");
    expect(trace.plane).toBeNull();
  });

  test("has the line in the plane in the features' own units", async () => {
    const text =
      "model M {\n  input a, b\n  tlu 1 kernel=[[1], [1]] bias=[0]\n}\ndata D {\n  features a, b\n  target y\n  10 100 -> 0\n  30 500 -> 1\n  20 300 -> 1\n  scale standard\n}\ntrain M on D {\n  optimizer perceptron(learning_rate=1)\n  epochs 1\n}\n";
    const { plane } = await traceOf(text);
    // The scaled line x + y = 0 passes through the means, 20 and 300, with the slope −(deviation of b) / (deviation of a) = −20.
    for (const [a, b] of plane?.startLine ?? []) expect((b - 300) / (a - 20)).toBeCloseTo(-20, 9);
    expect(plane?.startLine).toHaveLength(2);
    expect(plane?.points.map(({ row, at, target }) => [row, at.map((value) => Math.round(value)), target])).toEqual([
      [1, [10, 100], 0],
      [2, [30, 500], 1],
      [3, [20, 300], 1],
    ]);
  });

  test("is refused for a batch of several rows and for another optimizer", async () => {
    await expect(traceOf(perceptron("", "  1 -> 0\n  2 -> 1\n", "  batch 2\n"))).rejects.toThrow("one by one");
    const sgd =
      "model M {\n  input x\n  dense 1 sigmoid\n}\ndata D {\n  features x\n  target y\n  1 -> 0\n}\ntrain M on D {\n  loss mse\n}\n";
    await expect(traceOf(sgd)).rejects.toThrow("Rosenblatt");
  });
});

describe("the bound for start weights that are not 0", () => {
  test(`is the number at which both sides of its inequality are equal, and no training exceeds it; seed ${seed}`, () => {
    const random = randomFrom(seed, "weights", 0);
    const draw = (): number => 2 * random.uniform() - 1;
    for (let k = 0; k < 30; k++) {
      const truth = [draw(), draw(), draw()];
      const size = Math.hypot(...truth);
      const side = (x: readonly number[]): number => x.reduce((sum, one, j) => sum + one * (truth[j] ?? 0), 0) / size;
      const rows = Array.from({ length: 30 }, () => [draw(), draw(), 1])
        .filter((x) => Math.abs(side(x)) > 0.1)
        .map((x) => ({ x, isOn: side(x) > 0 }));
      const start = [3 * draw(), 3 * draw(), 3 * draw()];
      const rate = 0.1 + random.uniform();
      const { fromStart, fromZero } = mistakeBound({ rows, start, separator: truth, rate });
      if (fromStart === null || fromZero === null) throw new Error("The rows are separated.");
      const margin = Math.min(...rows.map(({ x }) => Math.abs(side(x))));
      const wider = mistakeBound({ rows, start, separator: widestSeparator(rows, truth), rate }).fromZero;
      expect(wider).toBeLessThanOrEqual(fromZero);
      expect(mistakesFrom([0, 0, 0], rows, rate)).toBeLessThanOrEqual(wider ?? 0);
      const radius = Math.max(...rows.map(({ x }) => Math.hypot(...x)));
      const left = fromStart * rate * margin + side(start);
      const right = Math.sqrt(Math.hypot(...start) ** 2 + fromStart * (rate * radius) ** 2);
      expect(left / right).toBeCloseTo(1, 9);
      expect(mistakesFrom(start, rows, rate)).toBeLessThanOrEqual(fromStart);
      expect(mistakesFrom([0, 0, 0], rows, rate)).toBeLessThanOrEqual(fromZero);
    }
  });

  test("is absent if the corrections are not η · x", () => {
    const rows = [
      { x: [1, 1], isOn: true },
      { x: [-1, 1], isOn: false },
    ];
    expect(mistakeBound({ rows, start: [0, 0], separator: [1, 0], rate: null })).toMatchObject({ fromZero: null, fromStart: null });
  });
});

/** Runs Rosenblatt's rule over the rows until a pass has no mistake. Returns the number of mistakes. */
function mistakesFrom(
  start: readonly number[],
  rows: readonly { readonly x: readonly number[]; readonly isOn: boolean }[],
  rate: number,
): number {
  const w = [...start];
  let all = 0;
  for (let before = -1; before !== all; ) {
    before = all;
    for (const { x, isOn } of rows) {
      const fires = x.reduce((sum, one, j) => sum + one * (w[j] ?? 0), 0) >= 0;
      if (fires === isOn) continue;
      all++;
      x.forEach((one, j) => {
        w[j] = (w[j] ?? 0) + rate * (isOn ? 1 : -1) * one;
      });
    }
  }
  return all;
}
