/**
 * How gradients, weights and outputs are spread, over the epochs: as a heat map or as ridges. Each column or ridge is one snapshot
 * of one mini-batch, with its own exact bins: nothing is binned again, and what was not recorded is not drawn.
 */
import type { Distribution, TrainingEventOf } from "../../../engine/events.ts";
import { grouped, percent, short } from "../../format.ts";
import { epochsDone, type RunState } from "../../runs/runState.ts";
import { choice, element, setText, sharpCanvas } from "./dom.ts";
import { heatMap } from "./heatMap.ts";
import type { Actions, View } from "./model.ts";
import { pictureButtons } from "./pictures.ts";
import { background, colour, css, mix, rgb } from "./theme.ts";

type Snapshot = TrainingEventOf<"snapshot">;
type Kind = "gradient" | "weights" | "outputs";

const KINDS: { readonly [K in Kind]: string } = { gradient: "Gradient", weights: "Weights", outputs: "Outputs" };
const [LEFT, TOP, RIGHT, BOTTOM] = [62, 8, 8, 24];

interface Column {
  readonly epoch: number;
  readonly rows: number;
  readonly values: Distribution;
}

export function distributionsView(actions: Actions): View {
  const parameter = choice("Of", (value) => actions.remember({ parameter: value }));
  let kind: Kind = "gradient";
  let isRidges = false;
  const kinds = choice("What", (value) => {
    kind = value as Kind;
    actions.redraw();
  });
  const looks = choice("As", (value) => {
    isRidges = value === "ridges";
    actions.redraw();
  });
  let columns: readonly Column[] = [];
  let name = "";
  const chart = sharpCanvas("distribution", 300, (context, width, height) => (isRidges ? ridges : heat)(context, width, height, columns));
  chart.canvas.tabIndex = 0;
  chart.canvas.setAttribute("role", "img");
  const told = element("p", "told");
  const note = element("p", "note");
  const tell = (column: Column | undefined): void => {
    if (!column) return;
    const { min, max, mean, spread, zeros, unsound, count } = column.values;
    const odd = unsound > 0 ? ` · ${grouped(unsound)} are no numbers` : "";
    setText(
      told,
      `Epoch ${grouped(column.epoch)}: ${grouped(count)} numbers from ${short(min)} to ${short(max)} · mean ${short(mean)} · spread ${short(spread)} · ${percent(zeros)} zeros${odd}`,
    );
  };
  let at = -1;
  chart.canvas.addEventListener("pointermove", (event) => {
    const box = chart.canvas.getBoundingClientRect();
    const share = isRidges
      ? (event.clientY - box.top - TOP) / (box.height - TOP - BOTTOM)
      : (event.clientX - box.left - LEFT) / (box.width - LEFT - RIGHT);
    at = Math.max(0, Math.min(columns.length - 1, Math.floor(share * columns.length)));
    tell(columns[at]);
  });
  chart.canvas.addEventListener("keydown", ({ key }) => {
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[key];
    if (by === undefined) return;
    at = Math.max(0, Math.min(columns.length - 1, (at < 0 ? columns.length - 1 : at) + by));
    tell(columns[at]);
  });
  const heading = element("h2", "", "Over the epochs");
  heading.append(
    pictureButtons("distribution", (_name, format, base64) => actions.say({ kind: "exportPicture", name, format, base64 }), {
      png: () => chart.canvas,
    }),
  );
  const map = heatMap(actions);

  return {
    element: element(
      "div",
      "tab",
      element("div", "controls", parameter.element, kinds.element, looks.element),
      element("div", "halves", element("section", "", heading, chart.element, told, note), map.element),
    ),
    draw(model, memory, isNew) {
      const { state } = model;
      if (!state) return;
      const choices = parametersOf(state);
      const chosen = choices.some(({ value }) => value === memory.parameter) ? memory.parameter : (choices[0]?.value ?? "");
      parameter.set(choices, chosen);
      kinds.set(
        Object.entries(KINDS).map(([value, label]) => ({ value, label })),
        kind,
      );
      looks.set(
        [
          { value: "heat", label: "Heat map" },
          { value: "ridges", label: "Ridges" },
        ],
        isRidges ? "ridges" : "heat",
      );
      const [layer = "", own = ""] = splitKey(chosen);
      columns = columnsOf(state.snapshots, layer, own, kind);
      name = `${layer}-${kind === "outputs" ? "outputs" : `${own}-${kind}`}`;
      chart.draw();
      setText(note, noteOf(state, columns, layer, own, kind, !isRidges));
      if (at < 0 || at >= columns.length - 2) tell(columns.at(-1));
      if (columns.length === 0) setText(told, "");
      chart.canvas.setAttribute(
        "aria-label",
        `${heading.firstChild?.textContent}: ${note.textContent} Arrow keys read one epoch after another.`,
      );
      map.draw(model, layer, own, isNew);
    },
  };
}

