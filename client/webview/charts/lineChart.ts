/**
 * Line charts over the epochs, by uPlot, of one run or several, on a linear or logarithmic scale, with or without smoothing. All charts
 * of a panel share their zoom and cursor. A note says whether the lines are smoothed, thinned or zoomed.
 */
import uPlot from "uplot";
import { countText, numberText, tickLabels } from "../../../engine/numberText.ts";
import type { HistoryTable } from "../../runs/history.ts";
import { element, setText } from "../dom.ts";
import type { Model } from "../model.ts";
import type { ChartSettings, Line } from "./chartSettings.ts";
import { dataTable, evenlySpaced, type TableData } from "./dataTable.ts";
import { pictureButtons } from "./pictureFiles.ts";
import { svgFrom } from "./svgChart.ts";
import { lineColour, lineDash, readTheme, type Theme } from "./theme.ts";

export interface ChartActions {
  readonly zoom: (range: Model["zoom"]) => void;
  /** Moves the timeline to the clicked epoch. */
  readonly seek: (epoch: number) => void;
  readonly save: (name: string, format: "png" | "svg", base64: string) => void;
}

export interface LineChart {
  readonly element: HTMLElement;
  readonly draw: (model: Model, settings: ChartSettings, mustRebuild: boolean) => void;
}

/** x, then each line's y. uPlot breaks a line at null. */
type Columns = [Float64Array | number[], ...(number | null)[][]];

/** Rows of a chart's table. */
const MOST_TABLE_ROWS = 20;

/** `heightNow` returns the height in pixels, which may depend on the window's size. */
export function lineChart(name: string, { zoom, seek, save }: ChartActions, heightNow: () => number = () => 220): LineChart {
  const heading = element("h2", "", name);
  const note = element("p", "note");
  const canvas = element("div", "canvas");
  const numbers = dataTable(name, () => tableOf(name, shown, columns));
  const section = element("section", "chart", heading, canvas, note, numbers.element);
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  let plot: uPlot | undefined;
  let shown: ChartSettings = { lines: [], isLogarithmic: false, smoothing: 0 };
  let columns: Columns = [[]];
  let signature = "";
  let range: Model["zoom"] = null;
  let whole: readonly [number, number] = [1, 1];
  heading.append(
    pictureButtons(
      name,
      save,
      {
        png: () => canvas.querySelector("canvas") ?? undefined,
        svg: () => svgFrom(readTheme(), name, plot, shown, columns),
      },
      numbers.button,
    ),
  );
  const size = (): { width: number; height: number } => ({ width: Math.max(200, canvas.clientWidth), height: heightNow() });
  new ResizeObserver(() => plot?.setSize(size())).observe(canvas);
  addNavigation(
    canvas,
    (by, scale, at) => zoom(movedRange(range, whole, by, scale, at)),
    () => zoom(null),
  );

  return {
    element: section,
    draw(model, settings, mustRebuild) {
      shown = settings;
      const wanted = signatureOf(settings);
      columns = columnsOf(model, settings);
      whole = extentOf(settings.lines);
      range = model.zoom;
      if (mustRebuild || !plot || wanted !== signature) {
        plot?.destroy();
        signature = wanted;
        plot = new uPlot(
          optionsFor(model.theme, { yTitle: name, ...settings }, size(), () => shown, { zoom, seek }),
          columns as uPlot.AlignedData,
          canvas,
        );
      }
      plot.setData(columns as uPlot.AlignedData, false);
      const [from, to] = range ? [range.from, range.to] : whole;
      plot.setScale("x", { min: from, max: Math.max(to, from + 1) });
      showEpoch(plot, columns, Math.min(to, settings.cursor ?? to));
      numbers.draw();
      setText(note, noteOf(model, settings));
      note.hidden = note.textContent === "";
      canvas.setAttribute("aria-label", spokenLabel(name, settings, columns));
    },
  };
}

/** Returns a text of the settings whose change requires a new chart. */
const signatureOf = ({ isLogarithmic, smoothing, lines, yTitle }: ChartSettings): string =>
  [isLogarithmic, smoothing > 0, yTitle, ...lines.map(({ label, hue, isDashed }) => `${label} ${hue} ${isDashed}`)].join("|");

