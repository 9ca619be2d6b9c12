/** Draws a small network's units as circles in columns and its weights as lines, like TensorFlow Playground. */
import type { LayerFacts } from "../../../engine/events.ts";
import { numberText } from "../../../engine/numberText.ts";
import { svg } from "../dom.ts";
import { type GraphActions, type GraphFacts, revealOnClick, type Snapshot } from "./graph.ts";
import { css, mix, negative, positive, signed } from "./theme.ts";

/** Distances between columns in pixels. */
const [LEAST_STEP, MOST_STEP] = [96, 190];
const MARGIN = 60;

interface Places {
  readonly width: number;
  readonly height: number;
  readonly radius: number;
  /** Distance between columns. */
  readonly step: number;
  /** Number of units of each layer. */
  readonly widths: readonly number[];
  readonly at: (layer: number, unit: number) => { readonly x: number; readonly y: number };
}

interface Drawn extends GraphFacts {
  readonly snapshot: Snapshot;
  readonly places: Places;
  readonly actions: GraphActions;
}

export function unitGraph(facts: GraphFacts, snapshot: Snapshot, actions: GraphActions): SVGElement {
  const { layers } = facts;
  const places = placesOf(layers, facts.width);
  const drawn = { ...facts, snapshot, places, actions };
  const { width, height } = places;
  return svg(
    "svg",
    {
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "group",
      "aria-label": `The network's units and weights after epoch ${snapshot.epoch}`,
    },
    ...layers.flatMap((_, k) => connectionsInto(k, drawn)),
    ...layers.flatMap((_, k) => [...headingOf(k, drawn), ...circlesOf(k, drawn)]),
  );
}

function placesOf(layers: readonly LayerFacts[], available: number): Places {
  const widths = layers.map(({ shape }) => shape.reduce((product, axis) => product * axis, 1));
  const most = Math.max(...widths);
  const gap = Math.max(24, Math.min(44, 420 / most));
  const height = gap * most + 52;
  const step = Math.max(LEAST_STEP, Math.min(MOST_STEP, (available - 2 * MARGIN) / Math.max(1, layers.length - 1)));
  return {
    width: step * (layers.length - 1) + 2 * MARGIN,
    step,
    height,
    radius: Math.min(12, gap * 0.38),
    widths,
    at: (layer, unit) => ({
      x: MARGIN + step * layer,
      y: 40 + (height - 52) / 2 + (unit - ((widths[layer] ?? 1) - 1) / 2) * gap,
    }),
  };
}

/** Returns the lines from the layer below into the k-th layer. */
function connectionsInto(k: number, { layers, snapshot, places, theme, actions }: Drawn): SVGElement[] {
  const layer = layers[k];
  const below = layers.findIndex(({ id }) => id === layer?.inputs[0]);
  if (!layer || below < 0) return [];
  const kernels = snapshot.parameters.filter(({ name }) => name === "kernel");
  const largest = Math.max(...kernels.flatMap(({ values }) => values?.map(Math.abs) ?? []), 1e-12);
  const own = kernels.find((one) => one.layer === layer.id);
  const units = places.widths[k] ?? 0;
  const line = (i: number, j: number): SVGElement => {
    const weight = own?.values?.[i * units + j] ?? 0;
    const size = Math.sqrt(Math.abs(weight) / largest);
    const hue = weight < 0 ? negative(theme) : positive(theme);
    const path = svg("path", {
      d: curveBetween(places.at(below, i), places.at(k, j), places.radius),
      fill: "none",
      stroke: own ? css(mix(theme.rgb.background, hue, 0.35 + 0.65 * size)) : theme.colours.faint,
      "stroke-width": own ? 0.6 + 5 * size : 1,
      class: "weight",
    });
    if (own) {
      const gradient = own.gradients?.[i * units + j];
      const words = `${layers[below]?.id} unit ${i + 1} → ${layer.id} unit ${j + 1}: weight ${numberText(weight)}${gradient === undefined ? "" : `, gradient ${numberText(gradient)}`}`;
      path.addEventListener("pointerenter", () => actions.describe(words));
    }
    return path;
  };
  const all = Array.from({ length: places.widths[below] ?? 0 }, (_, i) =>
    Array.from({ length: units }, (_unit, j) => [i, j] as const),
  ).flat();
  // A layer without weights connects each unit only to its counterpart.
  return all.filter(([i, j]) => own || i === j).map(([i, j]) => line(i, j));
}

function curveBetween(from: { x: number; y: number }, to: { x: number; y: number }, radius: number): string {
  const middle = (from.x + to.x) / 2;
  return `M${from.x + radius} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${to.x - radius} ${to.y}`;
}

function headingOf(k: number, { layers, places, actions }: Drawn): SVGElement[] {
  const layer = layers[k];
  if (!layer) return [];
  const { x } = places.at(k, 0);
  const heading = svg("text", { x, y: 16, "text-anchor": "middle", class: "strong node", tabindex: 0, role: "button" }, layer.id);
  revealOnClick(heading, layer.id, actions);
  return [heading, svg("text", { x, y: 30, "text-anchor": "middle", class: "faint" }, layer.kind)];
}

function circlesOf(k: number, { layers, snapshot, places, paint, theme, actions }: Drawn): SVGElement[] {
  const layer = layers[k];
  if (!layer) return [];
  const means = snapshot.outputs.find((one) => one.layer === layer.id)?.means;
  const bias = snapshot.parameters.find((one) => one.layer === layer.id && one.name === "bias");
  const shades = paint === "gradient" ? bias?.gradients : means;
  const largest = Math.max(...(shades?.map(Math.abs) ?? []), 1e-12);
  return Array.from({ length: places.widths[k] ?? 0 }, (_, unit) => {
    const { x, y } = places.at(k, unit);
    const value = shades?.[unit];
    const circle = svg("circle", {
      cx: x,
      cy: y,
      r: places.radius,
      stroke: theme.colours.foreground,
      "stroke-width": 1,
      fill: css(value === undefined ? theme.rgb.background : signed(theme, value / largest)),
    });
    const words = [
      `${layer.id} unit ${unit + 1}`,
      ...(means ? [`mean ${numberText(means[unit] ?? 0)} over the batch`] : []),
      ...(bias?.values ? [`bias ${numberText(bias.values[unit] ?? 0)}`] : []),
      ...(bias?.gradients ? [`its gradient ${numberText(bias.gradients[unit] ?? 0)}`] : []),
    ].join(", ");
    circle.addEventListener("pointerenter", () => actions.describe(words));
    return circle;
  });
}
