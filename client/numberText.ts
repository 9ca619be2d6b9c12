/** Numbers as the panel and the terminal write them. */

/** Four significant digits, in powers of ten where that is shorter. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) return String(Number(value.toPrecision(4)));
  const [digits = "", power = ""] = value.toExponential(2).split("e");
  return `${Number(digits)}e${power.replace("+", "")}`;
}

export const percent = (share: number): string => `${(100 * share).toFixed(share > 0 && share < 0.0995 ? 1 : 0)} %`;
export const grouped = (value: number): string => Math.round(value).toLocaleString("en");

export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** The numbers beside an axis: as many digits as say where each is, to a hundredth of the way to the next. null: none there. */
export function tickLabels(ticks: readonly (number | null)[]): string[] {
  const places = ticks.filter((tick) => tick !== null);
  const gaps = places.slice(1).map((tick, k) => Math.abs(tick - (places[k] ?? 0)));
  const off = Math.min(...gaps) / 100;
  const isExact = (labels: readonly string[]): boolean => labels.every((label, k) => !(Math.abs(Number(label) - (places[k] ?? 0)) > off));
  const digits = [5, 6, 7, 8, 9, 10, 11, 12].find((count) => isExact(places.map((tick) => String(Number(tick.toPrecision(count))))));
  const write = isExact(places.map(short)) ? short : (tick: number): string => String(Number(tick.toPrecision(digits ?? 12)));
  return ticks.map((tick) => (tick === null ? "" : write(tick)));
}
