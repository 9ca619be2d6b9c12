/** The messages about a `start` line. */
import { describe, expect, test } from "vitest";
import { analyse } from "../analysis.ts";
import { type DataFiles, NO_FILES } from "./dataFacts.ts";

const SHAPES = { "hidden/kernel": [1, 2], "hidden/bias": [2], "out/kernel": [2, 1], "out/bias": [1] };
const SCALERS = new Map([["a", { offset: 2, factor: 1 }]]);
const files: DataFiles = {
  ...NO_FILES,
  weights: (path) =>
    path === "w" ? { facts: { shapes: new Map(Object.entries(SHAPES)), scalers: SCALERS } } : { problem: `There is no file ${path}.` },
};
const said = (line: string, hidden = "hidden: dense 2 tanh", out = "out: dense 1"): string[] =>
  analyse(
    `model M {\n  input a\n  ${hidden}\n  ${out}\n}\ndata D {\n  scale standard\n  1 -> 0\n  3 -> 1\n}\ntrain M on D {\n  loss mse\n  ${line}\n}\n`,
    files,
  ).issues.map(({ code, message }) => `${code} ${message}`);

describe("`start`", () => {
  test.each([
    ["the file's layers", 'start weights("w")', undefined, undefined],
    [
      "a shape that differs only where the model writes the values",
      'start weights("w")',
      "hidden: dense 3 tanh kernel=[[1, 2, 3]] bias=[0, 0, 0]",
      "out: dense 1 kernel=[[1], [2], [3]]",
    ],
  ])("takes %s", (_name, line, hidden, out) => expect(said(line, hidden, out)).toEqual([]));

  test.each([
    ["no file", "start", 'NN212 `start` needs a file of weights; write it as in `start weights("run/weights.safetensors")`.'],
    [
      "no path",
      "start weights()",
      'NN212 `weights` needs the file\'s path in quotes; write it as in `start weights("run/weights.safetensors")`.',
    ],
    ["a path without parentheses", 'start weights "w"', 'NN213 The path of `weights` stands in parentheses; write `start weights("w")`.'],
    ["another word", 'start checkpoint("w")', "NN213 `checkpoint` is not known here; write `weights`."],
    ["an unknown file", 'start weights("v")', "NN406 There is no file v."],
  ])("reports %s", (_name, line, message) => expect(said(line)).toEqual([message]));

  test("reports the first parameter of another shape, with both (NN314)", () => {
    expect(said('start weights("w")', "hidden: dense 3 tanh")).toEqual([
      "NN314 `hidden/kernel` is 1x2 in w, but 1x3 in this model; give the layer its old size, or another name so that it begins fresh.",
    ]);
  });

  test("warns of layers that the file lacks (NN530)", () => {
    expect(said('start weights("w")', undefined, "head: dense 1")).toEqual([
      "NN530 w has no weights for `head`, so it begins fresh; if that is a mistake, use the names of the file's layers: hidden, out.",
    ]);
  });

  test("names the feature whose scale differs most from the file's (NN533)", () => {
    const scaled = (scale: string, rows: string): string[] =>
      analyse(
        `model M {\n  input a\n  hidden: dense 2 tanh\n  out: dense 1\n}\ndata D {\n  scale ${scale}\n  ${rows}\n}\ntrain M on D {\n  loss mse\n  start weights("w")\n}\n`,
        files,
      ).issues.map(({ code, message }) => `${code} ${message}`);
    // Mean 2 and deviation 1, as in the file.
    expect(scaled("standard", "1 -> 0\n  3 -> 1")).toEqual([]);
    expect(scaled("standard", "11 -> 0\n  13 -> 1")).toEqual([
      "NN533 `a` reaches the network as (x − 12) / 1, but as (x − 2) / 1 when w was trained, so its weights begin with other inputs; of all features this one differs most.",
    ]);
    expect(scaled("none", "1 -> 0\n  3 -> 1")).toEqual([expect.stringContaining("NN533 `a` reaches the network as (x − 0) / 1, but")]);
  });

  test("has no message while the file is not read", () => {
    expect(analyse('train M on D {\n  start weights("w")\n}\n', NO_FILES).issues.map(({ code }) => code)).not.toContain("NN406");
  });
});
