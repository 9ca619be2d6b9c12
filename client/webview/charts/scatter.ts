/** Charts of predicted against true values and of the distribution of the residuals, by uPlot. */
import uPlot from "uplot";
import type { OutputResult } from "../../../engine/inspect/views.ts";
import { countText, numberText, tickLabels } from "../../../engine/numberText.ts";
import { element } from "../dom.ts";
import type { Actions } from "../model.ts";
import { pictureButtons } from "./pictureFiles.ts";
import { lineColour, type Theme } from "./theme.ts";

type Unit = Extract<OutputResult, { kind: "numbers" }>["units"][number];

/** Returns the options of a chart in the theme's colours. Its x axis is not the epochs, so it does not share their cursor. */
export function plotOptions(
  { colours, font }: Theme,
  container: HTMLElement,
  height: number,
  { x, series }: { readonly x: string; readonly series: readonly uPlot.Series[] },
): uPlot.Options {
  const grid = { stroke: colours.border, width: 1 };
  const axis = { stroke: colours.foreground, grid, ticks: { ...grid, size: 4 }, font, labelFont: font };
  const values = (_plot: uPlot, ticks: number[]): string[] => tickLabels(ticks);
  return {
    width: Math.max(240, container.clientWidth || 420),
    height,
    scales: { x: { time: false } },
    axes: [
      { ...axis, size: 28, values },
      { ...axis, size: 58, values },
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

export function scatterChart({ name, truth, predicted, r2, residuals }: Unit, theme: Theme, actions: Actions, height = 260): HTMLElement {
  const order = truth.map((_, k) => k).sort((a, b) => (truth[a] ?? 0) - (truth[b] ?? 0));
  const x = order.map((k) => truth[k] ?? 0);
  const y = order.map((k) => predicted[k] ?? null);
  const container = plotIn(
    (at) =>
      new uPlot(
        plotOptions(theme, at, height, {
          x: `true ${name}`,
          series: [
            { label: "perfect prediction", stroke: theme.colours.faint, dash: [4, 4], width: 1, points: { show: false } },
            {
              label: `predicted ${name}`,
              stroke: lineColour(theme, 0),
              paths: () => null,
              points: { show: true, size: 5, fill: lineColour(theme, 0) },
            },
          ],
        }),
        [x, x, y] as uPlot.AlignedData,
        at,
      ),
  );
  const shown =
    truth.length < residuals.count
      ? `${countText(truth.length)} of ${countText(residuals.count)} rows are drawn`
      : `All ${countText(truth.length)} rows are drawn`;
  return element(
    "div",
    "",
    saveButtons(`predicted-${name}`, container, actions),
    container,
    element("p", "note", `${shown}; ${determinationText(r2)}, in the target's own units.`),
  );
}

export function residualChart({ name, residuals }: Unit, theme: Theme, actions: Actions): HTMLElement {
  const { bins, min, max, mean, spread, count } = residuals;
  const width = (max - min) / bins.length || 1;
  const x = bins.map((_, k) => min + (k + 0.5) * width);
  const container = plotIn(
    (at) =>
      new uPlot(
        plotOptions(theme, at, 180, {
          x: "true − predicted",
          series: [
            {
              label: "rows",
              stroke: lineColour(theme, 0),
              fill: lineColour(theme, 0),
              points: { show: false },
              ...(uPlot.paths.bars && { paths: uPlot.paths.bars({ size: [0.95] }) }),
            },
          ],
        }),
        [x, [...bins]] as uPlot.AlignedData,
        at,
      ),
  );
  return element(
    "div",
    "",
    saveButtons(`residuals-${name}`, container, actions),
    container,
    element(
      "p",
      "note",
      `All ${countText(count)} rows in ${bins.length} equal bins; mean ${numberText(mean)}, standard deviation ${numberText(spread)}.`,
    ),
  );
}

const saveButtons = (what: string, container: HTMLElement, actions: Actions): HTMLElement =>
  pictureButtons(what, (name, format, base64) => actions.send({ kind: "exportPicture", name, format, base64 }), {
    png: () => container.querySelector("canvas") ?? undefined,
  });