const splitKey = (value: string): string[] => value.split("\t");

function parametersOf({ snapshots, started }: RunState): { value: string; label: string }[] {
  const [first] = snapshots;
  if (first) return first.parameters.map(({ layer, name }) => ({ value: `${layer}\t${name}`, label: `${layer} · ${name}` }));
  return (started?.layers ?? [])
    .filter(({ parameters }) => parameters > 0)
    .map(({ id }) => ({ value: `${id}\tkernel`, label: `${id} · kernel` }));
}

function columnsOf(snapshots: readonly Snapshot[], layer: string, name: string, kind: Kind): Column[] {
  return snapshots.flatMap(({ epoch, rows, parameters, outputs }): Column[] => {
    const own = parameters.find((one) => one.layer === layer && one.name === name);
    const values = kind === "outputs" ? outputs.find((one) => one.layer === layer)?.values : own?.[kind];
    return values ? [{ epoch, rows, values }] : [];
  });
}

function noteOf(state: RunState, columns: readonly Column[], layer: string, name: string, kind: Kind, isOne: boolean): string {
  const done = epochsDone(state);
  if (columns.length === 0) {
    if (kind === "gradient" && state.snapshots.length > 0) return `${layer}'s ${name} has no gradient: it is not learned.`;
    return done === 0
      ? "There is no whole epoch yet."
      : "Nothing was recorded: distributions are taken only while this panel is visible. Train again with the panel open.";
  }
  const [last] = columns.slice(-1);
  const what = {
    weights: `${layer}'s ${name} after an epoch's last update`,
    gradient: `the gradient of ${layer}'s ${name} in an epoch's last mini-batch (${last?.rows} rows)`,
    outputs: `what ${layer} gives for an epoch's last mini-batch (${last?.rows} rows)`,
  }[kind];
  return `${grouped(columns.length)} of ${grouped(done)} epochs are drawn, each ${isOne ? "column" : "ridge"} being ${what}, counted exactly in ${last?.values.bins.length} equal bins from its smallest to its largest number. Recorded while this panel is visible.`;
}

/** The least and the largest number of all. */
function rangeOf(columns: readonly Column[]): [number, number] {
  const min = Math.min(...columns.map(({ values }) => values.min));
  const max = Math.max(...columns.map(({ values }) => values.max));
  return max > min ? [min, max] : [min - 0.5, max + 0.5];
}

/** A bin's height in numbers for each unit of width, so that narrow distributions are not paler than wide ones. */
function densities({ bins, min, max, count }: Distribution): number[] {
  const width = (max - min) / bins.length;
  return bins.map((bin) => (width > 0 ? bin / count / width : bin / count));
}

