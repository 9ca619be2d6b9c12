/** The formatter: formatting a second time changes nothing, and only the layout changes. */
import { describe, expect, test } from "vitest";
import { inProject } from "../../../scripts/project.ts";
import { conformanceCases, nnFilesIn } from "../../../test/fixtures.ts";
import { analyse } from "../analysis.ts";
import { formatted } from "./formatter.ts";

const texts: [string, string][] = [
  ...nnFilesIn(inProject("samples")),
  ...nnFilesIn(inProject("test/reference")),
  ...conformanceCases("cases"),
  ...conformanceCases("contract"),
  ...conformanceCases("contract-2"),
];
const comments = (text: string): string[] => analyse(text).tree.comments.map(({ start, end }) => text.slice(start, end).trimEnd());
const plans = (text: string): unknown => analyse(text).plans.map((planned) => planned?.plan);
const codes = (text: string): string[] => analyse(text).issues.map(({ code }) => code);

describe("formatting", () => {
  test.each(texts)("%s: stable, with every comment, and the same plan and findings", (_name, text) => {
    const once = formatted(text);
    if (once === undefined) {
      expect(codes(text).some((code) => code < "NN200")).toBe(true);
      return;
    }
    expect(formatted(once)).toBe(once);
    expect(comments(once)).toEqual(comments(text));
    expect(plans(once)).toEqual(plans(text));
    expect(codes(once)).toEqual(codes(text));
  });

  test("every sample is formatted", () => {
    for (const [name, text] of nnFilesIn(inProject("samples"))) expect(formatted(text), name).toBe(text);
  });

  const cases: [string, string, string][] = [
    [
      "indentation, spaces and blank lines",
      "model   M{\n\n\ninput 4\n\n\n dense 3   relu  l2 = 0.1\n\n}\nlet  a=1",
      "model M {\n  input 4\n\n  dense 3 relu l2=0.1\n}\n\nlet a = 1\n",
    ],
    ["labels", "model M {\n  a: input 4\n  longer: dense 3\n}", "model M {\n  a:      input 4\n  longer: dense 3\n}\n"],
    [
      "values of directives",
      "data D {\n source line\n scale_target standard\n split test=0.1\n}",
      "data D {\n  source line\n  scale_target standard\n  split  test=0.1\n}\n",
    ],
    [
      "numbers with a digit on both sides of the point, except those of rows and classes",
      "let a = -.5 + 1. * 2.e3\nmodel M {\n  input 1\n  dropout .5\n}\ndata D {\n  classes 1. .5\n  split test=.2\n  .5 -> 1.\n}",
      "let a = -0.5 + 1 * 2e3\nmodel M {\n  input 1\n  dropout 0.5\n}\n\ndata D {\n  classes 1., .5\n  split   test=0.2\n  .5 -> 1.\n}\n",
    ],
    ["a table", "data D {\n 0, 10 -> 1\n -1.5 2 -> 22\n}", "data D {\n     0 10 ->  1\n  -1.5  2 -> 22\n}\n"],
    [
      "comments of neighbours",
      "model M {\n  input 4 # in\n  dense 3 relu # out\n}",
      "model M {\n  input 4       # in\n  dense 3 relu  # out\n}\n",
    ],
    [
      "lists over several lines",
      "model M {\n  input 2\n  dense 2 kernel=[\n[1,2], # one\n[3,4]\n]\n}",
      "model M {\n  input 2\n  dense 2 kernel=[[1, 2],  # one\n                  [3, 4]]\n}\n",
    ],
    [
      "repeats, and a brace on a line of its own",
      "model M\n{\ninput 4\nrepeat 2 {\ndense 4\n}\n}",
      "model M {\n  input 4\n  repeat 2 {\n    dense 4\n  }\n}\n",
    ],
    ["rows of different lengths", "data D {\n 0 100 -> 1\n 5 -> 22\n}", "data D {\n  0 100 -> 1\n  5 -> 22\n}\n"],
    [
      "values of directives whose longest name is long",
      "data D {\n scale_target standard\n split test=0.1\n}",
      "data D {\n  scale_target standard\n  split test=0.1\n}\n",
    ],
    [
      "comments that are in one column stay there",
      "model M {\n  input 4      # in\n  dense 3      # out\n}\n",
      "model M {\n  input 4      # in\n  dense 3      # out\n}\n",
    ],
    [
      "comments in several columns are aligned in one",
      "model M {\n  input 4      # in\n  dense 3    # out\n}\n",
      "model M {\n  input 4  # in\n  dense 3  # out\n}\n",
    ],
    [
      "one form of lists and of a layer's arguments",
      "model M {\n  input a b c..d\n  h: dense(8, relu, init=he_normal)\n  g: dense(4 tanh) from a\n  concat(h, g)\n  n: neuron(a not b threshold=1)\n  dense 8, relu\n  output h g\n}",
      "model M {\n  input a, b, c..d\n  h: dense 8 relu init=he_normal\n  g: dense 4 tanh from a\n  concat from h, g\n  n: neuron a, not b threshold=1\n  dense 8 relu\n  output h, g\n}\n",
    ],
    [
      "one form of directives and calls",
      "train M on D {\n  loss a=mse, b=mae\n  metrics accuracy mae\n  optimizer sgd(0.1 momentum=.9)\n}",
      "train M on D {\n  loss      a=mse b=mae\n  metrics   accuracy, mae\n  optimizer sgd(0.1, momentum=0.9)\n}\n",
    ],
    [
      "a comment inside a layer's parentheses",
      "model M {\n  dense(\n3 # three\nrelu)\n}",
      "model M {\n  dense(3  # three\n        relu)\n}\n",
    ],
    [
      "keywords in a directive are names",
      "data D {\n  classes yes not train from, on no\n  class_weight not=1, from=2\n}",
      "data D {\n  classes yes, not, train, from, on, no\n  class_weight not=1 from=2\n}\n",
    ],
    ["sums", "let a = w/2+(3-w)*-1\nlet b=- a", "let a = w / 2 + (3 - w) * -1\nlet b = -a\n"],
    [
      "differences",
      "let a = w -1*2\nlet b = (w)-.5\nlet c = 3 -(-1) -1e-3\nlet d = [1 -1, 2]\nlet e = sgd(0.1 -1)",
      "let a = w - 1 * 2\nlet b = (w) - 0.5\nlet c = 3 - (-1) - 1e-3\nlet d = [1, -1, 2]\nlet e = sgd(0.1, -1)\n",
    ],
    ["rows of words", "data D {\n  red, 3 -> no\n  blue 10 -> yes\n}", "data D {\n  red   3 -> no\n  blue 10 -> yes\n}\n"],
    ["a byte order mark stays", "\uFEFFlet a=1", "\uFEFFlet a = 1\n"],
    ["CRLF stays", "let a=1\r\nlet b=2\r\n", "let a = 1\r\nlet b = 2\r\n"],
    ["only comments", "# one\n\n\n# two", "# one\n\n# two\n"],
    ["nothing", "", ""],
  ];
  test.each(cases)("%s", (_name, before, after) => expect(formatted(before)).toBe(after));

  test("a file with a syntax error is left alone", () => {
    expect(formatted("model M {\n  dense ) 3\n}")).toBeUndefined();
  });
});
