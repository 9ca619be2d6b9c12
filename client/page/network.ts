/** Draws the layers as columns of units, or as grids if they are large. A unit is lit by its output, and a connection's strength shows its weight. */
import type { PageContent } from "../../engine/exchange/page/content.ts";
import type { Network, Step } from "../../engine/network/network.ts";
import { numberText } from "../../engine/numberText.ts";
import { unitNames } from "../../engine/training/unitNames.ts";
import { element, svgElement } from "./element.ts";

export interface Drawing {
  readonly element: HTMLElement;
  /** Draws the outputs of the last forward pass. */
  readonly light: () => void;
}

/** The maximum number of units in a column of circles. A larger layer is a grid of squares. Connections are drawn only between circles. */
const MOST_CIRCLES = 24;
/** The maximum number of squares in a grid. */
const MOST_SQUARES = 4096;
/** The colours mean the same in the panel. */
const LEGEND = "Orange is positive, blue is negative: the output of each unit, and the weight of each line. Stronger is larger.";
const COLUMN = 160;
const ROW = 22;
const TOP = 40;
const BOTTOM = 24;
/** The maximum width and height of a grid. */
const GRID = { width: COLUMN - 32, height: 12 * ROW };

interface Unit {
  readonly shape: SVGElement;
  readonly tip: SVGElement;
  readonly step: Step;
  readonly index: number;
  /** The column or class, or the unit's number if it has no name. */
  readonly name: string;
}

export function networkSection(network: Network, content: Pick<PageContent, "fit" | "outputs">): Drawing {
  const { steps } = network;
  const outputs = content.outputs.flatMap(({ layer }) => network.stepOf.get(layer) ?? []).map((step) => ({ step }));
  const layouts = steps.map(({ layer, output }) => layoutOf(output.width, layer.output));
  const height = Math.max(...layouts.map((one) => one.height));
  const svg = svgElement("svg", {
    width: COLUMN * steps.length,
    height: TOP + height + BOTTOM,
    role: "img",
    "aria-label": "The layers, each unit lit by its output",
  });
  const x = (k: number): number => COLUMN * k + COLUMN / 2;
  const y = (k: number, unit: number): number => TOP + ((unit + 0.5) * height) / (layouts[k]?.circles || 1);
  const units: Unit[] = [];
  for (const [k, step] of steps.entries())
    svg.append(...connections(network, step, k, { x, y, shown: layouts.map(({ circles }) => circles) }));
  for (const [k, step] of steps.entries()) {
    const { layer, output } = step;
    const layout = layouts[k] ?? layoutOf(0, []);
    const { circles, squares, cell } = layout;
    const nameOf = unitNames({ network, outputs, examples: content }, step);
    const corner = { x: x(k) - (cell * layout.columns) / 2, y: TOP + (height - layout.height) / 2 };
    svg.append(svgElement("text", { x: x(k), y: 16, "text-anchor": "middle" }, shortened(layer.id)));
    for (let index = 0; index < circles + squares; index++) {
      const tip = svgElement("title", {});
      const shape =
        circles > 0
          ? svgElement("circle", { cx: x(k), cy: y(k, index), r: Math.min(8, height / circles / 2.4) }, tip)
          : svgElement("rect", { ...squareAt(index, layout, corner), width: cell, height: cell }, tip);
      units.push({ shape, tip, step, index, name: nameOf(index) });
      svg.append(shape);
    }
    const more = output.width - circles - squares;
    if (more > 0) svg.append(svgElement("text", { x: x(k), y: TOP + height + BOTTOM - 6, "text-anchor": "middle" }, `and ${more} more`));
  }
  return {
    element: element("div", {}, element("p", { class: "legend" }, LEGEND), element("div", { class: "net" }, svg)),
    light: () => light(units),
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const squareAt = (index: number, { columns, cell }: Layout, corner: Point): Point => ({
  x: corner.x + (index % columns) * cell,
  y: corner.y + Math.floor(index / columns) * cell,
});

/** The arrangement of a layer's units: circles below each other, or squares in rows of `columns`. */
interface Layout {
  readonly circles: number;
  readonly squares: number;
  readonly columns: number;
  /** The side of a square. */
  readonly cell: number;
  readonly height: number;
}

/** Returns the layout of a layer with this shape. An image keeps its rows; a long vector becomes a square. */
function layoutOf(width: number, shape: readonly number[]): Layout {
  if (width <= MOST_CIRCLES) return { circles: width, squares: 0, columns: 1, cell: 0, height: ROW * width };
  const squares = Math.min(width, MOST_SQUARES);
  const columns = shape.length === 2 ? (shape[1] ?? 1) : Math.ceil(Math.sqrt(squares));
  const rows = Math.ceil(squares / columns);
  const cell = Math.min(GRID.width / columns, GRID.height / rows);
  return { circles: 0, squares, columns, cell, height: cell * rows };
}

function light(units: readonly Unit[]): void {
  const largest = new Map<Step, number>();
  for (const { step, index } of units) largest.set(step, Math.max(largest.get(step) ?? 0, Math.abs(step.output.values[index] ?? 0)));
  for (const { shape, tip, step, index, name } of units) {
    const value = step.output.values[index] ?? 0;
    shape.setAttribute("fill", value < 0 ? "var(--negative)" : "var(--positive)");
    shape.setAttribute("fill-opacity", String(Math.min(1, Math.abs(value) / Math.max(1e-9, largest.get(step) ?? 0))));
    tip.textContent = `${step.layer.id}, ${name}: ${numberText(value)}`;
  }
}

interface Places {
  readonly x: (column: number) => number;
  readonly y: (column: number, unit: number) => number;
  /** The number of units in each column of circles. */
  readonly shown: readonly number[];
}

/** Returns the connection lines from the inputs of a layer with a kernel. */
function connections(network: Network, { layer, output }: Step, k: number, { x, y, shown }: Places): SVGElement[] {
  const kernel = network.parameters.find((one) => one.layer === layer && one.planned.name === "kernel");
  const from = network.steps.findIndex((step) => step.layer.id === layer.inputs[0]);
  const [inputs, units] = [shown[from] ?? 0, shown[k] ?? 0];
  if (!kernel || inputs * units !== kernel.values.length) return [];
  const most = Math.max(1e-9, ...Array.from(kernel.values, Math.abs));
  return Array.from({ length: inputs * units }, (_, at) => {
    const [i, j] = [Math.floor(at / units), at % units];
    const weight = kernel.values[i * output.width + j] ?? 0;
    return svgElement("line", {
      x1: x(from),
      y1: y(from, i),
      x2: x(k),
      y2: y(k, j),
      stroke: weight < 0 ? "var(--negative)" : "var(--positive)",
      "stroke-opacity": 0.6 * (Math.abs(weight) / most),
    });
  });
}

const shortened = (name: string): string => (name.length > 16 ? `${name.slice(0, 15)}…` : name);
