/** Tests the debugger's expressions: their values, and that no text makes them throw. */
import { describe, expect, test } from "vitest";
import { seed } from "../../../test/fixtures.ts";
import { randomFrom } from "../../random.ts";
import { evaluate, isTrue, type Names, previousIn } from "./evaluate.ts";
import { parseExpression } from "./parse.ts";

const KNOWN: Readonly<Record<string, unknown>> = {
  loss: 0.25,
  pass: "reverse",
  "hidden.kernel": { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] },
  "hidden.kernel.grad": { shape: [2, 3], values: [0, -1, 0, 3, 0, 4] },
  "hidden.bias": { shape: [3], values: [0, Number.NaN, 1] },
};
const names: Names = (path) => {
  const key = path.join(".");
  if (key === "hidden.output") return { problem: "hidden.output is not computed yet.", isLater: true };
  const value = Object.hasOwn(KNOWN, key) ? KNOWN[key] : undefined;
  return value === undefined ? { problem: `There is no ${key}.`, isLater: false } : { value: value as never };
};

function valueFor(text: string): unknown {
  const parsed = parseExpression(text);
  if ("problem" in parsed) return parsed.problem;
  const result = evaluate(parsed.expression, names);
  if ("problem" in result) return result.problem;
  return typeof result.value === "object" ? Array.from(result.value.values) : result.value;
}

describe("the value of an expression", () => {
  test.each<[string, unknown]>([
    ["1 + 2 * 3 ^ 2", 19],
    ["-2 ^ 2", -4],
    ["2 ^ 3 ^ 2", 512],
    ["(1 + 2) / 4", 0.75],
    ["1e-3 * .5", 0.0005],
    ["loss < 0.3 and not loss < 0.2", true],
    ['pass == "reverse" and norm(hidden.kernel.grad) > 5', true],
    ["pass == 'forward' or loss == 1", false],
    ["hidden.kernel[1, 2]", 6],
    ["hidden.kernel[-1, 0]", 4],
    ["hidden.kernel[0]", [1, 2, 3]],
    ["hidden.kernel[:, 0]", [1, 4]],
    ["hidden.kernel[0, 1:]", [2, 3]],
    ["hidden.kernel[0, 1].grad", -1],
    ["2 * hidden.kernel[0] - 1", [1, 3, 5]],
    ["hidden.kernel * hidden.kernel.grad", [0, -2, 0, 12, 0, 24]],
    ["mean(hidden.kernel)", 3.5],
    ["std(hidden.kernel[0])", Math.sqrt(2 / 3)],
    ["min(hidden.kernel.grad) + max(hidden.kernel.grad)", 3],
    ["sum(hidden.kernel)", 21],
    ["count(hidden.kernel.grad == 0)", 3],
    ["any(hidden.kernel > 5)", true],
    ["all(hidden.kernel > 5)", false],
    ["argmax(hidden.kernel.grad)", 5],
    ["shape(hidden.kernel)", [2, 3]],
    ["sign(hidden.kernel.grad[0, 1])", -1],
    ["abs(hidden.kernel.grad[0])", [0, 1, 0]],
    ["isnan(hidden.bias)", true],
  ])("%s", (text, expected) => {
    expect(valueFor(text)).toEqual(expected);
  });

  test.each<[string, string]>([
    ["", "The expression is not complete."],
    ["1 +", "The expression is not complete."],
    ["(1", '")" is missing.'],
    ["1 2", '"2" is not expected after the expression.'],
    ["loss $ 2", '"$" has no meaning in an expression.'],
    ["hidden.kernel[5, 0]", "Index 5 is outside an axis of 2 (0 to 1)."],
    ["hidden.kernel[0, 0, 0]", "2x3 has 2 axes, not 3."],
    ["hidden.kernel[0.5]", "An index is a whole number, not 0.5."],
    ["loss[0]", "A number has no index."],
    ["hidden.kernel + hidden.bias", '"+" can\'t combine 2x3 with 3.'],
    ['norm("text")', 'norm needs numbers, not the text "text".'],
    ["norm(1, 2)", "norm takes one value."],
    ["constructor(1)", expect.stringContaining("There is no function constructor. There are norm, mean")],
    ["nrom(loss)", "There is no function nrom. Is it norm?"],
    ["prev(loss)", "prev(...) has no value here."],
    ["prev()", "prev takes one value."],
    ["why(loss) + 1", "why(...) has no value; ask it alone, in the debug console or a watch."],
    ["(1).grad", 'Only a layer has members, so ".grad" has no meaning here.'],
    ["nothing.here", "There is no nothing.here."],
    ["norm(hidden.output)", "hidden.output is not computed yet."],
  ])("%j is refused", (text, problem) => {
    expect(valueFor(text)).toEqual(problem);
  });

  test("a condition that depends on a later number is undecided, unless another part decides it", () => {
    const later = parseExpression('pass == "reverse" and norm(hidden.output) > 1');
    const decided = parseExpression('pass == "forward" and norm(hidden.output) > 1');
    expect("expression" in later && evaluate(later.expression, names)).toMatchObject({ isLater: true });
    expect("expression" in decided && evaluate(decided.expression, names)).toEqual({ value: false });
    expect(isTrue({ shape: [2], values: [1, 0] })).toBe(false);
  });

  test("prev(...) takes the values that it is given", () => {
    const parsed = parseExpression("norm(prev(hidden.kernel[0]) - hidden.kernel[0]) + prev(loss)");
    if (!("expression" in parsed)) throw new Error(parsed.problem);
    const asked = previousIn(parsed.expression);
    expect(asked.map(({ kind }) => kind)).toEqual(["index", "name"]);
    const previous = (of: (typeof asked)[number]) => ({ value: of === asked[0] ? { shape: [3], values: [1, 5, 7] } : 0.5 });
    expect(evaluate(parsed.expression, names, previous)).toEqual({ value: 5.5 });
  });
});

test(`no text throws (seed ${seed})`, () => {
  const random = randomFrom(seed, "generator");
  const parts = [
    "hidden",
    ".",
    "kernel",
    "[",
    "]",
    "(",
    ")",
    ",",
    ":",
    "-",
    "not ",
    "norm",
    "1",
    "0.5",
    "==",
    "^",
    "and ",
    '"a"',
    " ",
    "$",
    "loss",
  ];
  for (let k = 0; k < 3000; k++) {
    const text = Array.from({ length: 1 + random.below(12) }, () => parts[random.below(parts.length)]).join("");
    expect(() => valueFor(text), text).not.toThrow();
  }
  expect(valueFor("(".repeat(400))).toBe("The expression is nested too deeply.");
  expect(valueFor("-".repeat(900))).toBe("The expression is nested too deeply.");
  expect(valueFor(`${"1+".repeat(600)}1`)).toBe("An expression has at most 1000 characters.");
});
