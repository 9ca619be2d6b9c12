/** How the panel writes a metric: its title and its value. */
import { whyUndefined } from "../../engine/catalog/metrics.ts";
import { numberText } from "../../engine/numberText.ts";

/** Returns a metric's value, or why it has none. */
export function metricText(name: string, value: number): string {
  const why = Number.isNaN(value) && whyUndefined(name);
  return why ? `none, because ${why}` : numberText(value);
}

/** Returns `Validation accuracy` for `val_accuracy`. */
export function metricTitle(name: string): string {
  const own = name.replace(/^val_/, "").replaceAll("_", " ");
  return name.startsWith("val_") ? `Validation ${own}` : `${own[0]?.toUpperCase() ?? ""}${own.slice(1)}`;
}
