/** The catalog is the only list of the language's words, so the test checks that every entry has all that its readers need. */
import { describe, expect, test } from "vitest";
import { referenceText } from "../../scripts/build/docs.ts";
import { analyse } from "../../server/language/analysis.ts";
import type { Entry } from "./arguments.ts";
import { type Configured, catalog, directives, names } from "./index.ts";
import { rateAt, type StepScheduleName } from "./optimizers.ts";

const entries = names(catalog).flatMap((part) =>
  Object.entries(catalog[part] as Readonly<Record<string, Entry>>).map(([name, entry]): [string, string, Entry] => [part, name, entry]),
);
const reference = referenceText();

describe("the catalog", () => {
  test.each(entries)("%s %s: a sentence, a formula, a source, explained arguments, a section in the reference", (_part, name, entry) => {
    expect(entry.summary).toMatch(/^[A-ZΦσ].*\.$/s);
    expect(entry.formula.length).toBeGreaterThan(0);
    expect(entry.source.length).toBeGreaterThan(3);
    if (entry.note !== undefined) expect(entry.note).toMatch(/\.$/);
    for (const [argument, spec] of Object.entries(entry.arguments)) {
      expect(spec.summary, argument).toMatch(/\.$/);
      if (spec.kind !== "number" && spec.kind !== "integer") continue;
      const { default: fallback, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, above, below } = spec;
      if (fallback === undefined) continue;
      expect(
        fallback >= min && fallback <= max && !(above !== undefined && fallback <= above) && !(below !== undefined && fallback >= below),
        argument,
      ).toBe(true);
    }
    expect(reference).toContain(`### ${name}\n`);
  });

  test("directives have explanations, and their examples have no syntax error", () => {
    for (const [block, table] of Object.entries(directives)) {
      for (const [name, { summary, example }] of Object.entries(table)) {
        expect(summary, name).toMatch(/[.]$/);
        expect(
          analyse(`${block} ${block === "data" ? "D" : "M on D"} {\n  ${example}\n}\n`).issues.filter(
            ({ code }) => code < "NN200" || code === "NN208",
          ),
          name,
        ).toEqual([]);
      }
    }
  });

  test("the examples of layers are valid lines of a model", () => {
    for (const [name, { example }] of Object.entries(catalog.layers)) {
      const { issues } = analyse(
        `model M {\n  a: input a, b\n  hidden: dense 2\n  wide: dense 2\n  deep: dense 2\n  shortcut: dense 2\n  gate: dense 2\n  ${example.replace("a, not b", "a, not b")}\n}\n`,
      );
      expect(
        issues.filter(({ code }) => code < "NN202" || code === "NN207"),
        name,
      ).toEqual([]);
    }
  });
});

describe("schedules by their formulas, at steps computed by hand", () => {
  const CASES: readonly (readonly [Configured<"schedules", StepScheduleName>, number, number])[] = [
    // 0.1 · 0.5^(15/10) = 0.1 · 0.353553
    [{ name: "exponential_decay", settings: { warmup_steps: 0, initial: 0.1, steps: 10, rate: 0.5 } }, 15, 0.0353553390593],
    [{ name: "step_decay", settings: { warmup_steps: 0, initial: 0.1, steps: 10, rate: 0.5 } }, 19, 0.05],
    [{ name: "step_decay", settings: { warmup_steps: 0, initial: 0.1, steps: 10, rate: 0.5 } }, 20, 0.025],
    // cos(π/3) = ½: 0.2 · (0.9 · ½ · 1.5 + 0.1)
    [{ name: "cosine_decay", settings: { warmup_steps: 0, initial: 0.2, steps: 30, alpha: 0.1 } }, 10, 0.155],
    [{ name: "cosine_decay", settings: { warmup_steps: 0, initial: 0.2, steps: 30, alpha: 0.1 } }, 99, 0.02],
    // (0.5 − 0.1) · (3/4)² + 0.1
    [{ name: "polynomial_decay", settings: { initial: 0.5, steps: 40, end: 0.1, power: 2, warmup_steps: 0 } }, 10, 0.325],
    [{ name: "polynomial_decay", settings: { initial: 0.5, steps: 40, end: 0.1, power: 2, warmup_steps: 0 } }, 99, 0.1],
    // The warm-up rises from 0. The decay starts after it, at the decay's own step 0.
    [{ name: "polynomial_decay", settings: { initial: 0.5, steps: 40, end: 0.1, power: 1, warmup_steps: 8 } }, 0, 0],
    [{ name: "polynomial_decay", settings: { initial: 0.5, steps: 40, end: 0.1, power: 1, warmup_steps: 8 } }, 6, 0.375],
    [{ name: "polynomial_decay", settings: { initial: 0.5, steps: 40, end: 0.1, power: 1, warmup_steps: 8 } }, 8, 0.5],
    [{ name: "polynomial_decay", settings: { initial: 0.5, steps: 40, end: 0.1, power: 1, warmup_steps: 8 } }, 28, 0.3],
    [{ name: "exponential_decay", settings: { initial: 0.1, steps: 10, rate: 0.5, warmup_steps: 4 } }, 2, 0.05],
    [{ name: "exponential_decay", settings: { initial: 0.1, steps: 10, rate: 0.5, warmup_steps: 4 } }, 14, 0.05],
    [{ name: "step_decay", settings: { initial: 0.1, steps: 10, rate: 0.5, warmup_steps: 4 } }, 23, 0.05],
    [{ name: "cosine_decay", settings: { initial: 0.2, steps: 30, alpha: 0.1, warmup_steps: 5 } }, 15, 0.155],
    [{ name: "one_cycle", settings: { maximum: 1, steps: 100 } }, 0, 0.1],
    // Halfway up: 0.1 + 0.9 · ½.
    [{ name: "one_cycle", settings: { maximum: 1, steps: 200 } }, 45, 0.55],
    [{ name: "one_cycle", settings: { maximum: 1, steps: 100 } }, 45, 1],
    // 2 of 45 steps down: 1 − 0.9 · 2/45.
    [{ name: "one_cycle", settings: { maximum: 1, steps: 100 } }, 47, 0.96],
    [{ name: "one_cycle", settings: { maximum: 1, steps: 100 } }, 90, 0.1],
    // Halfway from 0.1 to 0.0001.
    [{ name: "one_cycle", settings: { maximum: 1, steps: 100 } }, 95, 0.05005],
    [{ name: "one_cycle", settings: { maximum: 1, steps: 100 } }, 100, 0.0001],
  ];
  test.each(CASES)("%o at step %i is %d", (schedule, step, wanted) => {
    expect(rateAt(schedule, step)).toBeCloseTo(wanted, 10);
  });
});
