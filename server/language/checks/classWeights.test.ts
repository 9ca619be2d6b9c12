/** The messages about `class_weight` and `sample_weight` lines and their fixes, each tried on the text. */
import { describe, expect, test } from "vitest";
import { analyse } from "../analysis.ts";
import type { DataFiles } from "../resolve/dataFacts.ts";

const images: DataFiles = {
  csv: () => undefined,
  idx: (path) => ({ facts: path.includes("labels") ? { shape: [4], largest: 2 } : { shape: [4, 2, 2], largest: undefined } }),
};

const WORDS = ["1 -> no", "2 -> yes", "3 -> no"];
const written = (line: string, rows: readonly string[] = WORDS, layer = "dense 1 sigmoid", loss = "binary_crossentropy"): string =>
  `model M {\n  input a\n  dense 4 tanh\n  ${layer}\n}\ndata D {\n  ${line}\n  ${rows.join("\n  ")}\n}\ntrain M on D {\n  loss ${loss}\n}\n`;
const ofImages = (line: string): string =>
  `model M {\n  input 2x2\n  flatten\n  dense 3 softmax\n}\ndata D {\n  source idx("images", "labels")\n  ${line}\n}\ntrain M on D {\n  loss sparse_categorical_crossentropy\n}\n`;

const said = (text: string): string[] => analyse(text, images).issues.map(({ code, message }) => `${code} ${message}`);
/** Returns the text after applying the first fix of the first finding. */
function fixed(text: string): string {
  const changes = [...(analyse(text, images).issues[0]?.fixes[0]?.changes ?? [])].sort((a, b) => b.span.start - a.span.start);
  return changes.reduce((now, { span, text: put }) => now.slice(0, span.start) + put + now.slice(span.end), text);
}

describe("`class_weight`", () => {
  test.each([
    ["balanced", written("class_weight balanced")],
    ["words", written("class_weight no=1 yes=8")],
    ["words with a comma", written("class_weight no=1, yes=8")],
    ["strings", written('class_weight "<=50K"=1', ['1 -> "<=50K"', '2 -> ">50K"'])],
    ["numbers", written("class_weight -1=2", ["1 -> -1", "2 -> 1"], "dense 1 tanh", "hinge")],
    ["a name that `let` gives to a number", `let rare = 8\n${written("class_weight yes=rare")}`],
    ["labels", ofImages("class_weight 0=1 2=3")],
    ["names of labels", ofImages("classes zero, one, two\n  class_weight two=3")],
  ])("takes %s", (_name, text) => expect(said(text)).toEqual([]));

  test.each([
    [
      "no value",
      "class_weight",
      "NN212 `class_weight` needs `balanced` or a weight for each class; write it as in `class_weight balanced`.",
    ],
    ["an unknown class", "class_weight no=1 maybe=8", "NN219 There is no class `maybe` among the targets of D; choose from no, yes."],
    ["a class twice", "class_weight no=1 no=8", "NN210 There is already an argument named `no`; remove one of the two."],
    ["a negative weight", "class_weight no=-1", "NN213 The weight of `no` must be a number from 0, but -1 is not."],
    [
      "a weight without its class",
      "class_weight 8",
      "NN213 `class_weight` takes `balanced`, or a class before each weight, such as `yes=8`.",
    ],
    [
      "both forms",
      "class_weight balanced yes=8",
      "NN213 Write `balanced` alone, or a weight for each class, such as `no=1 yes=8`; not both.",
    ],
  ])("reports %s", (_name, line, message) => expect(said(written(line))).toEqual([message]));

  test("a suggested class has quotes where the language needs them", () => {
    const text = written('class_weight "very fulty"=8', ['1 -> "not faulty"', '2 -> "very faulty"']);
    expect(said(text)).toEqual(['NN219 There is no class `very fulty` among the targets of D; did you mean `"very faulty"`?']);
    expect(fixed(text)).toBe(text.replace("fulty", "faulty"));
    const numbers = written("class_weight 10=2", ["1 -> 100", "2 -> 200", "3 -> 300"]);
    expect(said(numbers).join()).not.toContain('"1');
  });

  test("a misspelt word or class is corrected", () => {
    expect(fixed(written("class_weight balance"))).toBe(written("class_weight balanced"));
    expect(fixed(written("class_weight yess=8"))).toBe(written("class_weight yes=8"));
  });

  test("of numbers to predict is removed", () => {
    const text = written("class_weight balanced", ["1 -> 1.5", "2 -> 2.5"], "dense 1", "mse");
    expect(said(text)).toEqual([
      "NN213 `class_weight` weighs classes, but the target has no classes; remove this line, or weigh rows with `sample_weight`.",
    ]);
    expect(said(fixed(text))).toEqual([]);
  });

  test("is the fix of classes of very unequal sizes (NN528)", () => {
    const text = written("", [...Array.from({ length: 10 }, (_, k) => `${k} -> no`), "10 -> yes"]);
    expect(said(text)).toEqual([expect.stringContaining("NN528")]);
    expect(fixed(text)).toContain("\n  class_weight balanced\n");
    expect(said(fixed(text))).toEqual([]);
  });
});

const weighed = (line: string, rows = ["0 2 -> 1", "1 3 -> 2"], input = "input a"): string =>
  `model M {\n  ${input}\n  dense 1\n}\ndata D {\n  features a, w\n  target y\n  ${line}\n  ${rows.join("\n  ")}\n}\ntrain M on D {\n  loss mse\n}\n`;

describe("`sample_weight`", () => {
  test("takes a column, which is then no feature", () => {
    expect(said(weighed("sample_weight w"))).toEqual([]);
    expect(said(weighed("sample_weight w", undefined, "input 1"))).toEqual([]);
  });

  test.each([
    [
      "no column",
      weighed("sample_weight", undefined, "input 2"),
      "NN212 `sample_weight` needs a column; write it as in `sample_weight a`.",
    ],
    ["an unknown column", weighed("sample_weight weights", undefined, "input 2"), "NN211 D has no column `weights`; it has a, w, y."],
    ["two columns", weighed("sample_weight w, a"), "NN213 `sample_weight` takes one column; remove the others."],
    [
      "a column that an input names",
      weighed("sample_weight w", undefined, "input a, w"),
      "NN213 `w` has the weights of `sample_weight` in D, so it can't be used here; remove it from one of the two lines.",
    ],
    [
      "the target",
      weighed("sample_weight y"),
      "NN213 `y` has the weights of `sample_weight` in D, so it can't be used here; remove it from one of the two lines.",
    ],
    [
      "text",
      weighed("sample_weight w", ["0 much -> 1", "1 little -> 2"]),
      'NN213 `w` holds text (such as "much"), but weights are numbers; name another column.',
    ],
    [
      "negative weights",
      weighed("sample_weight w", ["0 -2 -> 1", "1 3 -> 2"]),
      "NN213 A weight is at least 0, but the smallest `w` is -2; correct the column, or name another one.",
    ],
    [
      "only weights of 0",
      weighed("sample_weight w", ["0 0 -> 1", "1 0 -> 2"]),
      "NN213 Every `w` is 0, so no row counts; name another column.",
    ],
  ])("reports %s", (_name, text, message) => expect(said(text)).toEqual([message]));
});
