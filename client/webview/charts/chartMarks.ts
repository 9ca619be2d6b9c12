/** Draws the parts of a line chart other than its lines: the timeline's epoch, the label of 0, a band, a mark. Also labels its axes. */
import type uPlot from "uplot";
import { numberText } from "../../../engine/numberText.ts";
import { isZeroLevel, lastIndexOf } from "./chartColumns.ts";
import type { ChartSettings } from "./chartSettings.ts";
import type { Theme } from "./theme.ts";

export function strokeOf(series: uPlot.Series | undefined): string {
  const { stroke } = series ?? {};
  // uPlot wraps a colour in a function.
  const colour: unknown = typeof stroke === "function" ? (stroke as () => unknown)() : stroke;
  return typeof colour === "string" ? colour : "transparent";
}

/** Draws the timeline's epoch as a vertical line with a point on each series. */
export function paintCursor(plot: uPlot, { cursor }: ChartSettings, { colours }: Theme): void {
  if (cursor === null || cursor === undefined) return;
  const { ctx, bbox } = plot;
  const x = plot.valToPos(cursor, "x", true);
  if (x < bbox.left - 1 || x > bbox.left + bbox.width + 1) return;
  const ratio = window.devicePixelRatio || 1;
  ctx.save();
  ctx.strokeStyle = colours.foreground;
  ctx.lineWidth = ratio;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  plot.series.forEach((series, k) => {
    const at = k === 0 ? null : lastIndexOf(plot.data[k] ?? [], plot.data[0], cursor);
    const value = at === null ? null : plot.data[k]?.[at];
    if (value == null || series.alpha === 0.35) return;
    ctx.fillStyle = strokeOf(series);
    ctx.beginPath();
    ctx.arc(x, plot.valToPos(value, "y", true), 3.5 * ratio, 0, 2 * Math.PI);
    ctx.fill();
  });
  ctx.restore();
}

/** Labels the level of zeros on a logarithmic axis. */
export function paintZero(plot: uPlot, { colours, font }: Theme): void {
  const level = plot.data.slice(1).flatMap((y) => [...y].find((value) => value != null && isZeroLevel(value)) ?? [])[0];
  if (level === undefined) return;
  const { ctx, bbox } = plot;
  const ratio = window.devicePixelRatio || 1;
  ctx.save();
  ctx.font = font.replace("11px", `${11 * ratio}px`);
  ctx.fillStyle = colours.foreground;
  ctx.textAlign = "right";
  ctx.fillText("0", bbox.left - 8 * ratio, plot.valToPos(level, "y", true) + 4 * ratio);
  ctx.restore();
}

export function paintBand(plot: uPlot, { band }: ChartSettings, { colours }: Theme): void {
  if (!band) return;
  const { ctx, bbox } = plot;
  const [top, bottom] = [band[1], band[0]].map((value) =>
    Math.min(Math.max(plot.valToPos(value, "y", true), bbox.top), bbox.top + bbox.height),
  );
  if (top === undefined || bottom === undefined || !(bottom > top)) return;
  ctx.save();
  ctx.globalAlpha = 0.14;
  ctx.fillStyle = colours.green;
  ctx.fillRect(bbox.left, top, bbox.width, bottom - top);
  ctx.restore();
}

export function paintMark(plot: uPlot, { mark }: ChartSettings, { colours, font }: Theme): void {
  if (!mark) return;
  const { ctx, bbox } = plot;
  const x = plot.valToPos(mark.epoch, "x", true);
  if (x < bbox.left - 1 || x > bbox.left + bbox.width + 1) return;
  const ratio = window.devicePixelRatio || 1;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colours.faint;
  ctx.setLineDash([3 * ratio, 3 * ratio]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.font = font.replace("11px", `${11 * ratio}px`);
  const isRight = x > bbox.left + bbox.width / 2;
  ctx.textAlign = isRight ? "right" : "left";
  ctx.fillText(mark.label, x + (isRight ? -5 : 5) * ratio, bbox.top + 12 * ratio);
  ctx.restore();
}

export const EPOCH_STEPS = [1, 2, 5]
  .flatMap((digit) => [0, 1, 2, 3, 4, 5, 6, 7, 8].map((power) => digit * 10 ** power))
  .sort((a, b) => a - b);
/** The maximum number of labelled powers of ten. */
const MOST_POWERS = 6;

/** Keeps at most `MOST_POWERS` powers of ten, evenly spaced. */
export function powersOfTen(_plot: uPlot, ticks: number[]): (number | null)[] {
  const powers = ticks.filter(isPowerOfTen).map((tick) => Math.round(Math.log10(tick)));
  const step = Math.ceil(((powers.at(-1) ?? 0) - (powers[0] ?? 0) + 1) / MOST_POWERS);
  return ticks.map((tick) => (isPowerOfTen(tick) && Math.round(Math.log10(tick)) % step === 0 ? tick : null));
}

/** Returns the labels of powers of ten. */
export const powerLabels = (ticks: readonly (number | null)[]): string[] =>
  ticks.map((tick) => {
    if (tick === null) return "";
    const power = Math.round(Math.log10(tick));
    return power >= -3 && power <= 4 ? numberText(tick) : `1e${power}`;
  });

const isPowerOfTen = (tick: number): boolean => Math.abs(Math.log10(tick) - Math.round(Math.log10(tick))) < 1e-6;