/** Shows an epoch in the legend while the pointer is not on the chart. */
function showEpoch(plot: uPlot, columns: Columns, to: number): void {
  const [epochs] = columns;
  const shown = columns.map((column) => lastIndexOf(column, epochs, to));
  // uPlot clears the legend in a microtask of its own. A destroyed plot has lost its root.
  queueMicrotask(() => {
    if (plot.root.isConnected && (plot.cursor.left ?? -1) < 0) plot.setLegend({ idxs: shown }, false);
  });
}

/**
 * Returns the range moved by the share `by` of its width and scaled about the position `at` (0 to 1), or null if it covers all epochs.
 */
function movedRange(range: Model["zoom"], [first, last]: readonly [number, number], by: number, scale: number, at = 0.5): Model["zoom"] {
  const from = range?.from ?? first;
  const to = range?.to ?? last;
  const width = Math.min(last - first, Math.max(2, (to - from) * scale));
  if (width >= last - first) return null;
  const left = from + (to - from) * at - width * at + by * (to - from);
  const start = Math.min(Math.max(left, first), last - width);
  return { from: Math.round(start), to: Math.round(start + width) };
}

/** Adds panning and zooming by the mouse wheel and the keyboard. */
function addNavigation(canvas: HTMLElement, move: Move, reset: () => void): void {
  canvas.addEventListener("keydown", (event) => {
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act(move, reset);
  });
  canvas.addEventListener(
    "wheel",
    (event) => {
      // Without a modifier the wheel scrolls the page.
      if (!event.ctrlKey && !event.shiftKey) return;
      event.preventDefault();
      const box = canvas.querySelector(".u-over")?.getBoundingClientRect();
      if (event.shiftKey) move(Math.sign(event.deltaY || event.deltaX) * 0.15, 1);
      else move(0, event.deltaY > 0 ? 1.25 : 0.8, box ? (event.clientX - box.left) / box.width : 0.5);
    },
    { passive: false },
  );
  canvas.addEventListener("dblclick", reset);
}

type Move = (by: number, scale: number, at?: number) => void;
const KEYS: Readonly<Record<string, (move: Move, reset: () => void) => void>> = {
  ArrowLeft: (move) => move(-0.15, 1),
  ArrowRight: (move) => move(0.15, 1),
  "+": (move) => move(0, 0.7),
  "=": (move) => move(0, 0.7),
  "-": (move) => move(0, 1.4),
  "0": (_move, reset) => reset(),
  Escape: (_move, reset) => reset(),
};

function extentOf(lines: readonly Line[]): readonly [number, number] {
  let first = Number.POSITIVE_INFINITY;
  let last = 1;
  for (const { table } of lines) {
    first = Math.min(first, table.columns[0]?.[0] ?? 1);
    last = Math.max(last, table.last?.[0] ?? 1);
  }
  return [Number.isFinite(first) ? first : 1, last];
}

/** Returns each line's values. Runs that were recorded at different epochs are joined on one axis. */
function columnsOf(model: Model, { lines, isLogarithmic, smoothing }: ChartSettings): Columns {
  const tables = [...new Set(lines.map(({ table }) => table))];
  const parts = tables.map((table): Columns => {
    const own = lines.filter((line) => line.table === table);
    const source = sourceOf(model, table);
    const ys = own.map(({ column }) => source.column(column));
    const drawn = smoothing > 0 ? ys.flatMap((y) => [y, smoothed(y, smoothing)]) : ys;
    return [source.epochs, ...drawn];
  });
  const [first] = parts;
  if (!first) return [[]];
  if (isLogarithmic) placeZeros(parts);
  const joined = (parts.length === 1 ? first : (uPlot.join(parts as uPlot.AlignedData[]) as unknown)) as Columns;
  if (parts.length === 1) return joined;
  // The joined columns are grouped by table. This restores the order of the lines.
  const place = tables.flatMap((table) => lines.map((line, k) => (line.table === table ? k : -1)).filter((k) => k >= 0));
  const width = smoothing > 0 ? 2 : 1;
  const [x, ...ys] = joined;
  const sorted = new Array<(number | null)[]>(ys.length);
  place.forEach((k, at) => {
    for (let i = 0; i < width; i++) sorted[k * width + i] = ys[at * width + i] ?? [];
  });
  return [x, ...sorted];
}

