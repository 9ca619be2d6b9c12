/** The repairs of class numbers, and the fixes for `classes`, `one_hot` and index columns, each tried on the text. */
import { describe, expect, test } from "vitest";
import { CSV_FORMAT } from "../../../engine/data/csvFormat.ts";
import { analyse } from "../analysis.ts";
import { csvFacts, type DataFiles } from "../resolve/dataFacts.ts";

const csv = (text: string): DataFiles => ({
  csv: () => csvFacts(new TextEncoder().encode(text), CSV_FORMAT, "d.csv"),
  idx: (path) => ({ facts: path.includes("labels") ? { shape: [4], largest: 2 } : { shape: [4, 2, 2], largest: undefined } }),
});

const classifier = (units: number, data = 'source csv("d.csv")\n  target y'): string =>
  `model M {\n  input x\n  dense ${units} softmax\n}\ndata D {\n  ${data}\n}\ntrain M on D {\n  loss sparse_categorical_crossentropy\n}\n`;
const table = (...values: readonly (number | string)[]): DataFiles => csv(`x,y\n${values.map((y, i) => `${i % 2},${y}`).join("\n")}\n`);

/** Returns the first finding's message, and the text after applying its first fix. */
function repaired(text: string, files: DataFiles): { readonly said: string; readonly text: string } {
  const [found] = analyse(text, files).issues;
  const changes = [...(found?.fixes[0]?.changes ?? [])].sort((a, b) => b.span.start - a.span.start);
  return {
    said: `${found?.code} ${found?.message}`,
    text: changes.reduce((now, { span, text: put }) => now.slice(0, span.start) + put + now.slice(span.end), text),
  };
}
const codes = (text: string, files: DataFiles): string[] => analyse(text, files).issues.map(({ code }) => code);

describe("`classes` is the repair of class numbers", () => {
  test.each([
    ["that do not begin at 0", classifier(3), table(3, 4, 5), "NN305", "classes 3, 4, 5"],
    ["with gaps, and the units change too", classifier(3), table(0, 10), "NN305", "classes 0, 10"],
    ["below 0", classifier(2), table(-1, 1), "NN403", "classes -1, 1"],
    ["with fractions", classifier(2), table(0.5, 1.5), "NN403", "classes 0.5, 1.5"],
  ])("%s", (_name, text, files, code, line) => {
    const { said, text: after } = repaired(text, files);
    expect(said).toMatch(new RegExp(`^${code} `));
    expect(said).toContain(`\`${line}\``);
    expect(after).toContain(`\n  ${line}\n`);
    expect(codes(after, files)).toEqual([]);
  });

  test("not of numbers that are many", () => {
    const { said } = repaired(classifier(3), table(...Array.from({ length: 30 }, (_, k) => k + 1)));
    expect(said).toBe("NN305 The output has 3 units, but the target has 31 classes; use 31 units.");
  });
});

test.each(["true, false", '"true" false'])("`classes %s` names the words true and false", (names) => {
  const text = `model M {\n  input x\n  dense 1 sigmoid\n}\ndata D {\n  source csv("d.csv")\n  target y\n  classes ${names}\n}\ntrain M on D {\n  loss binary_crossentropy\n}\n`;
  expect(codes(text, table("true", "false"))).toEqual([]);
});

test.each(["yes not from on", "yes, not, from, on", "from not, on yes", "not yes on from"])(
  "`classes %s` names words that are keywords elsewhere",
  (names) => {
    const text = `${classifier(4, `source csv("d.csv")\n  target y\n  classes ${names}\n  class_weight from=1 not=2 on=1 yes=3`)}`;
    expect(codes(text, table("yes", "not", "from", "on", "yes", "not"))).toEqual([]);
  },
);

test("of two outputs, `classes` names those of the words; the numbers stay numbers to predict", () => {
  const text =
    'model M {\n  input x\n  h: dense 2 tanh\n  s: dense 1 from h\n  k: dense 1 sigmoid from h\n  output s, k\n}\ndata D {\n  source csv("d.csv")\n  target s=y k=w\n  classes b, a\n}\n' +
    "train M on D {\n  loss s=mse k=binary_crossentropy\n  metrics s=mae k=accuracy\n}\n";
  expect(codes(text, csv("x,y,w\n1,5,a\n2,7,b\n3,6,a\n"))).toEqual([]);
  // The advice about the scale of numbers to predict applies to them, too.
  expect(codes(text, csv("x,y,w\n1,5000,a\n2,7000,b\n3,6000,a\n"))).toEqual(["NN520"]);
});

