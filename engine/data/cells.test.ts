/** Cells as numbers, missing values and words. */
import { describe, expect, test } from "vitest";
import { requireLinearCost } from "../../test/mutations.ts";
import { cellRules, otherStyle } from "./cells.ts";

const PLAIN = { decimal: ".", thousands: null };
const read = (decimal: string, thousands: string | null, cell: string): number | undefined =>
  cellRules({ decimal, thousands }).number(cell);

describe("a number", () => {
  test.each([
    ["12", 12],
    [" -0.5 ", -0.5],
    [".5", 0.5],
    ["1.", 1],
    ["+1e-3", 0.001],
    ["1.7976931348623157e308", Number.MAX_VALUE],
  ])("%j", (cell, value) => expect(read(".", null, cell)).toBe(value));
  test.each(["0x10", "Infinity", "1e309", "-1e400", "888E010010", "1e", ".", "1,5", "1_000", "1.2.3", "--1"])("is not %j", (cell) =>
    expect(read(".", null, cell)).toBeUndefined(),
  );
  test.each([
    [",", null, "3,68", 3.68],
    [",", null, "-,5e2", -50],
    [",", null, "3", 3],
    [",", ".", "1.234.567,89", 1_234_567.89],
    [",", ".", "1234,5", 1234.5],
    [".", ",", "1,234,567.89", 1_234_567.89],
    [".", " ", "1 234\u00a0567", 1_234_567],
    [".", "'", "1’234", 1234],
  ])("with decimal %j and thousands %j: %j", (decimal, thousands, cell, value) => expect(read(decimal, thousands, cell)).toBe(value));
  test.each([
    [",", null, "3.68"],
    [".", ",", "1,23"],
    [".", ",", "12,3456"],
    [".", ",", "1234,567"],
    [",", ".", "1.23,5"],
  ])("with decimal %j and thousands %j is not %j", (decimal, thousands, cell) => expect(read(decimal, thousands, cell)).toBeUndefined());
});

describe("a missing value", () => {
  const { isGap, isNumberGap } = cellRules(PLAIN);
  test.each(["", "  ", "?", "NA", "n/a", "NaN", "null"])("is %j in any column", (cell) =>
    expect([isGap(cell), isNumberGap(cell)]).toEqual([true, false]),
  );
  test.each(["-", "#N/A", "None", "none"])("is %j in a column of numbers only", (cell) =>
    expect([isGap(cell), isNumberGap(cell)]).toEqual([false, true]),
  );
  test.each(["0", "no", "missing", "--"])("is not %j", (cell) => expect([isGap(cell), isNumberGap(cell)]).toEqual([false, false]));
});

describe("the style of numbers that are words in the usual style", () => {
  test.each([
    [["3,68", "2,12", "", "5"], ";", { decimal: ",", thousands: null }],
    [["3,685", "2,125"], ";", { decimal: ",", thousands: null }],
    [["3,685", "2,125"], ",", { decimal: ".", thousands: "," }],
    [["950", "1,234", "12,000.5"], ",", { decimal: ".", thousands: "," }],
    [["1.234,5", "12,5"], ";", { decimal: ",", thousands: "." }],
    [["1 234,5", "12,5"], ";", { decimal: ",", thousands: " " }],
    [["1'234.5", "-"], ",", { decimal: ".", thousands: "'" }],
  ])("%j separated by %j", (cells, delimiter, style) => expect(otherStyle(cells, PLAIN, delimiter)).toEqual(style));
  test.each([[["3,68", "x"]], [["2020-01-01"]], [["1,5", "2.5"]], [["1", "2"]], [["a"]], [["NA"]], [["12:30"]]])("%j have none", (cells) =>
    expect(otherStyle(cells, PLAIN, ",")).toBeUndefined(),
  );
});

describe("the time that a cell takes grows with its length, not with its square", () => {
  const styles = [PLAIN, { decimal: ",", thousands: "." }, { decimal: ".", thousands: " " }];
  test.each([
    ["digits and a letter", (n: number) => `${"1".repeat(n)}x`],
    ["groups of digits and a letter", (n: number) => `1${".111".repeat(n / 4)}x`],
    ["blanks between digits", (n: number) => `1${" ".repeat(n)}x`],
    ["blanks that don't break a line", (n: number) => `1${"\u00a0".repeat(n)}x`],
    ["blanks alone, and a letter", (n: number) => `${" ".repeat(n)}x`],
  ])("%s", async (_what, cellOf) => {
    await requireLinearCost((n) => {
      const cell = cellOf(n);
      for (const style of styles) {
        const { number, isGap, isNumberGap } = cellRules(style);
        expect([number(cell), isGap(cell), isNumberGap(cell)]).toEqual([undefined, false, false]);
        expect(otherStyle([cell], style, ";")).toBeUndefined();
      }
    }, 1000);
  });
});