/** A logarithmic axis has no 0. It is drawn one decade below the smallest positive value, where the axis says 0. Negative values are left out. */
function placeZeros(parts: readonly Columns[]): void {
  const level = zeroLevel(parts.flatMap(([, ...ys]) => ys));
  for (const [, ...ys] of parts)
    for (const y of ys)
      y.forEach((value, k) => {
        if (value !== null && value <= 0) y[k] = value === 0 ? level : null;
      });
}

function zeroLevel(ys: readonly (number | null)[][]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const y of ys) for (const value of y) if (value !== null && value > 0 && value < least) least = value;
  return ZERO_MARK * 10 ** (least === Number.POSITIVE_INFINITY ? -3 : Math.floor(Math.log10(least)) - 1);
}

/** Marks the level that stands for 0 among numbers: no computed value is this multiple of a power of ten. */
const ZERO_MARK = 1.000000123;
const isZeroLevel = (value: number): boolean => Math.abs(value / 10 ** Math.round(Math.log10(value)) - ZERO_MARK) < 1e-12;

interface Source {
  readonly epochs: number[];
  readonly column: (k: number) => (number | null)[];
}

/** Returns the table with the newest epoch appended, or, when zoomed in, the recorded epochs of the range if the host has sent them. */
function sourceOf(model: Model, table: HistoryTable): Source {
  const { stretch, zoom, state } = model;
  const width = table.columns.length;
  if (zoom && stretch && state?.history === table && stretch.rows.length > 0) {
    const count = stretch.rows.length / width;
    const [from, to] = [stretch.rows[0] ?? 0, stretch.rows[(count - 1) * width] ?? 0];
    if (from <= zoom.from + stretch.stride && to >= zoom.to - stretch.stride - 1) {
      const column = (k: number): (number | null)[] =>
        Array.from({ length: count }, (_, i) => finite(stretch.rows[i * width + k] ?? Number.NaN));
      return { epochs: column(0) as number[], column };
    }
  }
  const { rows, columns, last } = table;
  const hasNewer = last !== null && (columns[0]?.[rows - 1] ?? 0) < (last[0] ?? 0);
  const column = (k: number): (number | null)[] => {
    const own = Array.from(columns[k]?.subarray(0, rows) ?? [], finite);
    if (hasNewer) own.push(finite(last[k] ?? Number.NaN));
    return own;
  };
  return { epochs: column(0) as number[], column };
}

/** Returns the index of the line's last value at or before the epoch `to`; null if there is none. */
function lastIndexOf(column: ArrayLike<number | null | undefined>, epochs: ArrayLike<number>, to: number): number | null {
  for (let i = column.length - 1; i >= 0; i--) if (column[i] != null && (epochs[i] ?? 0) <= to) return i;
  return null;
}

