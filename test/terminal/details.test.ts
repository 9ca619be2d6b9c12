/** Details of the built `nn` command, each with a smallest file. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Result, runNn } from "./run.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "backprop-details-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const nn = (...args: readonly string[]): Promise<Result> => runNn(folder, args);
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

describe("nn check", () => {
  test("prints a file's only finding, a warning, with exit code 0", async () => {
    write("warning.nn", "model M {\n  input 4\n  dense 8\n  dense 1\n}\n");
    expect(await nn("check", "warning.nn")).toMatchObject({ code: 0, out: expect.stringMatching(/^warning\.nn:3:3: warning NN505: /) });
  });
  test("names the nearest file for a misspelt one, in its own folder only", async () => {
    mkdirSync(join(folder, "data"), { recursive: true });
    write("data/flowers.csv", "a,y\n1,2\n");
    write("flowers.nn", 'data D {\n  source csv("data/flowres.csv")\n  target y\n}\n');
    expect((await nn("check", "flowers.nn")).out).toContain(
      "error NN406: There is no file data/flowres.csv beside this one; did you mean `data/flowers.csv`?\n",
    );
    write("other.nn", 'data D {\n  source csv("flowres.csv")\n  target y\n}\n');
    expect((await nn("check", "other.nn")).out).toContain("There is no file flowres.csv beside this one; check the name");
  });
  test("a lone carriage return ends a line", async () => {
    write("cr.nn", "model M {\r  input 2\r  dens 1\r}\r");
    expect(await nn("check", "cr.nn")).toMatchObject({ code: 1, out: expect.stringMatching(/^cr\.nn:3:3: error NN201: /) });
  });
});

test("nn summary names the inputs of all layers if one of them does not read the layer above", async () => {
  write("skip.nn", "model M {\n  x: input 2\n  a: dense 2 relu\n  b: dense 2 from x\n  c: dense 2\n  add from a, c\n}\n");
  const { out } = await nn("summary", "skip.nn");
  const from = out
    .split("\n")
    .slice(2, 7)
    .map((line) => /^(\w+) +(?:input|dense relu|dense|add) +(.*?) +2(?: +2x2)? +\d+$/.exec(line)?.slice(1));
  expect(from).toEqual([
    ["x", ""],
    ["a", "x"],
    ["b", "x"],
    ["c", "b"],
    ["add_1", "a, c"],
  ]);
  write("chain.nn", "model M {\n  x: input 2\n  a: dense 2 relu\n  b: dense 2\n}\n");
  expect((await nn("summary", "chain.nn")).out).toMatch(/\na +dense relu {10,}2 +2x2 +6\nb +dense {10,}2 +2x2 +6\n/);
});

test("--html of summary and gradients prints one page to a file or a pipe", async () => {
  write(
    "page.nn",
    `model M {\n  input 2\n  dense 3 tanh\n  dense 1\n}\ndata D {\n  1 2 -> 3\n  4 5 -> 6\n}\ntrain M on D {\n  loss mse\n}\n`,
  );
  const layers = await nn("summary", "page.nn", "--html");
  expect(layers.out).toMatch(
    /^<!doctype html>[\s\S]+<h2>model M<\/h2>[\s\S]+<td>dense tanh<\/td>[\s\S]+<td>2x3<\/td><td>9<\/td>[\s\S]+<p>13 parameters<\/p>[\s\S]+<\/html>\n$/,
  );
  const step = await nn("gradients", "page.nn", "--html", "--rows", "2");
  expect(step.out).toMatch(/^<!doctype html>[\s\S]+page\.nn, model M\. Row 2 alone, [\s\S]+with the start weights\.[\s\S]+<\/html>\n$/);
  for (const [rows, message] of [
    ["1,2", "--html prints the step of one row"],
    ["3", "The data have the rows 1 to 2; there is no row 3."],
  ] as const)
    expect(await nn("gradients", "page.nn", "--html", "--rows", rows)).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining(message),
    });
});

test("nn test uses the training on the data that the expectation names", async () => {
  const block = (data: string, y: number): string =>
    `data ${data} {\n  1 -> ${y}\n}\nrun_${data}: train M on ${data} {\n  loss mse\n  optimizer sgd(learning_rate=0.25)\n  epochs 100\n}\nexpect M on ${data} {\n  tolerance 0.001\n  1 -> ${y}\n}\n`;
  write("two.nn", `model M {\n  input 1\n  dense 1 bias=false\n}\n${block("D", 1)}${block("E", 5)}`);
  expect(await nn("test", "two.nn")).toMatchObject({ code: 0, out: expect.stringContaining("2 passed, 0 failed") });
});

test("a metric without a value is shown as a dash, and the reason is stated once for each part", async () => {
  const model = (units: number, activation: string): string =>
    `model M {\n  input 1\n  dense ${units} ${activation}\n}\ndata D {\n  split validation=0.5\n`;
  const end = (loss: string, metric: string): string =>
    `}\ntrain M on D {\n  loss ${loss}\n  metrics ${metric}\n  epochs 3\n}\nexpect M on D {\n  ${metric} > 0\n}\n`;
  write("one-class.nn", `${model(1, "sigmoid")}  1 -> 1\n  2 -> 1\n  3 -> 1\n  4 -> 1\n${end("binary_crossentropy", "auc")}`);
  write("constant.nn", `${model(2, "linear")}  1 -> 1 5\n  2 -> 2 5\n  3 -> 3 5\n  4 -> 4 5\n${end("mse", "r2")}`);
  for (const [file, metric, why] of [
    ["one-class.nn", "auc", "all rows are of one class"],
    ["constant.nn", "r2", "a target column is constant"],
  ] as const) {
    const { out } = await nn("train", file);
    expect(out).not.toContain("NaN");
    expect(out).toContain(`${metric} –  val_${metric} –`);
    expect(out.split(`\n${metric} has no value because ${why} in the training part.\n`)).toHaveLength(2);
    expect(out.split(`\nval_${metric} has no value because ${why} in the validation part.\n`)).toHaveLength(2);
    expect((await nn("test", file)).out).toContain(`failed: ${metric} > 0 (it is undefined because ${why})`);
  }
});

test("nn predict reads the words of a one-hot column, and names its columns by output and target", async () => {
  write("colours.csv", "colour,n,p,q\nred,1,2,3\nblue,2,4,6\nred,3,4,5\n");
  write(
    "colours.nn",
    'model M {\n  x: input colour, n\n  first: dense 1\n  second: dense 1 from x\n  output first, second\n}\ndata D {\n  source csv("colours.csv")\n  target p, q\n  one_hot colour\n}\ntrain M on D {\n  loss mse\n  epochs 1\n}\n',
  );
  expect((await nn("train", "colours.nn", "--out", "colours")).code).toBe(0);
  const { code, out } = await nn("predict", "colours.nn", "--weights", "colours/weights.safetensors", "--data", "colours.csv");
  const [title, ...rows] = out.trim().split("\n");
  expect([code, title]).toEqual([0, "first_p,second_q"]);
  expect(rows.map((row) => row.split(",").map(Number).every(Number.isFinite))).toEqual([true, true, true]);
});

test("nn gradcheck fails if the reverse pass and the differences disagree", async () => {
  // At the kink relu's slope is 0 on one side and 1 on the other, so the central difference is half of it.
  write(
    "kink.nn",
    "model M {\n  input 1\n  dense 1 relu kernel=[[0]] bias=false\n}\ndata D {\n  1 -> 1\n}\ntrain M on D {\n  loss mse\n}\n",
  );
  expect(await nn("gradcheck", "kink.nn")).toMatchObject({ code: 1, out: expect.stringContaining("The reverse pass disagrees") });
  expect((await nn("gradcheck", "kink.nn", "--json")).code).toBe(1);
});

test("nn gradcheck compares every weight of a small network", async () => {
  write("every.nn", "model M {\n  input 2\n  dense 1\n}\ndata D {\n  1 2 -> 1\n  2 1 -> 1\n}\ntrain M on D {\n  loss mse\n}\n");
  expect((await nn("gradcheck", "every.nn", "--all")).out).toContain(" over all 3 weights on 2 rows (limit 0.000001).");
  expect(JSON.parse((await nn("gradcheck", "every.nn", "--json")).out)).toMatchObject({ weights: 3, checked: 3, seed: 42 });
});

test("nn derive writes a gradient as Markdown or LaTeX, and refuses what is no weight", async () => {
  write(
    "derived.nn",
    "model M {\n  input 1\n  out: dense 1 kernel=[[0.5]]\n}\ndata D {\n  2 -> 3\n}\ntrain M on D {\n  loss mse\n  optimizer sgd(learning_rate=0.1)\n}\n",
  );
  const markdown = await nn("derive", "derived.nn", "--weight", "out[0,0]");
  // 2 · (0.5 · 2 − 3) · 2
  expect(markdown).toMatchObject({
    code: 0,
    err: "",
    out: expect.stringContaining("\\frac{\\partial L}{\\partial w^{(1)}_{1,1}} &= -8\n"),
  });
  write(
    "rows.nn",
    "model M {\n  input 1\n  out: dense 1 kernel=[[0.5]]\n}\ndata D {\n  2 -> 3\n  4 -> 1\n  1 -> 0\n}\ntrain M on D {\n  loss mse\n  batch 1\n}\n",
  );
  // The mean of 2 · (0.5 · 2 − 3) · 2 and 2 · (0.5 · 1 − 0) · 1
  const ofRows = (await nn("derive", "rows.nn", "--of", "out[0,0]", "--rows", "1,3")).out;
  expect(ofRows).toContain("By the chain rule it is −3.5.");
  expect((await nn("derive", "derived.nn", "--weight", "out.bias[0]", "--latex", "--epoch", "1")).out).toMatch(/\\end\{document\}\n$/);
  expect(await nn("derive", "derived.nn", "--weight", "other[0]")).toMatchObject({
    code: 2,
    err: expect.stringContaining("There is no layer other"),
  });
});
