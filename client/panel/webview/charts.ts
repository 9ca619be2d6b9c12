/** The two charts: losses over the epochs, and each layer's gradient norm on a logarithmic scale. */
import uPlot from "uplot";
import { short } from "../../format.ts";
import type { RunState } from "../runState.ts";
import { colour, lineColour, lineDash } from "./theme.ts";

export interface Chart {
  readonly element: HTMLElement;
  /** Takes the epochs since the last time; `anew` makes the chart again, for another run or theme. */
  readonly draw: (state: RunState, anew: boolean) => void;
}

interface Line {
  readonly label: string;
  readonly value: (epoch: RunState["epochs"][number]) => number | null;
}

interface ChartOptions {
  readonly title: string;
  readonly lines: (state: RunState) => Line[];
  readonly scale: "linear" | "logarithmic";
}

export const lossChart = (): Chart =>
  chart({
    title: "Loss",
    scale: "linear",
    lines: ({ started }) => [
      { label: "training", value: ({ loss }) => loss },
      ...((started?.rows.validation ?? 0) > 0
        ? [{ label: "validation", value: ({ valLoss }: { valLoss: number | null }) => valLoss }]
        : []),
    ],
  });

export const gradientChart = (): Chart =>
  chart({
    title: "Gradient norm of each layer",
    scale: "logarithmic",
    lines: ({ started, epochs }) => {
      const names =
        epochs[0]?.layers.map(({ layer }) => layer) ?? started?.layers.filter(({ parameters }) => parameters > 0).map(({ id }) => id) ?? [];
      return names.map((label, k) => ({
        label,
        // A logarithm has no place for 0: the line is broken there.
        value: ({ layers }) => layers[k]?.gradient.norm || null,
      }));
    },
  });

function chart({ title, lines, scale }: ChartOptions): Chart {
  const element = document.createElement("section");
  element.className = "chart";
  element.setAttribute("aria-label", title);
  const heading = document.createElement("h2");
  heading.textContent = title;
  const canvas = document.createElement("div");
  canvas.className = "canvas";
  element.append(heading, canvas);

  let plot: uPlot | undefined;
  let drawn: Line[] = [];
  let columns: (number | null)[][] = [];
  const size = (): { width: number; height: number } => ({ width: Math.max(200, canvas.clientWidth), height: 220 });
  new ResizeObserver(() => plot?.setSize(size())).observe(canvas);

  return {
    element,
    draw(state, anew) {
      const wanted = lines(state);
      if (anew || !plot || wanted.length !== drawn.length || wanted.some(({ label }, k) => label !== drawn[k]?.label)) {
        plot?.destroy();
        drawn = wanted;
        columns = [[], ...wanted.map(() => [])];
        plot = new uPlot(optionsFor(wanted, scale, size()), columns as uPlot.AlignedData, canvas);
      }
      const [epochs] = columns;
      if (!epochs) return;
      for (let i = epochs.length; i < state.epochs.length; i++) {
        const event = state.epochs[i];
        if (!event) break;
        epochs.push(event.epoch);
        for (const [k, { value }] of wanted.entries()) columns[k + 1]?.push(value(event));
      }
      plot.setData(columns as uPlot.AlignedData);
      // Without a cursor in the chart the legend tells the last epoch; uPlot clears it in a microtask of its own.
      const shown = plot;
      queueMicrotask(() => {
        if ((shown.cursor.left ?? -1) < 0) shown.setLegend({ idx: epochs.length - 1 }, false);
      });
      element.setAttribute(
        "aria-label",
        `${title}: ${wanted.map(({ label }, k) => `${label} ${short(columns[k + 1]?.at(-1) ?? Number.NaN)}`).join(", ")} after epoch ${epochs.at(-1) ?? 0}`,
      );
    },
  };
}

function optionsFor(lines: readonly Line[], scale: ChartOptions["scale"], size: { width: number; height: number }): uPlot.Options {
  const text = colour("--vscode-foreground");
  const grid = { stroke: colour("--vscode-editorWidget-border"), width: 1 };
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { stroke: text, grid, ticks: { ...grid, size: 4 }, font, labelFont: font };
  return {
    ...size,
    scales: { x: { time: false }, y: scale === "logarithmic" ? { distr: 3, log: 10 } : {} },
    cursor: { drag: { x: true, y: false }, points: { size: 6 } },
    axes: [
      { ...axis, size: 28, incrs: EPOCH_STEPS, values: (_plot, ticks) => ticks.map(String) },
      {
        ...axis,
        size: 58,
        // Of a logarithmic axis only the powers of ten are drawn.
        ...(scale === "logarithmic" && {
          filter: powersOfTen,
          grid: { ...grid, filter: powersOfTen },
          ticks: { ...axis.ticks, filter: powersOfTen },
        }),
        values: (_plot, ticks) => ticks.map((tick) => (tick === null ? "" : short(tick))),
      },
    ],
    series: [
      { label: "epoch" },
      ...lines.map(({ label }, k) => ({
        label,
        stroke: lineColour(k),
        dash: lineDash(k),
        width: 2,
        points: { show: false },
        value: (_plot: uPlot, value: number | null) => (value === null ? "–" : short(value)),
      })),
    ],
  };
}

const EPOCH_STEPS = [1, 2, 5].flatMap((digit) => [0, 1, 2, 3, 4, 5].map((power) => digit * 10 ** power)).sort((a, b) => a - b);
const powersOfTen = (_plot: uPlot, ticks: number[]): (number | null)[] => ticks.map((tick) => (isPowerOfTen(tick) ? tick : null));
const isPowerOfTen = (tick: number): boolean => Math.abs(Math.log10(tick) - Math.round(Math.log10(tick))) < 1e-6;