/** Returns the index nearest to the cursor at which the series has a value, since runs may be recorded at different epochs. */
function nearestIndex(plot: uPlot, series: number, hovered: number): number {
  const column = plot.data[series];
  if (!column || column[hovered] != null) return hovered;
  for (let away = 1; away < column.length; away++) {
    if (column[hovered - away] != null) return hovered - away;
    if (column[hovered + away] != null) return hovered + away;
  }
  return hovered;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Returns the exponential moving average, corrected for the bias of its start, as TensorBoard draws it. */
function smoothed(values: readonly (number | null)[], weight: number): (number | null)[] {
  let mean = 0;
  let mass = 0;
  return values.map((value) => {
    if (value === null) return null;
    mean = weight * mean + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return mean / mass;
  });
}

function noteOf({ zoom, stretch }: Model, { lines, smoothing, remark }: ChartSettings): string {
  const parts: string[] = remark === undefined ? [] : [remark];
  const strides = lines.map(({ table }) => table.stride);
  const stride = Math.max(1, ...strides);
  const isExact = zoom && stretch && stretch.stride === 1;
  if (zoom) parts.push(`Epochs ${countText(zoom.from)} to ${countText(zoom.to)}; double-click, 0 or Escape shows all`);
  if (stride > 1 && !isExact) {
    const drawnStride = zoom && stretch ? stretch.stride : stride;
    parts.push(`one epoch in ${countText(drawnStride)} is drawn${zoom ? "" : "; zooming in draws every one"}`);
  }
  if (smoothing > 0)
    parts.push(`thick lines are smoothed (moving average of the drawn values, weight ${smoothing}), thin lines are as measured`);
  const text = parts.join("; ");
  return text === "" ? "" : `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}.`;
}

/** Returns evenly spaced epochs of the drawn values. */
function tableOf(name: string, { lines, smoothing, isLogarithmic }: ChartSettings, [epochs, ...ys]: Columns): TableData {
  const width = smoothing > 0 ? 2 : 1;
  const text = (value: number | null | undefined): string =>
    value == null ? "–" : isLogarithmic && isZeroLevel(value) ? "0" : numberText(value);
  return {
    caption: name,
    columns: ["epoch", ...lines.map(({ label }) => label)],
    rows: evenlySpaced(epochs.length, MOST_TABLE_ROWS).map((at) => [
      countText(epochs[at] ?? 0),
      ...lines.map((_, k) => text(ys[k * width]?.[at])),
    ]),
  };
}

function spokenLabel(name: string, { lines, smoothing }: ChartSettings, [epochs, ...ys]: Columns): string {
  const width = smoothing > 0 ? 2 : 1;
  const values = lines.map(({ label }, k) => `${label} ${numberText(ys[k * width]?.findLast((value) => value !== null) ?? Number.NaN)}`);
  return `${name}: ${values.join(", ")} after epoch ${epochs.at(-1) ?? 0}. Arrow keys move, plus and minus zoom, 0 shows all.`;
}

function optionsFor(
  theme: Theme,
  { lines, isLogarithmic, smoothing, yTitle = "" }: ChartSettings,
  size: { width: number; height: number },
  settings: () => ChartSettings,
  { zoom, seek }: Pick<ChartActions, "zoom" | "seek">,
): uPlot.Options {
  const { colours, font } = theme;
  const grid = { stroke: colours.border, width: 1 };
  const axis = { stroke: colours.foreground, grid, ticks: { ...grid, size: 4 }, font, labelFont: font };
  const valueText = (value: number): string => (isLogarithmic && isZeroLevel(value) ? "0" : numberText(value));
  const legendText = (_plot: uPlot, value: number | null): string => (value === null || value === undefined ? "–" : valueText(value));
  const title = { labelFont: font, labelSize: 16, labelGap: 0 };
  return {
    ...size,
    padding: [6, 20, 0, 0],
    scales: { x: { time: false, auto: false }, y: isLogarithmic ? { distr: 3, log: 10 } : {} },
    cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 6 }, sync: { key: "epochs" }, dataIdx: nearestIndex },
    axes: [
      { ...axis, ...title, label: "epoch", size: 22, space: 74, incrs: EPOCH_STEPS, values: (_plot, ticks) => ticks.map(countText) },
      {
        ...axis,
        ...title,
        label: yTitle,
        size: 52,
        // A logarithmic axis has labels and grid lines at powers of ten only.
        ...(isLogarithmic && {
          filter: powersOfTen,
          grid: { ...grid, filter: powersOfTen },
          ticks: { ...axis.ticks, filter: powersOfTen },
        }),
        values: (_plot, ticks) => (isLogarithmic ? powerLabels(ticks) : tickLabels(ticks)),
      },
    ],
    legend: {
      markers: {
        width: 2,
        stroke: (plot, k) => strokeOf(plot.series[k]),
        fill: "transparent",
        dash: (plot, k) => ((plot.series[k]?.dash?.length ?? 0) > 0 ? "dashed" : "solid"),
      },
    },
    series: [
      { label: "epoch" },
      ...lines.flatMap(({ label, hue, isDashed }): uPlot.Series[] => {
        const dash = isDashed ? [5, 4] : lineDash(hue);
        const line = { stroke: lineColour(theme, hue), dash, points: { show: isSingle, size: 7 }, value: legendText, spanGaps: true };
        if (smoothing === 0) return [{ ...line, label, width: 2 }];
        return [
          { ...line, label, width: 1, alpha: 0.35 },
          { ...line, label: `${label}, smoothed`, width: 2 },
        ];
      }),
    ],
    hooks: {
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < 4) return;
          zoom({ from: Math.round(plot.posToVal(left, "x")), to: Math.round(plot.posToVal(left + width, "x")) });
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
      ready: [(plot) => seekByClick(plot, seek)],
      drawClear: [(plot) => paintBand(plot, settings(), theme)],
      draw: [
        (plot) => {
          paintMark(plot, settings(), theme);
          paintCursor(plot, settings(), theme);
          if (isLogarithmic) paintZero(plot, theme);
        },
      ],
    },
  };
}