describe("`classes` that leave a value out (NN219)", () => {
  const left = (names: string): string => `source csv("d.csv")\n  target y\n  classes ${names}`;
  test("a word that is no name is added in quotes", () => {
    const { said, text } = repaired(classifier(2, left("a")), table("a", "b c"));
    expect(said).toBe("NN219 `classes` leaves out `b c` of the target `y` (d.csv, row 3, column y); add it.");
    expect(text).toContain('classes a, "b c"\n');
    expect(codes(text, table("a", "b c"))).toEqual([]);
  });
  test("numbers are added as numbers", () =>
    expect(repaired(classifier(3, left("1")), table(1, 2, -3)).text).toContain("classes 1, -3, 2\n"));
  test("labels of images", () => {
    const images = 'source idx("images", "labels")\n  classes a, b';
    const text = classifier(2, images).replace("input x", "input 2x2\n  flatten");
    expect(repaired(text, table(0)).said).toBe("NN219 `classes` names 2, but the labels go up to 2; name 3 classes, from label 0.");
  });
  test("is no finding of a column of which only words are classes", () =>
    expect(
      codes(
        'model M {\n  input x\n  h: dense 4 tanh\n  a: dense 2 softmax from h\n  b: dense 1 from h\n  output a, b\n}\ndata D {\n  features x\n  target kind, size\n  classes red, blue\n  0 -> "red" 1\n  1 -> "blue" 2\n}\ntrain M on D {\n  loss a=sparse_categorical_crossentropy b=mse\n}\n',
        table(0),
      ),
    ).toEqual([]));
});

describe("a first column that may be an index (NN529)", () => {
  const text = (input: string, lines = ""): string =>
    `model M {\n  input ${input}\n  dense 1\n}\ndata D {\n  source csv("d.csv")\n  target y${lines}\n}\ntrain M on D {\n  loss mse\n}\n`;
  const rows = csv("id,a,b,y\n1,0,0,0\n2,0,1,1\n3,1,0,1\n");
  test("the fix leaves it out and corrects the input's size", () => {
    const { said, text: after } = repaired(text("3"), rows);
    expect(said).toMatch(/^NN529 The file's first column `id` counts the rows, /);
    expect(after).toBe(text("2", "\n  ignore id"));
    expect(codes(after, rows)).toEqual([]);
  });
  test("an input without it is repaired by `ignore`, in one message", () => {
    const { said, text: after } = repaired(text("2"), rows);
    expect(said).toMatch(/^NN301 .*write `ignore id` or `input 3`\.$/);
    expect(after).toBe(text("2", "\n  ignore id"));
    expect(codes(after, rows)).toEqual([]);
  });
  test("an input of any other size is repaired by both, and so once", () => {
    const { said, text: after } = repaired(text("7"), rows);
    expect(said).toMatch(/^NN301 .*write `ignore id` and `input 2`, or `input 3`\.$/);
    expect(after).toBe(text("2", "\n  ignore id"));
    expect(codes(after, rows)).toEqual([]);
  });
  test.each([
    ["named by the input", text("id, a, b")],
    ["named by `features`", text("3", "\n  features id..b")],
    ["left out", text("2", "\n  ignore id")],
  ])("is no finding if it is %s", (_name, written) => expect(codes(written, rows)).toEqual([]));
  test("is no finding if it is the only feature", () => expect(codes(text("1"), csv("x,y\n1,2\n2,4\n3,6\n"))).toEqual([]));
});

describe("rows that `missing drop` leaves", () => {
  const text = (lines: string): string =>
    `model M {\n  input a, b\n  dense 1\n}\ndata D {\n  source csv("d.csv")\n  target y\n  missing drop\n  ${lines}\n}\ntrain M on D {\n  loss mse\n}\n`;
  test("none is an error", () => expect(codes(text("scale none"), csv("a,b,y\n,1,1\n1,,1\n"))).toEqual(["NN406"]));
  test("too few for a split are an error (NN411)", () =>
    expect(codes(text("split validation=0.5"), csv("a,b,y\n,1,1\n1,,1\n1,1,1\n"))).toEqual(["NN411"]));
});
