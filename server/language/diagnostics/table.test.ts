/** Tests the table of diagnostics against the checker: every example has only its code, and every fix in the table corrects it. */
import { describe, expect, test } from "vitest";
import { exampleFiles as files } from "../../../test/exampleFiles.ts";
import { analyse } from "../analysis.ts";
import { type Diagnostic, type DiagnosticCode, diagnostics } from "./table.ts";

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
      // The mistake may have hidden other findings, but the fix must not cause a syntax error.
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
