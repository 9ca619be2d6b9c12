/**
 * Distributions over the epochs, as a heat map or as ridges. Each column or ridge is one snapshot of one mini-batch with its own exact
 * bins. Bins are drawn as recorded. Epochs without a snapshot are left out.
 */
import type { Distribution } from "../../../engine/events.ts";
import { countText, numberText, percentText } from "../../../engine/numberText.ts";
import { element, pointIn, setText, sharpCanvas } from "../dom.ts";
import { dataTable, evenlySpaced, type TableData } from "./dataTable.ts";
import { pictureButtons } from "./pictureFiles.ts";
import { css, mix, type Theme } from "./theme.ts";

export type Look = "heat" | "ridges";

/** The margins around the plot, in pixels. They contain the axis labels. */
interface Plot {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}
const LARGE_PLOT: Plot = { left: 62, top: 8, right: 8, bottom: 24 };
export const SMALL_PLOT: Plot = { left: 62, top: 6, right: 4, bottom: 20 };
/** The maximum number of rows in the chart's table. */
const MOST_TABLE_ROWS = 20;

export interface Column {
  readonly epoch: number;
  readonly rows: number;
  readonly values: Distribution;
}

interface Drawn {
  /** The name of the image file. */
  readonly name: string;
  readonly columns: readonly Column[];
  readonly look: Look;
  readonly theme: Theme;
  /** The epoch on the timeline; null for the newest. */
  readonly cursor: number | null;
}

export function distributionChart(save: (name: string, base64: string) => void) {
  let drawn: Drawn | undefined;
  /** The index of the column in the readout; -1 for the newest. */
  let at = -1;
  const chart = sharpCanvas("distribution", 300, (context, width, height) => {
    if (!drawn) return;
    const canvas = { context, width, height, theme: drawn.theme, plot: LARGE_PLOT };
    PAINTERS[drawn.look](canvas, drawn.columns);
    if (drawn.look === "heat" && drawn.cursor !== null) markColumn(canvas, drawn.columns.length, columnAt(drawn.columns, drawn.cursor));
  });
  chart.canvas.tabIndex = 0;
  chart.canvas.setAttribute("role", "img");
  const heading = element("h2", "", "Over the epochs");
  const readout = element("p", "readout");
  const note = element("p", "note");
  const table = dataTable("the distributions", () => tableOf(drawn));
  heading.append(
    pictureButtons(
      "distribution",
      (_name, _format, base64) => save(drawn?.name ?? "distribution", base64),
      { png: () => chart.canvas },
      table.button,
    ),
  );
  const showColumn = (k: number): void => {
    const count = drawn?.columns.length ?? 0;
    at = Math.max(0, Math.min(count - 1, k));
    const column = drawn?.columns[at];
    if (column) setText(readout, readoutOf(column));
  };
  chart.canvas.addEventListener("pointermove", (event) => {
    if (!drawn) return;
    const { x, y, width, height } = pointIn(chart.canvas, event);
    const { left, top, right, bottom } = LARGE_PLOT;
    const share = drawn.look === "ridges" ? (y - top) / (height - top - bottom) : (x - left) / (width - left - right);
    showColumn(Math.floor(share * drawn.columns.length));
  });
  chart.canvas.addEventListener("keydown", ({ key }) => {
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[key];
    if (by !== undefined && drawn) showColumn((at < 0 ? drawn.columns.length - 1 : at) + by);
  });

  return {
    element: element("section", "", heading, chart.element, readout, note, table.element),
    draw(next: Drawn, text: string): void {
      drawn = next;
      const { columns } = next;
      chart.draw();
      setText(note, text);
      const newest = columns.at(-1);
      const marked = next.cursor === null ? undefined : columns[columnAt(columns, next.cursor)];
      if (marked) setText(readout, readoutOf(marked));
      else if (newest && (at < 0 || at >= columns.length - 2)) setText(readout, readoutOf(newest));
      if (!newest) setText(readout, "");
      table.draw();
      chart.canvas.setAttribute("aria-label", `${heading.firstChild?.textContent}: ${text} Arrow keys read one epoch after another.`);
    },
  };
}

