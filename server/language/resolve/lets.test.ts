/** Arithmetic after `let name =`. The values are computed by hand. */
import { describe, expect, test } from "vitest";
import { analyse } from "../analysis.ts";

const numberOf = (lines: string): unknown => {
  const { lets, issues } = analyse(lines);
  const value = lets.get("x")?.value;
  const errors = issues.filter(({ severity }) => severity === "error");
  return value?.kind === "number" ? value.value : errors.map(({ code, message }) => `${code} ${message}`);
};

describe("a computed number", () => {
  test.each([
    ["let x = 2 + 3 * 4", 14],
    ["let x = (2 + 3) * 4", 20],
    ["let x = 20 / 2 / 5", 2],
    ["let x = 10 - 4 - 3", 3],
    ["let w = 16\nlet x = w -1", 15],
    ["let w = 16\nlet x = w-1", 15],
    ["let w = 16\nlet x = -w / -4", 4],
    ["let x = - - 3 * -2", -6],
    ["let x = 7 / 2", 3.5],
    ["let x = .5 + 1.", 1.5],
    ["let a = 3\nlet b = a * a\nlet x = b + a", 12],
  ])("%s", (text, value) => expect(numberOf(text)).toBe(value));
});

describe("an expression without a value", () => {
  test.each([
    ["let x = 1 / 0", "NN213 `1 / 0` is infinite; change it so that its result is a number."],
    ["let x = 0 / 0", "NN213 `0 / 0` is 0 divided by 0; change it so that its result is a number."],
    ["let x = later + 1\nlet later = 2", "NN213 `later` is declared below; move its line above this one."],
    ["let x = x + 1", "NN213 `x` is declared below; move its line above this one."],
    ["let width = 2\nlet x = widht + 1", "NN209 No `let` is named `widht`; did you mean `width`?"],
    ["let a = relu\nlet x = 2 * a", "NN209 No `let` is named `relu`; declare it, or correct the name."],
    ['let x = "a" + 1', 'NN213 Only numbers can be computed with, but `"a"` is a text.'],
    ["let a = [1]\nlet x = a + 1", "NN213 Only numbers can be computed with, but `[…]` is a list."],
  ])("%s", (text, message) => expect(numberOf(text)).toEqual([expect.stringContaining(message)]));

  test("one message for a name whose own sum has none", () => {
    expect(numberOf("let a = 1 / 0\nlet x = a + 1")).toHaveLength(1);
  });

  test.each(["dense units", "dense 2 relu l2=units", "dense 2 units", "dropout units"])("one message where %s uses it", (layer) => {
    const { issues } = analyse(`let units = 1 / 0\nmodel M {\n  input 2\n  ${layer}\n}\n`);
    expect(issues.map(({ code, message }) => `${code} ${message}`)).toEqual([expect.stringContaining("NN213 `1 / 0` is infinite")]);
  });

  test("as long or as deep as it may be, it is read", () => {
    expect(numberOf(`let x = ${"1 + ".repeat(20_000)}1`)).toBe(20_001);
    expect(numberOf(`let x = ${"- ".repeat(20_000)}1`)).toBe(1);
    const { issues } = analyse(`let x = ${"(".repeat(2000)}1${")".repeat(2000)}`);
    expect(issues.flatMap(({ severity, message }) => (severity === "error" ? [message] : []))).toEqual([
      expect.stringContaining("nested more than 60 levels deep"),
    ]);
  });
});
