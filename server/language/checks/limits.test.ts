/** The limits and exceptions of findings, with a text on either side of each. */
import { describe, expect, test } from "vitest";
import { CSV_FORMAT } from "../../../engine/data/csvFormat.ts";
import { analyse } from "../analysis.ts";
import { csvFacts, type DataFiles } from "../resolve/dataFacts.ts";

const csv = (text: string): DataFiles => ({
  csv: () => csvFacts(new TextEncoder().encode(text), CSV_FORMAT, "d.csv"),
  idx: () => undefined,
});

/** Returns the codes of a text's findings. */
const codes = (text: string, files?: DataFiles): string[] => analyse(text, files).issues.map(({ code }) => code);

/** Returns a file with a binary classifier of the rows. */
const classifier = (rows: string, body = "dense 1 sigmoid"): string =>
  `model M {\n  input 2\n  ${body}\n}\ndata D {\n  ${rows}\n}\ntrain M on D {\n  loss binary_crossentropy\n}\n`;

/** Returns a file with one layer that learns the column y of d.csv from its columns a and b. */
const regression = (layer: string, line = "missing error", learn = "loss mse"): string =>
  `model M {\n  input a, b\n  ${layer}\n}\ndata D {\n  source csv("d.csv")\n  target y\n  ${line}\n}\ntrain M on D {\n  ${learn}\n}\n`;
/** Returns a table with these values of y. */
const targets = (...values: readonly (number | string)[]): DataFiles => csv(`a,b,y\n${values.map((y, i) => `${i},1,${y}`).join("\n")}\n`);

describe("features on different scales (NN504)", () => {
  // The standard deviation of two values is half the distance between them.
  test.each([
    ["20 times the deviation", "0 0 -> 0\n  2 40 -> 1", []],
    ["21 times the deviation", "0 0 -> 0\n  2 42 -> 1", ["NN504"]],
    ["a deviation of 100", "0 0 -> 0\n  20 200 -> 1", []],
    ["a deviation of 101", "0 0 -> 0\n  20 202 -> 1", ["NN504"]],
  ])("%s", (_name, rows, found) => expect(codes(classifier(rows))).toEqual(found));

  test.each([
    ["normalize", []],
    ["batch_norm", []],
    ["layer_norm", []],
    ["dropout 0.1", ["NN504"]],
  ])("with %s before the first weights", (layer, found) =>
    expect(codes(classifier("0 0 -> 0\n  2 400 -> 1", `${layer}\n  dense 1 sigmoid`))).toEqual(found),
  );
});

describe("missing values (NN406)", () => {
  test.each([
    ["error", "1,,3", ["NN406"]],
    ["error", "1,2,", ["NN406"]],
    ["mean", "1,,3", []],
    ["mean", "1,2,", ["NN406"]],
    ["drop", "1,2,", []],
  ])("missing %s and the row %s", (how, row, found) =>
    expect(codes(regression("dense 1", `missing ${how}`), csv(`a,b,y\n${row}\n2,3,1\n4,1,5\n`))).toEqual(found),
  );
});

describe("a warm-up longer than the training (NN537)", () => {
  // 4 rows in batches of 2, 5 epochs: 10 steps.
  const rows = "0 0 -> 0\n  0 1 -> 1\n  1 0 -> 1\n  1 1 -> 1";
  const warmed = (steps: number): string =>
    classifier(rows).replace(
      "  loss",
      `  optimizer sgd(learning_rate=exponential_decay(0.01, steps=100, rate=0.9, warmup_steps=${steps}))\n  batch 2\n  epochs 5\n  loss`,
    );
  test.each([
    [10, []],
    [11, ["NN537"]],
  ])("of %i steps", (steps, found) => expect(codes(warmed(steps))).toEqual(found));
  test("does not count in `epochs 0`", () => expect(codes(warmed(11).replace("epochs 5", "epochs 0"))).toEqual([]));
});

describe("a split by the target (NN536)", () => {
  const rows = "0 0 0 -> 0\n  0 1 1 -> 1\n  1 0 0 -> 1\n  1 1 1 -> 1";
  const by = (column: string): string[] =>
    codes(
      `model M {\n  input a, b\n  dense 1 sigmoid\n}\ndata D {\n  features a, b, person\n  target y\n  split test=0.5 by=${column}\n  ${rows}\n}\ntrain M on D {\n  loss binary_crossentropy\n}\n`,
    );
  test("is reported, and one by another column is not", () => {
    expect(by("y")).toEqual(["NN536"]);
    expect(by("person")).toEqual([]);
  });
});

