/**
 * Compares the models of files without a training with values from the book and by hand: truth tables, wiring, lines of threshold units and a row's
 * walk.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { analyse } from "../../server/language/analysis.ts";
import { untrainedModels } from "../../server/language/untrained.ts";
import type { UntrainedPlan } from "../plan.ts";
import { rowWalk, untrainedView } from "./untrained.ts";

const plansOf = (text: string): UntrainedPlan[] => untrainedModels(analyse(text)).flatMap(({ plan }) => plan ?? []);
const sample = (name: string): UntrainedPlan[] => plansOf(readFileSync(inProject("samples", name), "utf8"));
const planOf = (text: string): UntrainedPlan => {
  const [plan] = plansOf(text);
  if (!plan) throw new Error("The model has no plan.");
  return plan;
};

describe("the truth table", () => {
  test("of the book's logical networks has the rows of the file, and each is right", () => {
    const [gates, xor] = sample("gates.nn").map(untrainedView);
    expect(gates?.outputs).toEqual(["same", "both", "either", "no_a", "a_only"]);
    expect(gates?.rows.map(({ x, outputs }) => [...x, ...outputs].join(""))).toEqual(["0000010", "0100110", "1010101", "1111100"]);
    expect(xor?.rows.map(({ x, outputs, isRight }) => [...x, ...outputs, isRight].join(" "))).toEqual([
      "0 0 0 true",
      "0 1 1 true",
      "1 0 1 true",
      "1 1 0 true",
    ]);
  });

  test("marks a row whose outputs are not those that the file expects", () => {
    const view = untrainedView(planOf("model M {\n  input a, b\n  neuron a, b threshold=2\n}\nexpect M {\n  0 1 -> 1\n  1 1 -> 1\n}\n"));
    expect(view.rows.map(({ expected, outputs, isRight }) => [expected, outputs, isRight])).toEqual([
      [[1], [0], false],
      [[1], [1], true],
    ]);
  });

  test("without expectations has the rows of the data, and without data all combinations of 0 and 1", () => {
    const model = "model M {\n  input a, b, c\n  neuron a, b, not c threshold=1\n}\n";
    const withData = untrainedView(planOf(`${model}data D {\n  features a, b, c\n  target y\n  1 0 0 -> 1\n  1 0 1 -> 1\n}\n`));
    expect(withData.rowsFrom).toBe("data");
    expect(withData.rows.map(({ outputs, isRight }) => [outputs[0], isRight])).toEqual([
      [1, true],
      [0, false],
    ]);
    const alone = untrainedView(planOf(model));
    expect(alone.rowsFrom).toBe("combinations");
    // a or b, but not c.
    expect(alone.rows.map(({ x, outputs, isRight }) => `${x.join("")} ${outputs[0]} ${isRight}`)).toEqual(
      ["000 0", "001 0", "010 1", "011 0", "100 1", "101 0", "110 1", "111 0"].map((row) => `${row} null`),
    );
  });

  test.each(["model {\n}\n", "model {\n  ]] }} dense\n", "model A {\n  input a\n}\n", "model A {\n}\n"])(
    "needs an input and a layer: %j",
    (text) => expect(plansOf(text)).toEqual([]),
  );

  test("of more inputs than six has no rows unless the file has some", () => {
    const inputs = "abcdefg".split("").join(", ");
    expect(untrainedView(planOf(`model M {\n  input ${inputs}\n  neuron ${inputs} threshold=7\n}\n`)).rows).toEqual([]);
  });
});

describe("the wiring", () => {
  test("has the weights, thresholds and inhibiting inputs of the file", () => {
    const { nodes, edges } = untrainedView(
      planOf("model M {\n  input a, b\n  n: neuron a, not b threshold=1\n  tlu 1 kernel=[[2]] bias=[-1.5]\n}\n"),
    );
    expect(nodes.map(({ name, column, kind, constant, isOutput }) => [name, column, kind, constant, isOutput])).toEqual([
      ["a", 0, "input", null, false],
      ["b", 0, "input", null, false],
      ["n", 1, "neuron", 1, false],
      ["tlu_1", 2, "threshold", -1.5, true],
    ]);
    expect(edges).toEqual([
      { from: 0, to: 2, weight: null, inhibits: false },
      { from: 1, to: 2, weight: null, inhibits: true },
      { from: 2, to: 3, weight: 2, inhibits: false },
    ]);
  });

  test("of a large model is not computed at each change", () => {
    const view = untrainedView(planOf("model M {\n  input 1000\n  dense 1000 relu\n}\n"));
    expect([view.nodes, view.rows]).toEqual([[], []]);
    expect(view.note).toContain("too large");
  });
});

describe("the plane of two inputs", () => {
  test("of the book's XOR network has its two lines, and the region between them alone fires", () => {
    const [, xor] = sample("tlu.nn");
    const { plane } = untrainedView(xor ?? planOf(""));
    // x₁ + x₂ = 1.5 (and) and x₁ + x₂ = 0.5 (or).
    expect(plane?.lines.map(({ weights, bias }) => [...weights, bias])).toEqual([
      [1, 1, -1.5],
      [1, 1, -0.5],
    ]);
    for (const { weights, bias, ends } of plane?.lines ?? []) {
      expect(ends).toHaveLength(2);
      for (const [x, y] of ends) expect(weights[0] * x + weights[1] * y + bias).toBeCloseTo(0, 12);
    }
    const fires = plane?.regions.filter(({ outputs }) => outputs[0] === 1).flatMap(({ corners }) => corners.map(([x, y]) => x + y)) ?? [];
    expect(Math.min(...fires)).toBeCloseTo(0.5, 12);
    expect(Math.max(...fires)).toBeCloseTo(1.5, 12);
    // The regions cover the plane from −0.5 to 1.5 without overlapping.
    expect(plane?.regions.reduce((sum, { corners }) => sum + areaOf(corners), 0)).toBeCloseTo(4, 12);
    expect(plane?.regions).toHaveLength(3);
  });

  test("is absent where something else than thresholds reads the inputs, and for logical neurons alone", () => {
    expect(untrainedView(planOf("model M {\n  input a, b\n  dense 1 sigmoid kernel=[[1], [1]] bias=[0]\n}\n")).plane).toBeNull();
    expect(sample("gates.nn").map((plan) => untrainedView(plan).plane)).toEqual([null, null]);
    expect(untrainedView(planOf("model M {\n  input a, b, c\n  tlu 1 kernel=[[1], [1], [1]] bias=[0]\n}\n")).plane).toBeNull();
  });
});

/** Returns a polygon's area by the shoelace formula. */
const areaOf = (corners: readonly (readonly [number, number])[]): number =>
  Math.abs(
    corners.reduce((sum, [x, y], k) => {
      const [nextX, nextY] = corners[(k + 1) % corners.length] ?? [x, y];
      return sum + x * nextY - nextX * y;
    }, 0),
  ) / 2;

