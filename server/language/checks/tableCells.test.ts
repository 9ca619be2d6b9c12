/** Messages about cells that a training can't use, and that the suggested repairs can be pasted. */
import { describe, expect, test } from "vitest";
import { loadExamples } from "../../../engine/data/examples.ts";
import { analyse } from "../analysis.ts";
import type { Fix } from "../diagnostics/issue.ts";
import { csvFacts, type DataFiles } from "../resolve/dataFacts.ts";

const filesOf = (csv: string): DataFiles => ({
  csv: (path, format) => csvFacts(new TextEncoder().encode(csv), format, path),
  idx: () => undefined,
});
const textOf = (data: string, input = "2", source = 'csv("d.csv")'): string =>
  `model M {\n  input ${input}\n  dense 4 relu\n  dense 1\n}\ndata D {\n  source ${source}\n${data
    .split("\n")
    .map((line) => `  ${line}\n`)
    .join("")}}\ntrain M on D {\n  loss mse\n}\n`;
/** Returns the codes and messages of the errors. */
const errorsOf = (text: string, csv: string): string[] =>
  analyse(text, filesOf(csv))
    .issues.filter(({ severity }) => severity === "error")
    .map(({ code, message }) => `${code} ${message}`);
/** Returns the text after applying the first fix of its first error. */
function repaired(text: string, csv: string): string {
  const [fix] = analyse(text, filesOf(csv)).issues.find(({ severity }) => severity === "error")?.fixes ?? [];
  if (!fix) throw new Error("There is no fix.");
  return applied(fix, text);
}
const applied = ({ changes }: Fix, text: string): string =>
  [...changes]
    .sort((a, b) => b.span.start - a.span.start)
    .reduce((now, { span, text: put }) => now.slice(0, span.start) + put + now.slice(span.end), text);

describe("numbers in another style", () => {
  const european = "name;weight;price\np0;3,68;80,12\np1;2,12;1.023,23\np2;5,13;74,40\n";
  test("of a target and a feature are one error, whose fix is the option", () => {
    const csv = european.replace("1.023,23", "23,23");
    const text = textOf("features weight\ntarget price", "1");
    expect(errorsOf(text, csv)).toEqual([
      'NN406 d.csv, row 2, column weight: "3,68" is text, but all of weight are numbers with decimal=","; write that in csv(...).',
    ]);
    expect(repaired(text, csv)).toContain('csv("d.csv", decimal=",")');
    expect(errorsOf(repaired(text, csv), csv)).toEqual([]);
  });
  test("may have thousands beside the decimal comma", () => {
    const text = textOf("features weight\ntarget price", "1", 'csv("d.csv", decimal=",")');
    expect(errorsOf(text, european)).toEqual([
      'NN406 d.csv, row 3, column price: "1.023,23" is text, but all of price are numbers with thousands="."; write that in csv(...).',
    ]);
    expect(errorsOf(repaired(text, european), european)).toEqual([]);
  });
  test("with a decimal point, where a comma is written", () =>
    expect(errorsOf(textOf("target y", "1", 'csv("d.csv", decimal=",")'), "x,y\n1.5,2\n2.5,3\n")).toEqual([
      expect.stringContaining('numbers with decimal="."'),
    ]));
  test("are no error in a column that is not used, or is one of words", () => {
    expect(errorsOf(textOf("features x\ntarget y", "1"), 'x,z,y\n1,"1,5",2\n2,"2,5",3\n')).toEqual([]);
    expect(errorsOf(textOf("one_hot z\ntarget y", "3"), 'x,z,y\n1,"1,5",2\n2,"2,5",3\n')).toEqual([]);
  });
  test.each([
    ['csv("d.csv", decimal=";")', /`decimal` must be "\." or ","/],
    ['csv("d.csv", thousands="..")', /`thousands` must be one character/],
    ['csv("d.csv", decimal=",", thousands=",")', /`thousands` must be one character.*not the decimal sign ","/],
    ['csv("d.csv", delimiter="||")', /`delimiter` must be one character/],
    ['csv("d.csv", comment="")', /`comment` must be the text/],
  ])("%s is NN213", (source, message) =>
    expect(errorsOf(textOf("target y", "1", source), "x,y\n1,2\n")).toEqual([expect.stringMatching(message)]),
  );
});

