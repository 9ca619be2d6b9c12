import { expect, test } from "vitest";
import { metricText } from "./metricText.ts";

test.each([
  ["accuracy", 0.5, "0.5"],
  ["auc", Number.NaN, "none, because all rows are of one class"],
  ["val_price_r2", Number.NaN, "none, because a target column is constant"],
])("%s of %d", (name, value, text) => {
  expect(metricText(name, value)).toBe(text);
});
