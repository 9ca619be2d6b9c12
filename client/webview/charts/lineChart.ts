/**
 * Line charts over the epochs, by uPlot, of one run or several, on a linear or logarithmic scale, with or without smoothing. All charts
 * of a panel share their zoom and cursor. A note says whether the lines are smoothed, thinned or zoomed.
 */
import uPlot from "uplot";
import { countText, numberText, tickLabels } from "../../../engine/numberText.ts";
import { restoredEpoch } from "../../runs/runState.ts";
import { element, scaleOf, setText } from "../dom.ts";
import type { Model } from "../model.ts";
import { type Columns, columnsOf, isZeroLevel, lastIndexOf } from "./chartColumns.ts";
import { EPOCH_STEPS, paintBand, paintCursor, paintMark, paintZero, powerLabels, powersOfTen, strokeOf } from "./chartMarks.ts";
import type { ChartSettings, Line } from "./chartSettings.ts";
import { dataTable, evenlySpaced, type TableData } from "./dataTable.ts";
import { ownPixels } from "./ownPixels.ts";
import { pictureButtons } from "./pictureFiles.ts";
import { svgFrom } from "./svgChart.ts";
import { gridColour, lineColour, lineDash, readTheme, type Theme } from "./theme.ts";

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

/** The maximum number of rows in a chart's table. */
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
      showEpoch(plot, columns, Math.min(to, settings.cursor ?? (model.state && restoredEpoch(model.state)) ?? to));
      numbers.draw();
      setText(note, noteOf(model, settings));
      note.hidden = note.textContent === "";
      canvas.setAttribute("aria-label", spokenLabel(name, settings, columns));
    },
  };
}

/** Returns a string of the settings that require a new chart when they change. */
const signatureOf = ({ isLogarithmic, smoothing, lines, yTitle }: ChartSettings): string =>
  [isLogarithmic, smoothing > 0, yTitle, ...lines.map(({ label, hue, isDashed }) => `${label} ${hue} ${isDashed}`)].join("|");

/** Shows an epoch in the legend while the pointer is not on the chart. */
function showEpoch(plot: uPlot, columns: Columns, to: number): void {
  const [epochs] = columns;
  const shown = columns.map((column) => lastIndexOf(column, epochs, to));
  // uPlot clears the legend in its own microtask. A destroyed plot has lost its root.
  queueMicrotask(() => {
    if (plot.root.isConnected && (plot.cursor.left ?? -1) < 0) plot.setLegend({ idxs: shown }, false);
  });
}

/** Returns the range after moving it by the share `by` of its width and scaling it about the position `at` (0 to 1); null if it covers all epochs. */
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
  const grid = { stroke: gridColour(theme), width: 1 };
  const axis = { stroke: colours.foreground, grid, ticks: { ...grid, size: 4 }, font, labelFont: font };
  const valueText = (value: number): string => (isLogarithmic && isZeroLevel(value) ? "0" : numberText(value));
  const legendText = (_plot: uPlot, value: number | null): string => (value === null || value === undefined ? "–" : valueText(value));
  const title = { labelFont: font, labelSize: 16, labelGap: 0 };
  return {
    ...size,
    padding: [6, 20, 0, 0],
    scales: { x: { time: false, auto: false }, y: isLogarithmic ? { distr: 3, log: 10 } : {} },
    cursor: {
      move: ownPixels,
      drag: { x: true, y: false, setScale: false },
      points: { size: 6 },
      sync: { key: "epochs" },
      dataIdx: nearestIndex,
    },
    axes: [
      { ...axis, ...title, label: "epoch", size: 22, space: 74, incrs: EPOCH_STEPS, values: (_plot, ticks) => ticks.map(countText) },
      {
        ...axis,
        ...title,
        label: yTitle,
        size: 52,
        // A logarithmic axis has labels and grid lines only at powers of ten.
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

/** Whether the series has a single value. A line through it would be invisible, so it is drawn as a point. */
function isSingle(plot: uPlot, series: number): boolean {
  let count = 0;
  for (const value of plot.data[series] ?? []) if (value != null && ++count > 1) return false;
  return count === 1;
}

/** Makes a click that does not start a drag move the timeline. */
function seekByClick(plot: uPlot, seek: ChartActions["seek"]): void {
  let downAt = 0;
  plot.over.addEventListener("mousedown", ({ clientX }) => {
    downAt = clientX;
  });
  plot.over.addEventListener("click", ({ clientX }) => {
    if (Math.abs(clientX - downAt) >= 4) return;
    const epoch = plot.posToVal((clientX - plot.over.getBoundingClientRect().left) / scaleOf(plot.over), "x");
    seek(Math.max(0, Math.round(epoch)));
  });
}