test("numbers that `classes` names are not offered a loss of two classes where there are three", () =>
  expect(errorsOf(textOf("target y\nclasses 3, 4, 5", "1"), "x,y\n1,3\n2,4\n3,5\n")).toEqual([
    "NN403 `mse` compares numbers, but `classes` makes the target `y` classes; use `sparse_categorical_crossentropy`, or remove `classes`.",
  ]));

describe("a file without a row of names", () => {
  test("is told of header=false where a column is named, not of a value that resembles the name", () =>
    expect(errorsOf(textOf("target y"), "5.1,3.5,0\n4.9,3.0,1\n")).toEqual([
      "NN211 D has no column `y`: the file's first row is 5.1, 3.5, 0; if it holds values, write `header=false` in csv(...) and call the columns column_1, column_2 and so on.",
    ]));
  test("may have words in it", () =>
    expect(errorsOf(textOf("target species"), "5.1,3.5,setosa\n4.9,3.0,setosa\n")).toEqual([expect.stringContaining("`header=false`")]));
  test("is not taken for one whose names are a few years", () =>
    expect(errorsOf(textOf("target twon", "1"), "city,country,town,2024\n1,2,3,4\n")).toEqual([
      "NN211 D has no column `twon`; did you mean `town`?",
    ]));
});

describe("a column whose name needs quotes", () => {
  const csv = "hours per week,y\n1,2\n2,3\n3,4\n";
  test("is listed in quotes", () =>
    expect(errorsOf(textOf("target y", "nothing"), csv)).toEqual(['NN211 D has no column `nothing`; it has "hours per week", y.']));
  test.each(["hours_per_week", '"Hours per week"'])("is put in quotes by the fix of %s", (name) => {
    const text = textOf("target y", name);
    expect(errorsOf(text, csv)).toEqual([expect.stringContaining('did you mean `"hours per week"`?')]);
    expect(errorsOf(repaired(text, csv), csv)).toEqual([]);
  });
});

describe("a word among numbers", () => {
  const csv = "x,z,y\n1,1,2\n2,oops,3\n3,3,4\n4,4,5\n";
  test("is an error with its place in a column that is used", () =>
    expect(errorsOf(textOf("target y"), csv)).toEqual([
      'NN406 d.csv, row 3, column z: "oops" is text where a number belongs; correct the cell or leave the column out with `ignore z`.',
    ]));
  test("is none in a column that is not used", () => expect(errorsOf(textOf("features x\ntarget y", "1"), csv)).toEqual([]));
  test("in the target is not repaired by leaving out the target", () =>
    expect(errorsOf(textOf("target z"), csv)).toEqual([
      'NN406 d.csv, row 3, column z: "oops" is text where a number belongs; correct the cell.',
    ]));
});

describe("a number that is too large", () => {
  const errors = (data: string, csv: string) => errorsOf(textOf(data, "1"), csv);
  test("for float32 is an error with its place, in a feature and in the target", () => {
    expect(errors("target y", "x,y\n1,2\n-1e300,3\n3,4\n")).toEqual([
      "NN406 d.csv, row 3, column x: -1e+300 is too large for the network, which computes in float32 (at most 3.4e+38); correct the cell or leave the column out with `ignore x`.",
    ]);
    expect(errors("target y", "x,y\n1,2\n2,3\n3,1e39\n")).toEqual([
      "NN406 d.csv, row 4, column y: 1e+39 is too large for the network, which computes in float32 (at most 3.4e+38); correct the cell.",
    ]);
  });
  test("is none where it fits, by itself or by its scale", () => {
    expect(errors("target y", "x,y\n1,2\n3.4e38,3\n")).toEqual([]);
    expect(errors("target y\nscale standard", "x,y\n1,2\n1e39,3\n")).toEqual([]);
    expect(errors("target y\nscale_target minmax", "x,y\n1,2\n2,1e39\n")).toEqual([]);
  });
  test("for the scale of its column is an error with its place", () =>
    expect(errors("target y\nscale standard", "x,y\n1,2\n1e300,3\n3,4\n")).toEqual([
      expect.stringMatching(
        /^NN406 d\.csv, row 3, column x: 1e\+300 is so large that the mean or scale of its column is infinite; correct/,
      ),
    ]));
});

