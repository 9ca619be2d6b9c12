import { expect, test } from "vitest";
import { metricTitle } from "./metrics.ts";

test.each([
  ["accuracy", "Accuracy"],
  ["val_accuracy", "Validation accuracy"],
  ["mae", "MAE"],
  ["val_r2", "Validation R²"],
  ["f1", "F1"],
  ["top_k_accuracy", "Top-k accuracy"],
  ["penalty", "Penalty"],
  // With several outputs, the name starts with the output's.
  ["house_price_r2", "house_price R²"],
  ["val_price_top_k_accuracy", "Validation price top-k accuracy"],
  ["price_loss", "price loss"],
  ["val_price_loss", "Validation price loss"],
])("the number %s has the title %s", (name, title) => expect(metricTitle(name)).toBe(title));
