/** Formats a metric's value for the panel. */
import { whyUndefined } from "../../engine/catalog/metrics.ts";
import { numberText } from "../../engine/numberText.ts";

/** Returns a metric's value, or why it has none. */
export function metricText(name: string, value: number): string {
  const why = Number.isNaN(value) && whyUndefined(name);
  return why ? `none, because ${why}` : numberText(value);
}
