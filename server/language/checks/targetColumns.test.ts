/** Which columns a training learns, and that none of them is among the features (NN218). */

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
/** Returns the features and the target that a training learns from. */
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
