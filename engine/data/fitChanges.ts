/** Compares the saved fit of the weights with the fit of the current data, in words for the user. */
import { roundedText } from "../numberText.ts";
import type { DataPlan, Scaling } from "../plan.ts";
import type { DataFit } from "./fit.ts";
import type { Scaler } from "./scaling.ts";

/** The maximum number of described changes. */
const MOST = 3;

/** Returns a clause for each column and output that the current data would fit differently. Empty if the fits are equal. */
export function fitChanges({ scale, scaleTarget }: DataPlan, saved: DataFit, now: DataFit): string[] {
  if (saved === now) return [];
  const targets = saved.targets.flatMap(({ layer, columns, classes, scalers }, k) => [
    ...classesChange(classes, now.targets[k].classes),
    ...scalers.flatMap((scaler, j) => scalerChange(columns[j] ?? layer, scaleTarget, scaler, now.targets[k].scalers[j])),
  ]);
  const features = saved.features.flatMap(({ name, scaler, fill }, k) => {
    const scales = scalerChange(name ?? "the pixels", scale, scaler, now.features[k].scaler);
    return scales.length > 0 || Object.is(fill, now.features[k].fill)
      ? scales
      : [`${name}, whose gaps get the mean, ${change("has the mean", [fill], [now.features[k].fill])}`];
  });
  const all = [...targets, ...features];
  return all.length > MOST + 1 ? [...all.slice(0, MOST), `${all.length - MOST} more columns differ`] : all;
}

/** Returns the changes that `fitChanges` found as a message. */
export const fitChangesText = (changes: readonly string[]): string =>
  `The data changed since these weights were trained: ${changes.join("; ")}. The fit saved with the weights is used.`;

const classesChange = (saved: readonly string[] | null, now: readonly string[] | null): string[] =>
  saved?.join("\n") === now?.join("\n")
    ? []
    : [`the classes are ${now?.join(", ") ?? "numbers"} now, but were ${saved?.join(", ") ?? "numbers"}`];

function scalerChange(name: string, scale: Scaling, saved: Scaler, now: Scaler): string[] {
  if (saved.offset === now.offset && saved.factor === now.factor) return [];
  const what = scale === "minmax" ? "has the minimum and range" : "has the mean and standard deviation";
  return [`${name} ${change(what, [saved.offset, saved.factor], [now.offset, now.factor])}`];
}

/** Writes enough digits to show the difference. */
function change(what: string, saved: readonly number[], now: readonly number[]): string {
  const write = (digits: number) => (values: readonly number[]) => values.map((value) => roundedText(value, digits)).join(" and ");
  const digits = [5, 9].find((count) => write(count)(saved) !== write(count)(now)) ?? 17;
  return `${what} ${write(digits)(now)} now, but had ${write(digits)(saved)}`;
}