/** Returns the statistics of evenly spaced columns. */
function tableOf(drawn: Drawn | undefined): TableData {
  const columns = drawn?.columns ?? [];
  return {
    caption: "Distribution over the epochs",
    columns: ["epoch", "numbers", "smallest", "largest", "mean", "standard deviation", "zeros"],
    rows: evenlySpaced(columns.length, MOST_TABLE_ROWS).flatMap((k) => {
      const column = columns[k];
      if (!column) return [];
      const { count, min, max, mean, spread, zeros } = column.values;
      return [[countText(column.epoch), countText(count), ...[min, max, mean, spread].map(numberText), percentText(zeros)]];
    }),
  };
}

/** Returns the index of the column nearest at or before the epoch on the timeline, or 0. */
export function columnAt(columns: readonly Column[], cursor: number | null): number {
  return Math.max(
    0,
    columns.findLastIndex(({ epoch }) => epoch <= (cursor ?? Number.POSITIVE_INFINITY)),
  );
}

/** Outlines a column of the heat map. */
export function markColumn({ context, width, height, theme, plot: { left, top, right, bottom } }: Canvas, count: number, k: number): void {
  const step = (width - left - right) / Math.max(1, count);
  context.strokeStyle = theme.colours.foreground;
  context.lineWidth = 1;
  context.strokeRect(left + k * step - 0.5, top - 3, step + 1, height - top - bottom + 6);
}

export function readoutOf({ epoch, values: { min, max, mean, spread, zeros, unsound, count } }: Column): string {
  const odd = unsound > 0 ? ` · ${countText(unsound)} not finite` : "";
  return `Epoch ${countText(epoch)}: ${countText(count)} numbers from ${numberText(min)} to ${numberText(max)} · mean ${numberText(mean)} · standard deviation ${numberText(spread)} · ${percentText(zeros)} zeros${odd}`;
}

export interface Canvas {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
  readonly plot: Plot;
}

/** Returns the smallest and the largest value of all columns, widened if they are equal. */
function rangeOf(columns: readonly Column[]): [number, number] {
  const min = Math.min(...columns.map(({ values }) => values.min));
  const max = Math.max(...columns.map(({ values }) => values.max));
  return max > min ? [min, max] : [min - 0.5, max + 0.5];
}

/** Returns each bin's density (share of values per unit of width), so that wide bins do not look denser than narrow ones. */
function densities({ bins, min, max, count }: Distribution): number[] {
  const width = (max - min) / bins.length;
  return bins.map((bin) => (width > 0 ? bin / count / width : bin / count));
}

function heat(canvas: Canvas, columns: readonly Column[]): void {
  const { context, width, height, theme, plot } = canvas;
  if (columns.length === 0) return;
  const [low, high] = rangeOf(columns);
  const plotWidth = width - plot.left - plot.right;
  const plotHeight = height - plot.top - plot.bottom;
  const y = (value: number): number => plot.top + ((high - value) / (high - low)) * plotHeight;
  const { background: dark, blue: bright } = theme.rgb;
  const step = plotWidth / columns.length;
  columns.forEach(({ values }, k) => {
    const own = densities(values);
    const most = Math.max(...own);
    const binHeight = ((values.max - values.min) / values.bins.length / (high - low)) * plotHeight;
    own.forEach((density, bin) => {
      if (density === 0) return;
      // The square root of the density relative to the column's peak, so that the tails are visible.
      context.fillStyle = css(mix(dark, bright, 0.12 + 0.88 * Math.sqrt(density / most)));
      const top = values.max > values.min ? y(values.min + ((bin + 1) / own.length) * (values.max - values.min)) : y(values.min) - 1;
      context.fillRect(plot.left + k * step, top, Math.max(1, step + 0.3), Math.max(1.5, binHeight + 0.3));
    });
  });
  axes(canvas, [low, high], columns, "y");
}

