import { expect, test } from "vitest";
import { metricText, metricTitle } from "./metricText.ts";

test.each([
  ["accuracy", 0.5, "Accuracy", "0.5"],
  ["val_price_mae", 12, "Validation price mae", "12"],
  ["auc", Number.NaN, "Auc", "none, because all rows are of one class"],
  ["val_price_r2", Number.NaN, "Validation price r2", "none, because a target column is constant"],
])("%s of %d", (name, value, title, text) => {
  expect([metricTitle(name), metricText(name, value)]).toEqual([title, text]);
});