describe("advice on layers", () => {
  const model = (body: string): string[] => codes(`model M {\n  input 2\n  ${body}\n  dense 1\n}\n`);
  test.each([
    ["sigmoid", 4, []],
    ["sigmoid", 5, ["NN506"]],
    ["tanh", 19, []],
    ["tanh", 20, ["NN506"]],
  ])("%s on a line after each of %i dense layers (NN506)", (activation, depth, found) =>
    expect(model(Array(depth).fill(`dense 4\n  ${activation}`).join("\n  "))).toEqual(found),
  );
  test.each(["dropout 0.1", "flatten", "reshape 4x2\n  flatten", "normalize"])(
    "a layer without activation is reported if only %s is between it and the next layer (NN505)",
    (between) => expect(model(`dense 8\n  ${between}`)).toEqual(["NN505"]),
  );
  test("a layer without activation before batch_norm is reported, and so is its bias (NN505, NN513)", () =>
    expect(model("dense 8\n  batch_norm")).toEqual(["NN505", "NN513"]));
  test("a bias has an effect if another layer besides batch_norm takes the output (NN513)", () => {
    expect(model("a: dense 8\n  b: batch_norm\n  c: relu\n  d: tanh from a\n  add c, d".replace("add c, d", "add from c, d"))).toEqual([]);
    expect(model("a: dense 8\n  b: batch_norm\n  c: relu")).toEqual(["NN513"]);
  });
});

describe("a training", () => {
  const rows = "0 0 -> 0\n  1 1 -> 1";
  test.each([
    ["1e-6", ["NN508"]],
    ["1e-5", []],
    ["1", []],
    ["1.5", ["NN508"]],
  ])("with sgd's learning rate %s (NN508)", (rate, found) =>
    expect(codes(classifier(rows).replace("  loss", `  optimizer sgd(learning_rate=${rate})\n  loss`))).toEqual(found),
  );
  test.each([
    ["batch 2", "missing error", []],
    ["batch 3", "missing error", ["NN509"]],
    ["batch 2", "split validation=0.5", ["NN509"]],
    ["batch 3", "missing drop", []],
  ])("with %s of two rows and %s (NN509)", (batch, line, found) =>
    expect(codes(regression("dense 1", line, `loss mse\n  ${batch}`), targets(0, 1))).toEqual(found),
  );
  test.each([
    ["clip norm=0", "`norm` must be a number above 0, but 0 is not."],
    ["batch 0", "`batch` must be a whole number from 1, but 0 is out of range."],
    ["epochs 2000000000", "`epochs` must be a whole number from 0 up to 1,000,000,000, but 2000000000 is out of range."],
    ["seed 4294967296", "`seed` must be a whole number from 0 up to 4,294,967,295, but 4294967296 is out of range."],
    ["batch 2000000000", "`batch` must be a whole number from 1 up to 1,000,000,000, but 2000000000 is out of range."],
  ])("with %s has one finding, with the limit (NN213)", (line, message) =>
    expect(
      analyse(regression("dense 1", "missing error", `loss mse\n  ${line}`), targets(0, 1, 2)).issues.map((found) => found.message),
    ).toEqual([message]),
  );
  test("has each metric once (NN210)", () =>
    expect(codes(regression("dense 1", "missing error", "loss mse\n  metrics mae, mse, mae"), targets(0, 1, 2))).toEqual(["NN210"]));
  test.each([
    ["0.2", []],
    ["0.2000001", ["NN213"]],
  ])("with parts of 0.6, 0.2 and %s (NN213)", (part, found) =>
    expect(codes(regression("dense 1", `split train=0.6 validation=0.2 test=${part}`), targets(0, 1, 2))).toEqual(found),
  );
});

describe("a step under backpropagation (NN404)", () => {
  const fixes = (layer: string): string[][] =>
    analyse(
      `model M {\n  input 2\n  ${layer}\n  dense 1\n}\ndata D {\n  0 0 -> 0\n  1 1 -> 1\n}\ntrain M on D {\n  loss mse\n}\n`,
    ).issues.map(({ code, fixes }) => [code, ...fixes.map(({ title }) => title)]);
  test.each([
    ["dense 2 heaviside", ["NN404", "Change to `sigmoid`"]],
    ["dense 2 sign", ["NN404", "Change to `tanh`"]],
    ["tlu 2", ["NN404", "Change to `dense 2 sigmoid`"]],
    ["tlu 2 sign", ["NN404", "Change to `dense 2 tanh`"]],
    // The fix would lose the argument `init`.
    ["tlu 2 sign init=zeros", ["NN404"]],
  ])("%s", (layer, found) => expect(fixes(layer)).toEqual([found]));
});

