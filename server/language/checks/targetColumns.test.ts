/** Which columns a training learns, and that none of them is also a feature (NN218). */

import { describe, expect, test } from "vitest";
import { CSV_FORMAT } from "../../../engine/data/csvFormat.ts";
import { diagnose, planOf } from "../../../test/fixtures.ts";
import { analyse } from "../analysis.ts";
import { csvFacts, type DataFiles } from "../resolve/dataFacts.ts";

const training = (input: string, source: string): string =>
  `model M {\n  input ${input}\n  dense 8 tanh\n  dense 1\n}\ndata D {\n  ${source}\n}\ntrain M on D {\n  loss mse\n}\n`;
const files: DataFiles = {
  csv: () => csvFacts(new TextEncoder().encode("a,b,c\n1,2,3\n4,5,6\n"), CSV_FORMAT, "d.csv"),
  idx: () => undefined,
};
/** Returns a training's features and target. */
const learned = (text: string): { features: unknown; target: unknown } => {
  const { features, target } = planOf(text).data;
  return { features, target };
};

describe("the target of a generator or a table steps aside", () => {
  test.each([
    ["the input's names", training("x, y", "source moons()"), ["x", "y"], ["y_1"]],
    ["the input's only name", training("y", "source sine()"), ["y"], ["y_1"]],
    ["the names of `features`", training("y, y_1", "source moons()\n  features y, y_1"), ["y", "y_1"], ["y_2"]],
    ["the input's names over the rows of the file", training("x, y", "0 1 -> 2\n  1 0 -> 3"), ["x", "y"], ["y_1"]],
    ["no name: it is not taken", training("a, b", "source moons()"), ["a", "b"], ["y"]],
  ])("%s", (_name, text, features, target) => expect(learned(text)).toEqual({ features, target }));
});

describe("the target among the features (NN218)", () => {
  test("of a generator with fewer features than the input has names", () => {
    diagnose(`model M {
  input x, y
#          ^ NN218
  dense 1
}
data D {
  source sine()
}
train M on D {
  loss mse
}
`);
  });
  test("in a range, without a fix", () => {
    const { issues } = diagnose(
      `model M {
  input 2
  dense 1
}
data D {
  source csv("d.csv")
  features a..c
#          ^^^^ NN218
  target b
}
`,
      files,
    );
    expect(issues[0]?.fixes).toEqual([]);
  });
  test("in one message, whatever the data lack besides", () =>
    expect(analyse(training("2", "features a, y\n  target y\n  0 1 -> 2")).issues.map(({ code }) => code)).toEqual(["NN218"]));
});

describe("the target columns of each output", () => {
  const text = (target: string, cells: string, loss = "mse", activation = ""): string => `model M {
  input 2
  h: dense 4 tanh
  a: dense 2 ${activation} from h
  b: dense 1 from h
  output a, b
}
data D {
  features x1, x2
  target ${target}
  0 1 -> ${cells}
}
train M on D {
  loss ${loss}
}
`;
  const columns = (written: string): [string, readonly string[]][] => {
    const { data, training } = planOf(written);
    return training.outputs.map(({ layer, target }) => [layer, target === "features" ? ["features"] : data.target.slice(...target)]);
  };

  test.each([
    ["in order", text("p, q, r", "1 2 3")],
    ["by the outputs' names, in any order", text("b=r a=[p, q]", "3 1 2")],
  ])("%s", (_name, written) =>
    expect(columns(written)).toEqual([
      ["a", ["p", "q"]],
      ["b", ["r"]],
    ]),
  );

  test("an output of class words takes one column, whatever its units are", () =>
    expect(columns(text("kind, size", '"red" 3\n  1 1 -> "blue" 2', "a=categorical_crossentropy b=mse", "softmax"))).toEqual([
      ["a", ["kind"]],
      ["b", ["size"]],
    ]));

  test("two outputs may learn the same column", () =>
    expect(columns(text("a=y b=y", "1").replace("dense 2", "dense 1"))).toEqual([
      ["a", ["y"]],
      ["b", ["y"]],
    ]));

  test.each([
    ["an output that the model lacks", "a=[p, q] c=r", "NN209", "c"],
    ["an output without columns", "a=[p, q]", "NN212", "target"],
    ["an output twice", "a=[p, q] a=r", "NN210", "a"],
    ["a column without its output", "a=[p, q], r", "NN213", "r"],
  ])("%s is an error", (_name, target, code, place) => {
    const written = text(target, "1 2 3".slice(0, target === "a=[p, q]" ? 3 : 5));
    const found = analyse(written).issues.map((issue) => [issue.code, written.slice(issue.span.start, issue.span.end)]);
    expect(found).toEqual([[code, place]]);
  });
});

describe("`target features`", () => {
  const text = (layer: string, lines: string, train = "mse"): string =>
    `model M {\n  input a, b\n  ${layer}\n}\ndata D {\n  source csv("d.csv")\n  ${lines}\n}\ntrain M on D {\n  loss ${train}\n}\n`;
  const found = (written: string, table = files): [string, string][] =>
    analyse(written, table).issues.map(({ code, span }) => [code, written.slice(span.start, span.end)]);

  test.each([
    ["with a unit for each feature", text("dense 2", "features a, b\n  target features")],
    ["without a `features` line", text("dense 2", "target features")],
    ["of features from 0 to 1 under a loss for them", text("dense 2 sigmoid", "target features\n  scale minmax", "binary_crossentropy")],
    ["of a generator", text("dense 2", "target features").replace('csv("d.csv")', "moons()")],
    ["by the output's name", text("out: dense 2", "target out=features")],
  ])("%s has no finding", (_name, written) => expect(found(written)).toEqual([]));

  test.each([
    ["another number of units", text("dense 3", "target features"), "NN304", "dense 3"],
    [
      "a loss for classes",
      text("dense 2 softmax", "target features", "sparse_categorical_crossentropy"),
      "NN403",
      "sparse_categorical_crossentropy",
    ],
    [
      "a loss for 0 to 1 on larger numbers",
      text("dense 2 sigmoid", "target features", "binary_crossentropy"),
      "NN403",
      "binary_crossentropy",
    ],
    ["an activation that can't reach them", text("dense 2 relu", "target features\n  scale standard"), "NN511", "dense 2 relu"],
    ["an accuracy", text("dense 2", "target features\n  scale minmax", "mse\n  metrics accuracy"), "NN410", "accuracy"],
    ["`scale_target`", text("dense 2", "target features\n  scale_target standard"), "NN213", "scale_target standard"],
    ["`classes`", text("dense 2", "target features\n  classes x, y"), "NN213", "classes x, y"],
  ])("%s is reported", (_name, written, code, place) => expect(found(written)).toEqual([[code, place]]));

  test("stands for a column of that name if there is one", () => {
    const table: DataFiles = {
      ...files,
      csv: () => csvFacts(new TextEncoder().encode("a,b,features\n1,2,3\n4,5,6\n"), CSV_FORMAT, "d.csv"),
    };
    const { data, training } = planOf(text("dense 1", "target features"), table);
    expect([data.target, training.outputs[0]?.target]).toEqual([["features"], [0, 1]]);
  });
});
