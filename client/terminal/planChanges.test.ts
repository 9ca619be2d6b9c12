/** The changes that a resumed training must not contain, in the user's words. */
import { describe, expect, test } from "vitest";
import { planFrom } from "../../test/writtenPlans.ts";
import { planChanges, resumeChanges } from "./planChanges.ts";

const planOf = (lines: string, layer = "dense 1"): ReturnType<typeof planFrom> =>
  planFrom(`model M {\n  input a, b\n  ${layer}\n}\ndata D {\n  source csv("d.csv")\n  ${lines}\n}\ntrain M on D {\n  loss mse\n}\n`);
const before = planOf("target y");

describe("changes of the data", () => {
  test.each([
    ["a source of its own", planOf('target y\n  test csv("t.csv")'), "the path of the test source is t.csv in the file, but was absent"],
    [
      "another order of rows",
      planOf("target y\n  split test=0.5 shuffle=false"),
      "the shuffle of split is false in the file, but was true",
    ],
    [
      "more missing values",
      planOf("target y\n  missing values=[-999]"),
      "the missing values are -999 in the file, but were the usual ones",
    ],
    [
      "the features as the target",
      planOf("target features", "dense 2"),
      "the target of dense_1 is the features in the file, but was columns",
    ],
  ])("%s", (_name, now, text) => expect(resumeChanges(before, now).join("\n")).toContain(text));

  test("that only concern the parts may differ where weights are used", () => {
    expect(planChanges(before, planOf('target y\n  test csv("t.csv")\n  split validation=0.25'))).toEqual([]);
  });
});

test("several columns, layers or metrics are a list in the plural", () => {
  const text = (input: string, from: string, metrics: string): ReturnType<typeof planFrom> =>
    planFrom(
      `model M {\n  ${input}\n  p: dense 2\n  q: dense 2\n  add from ${from}\n  dense 1\n}\ndata D {\n  source csv("d.csv")\n  features a, b\n  target y\n}\ntrain M on D {\n  loss mse\n  metrics ${metrics}\n}\n`,
    );
  expect(resumeChanges(text("input a, b", "p, q", "mae, r2"), text("input b, a", "q, p", "mae"))).toEqual([
    "the columns of input_1 are b, a in the file, but were a, b",
    "the inputs of add_1 are q, p in the file, but were p, q",
    "metrics are mae in the file, but were mae, r2",
  ]);
});