function strokeOf(series: uPlot.Series | undefined): string {
  const { stroke } = series ?? {};
  // uPlot wraps a colour in a function.
  const colour: unknown = typeof stroke === "function" ? (stroke as () => unknown)() : stroke;
  return typeof colour === "string" ? colour : "transparent";
}

/** A line through a single value would be invisible, so the value is a point. */
function isSingle(plot: uPlot, series: number): boolean {
  let count = 0;
  for (const value of plot.data[series] ?? []) if (value != null && ++count > 1) return false;
  return count === 1;
}

/** A click that is not the start of a drag moves the timeline. */
function seekByClick(plot: uPlot, seek: ChartActions["seek"]): void {
  let downAt = 0;
  plot.over.addEventListener("mousedown", ({ clientX }) => {
    downAt = clientX;
  });
  plot.over.addEventListener("click", ({ clientX }) => {
    if (Math.abs(clientX - downAt) >= 4) return;
    const epoch = plot.posToVal(clientX - plot.over.getBoundingClientRect().left, "x");
    seek(Math.max(0, Math.round(epoch)));
  });
}

/** Draws the epoch of the timeline as a line with a point on each series. */
function paintCursor(plot: uPlot, { cursor }: ChartSettings, { colours }: Theme): void {
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

/** Labels the level of the zeros on a logarithmic axis. */
function paintZero(plot: uPlot, { colours, font }: Theme): void {
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

function paintBand(plot: uPlot, { band }: ChartSettings, { colours }: Theme): void {
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

function paintMark(plot: uPlot, { mark }: ChartSettings, { colours, font }: Theme): void {
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

const EPOCH_STEPS = [1, 2, 5].flatMap((digit) => [0, 1, 2, 3, 4, 5, 6, 7, 8].map((power) => digit * 10 ** power)).sort((a, b) => a - b);
/** Powers of ten that are labelled at most. */
const MOST_POWERS = 6;

/** Leaves at most `MOST_POWERS` powers of ten, evenly spaced. */
function powersOfTen(_plot: uPlot, ticks: number[]): (number | null)[] {
  const powers = ticks.filter(isPowerOfTen).map((tick) => Math.round(Math.log10(tick)));
  const step = Math.ceil(((powers.at(-1) ?? 0) - (powers[0] ?? 0) + 1) / MOST_POWERS);
  return ticks.map((tick) => (isPowerOfTen(tick) && Math.round(Math.log10(tick)) % step === 0 ? tick : null));
}

/** Returns the labels of powers of ten. */
const powerLabels = (ticks: readonly (number | null)[]): string[] =>
  ticks.map((tick) => {
    if (tick === null) return "";
    const power = Math.round(Math.log10(tick));
    return power >= -3 && power <= 4 ? numberText(tick) : `1e${power}`;
  });

const isPowerOfTen = (tick: number): boolean => Math.abs(Math.log10(tick) - Math.round(Math.log10(tick))) < 1e-6;