function heat(context: CanvasRenderingContext2D, width: number, height: number, columns: readonly Column[]): void {
  if (columns.length === 0) return;
  const [low, high] = rangeOf(columns);
  const plotWidth = width - LEFT - RIGHT;
  const plotHeight = height - TOP - BOTTOM;
  const y = (value: number): number => TOP + ((high - value) / (high - low)) * plotHeight;
  const [dark, bright] = [background(), rgb(colour("--vscode-charts-blue"))];
  const step = plotWidth / columns.length;
  columns.forEach(({ values }, k) => {
    const own = densities(values);
    const most = Math.max(...own);
    const binHeight = ((values.max - values.min) / values.bins.length / (high - low)) * plotHeight;
    own.forEach((density, bin) => {
      if (density === 0) return;
      // Within a column: the root, so that the tails are seen beside the peak.
      context.fillStyle = css(mix(dark, bright, 0.12 + 0.88 * Math.sqrt(density / most)));
      const top = values.max > values.min ? y(values.min + ((bin + 1) / own.length) * (values.max - values.min)) : y(values.min) - 1;
      context.fillRect(LEFT + k * step, top, Math.max(1, step + 0.3), Math.max(1.5, binHeight + 0.3));
    });
  });
  axes(context, width, height, [low, high], columns, "y");
}

function ridges(context: CanvasRenderingContext2D, width: number, height: number, columns: readonly Column[]): void {
  const most = Math.floor((height - TOP - BOTTOM) / 12);
  const every = Math.max(1, Math.ceil(columns.length / most));
  // The newest is always among them.
  const shown = columns.filter((_, k) => (columns.length - 1 - k) % every === 0);
  if (shown.length === 0) return;
  const [low, high] = rangeOf(shown);
  const x = (value: number): number => LEFT + ((value - low) / (high - low)) * (width - LEFT - RIGHT);
  const step = (height - TOP - BOTTOM - 24) / shown.length;
  const [from, to] = [rgb(colour("--vscode-descriptionForeground")), rgb(colour("--vscode-charts-blue"))];
  shown.forEach(({ values, epoch }, k) => {
    const base = TOP + 24 + (k + 1) * step;
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
    context.fillStyle = css(background(), 0.85);
    context.fill();
    context.strokeStyle = css(mix(from, to, (k + 1) / shown.length));
    context.lineWidth = 1.25;
    context.stroke();
    if (step >= 10 || k === 0 || k === shown.length - 1 || k % Math.ceil(12 / step) === 0)
      label(context, grouped(epoch), LEFT - 8, base, "right");
  });
  axes(context, width, height, [low, high], shown, "x");
}

function axes(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  [low, high]: readonly [number, number],
  columns: readonly Column[],
  axis: "x" | "y",
): void {
  const share = (value: number): number => (value - low) / (high - low);
  const marks = [low, high, ...(low < 0 && high > 0 ? [0] : [(low + high) / 2])];
  context.strokeStyle = colour("--vscode-descriptionForeground");
  context.setLineDash([2, 4]);
  for (const value of marks) {
    if (axis === "y") {
      const at = TOP + (1 - share(value)) * (height - TOP - BOTTOM);
      label(context, short(value), LEFT - 8, Math.min(height - BOTTOM, Math.max(TOP + 8, at + 4)), "right");
      if (value === 0) line(context, LEFT, at, width - RIGHT, at);
    } else {
      const at = LEFT + share(value) * (width - LEFT - RIGHT);
      label(context, short(value), at, height - 6, value === low ? "left" : value === high ? "right" : "center");
      if (value === 0) line(context, at, TOP, at, height - BOTTOM);
    }
  }
  context.setLineDash([]);
  if (axis === "x") return;
  const [first, last] = [columns[0], columns.at(-1)];
  if (first) label(context, `epoch ${grouped(first.epoch)}`, LEFT, height - 6, "left");
  if (last && columns.length > 1) label(context, grouped(last.epoch), width - RIGHT, height - 6, "right");
}

function line(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

function label(context: CanvasRenderingContext2D, text: string, x: number, y: number, align: CanvasTextAlign): void {
  context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  context.fillStyle = colour("--vscode-foreground");
  context.textAlign = align;
  context.fillText(text, x, y);
}