describe("a row's walk", () => {
  test("computes z = w · x + b and its step with the numbers of the row, and has no backward pass", () => {
    const [unit] = sample("tlu.nn");
    const stages = rowWalk(unit ?? planOf(""), 3);
    expect(stages.map(({ pass }) => pass)).toEqual(["data", "forward"]);
    const [, forward] = stages;
    const linesOf = (name: string): readonly string[] =>
      forward?.matrices.find((one) => one.name === name)?.workings?.[0]?.[0]?.lines ?? [];
    expect(linesOf("z")).toEqual(["z = Σ x · w + b = 1 · 1 + 1 · 1 − 1.5 = 0.5".replace("− 1.5", "+ (−1.5)")]);
    expect(linesOf("a").join()).toMatch(/^a = heaviside\(z\) = 1/);
    expect(forward?.words).not.toContain("reverse pass");
  });

  test("of a logical neuron counts its active inputs", () => {
    const [gates] = sample("gates.nn");
    const stages = rowWalk(gates ?? planOf(""), 1);
    const both = stages.find(({ layer }) => layer === "both")?.matrices.find(({ name }) => name === "a");
    expect(both?.workings?.[0]?.[0]?.lines).toEqual(["a = 0, since 1 active < threshold 2"]);
  });

  test("of no row, or through a layer that a training computes otherwise, has no stages", () => {
    const plan = planOf("model M {\n  input a\n  dropout 0.5\n  tlu 1 kernel=[[1]] bias=[0]\n}\n");
    expect([rowWalk(plan, 0), rowWalk(plan, 9)]).toEqual([[], []]);
  });
});
