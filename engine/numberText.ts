/**
 * Numbers as text: one function for each purpose, used by the messages, the panel and the terminal alike.
 * A number that must read back exactly is not written here: JavaScript's own `String(value)` does that.
 */

/**
 * Returns the number with four significant digits or, outside 0.001 to 100,000, with three and a power of ten: 1.23e5. For tables, charts and
 * statistics.
 */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) return roundedText(value);
  const [digits = "", power = ""] = value.toExponential(2).split("e");
  return `${Number(digits)}e${power.replace("+", "")}`;
}

/** Returns the nearest number with the given count of significant digits. */
export const rounded = (value: number, digits: number): number => Number(value.toPrecision(digits));

/** Returns the number with the given significant digits, written out: 123500 rather than 1.23e5. For sentences. */
export const roundedText = (value: number, digits = 4): string => String(rounded(value, digits));

/** Returns the number with three significant digits. For measurements that need not be exact, such as a norm in a finding. */
export const estimateText = (value: number): string => roundedText(value, 3);

/** The number of digits before the decimal point that a formula writes out in full: numbers below a million. */
export const WHOLE_DIGITS = 6;

/** Returns the value of the text that `formulaText` returns. With infinitely many digits, it is the number itself. */
export function formulaValue(value: number, digits: number): number {
  if (!Number.isFinite(value) || !Number.isFinite(digits) || value === 0) return value;
  const whole = Math.floor(Math.log10(Math.abs(value))) + 1;
  return rounded(value, whole <= WHOLE_DIGITS ? Math.max(digits, whole) : digits);
}

/** Returns the number with the given significant digits and the mathematical minus sign: −0.25, 22137, and from a million 1.234e7. For formulas. */
export function formulaText(value: number, digits = 4): string {
  const own = formulaValue(value, digits);
  const isLong = Number.isFinite(own) && Math.abs(own) >= 10 ** WHOLE_DIGITS;
  return (isLong ? own.toExponential().replace("e+", "e") : String(own)).replaceAll("-", "−");
}

/** Returns the number with enough significant digits, at most twelve, to differ from another one. */
export function distinctText(value: number, from: number): string {
  return formulaText(value, [4, 6, 9, 12].find((digits) => formulaValue(value, digits) !== from) ?? 4);
}

/** Returns a relative error as one decimal and a power of ten: 2.3e-9. */
export const errorText = (value: number): string => value.toExponential(1);

/** Returns the number with its thousands separated in English, whatever the locale, and at most three decimals: 10,000 or 7.5. */
export const groupedText = (value: number): string => value.toLocaleString("en");

/** Returns a count, rounded to a whole number, with its thousands separated: 1,234,567. */
export const countText = (value: number): string => groupedText(Math.round(value));

/** Returns a count with its noun: "1 row", "2 rows". */
export const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

/** Returns a share of 1 as a percentage, with one decimal below 10 %. */
export const percentText = (share: number): string => `${(100 * share).toFixed(share > 0 && share < 0.0995 ? 1 : 0)} %`;

/** Returns the percentage of completed work, rounded down so that 100 % appears only at the end. */
export const progressText = (share: number): string => `${Math.floor(100 * Math.min(1, share))} %`;

/** Returns a coordinate of a drawing, in pixels with one decimal. */
export const coordinateText = (pixels: number): string => pixels.toFixed(1);

/** Returns a number of bytes with three significant digits and a decimal unit (1 kB = 1000 B): 1.5 GB, 20 MB. */
export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let k = 0;
  for (; value >= 1000 && k < units.length - 1; k++) value /= 1000;
  return `${estimateText(value)} ${units[k]}`;
}

/** Returns a duration of at least 1 ms: 250 ms, 12.3 s, 2 min 5 s. */
export function durationText(seconds: number): string {
  if (seconds < 1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * Returns the labels of an axis: each tick has enough digits to place it to within a hundredth of the gap between ticks. null marks a tick without a
 * label; its text is empty.
 */
export function tickLabels(ticks: readonly (number | null)[]): string[] {
  const places = ticks.filter((tick) => tick !== null);
  const gaps = places.slice(1).map((tick, k) => Math.abs(tick - (places[k] ?? 0)));
  const tolerance = Math.min(...gaps) / 100;
  const isExact = (labels: readonly string[]): boolean =>
    labels.every((label, k) => !(Math.abs(Number(label) - (places[k] ?? 0)) > tolerance));
  const digits = [5, 6, 7, 8, 9, 10, 11, 12].find((count) => isExact(places.map((tick) => roundedText(tick, count))));
  const write = isExact(places.map(numberText)) ? numberText : (tick: number): string => roundedText(tick, digits ?? 12);
  return ticks.map((tick) => (tick === null ? "" : write(tick)));
}
