/** Draws the layers as columns of units. A unit is lit by its output, and a connection's strength shows its weight. */
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

/** The maximum number of units drawn per layer. Connections are drawn only between layers whose units are all drawn. */
const MOST_UNITS = 24;
const COLUMN = 160;
const ROW = 22;
const TOP = 40;

interface Unit {
  readonly circle: SVGElement;
  readonly tip: SVGElement;
  readonly step: Step;
  readonly index: number;
  /** The column or class, or the unit's number if it has no name. */
  readonly name: string;
}

export function networkSection(network: Network, content: Pick<PageContent, "fit" | "outputs">): Drawing {
  const { steps } = network;
  const outputs = content.outputs.flatMap(({ layer }) => network.stepOf.get(layer) ?? []).map((step) => ({ step }));
  const shown = steps.map(({ output: { width } }) => Math.min(width, MOST_UNITS));
  const height = TOP + ROW * Math.max(...shown) + 24;
  const svg = svgElement("svg", {
    width: COLUMN * steps.length,
    height,
    role: "img",
    "aria-label": "The layers, each unit lit by its output",
  });
  const x = (k: number): number => COLUMN * k + COLUMN / 2;
  const y = (k: number, unit: number): number => TOP + ((unit + 0.5) * (height - TOP - 24)) / (shown[k] ?? 1);
  const units: Unit[] = [];
  for (const [k, step] of steps.entries()) svg.append(...connections(network, step, k, { x, y, shown }));
  for (const [k, step] of steps.entries()) {
    const { layer, output } = step;
    const nameOf = unitNames({ network, outputs, examples: content }, step);
    svg.append(svgElement("text", { x: x(k), y: 16, "text-anchor": "middle" }, shortened(layer.id)));
    for (let index = 0; index < (shown[k] ?? 0); index++) {
      const tip = svgElement("title", {});
      const circle = svgElement("circle", { cx: x(k), cy: y(k, index), r: Math.min(8, (height - TOP - 24) / (shown[k] ?? 1) / 2.4) }, tip);
      units.push({ circle, tip, step, index, name: nameOf(index) });
      svg.append(circle);
    }
    const more = output.width - (shown[k] ?? 0);
    if (more > 0) svg.append(svgElement("text", { x: x(k), y: height - 6, "text-anchor": "middle" }, `and ${more} more`));
  }
  return { element: element("div", { class: "net" }, svg), light: () => light(units) };
}

function light(units: readonly Unit[]): void {
  const largest = new Map<Step, number>();
  for (const { step, index } of units) largest.set(step, Math.max(largest.get(step) ?? 0, Math.abs(step.output.values[index] ?? 0)));
  for (const { circle, tip, step, index, name } of units) {
    const value = step.output.values[index] ?? 0;
    circle.setAttribute("fill", value < 0 ? "var(--against)" : "var(--fire)");
    circle.setAttribute("fill-opacity", String(Math.min(1, Math.abs(value) / Math.max(1e-9, largest.get(step) ?? 0))));
    tip.textContent = `${step.layer.id}, ${name}: ${numberText(value)}`;
  }
}

interface Places {
  readonly x: (column: number) => number;
  readonly y: (column: number, unit: number) => number;
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
      stroke: weight < 0 ? "var(--against)" : "var(--fire)",
      "stroke-opacity": 0.6 * (Math.abs(weight) / most),
    });
  });
}

const shortened = (name: string): string => (name.length > 16 ? `${name.slice(0, 15)}…` : name);
