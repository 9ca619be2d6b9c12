/** Charts of predicted against true values and of the distribution of residuals, by uPlot. */
import uPlot from "uplot";
import type { OutputResult } from "../../../engine/inspect/views.ts";
import { countText, numberText, tickLabels } from "../../../engine/numberText.ts";
import { element } from "../dom.ts";
import type { Actions } from "../model.ts";
import { dataTable, evenlySpaced, type TableData } from "./dataTable.ts";
import { ownPixels } from "./ownPixels.ts";
import { pictureButtons, savePicture } from "./pictureFiles.ts";
import { fitted } from "./shortName.ts";
import { gridColour, lineColour, type Theme } from "./theme.ts";

/** The maximum number of rows in a chart's table. */
const MOST_TABLE_ROWS = 20;

type Unit = Extract<OutputResult, { kind: "numbers" }>["units"][number];

/** Returns a chart's options in the theme's colours. Its x axis does not show epochs, so it does not share their cursor. */
export function plotOptions(
  theme: Theme,
  container: HTMLElement,
  height: number,
  { x, y, series }: { readonly x: string; readonly y: string; readonly series: readonly uPlot.Series[] },
): uPlot.Options {
  const { colours, font } = theme;
  const grid = { stroke: gridColour(theme), width: 1 };
  const axis = { stroke: colours.foreground, grid, ticks: { ...grid, size: 4 }, font, labelFont: font };
  const title = { labelSize: 16, labelGap: 0 };
  const values = (_plot: uPlot, ticks: number[]): string[] => tickLabels(ticks);
  return {
    width: Math.max(240, container.clientWidth || 420),
    height,
    padding: [8, 20, 0, 0],
    scales: { x: { time: false } },
    cursor: { move: ownPixels },
    axes: [
      { ...axis, ...title, label: ({ ctx, bbox }: uPlot) => fitted(ctx, x, bbox.width), size: 24, values },
      { ...axis, ...title, label: ({ ctx, bbox }: uPlot) => fitted(ctx, y, bbox.height), size: 50, values },
    ],
    series: [
      { label: x, value: (_plot, value) => (value == null ? "–" : numberText(value)) },
      ...series.map((one) => ({ value: legendText, ...one })),
    ],
  };
}

const legendText = (_plot: uPlot, value: number | null): string => (value == null ? "–" : numberText(value));

function plotIn(make: (container: HTMLElement) => uPlot): HTMLElement {
  const container = element("div", "canvas");
  let plot: uPlot | undefined;
  new ResizeObserver(() => {
    if (container.clientWidth === 0) return;
    plot ??= make(container);
    plot.setSize({ width: Math.max(240, container.clientWidth), height: plot.height });
  }).observe(container);
  return container;
}

export const determinationText = (r2: number): string =>
  Number.isNaN(r2) ? "there is no R² because the target is constant" : `R² ${numberText(r2)}`;

/** A chart with its heading, which contains the buttons. Without a heading the chart is a preview, and its numbers are elsewhere. */
function chartSection(
  heading: HTMLElement | null,
  {
    name,
    container,
    note,
    actions,
    table,
  }: {
    readonly name: string;
    readonly container: HTMLElement;
    readonly note: string;
    readonly actions: Actions;
    readonly table: () => TableData;
  },
): HTMLElement {
  const numbers = dataTable(name, table);
  const save = savePicture(actions);
  heading?.append(pictureButtons(name, save, { png: () => container.querySelector("canvas") ?? undefined }, numbers.button));
  container.setAttribute("role", "img");
  container.setAttribute("aria-label", `${name}: ${note}`);
  return element("section", "chart", ...(heading ? [heading] : []), container, element("p", "note", note), numbers.element);
}

export function scatterChart(unit: Unit, theme: Theme, actions: Actions, heading: HTMLElement | null, height = 260): HTMLElement {
  const { name, truth, predicted, rows, r2, residuals } = unit;
  const order = truth.map((_, k) => k).sort((a, b) => (truth[a] ?? 0) - (truth[b] ?? 0));
  const x = order.map((k) => truth[k] ?? 0);
  const y = order.map((k) => predicted[k] ?? Number.NaN);
  const points = {
    label: "prediction",
    stroke: lineColour(theme, 0),
    paths: () => null,
    points: { show: true, size: 5, fill: lineColour(theme, 0) },
  };
  const perfect = { label: "a perfect prediction", stroke: theme.colours.faint, dash: [4, 4], width: 1, points: { show: false } };
  const titles = { x: `target ${name}`, y: "prediction" };
  const container = plotIn((at) => {
    const plot = new uPlot(plotOptions(theme, at, height, { ...titles, series: [perfect, points] }), [x, x, y] as uPlot.AlignedData, at);
    plot.over.addEventListener("click", () => {
      const row = rows[order[plot.cursor.idx ?? -1] ?? -1];
      if (row !== undefined) actions.askRow({ by: "number", row });
    });
    return plot;
  });
  const shown =
    truth.length < residuals.count
      ? `${countText(truth.length)} of ${countText(residuals.count)} rows are drawn`
      : `All ${countText(truth.length)} rows are drawn`;
  return chartSection(heading, {
    name: `predicted-${name}`,
    container,
    note: `${shown}; ${determinationText(r2)}, in the target's own units.`,
    actions,
    table: () => ({
      caption: `Predictions of ${name}`,
      columns: ["target", "prediction", "residual"],
      rows: evenlySpaced(x.length, MOST_TABLE_ROWS).map((k) => {
        const [t = Number.NaN, a = Number.NaN] = [x[k], y[k]];
        return [t, a, t - a].map(numberText);
      }),
    }),
  });
}

export function residualChart({ name, residuals }: Unit, theme: Theme, actions: Actions, heading: HTMLElement): HTMLElement {
  const { bins, min, max, mean, spread, count } = residuals;
  const width = (max - min) / bins.length || 1;
  const x = bins.map((_, k) => min + (k + 0.5) * width);
  const colour = lineColour(theme, 0);
  const bars = {
    label: "rows",
    stroke: colour,
    fill: colour,
    points: { show: false },
    ...(uPlot.paths.bars && { paths: uPlot.paths.bars({ size: [0.95] }) }),
  };
  const titles = { x: "residual: target − prediction", y: "rows" };
  const container = plotIn(
    (at) => new uPlot(plotOptions(theme, at, 200, { ...titles, series: [bars] }), [x, [...bins]] as uPlot.AlignedData, at),
  );
  return chartSection(heading, {
    name: `residuals-${name}`,
    container,
    note: `All ${countText(count)} rows in ${bins.length} equal bins; mean ${numberText(mean)}, standard deviation ${numberText(spread)}.`,
    actions,
    table: () => ({
      caption: `Residuals of ${name}`,
      columns: ["from", "to", "rows"],
      rows: bins.map((rows, k) => [numberText(min + k * width), numberText(min + (k + 1) * width), countText(rows)]),
    }),
  });
}
