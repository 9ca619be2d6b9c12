/** The table of diagnostics against the checker: every example has its code and no other, and every fix in the table corrects it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CSV_FORMAT } from "../../../engine/data/csvFormat.ts";
import { analyse } from "../analysis.ts";
import { csvFacts, type DataFiles } from "../resolve/dataFacts.ts";
import { type Diagnostic, type DiagnosticCode, diagnostics } from "./table.ts";

const IRIS = csvFacts(readFileSync(join(import.meta.dirname, "../../../samples/iris.csv")), CSV_FORMAT, "iris.csv");
const NUMBERED = csvFacts(new TextEncoder().encode("id,a,b,y\n1,0,0,0\n2,0,1,1\n3,1,0,1\n4,1,1,2\n"), CSV_FORMAT, "numbered.csv");
const TABLES: ReadonlyMap<string, typeof IRIS> = new Map([
  ["iris.csv", IRIS],
  ["numbered.csv", NUMBERED],
]);
const files: DataFiles = {
  csv: (path) => TABLES.get(path) ?? { problem: `There is no file ${path}; check its name.` },
  idx: () => undefined,
  weights: (path) => ({
    facts: {
      scalers: new Map(path === "scaled.safetensors" ? [["a", { offset: 40, factor: 12 }]] : []),
      shapes: new Map([
        ["hidden/kernel", [2, 2]],
        ["hidden/bias", [2]],
        ["dense_2/kernel", [2, 1]],
        ["dense_2/bias", [1]],
      ]),
    },
  }),
};
const codes = Object.keys(diagnostics) as DiagnosticCode[];
const entry = (code: DiagnosticCode): Diagnostic<never> => diagnostics[code];
const found = (text: string): string[] => analyse(text, files).issues.map(({ code }) => code);

describe("the table", () => {
  test.each(codes)("%s: the example has this finding once and no other", (code) => {
    expect(found(entry(code).example)).toEqual([code]);
  });

  test.each(codes)("%s: title, explanation and message are sentences", (code) => {
    const { title, explain, example } = entry(code);
    const [issue] = analyse(example, files).issues;
    expect(title).not.toMatch(/[.!]$/);
    expect(explain).toMatch(/\.$/);
    expect(issue?.message).toMatch(/[.?]$/);
    expect(issue?.message).not.toMatch(/undefined|NaN|\[object|invalid/i);
    expect(issue?.severity).toBe(entry(code).severity);
  });

  test.each(codes.filter((code) => entry(code).fix !== undefined))("%s: each of its fixes corrects the example", (code) => {
    const { example } = entry(code);
    const [issue] = analyse(example, files).issues;
    expect(issue?.fixes.length).toBeGreaterThan(0);
    for (const { changes } of issue?.fixes ?? []) {
      const corrected = [...changes]
        .sort((a, b) => b.span.start - a.span.start)
        .reduce((text, { span, text: put }) => text.slice(0, span.start) + put + text.slice(span.end), example);
      expect(corrected).not.toBe(example);
      // The mistake may have hidden other findings, but the fix may not cause a syntax error.
      expect(found(corrected), corrected).not.toContain(code);
      expect(
        found(corrected).filter((other) => other < "NN200"),
        corrected,
      ).toEqual([]);
    }
  });

  test.each(codes.filter((code) => entry(code).fix === undefined))("%s: the table names no fix, and there is none", (code) => {
    expect(analyse(entry(code).example, files).issues[0]?.fixes ?? []).toEqual([]);
  });

  test("codes below NN500 are errors, except NN215", () => {
    for (const code of codes) expect(entry(code).severity === "error", code).toBe(code < "NN500" && code !== "NN215");
  });
});