describe("the perceptron rule (NN405)", () => {
  test("the message says that the model has two outputs", () => {
    const { issues } = analyse(
      "model M {\n  x: input 2\n  a: tlu 1\n  b: flatten from x\n  output a, b\n}\ndata D {\n  0 0 -> 0 0 0\n  1 1 -> 1 1 1\n}\ntrain M on D {\n  optimizer perceptron\n}\n",
    );
    expect(issues.map(({ code, message }) => [code, message])).toEqual([["NN405", expect.stringContaining("`M` has 2 outputs")]]);
  });
});

describe("targets outside the range of the output (NN511)", () => {
  test.each([
    ["dense 1 relu", "missing error", [0, 2], []],
    ["dense 1 relu", "missing error", [-0.01, 2], ["NN511"]],
    ["dense 1 relu", "scale_target minmax", [-5, 2], []],
    ["dense 1 relu", "scale_target standard", [1, 2], ["NN511"]],
    ["dense 1 tanh", "missing error", [0, 3], ["NN511"]],
    // Standardized, two values are -1 and 1.
    ["dense 1 tanh", "scale_target standard", [0, 3], []],
    ["dense 1 tanh", "scale_target standard", [0, 3, 3], ["NN511"]],
    ["dense 1 elu", "missing error", [-1.5, 3], ["NN511"]],
    ["dense 1 elu(alpha=2)", "missing error", [-1.5, 3], []],
    ["dense 1 elu(alpha=2)", "missing error", [-2.5, 3], ["NN511"]],
  ] as const)("%s, %s, targets %j", (layer, line, values, found) =>
    expect(codes(regression(layer, line), targets(...values))).toEqual(found),
  );
});

describe("classes and units (NN305)", () => {
  test.each([
    ["numbers", "dense 2 softmax", [0, 1, 2], ["NN305"]],
    ["numbers", "dense 3 softmax", [0, 1, 2], []],
    // There may be a class with a larger number than those in the data.
    ["numbers", "dense 4 softmax", [0, 1, 2], []],
    ["names", "dense 3 softmax", ["x", "y", "z"], []],
    ["names", "dense 4 softmax", ["x", "y", "z"], ["NN305"]],
  ] as const)("%s, %s, targets %j", (_kind, layer, values, found) =>
    expect(codes(regression(layer, "missing error", "loss sparse_categorical_crossentropy"), targets(...values))).toEqual(found),
  );
});

describe("one class a row against an output of several axes (NN304)", () => {
  test.each([
    ["dense 4\n  reshape 2x2\n  softmax", "sparse_categorical_crossentropy", [0, 1, 1], ["NN304"]],
    ["dense 4\n  reshape 2x2\n  softmax", "categorical_crossentropy", ["x", "y", "y"], ["NN304"]],
    ["dense 4\n  reshape 2x2\n  flatten\n  softmax", "sparse_categorical_crossentropy", [0, 1, 3], []],
  ] as const)("%s, %s, targets %j", (layers, loss, values, found) =>
    expect(codes(regression(layers, "missing error", `loss ${loss}`), targets(...values))).toEqual(found),
  );
});

describe("unknown names", () => {
  test("of many unknown columns on a line, the first ten are reported", () => {
    const names = Array.from({ length: 15 }, (_, k) => `zzqq${k}`);
    const { issues } = analyse(`data D {\n  source csv("d.csv")\n  features ${names.join(", ")}\n  target y\n}\n`, csv("a,b,y\n1,2,3\n"));
    expect(issues.map(({ code }) => code)).toEqual(Array(10).fill("NN211"));
  });
  test.each([
    ["dropot 0.1", "dropout"],
    ["drpout 0.1", "dropout"],
    ["dnese 3", "dense"],
    ["dens 3", "dense"],
    // Three differing letters of seven are too many, and so are two of five.
    ["drxxxut 0.1", undefined],
    ["dexxe 3", undefined],
  ])("the nearest name for the line `%s` is %s", (line, name) => {
    const [issue] = analyse(`model M {\n  input 2\n  ${line}\n  dense 1\n}\n`).issues;
    expect(issue).toMatchObject({ code: "NN201", fixes: name === undefined ? [] : [{ title: `Change to \`${name}\`` }] });
  });
  test("a `let` may name another `let`, and a cycle of them ends", () => {
    const chain = "let a = 7\nlet b = a\nlet c = b\nlet d = c\nmodel M {\n  input 2\n  dense d\n}\n";
    expect(analyse(chain).models[0]?.outputs[0]?.output).toEqual([7]);
    expect(codes("let a = b\nlet b = a\nmodel M {\n  input 2\n  dense a\n}\n").length).toBeGreaterThan(0);
  });
});
