/** Tests `split by=column` and `shuffle=false` from the file to the examples. */
import { describe, expect, test } from "vitest";
import { analyse } from "../../server/language/analysis.ts";
import { csvFacts, type DataFiles } from "../../server/language/resolve/dataFacts.ts";
import { loadExamples } from "./examples.ts";

const CSV = "patient,a,y\nkim,1,2\nlee,2,4\nkim,3,6\nlee,4,8\nsam,5,9\n";
const bytes = new TextEncoder().encode(CSV);
const files: DataFiles = { csv: (path, format) => csvFacts(bytes, format, path), idx: () => undefined };
const textOf = (split: string, lines = "", input = "1"): string =>
  `model M {\n  input ${input}\n  dense 1\n}\ndata D {\n  source csv("d.csv")\n  target y\n${lines}  split ${split}\n}\ntrain M on D {\n  loss mse\n}\n`;

describe("a split by a column", () => {
  test("keeps its rows together, and does not learn from it", async () => {
    const { plans, issues } = analyse(textOf("test=0.2 by=patient shuffle=false"), files);
    expect(issues).toEqual([]);
    const plan = plans[0]?.plan;
    if (!plan) throw new Error("There is no plan.");
    expect(plan.data.features).toEqual(["a"]);
    const { parts, features } = await loadExamples(plan, { read: async () => bytes }, "float64");
    expect([[...parts.train], [...parts.test]]).toEqual([[0, 1, 2, 3], [4]]);
    expect([...features]).toEqual([1, 2, 3, 4, 5]);
  });

  test("learns from the column if it is named as a feature", () => {
    const { plans } = analyse(textOf("test=0.2 by=patient", "  features patient, a\n  one_hot patient\n", "4"), files);
    expect(plans[0]?.plan.data.features).toEqual(["patient", "a"]);
  });
});

describe("what the checker says", () => {
  const found = (split: string): [string, string][] => {
    const text = textOf(split);
    return analyse(text, files).issues.map(({ code, span }) => [code, text.slice(span.start, span.end)]);
  };
  test.each([
    ["an unknown column", "test=0.2 by=pateint", "NN211", "pateint"],
    ["a word for true or false", "test=0.2 shuffle=no by=patient", "NN213", "shuffle=no"],
    ["an option twice", "test=0.2 by=patient by=patient", "NN210", "by"],
    ["a misspelt option", "test=0.2 by=patient shufle=false", "NN207", "shufle"],
  ])("%s", (_name, split, code, place) => expect(found(split)).toEqual([[code, place]]));

  test("more parts than the column has values", () => {
    const text = textOf("train=0.4 validation=0.4 test=0.2 by=g").replace("target y", "features a\n  target y");
    const two: DataFiles = {
      ...files,
      csv: (path, format) => csvFacts(new TextEncoder().encode("g,a,y\np,1,2\nq,2,4\nq,3,7\np,3,7\nq,1,1\n"), format, path),
    };
    expect(analyse(text, two).issues.map(({ code, message }) => `${code} ${message}`)).toEqual([
      "NN411 The test part gets no row, since `g` has 2 values for 3 parts; split by another column, or into fewer parts.",
    ]);
  });
});