describe("text columns among the features (NN217)", () => {
  test("are shown by a cell that is no number", () =>
    expect(errorsOf(textOf("target y", "1"), "x,y\n1,2\nred,3\n2,4\nblue,5\n")).toEqual([
      expect.stringContaining('Column `x` holds text (such as "red")'),
    ]));
  const csv = 'n,a,b c,"d""e",y\n1,u,v,w,2\n2,x,v,z,3\n';
  test("are one message, whose repair can be pasted", () => {
    const text = textOf("target y", "4");
    const [error, ...others] = errorsOf(text, csv);
    expect(others).toEqual([]);
    expect(error).toMatch(/^NN217 3 columns hold text \(a, b c, d"e; such as "u"\)/);
    const repair = /add `(one_hot .*?)` or/.exec(error ?? "")?.[1];
    expect(repair).toBe('one_hot a, "b c", "d\\"e"');
    expect(errorsOf(textOf(`${repair}\ntarget y`, "6"), csv)).toEqual([]);
    expect(repaired(text, csv)).toContain(`  ${repair}\n`);
  });
  test("beside those that `one_hot` names are added to its line", () => {
    const text = textOf("one_hot a\ntarget y", "6");
    expect(errorsOf(text, csv)).toEqual([expect.stringContaining('`one_hot a, "b c", "d\\"e"`')]);
    expect(repaired(text, csv)).toContain('  one_hot a, "b c", "d\\"e"\n');
  });
  test("of which there is one have its name alone", () =>
    expect(errorsOf(textOf('one_hot a\nfeatures n, a, "b c"\ntarget y', "3"), csv)).toEqual([
      'NN217 Column `b c` holds text (such as "v"), but a network takes numbers; add `one_hot a, "b c"` or leave the column out with `ignore "b c"`.',
    ]));
});

describe("`ignore`", () => {
  const csv = ",x,z,y\n0,1,u,2\n1,2,v,3\n";
  test("leaves columns out of the features", () => {
    expect(errorsOf(textOf("ignore column_1, z\ntarget y", "1"), csv)).toEqual([]);
    expect(errorsOf(textOf("ignore column_1..z\ntarget y", "1"), csv)).toEqual([
      "NN213 `ignore` leaves no column to learn from; remove one from this line.",
    ]);
  });
  test("and another line can't name the same column", () => {
    const message = "NN213 `x` is left out by `ignore` in D, so it can't be used here; remove it from one of the two lines.";
    expect(errorsOf(textOf("ignore column_1, x\nfeatures x\ntarget y", "1"), csv)).toEqual([message]);
    expect(errorsOf(textOf("ignore column_1, x\ntarget y", "x"), csv)).toEqual([message]);
  });
  test("of a name that the data lack is NN211, and without a name NN212", () => {
    expect(errorsOf(textOf("ignore colum_1\ntarget y", "1"), csv)).toEqual([expect.stringMatching(/^NN211 .*colum_1/)]);
    expect(errorsOf(textOf("ignore\ntarget y", "1"), csv)).toEqual([expect.stringMatching(/^NN212 /)]);
  });
  test("of a column leaves it out of rows that the file has itself", () => {
    const text =
      "model M {\n  input 1\n  dense 1\n}\ndata D {\n  features id, x\n  target y\n  ignore id\n  1 2 -> 3\n  2 3 -> 4\n}\ntrain M on D {\n  loss mse\n}\n";
    expect(analyse(text, filesOf("")).issues.map(({ code }) => code)).toEqual(["NN213"]);
    const { issues, plans } = analyse(text.replace("  features id, x\n", "").replace("ignore id", "ignore x1"), filesOf(""));
    expect(issues).toEqual([]);
    expect(plans[0]?.plan.data.features).toEqual(["x2"]);
  });
});

describe("`one_hot`", () => {
  const csv = "n,whole,half,mixed,y\n1,3,0.5,1,2\n2,-1,1.5,1,3\n3,10,2.5,B,4\n4,3,0.5,2,5\n";
  const wordsOf = (column: string): unknown =>
    analyse(textOf(`features ${column}\none_hot ${column}\ntarget y`, column), filesOf(csv)).plans[0]?.plan.data.oneHot;
  test("takes whole numbers, in their order, and columns with numbers among words, as they are written", () => {
    expect(wordsOf("whole")).toEqual([{ column: "whole", words: ["-1", "3", "10"] }]);
    expect(wordsOf("mixed")).toEqual([{ column: "mixed", words: ["1", "2", "B"] }]);
    expect(errorsOf(textOf("features n, whole\none_hot whole\ntarget y", "4"), csv)).toEqual([]);
  });
  test("takes no fractions and not more than 100 different numbers", () => {
    expect(errorsOf(textOf("features half\none_hot half\ntarget y", "1"), csv)).toEqual([
      "NN213 `one_hot` takes words or at most 100 different whole numbers, but `half` has fractions; remove it from this line.",
    ]);
    const long = `n,y\n${Array.from({ length: 101 }, (_, k) => `${k},${k % 7}\n`).join("")}`;
    expect(errorsOf(textOf("one_hot n\ntarget y", "1"), long)).toEqual([expect.stringContaining("`n` has more than 100")]);
  });
  test("of whole numbers trains", async () => {
    const { plans } = analyse(textOf("features whole\none_hot whole\ntarget y", "3"), filesOf(csv));
    if (!plans[0]) throw new Error("There is no plan.");
    const { features } = await loadExamples(plans[0].plan, { read: async () => new TextEncoder().encode(csv) }, "float64");
    expect([...features]).toEqual([0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0]);
  });
});

test("an input of another size names the columns with the number of words of each that `one_hot` expands (NN301)", () => {
  expect(errorsOf(textOf("target y\none_hot c", "2"), "a,c,y\n1.5,x,2\n1.5,y,4\n2.5,z,7\n").join()).toContain(
    "NN301 This input takes 2 values, but D has 4 features (a, c (3 words)); write `input 4`.",
  );
});

describe("a missing value", () => {
  const csv = "a,b,y\n1,2,3\n2,,4\n3,1,5\n5,4,6\n";
  /** Returns the block's lines after applying the fixes. */
  const afterFixes = (lines: string, table: string): string[] => {
    const text = textOf(`target y${lines}`);
    const { fixes = [] } = analyse(text, filesOf(table)).issues.find(({ code }) => code === "NN406") ?? {};
    return fixes.map((one) => {
      const after = applied(one, text);
      expect(errorsOf(after, table)).toEqual([]);
      return /target y\n((?: {2}.*\n)*)\}/.exec(after)?.[1] ?? after;
    });
  };
  test.each([
    ["no line", "", csv, ["  missing drop\n", "  missing mean\n"]],
    ["the default", "\nmissing error", csv, ["  missing drop\n", "  missing mean\n"]],
    ["only values", "\nmissing values=[-9]", csv, ["  missing drop values=[-9]\n", "  missing mean values=[-9]\n"]],
    ["a mean, which a target has not", "\nmissing mean", csv.replace("3,1,5", "3,1,"), ["  missing drop\n"]],
  ])("has a fix for each repair with %s", (_name, lines, table, wanted) => expect(afterFixes(lines, table)).toEqual(wanted));
  test.each([
    ["a column without a value", "\nmissing mean", "a,b,y\n1,,3\n2,,4\n3,,5\n", "  missing mean\n  ignore b\n"],
    ["a column with a word", "", "a,b,y\n1,2,3\n2,oops,4\n3,1,5\n5,4,6\n", "  ignore b\n"],
    ["a number that is too large", "", "a,b,y\n1,2,3\n2,1e300,4\n3,1,5\n5,4,6\n", "  ignore b\n"],
  ])("%s is left out by a fix", (_name, lines, table, wanted) => expect(afterFixes(lines, table)).toEqual([wanted]));
});
