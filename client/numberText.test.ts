import { describe, expect, test } from "vitest";
import { short, tickLabels } from "./numberText.ts";

describe("numbers as they are written", () => {
  test("four digits, powers of ten where those are shorter", () => {
    expect([0, 0.12345, 123456, 1e-5, -2.5, Number.NaN].map(short)).toEqual(["0", "0.1235", "1.23e5", "1e-5", "-2.5", "NaN"]);
  });

  test("ticks have as many digits as tell them apart", () => {
    expect(tickLabels([0.1, 0.2, null])).toEqual(["0.1", "0.2", ""]);
    expect(tickLabels([0.693105, 0.69311, 0.693115])).toEqual(["0.693105", "0.69311", "0.693115"]);
  });
});