function ridges(canvas: Canvas, columns: readonly Column[]): void {
  const { context, width, height, theme, plot } = canvas;
  const most = Math.floor((height - plot.top - plot.bottom) / 12);
  const every = Math.max(1, Math.ceil(columns.length / most));
  // The newest column is always included.
  const shown = columns.filter((_, k) => (columns.length - 1 - k) % every === 0);
  if (shown.length === 0) return;
  const [low, high] = rangeOf(shown);
  const x = (value: number): number => plot.left + ((value - low) / (high - low)) * (width - plot.left - plot.right);
  const step = (height - plot.top - plot.bottom - 24) / shown.length;
  const { faint: from, blue: to } = theme.rgb;
  shown.forEach(({ values, epoch }, k) => {
    const base = plot.top + 24 + (k + 1) * step;
    const own = densities(values);
    const peak = Math.max(...own);
    const lift = Math.min(34, 3 * step);
    context.beginPath();
    context.moveTo(x(values.min), base);
    own.forEach((density, bin) => {
      const left = values.min + (bin / own.length) * (values.max - values.min);
      const right = values.min + ((bin + 1) / own.length) * (values.max - values.min);
      const top = base - (density / peak) * lift;
      context.lineTo(x(left), top);
      context.lineTo(Math.max(x(right), x(left) + 1), top);
    });
    context.lineTo(x(values.max), base);
    context.fillStyle = css(theme.rgb.background, 0.85);
    context.fill();
    context.strokeStyle = css(mix(from, to, (k + 1) / shown.length));
    context.lineWidth = 1.25;
    context.stroke();
    if (step >= 10 || k === 0 || k === shown.length - 1 || k % Math.ceil(12 / step) === 0)
      label(canvas, countText(epoch), plot.left - 8, base, "right");
  });
  axes(canvas, [low, high], shown, "x");
}

function axes(canvas: Canvas, [low, high]: readonly [number, number], columns: readonly Column[], axis: "x" | "y"): void {
  const { context, width, height, theme, plot } = canvas;
  const share = (value: number): number => (value - low) / (high - low);
  // A softmax output may be as small as 1e-17, which is 0 at this scale.
  const text = (value: number): string => numberText(Math.abs(value) < 1e-4 * (high - low) ? 0 : value);
  const marks = [low, high, ...(low < 0 && high > 0 ? [0] : [(low + high) / 2])];
  context.strokeStyle = theme.colours.faint;
  context.setLineDash([2, 4]);
  for (const value of marks) {
    if (axis === "y") {
      const at = plot.top + (1 - share(value)) * (height - plot.top - plot.bottom);
      label(canvas, text(value), plot.left - 8, Math.min(height - plot.bottom, Math.max(plot.top + 8, at + 4)), "right");
      if (value === 0) line(context, plot.left, at, width - plot.right, at);
    } else {
      const at = plot.left + share(value) * (width - plot.left - plot.right);
      label(canvas, text(value), at, height - 6, value === low ? "left" : value === high ? "right" : "center");
      if (value === 0) line(context, at, plot.top, at, height - plot.bottom);
    }
  }
  context.setLineDash([]);
  if (axis === "x") return;
  const [first, last] = [columns[0], columns.at(-1)];
  if (first) label(canvas, `epoch ${countText(first.epoch)}`, plot.left, height - 6, "left");
  if (last && columns.length > 1) label(canvas, countText(last.epoch), width - plot.right, height - 6, "right");
}

function line(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

function label({ context, theme }: Canvas, text: string, x: number, y: number, align: CanvasTextAlign): void {
  context.font = theme.font;
  context.fillStyle = theme.colours.foreground;
  context.textAlign = align;
  context.fillText(text, x, y);
}

export const PAINTERS: { readonly [L in Look]: (canvas: Canvas, columns: readonly Column[]) => void } = { heat, ridges };
