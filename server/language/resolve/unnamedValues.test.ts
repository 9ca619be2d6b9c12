/** Values without a name are assigned to the arguments in the catalog's order. */
import { describe, expect, test } from "vitest";
import { analyse } from "../analysis.ts";
import type { Fix } from "../diagnostics/issue.ts";

const applied = (text: string, fix: Fix | undefined): string | undefined =>
  fix &&
  [...fix.changes]
    .sort((a, b) => b.span.start - a.span.start)
    .reduce((t, { span, text: to }) => t.slice(0, span.start) + to + t.slice(span.end), text);

const model = (line: string): string => `model M {\n  input 4\n  ${line}\n  dense 1\n}\n`;
const errors = (text: string) => analyse(text).issues.filter(({ severity }) => severity === "error");

describe("a layer's line", () => {
  test.each([
    [
      "dense 64 32 relu",
      "NN207 `dense` takes `64` as its `units`, and `32` is a number too many; remove it, or name its argument.",
      "dense 64 relu",
    ],
    [
      "dense 64 relu 32",
      "NN207 `dense` takes `64` as its `units`, and `32` is a number too many; remove it, or name its argument.",
      "dense 64 relu",
    ],
    [
      "dense 3 relu tanh",
      "NN207 `dense` takes `relu` as its `activation`, and `tanh` is a name too many; remove it, or name its argument.",
      "dense 3 relu",
    ],
    ["dense relu 8", "NN213 `dense` takes its `units` before its `activation`; swap `relu` and `8`.", "dense 8 relu"],
    [
      "dense 3 he_normal",
      "NN213 `he_normal` stands in the place of `activation`, but it is a name; write `init=he_normal`.",
      "dense 3 init=he_normal",
    ],
    ["dense 3 units=2", "NN210 There is already an argument named `units`; remove one of the two.", "dense units=2"],
    [
      "dropout 0.2 0.3",
      "NN207 `dropout` takes `0.2` as its `rate`, and `0.3` is a number too many; remove it, or name its argument.",
      "dropout 0.2",
    ],
    ["dense relu", "NN212 `dense` needs `units`; write it as in `dense 300 relu`.", undefined],
    [
      "batch_norm 0.9",
      "NN207 `0.9` needs a name here, since `batch_norm` has momentum, epsilon; write it as in `momentum=0.9`.",
      "batch_norm",
    ],
    ["flatten 3", "NN207 `flatten` takes no arguments; remove `3`.", "flatten"],
  ])("%s", (line, message, repaired) => {
    const text = model(line);
    const found = errors(text);
    expect(found.map(({ code, message }) => `${code} ${message}`)).toEqual([message]);
    const [fix] = found[0]?.fixes ?? [];
    if (repaired === undefined) expect(fix).toBeUndefined();
    else {
      expect(applied(text, fix)).toBe(model(repaired));
      expect(errors(model(repaired))).toEqual([]);
    }
  });

  test("a name that `let` declares counts as its value", () => {
    expect(errors(`let width = 8\nlet f = relu\n${model("dense width f")}`)).toEqual([]);
  });
});

describe("a call", () => {
  const train = (optimizer: string): string =>
    `${model("dense 2 relu")}data D {\n  0 0 0 0 -> 1\n}\ntrain M on D {\n  loss mse\n  optimizer ${optimizer}\n}\n`;
  test("takes its values in the catalog's order", () => {
    const optimizer = analyse(train("sgd(0.1, 0.9, true)")).plans[0]?.plan.training.optimizer;
    expect(optimizer).toMatchObject({ name: "sgd", settings: { momentum: 0.9, nesterov: 1 } });
  });
  test("a value of another argument must be named", () => {
    const [found] = errors(train("sgd(0.1, true)"));
    expect(found?.message).toBe("`true` stands in the place of `momentum`, but it is true or false; write `nesterov=true`.");
    expect(applied(train("sgd(0.1, true)"), found?.fixes?.[0])).toBe(train("sgd(0.1, nesterov=true)"));
  });
});

describe("other forms of the same file", () => {
  const rest = "data D {\n  features a, b\n  target y\n  1 2 -> 3\n  2 1 -> 4\n}\ntrain M on D {\n  loss mse\n}\n";
  const plan = (text: string): unknown => {
    const { plans, issues } = analyse(text);
    expect(issues.filter(({ severity }) => severity === "error")).toEqual([]);
    return plans[0]?.plan;
  };
  const short = `model M {\n  input a, b\n  h: dense 8 relu\n  g: dense 4 tanh from h\n  concat from h, g\n  dropout 0.5\n  dense 1\n}\n${rest}`;

  test.each([
    [
      "parentheses",
      "model M {\n  input(a, b)\n  h: dense(8, relu)\n  g: dense(4, tanh) from h\n  concat(h, g)\n  dropout(.5)\n  dense(1)\n}\n",
    ],
    ["no commas", "model M {\n  input a b\n  h: dense 8 relu\n  g: dense 4 tanh from h\n  concat from h g\n  dropout .5\n  dense 1.\n}\n"],
    [
      "commas everywhere",
      "model M {\n  input a, b\n  h: dense 8, relu\n  g: dense 4, tanh from h\n  concat from h, g\n  dropout 0.50\n  dense 1\n}\n",
    ],
    [
      "sums",
      "let w = 4\nlet double = w * 2\nmodel M {\n  input a, b\n  h: dense double relu\n  g: dense w tanh from h\n  concat from h, g\n  dropout 0.5\n  dense 1\n}\n",
    ],
  ])("%s", (_name, text) => expect(plan(text + rest)).toEqual(plan(short)));

  test("words in rows need no quotes", () => {
    const rows = (cells: string) =>
      `model M {\n  input a\n  dense 2 softmax\n}\ndata D {\n  features a\n  target y\n  ${cells}\n}\ntrain M on D {\n  loss sparse_categorical_crossentropy\n}\n`;
    expect(plan(rows("1 -> yes\n  2 -> no"))).toEqual(plan(rows('1 -> "yes"\n  2 -> "no"')));
    expect(plan(`let one = 1\n${rows("one -> yes\n  2 -> no")}`)).toEqual(plan(rows("1 -> yes\n  2 -> no")));
  });
});
