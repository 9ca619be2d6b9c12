/** Numbers as text, each written by hand. */
import { describe, expect, test } from "vitest";
import {
  bytesText,
  countText,
  durationText,
  errorText,
  estimateText,
  formulaText,
  groupedText,
  numberText,
  percentText,
  progressText,
  roundedText,
  tickLabels,
} from "./numberText.ts";

const NO_NUMBERS = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const NAMES = ["NaN", "Infinity", "-Infinity"];

describe("numbers as text", () => {
  test.each([
    [0, "0"],
    [0.12345, "0.1235"],
    [-2.5, "-2.5"],
    [12, "12"],
    [0.001, "0.001"],
    [0.00099, "9.9e-4"],
    [1e-5, "1e-5"],
    [99_999, "100000"],
    [123_456, "1.23e5"],
    [-1.5e10, "-1.5e10"],
  ])("a number has four significant digits, or three and a power of ten outside 0.001 to 100,000: %d", (value, text) => {
    expect(numberText(value)).toBe(text);
  });

  test("a rounded number has no power of ten, and four digits or the given count", () => {
    expect([123_456, 0.000012346, 1 / 3].map((value) => roundedText(value))).toEqual(["123500", "0.00001235", "0.3333"]);
    expect(roundedText(1.0000001, 7)).toBe("1");
    expect([123_456, 1 / 3, 2].map(estimateText)).toEqual(["123000", "0.333", "2"]);
  });

  test("a formula has the mathematical minus sign, in exponents too", () => {
    expect([-0.5, 2, -1.23456e-7].map((value) => formulaText(value))).toEqual(["−0.5", "2", "−1.235e−7"]);
    // A whole part below a million has all of its digits.
    expect([22136.87, -3408765.2, 0.123456].map((value) => formulaText(value))).toEqual(["22137", "−3.409e6", "0.1235"]);
    expect(formulaText(0.123456, 5)).toBe("0.12346");
  });

  test("a relative error has one decimal and a power of ten", () => {
    expect([2.34e-9, 0, 12].map(errorText)).toEqual(["2.3e-9", "0.0e+0", "1.2e+1"]);
  });

  test("a count has its thousands separated and no decimals", () => {
    expect([0, 999, 1234567, 1234.6].map(countText)).toEqual(["0", "999", "1,234,567", "1,235"]);
    expect([0.5, 7.5, 10_000].map(groupedText)).toEqual(["0.5", "7.5", "10,000"]);
  });

  test("a percentage has one decimal below 10 %", () => {
    expect([0, 0.004, 0.0123, 0.0994, 0.0995, 0.5, 1, 1.2].map(percentText)).toEqual([
      "0 %",
      "0.4 %",
      "1.2 %",
      "9.9 %",
      "10 %",
      "50 %",
      "100 %",
      "120 %",
    ]);
  });

  test("progress is 100 % at the end and not before", () => {
    expect([0, 0.5, 0.999, 1, 1.5].map(progressText)).toEqual(["0 %", "50 %", "99 %", "100 %", "100 %"]);
  });

  test.each([
    [999, "999 B"],
    [1000, "1 kB"],
    [1_234_000, "1.23 MB"],
    [5e9, "5 GB"],
    [2e15, "2000 TB"],
  ])("%d bytes are %s", (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });

  test.each([
    [0, "1 ms"],
    [0.25, "250 ms"],
    [1, "1.0 s"],
    [59.94, "59.9 s"],
    [125.2, "2 min 5 s"],
    [119.6, "2 min 0 s"],
  ])("%d seconds are %s", (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });

  test("NaN and infinity are written as JavaScript names them", () => {
    for (const write of [numberText, roundedText]) expect(NO_NUMBERS.map((value) => write(value))).toEqual(NAMES);
  });

  test("ticks have enough digits to show their positions", () => {
    expect(tickLabels([0.1, 0.2, null])).toEqual(["0.1", "0.2", ""]);
    expect(tickLabels([0.693105, 0.69311, 0.693115])).toEqual(["0.693105", "0.69311", "0.693115"]);
  });
});
