/** Draws a small network's units as circles in columns and its weights, or their gradients, as lines, like TensorFlow Playground. */
import type { LayerFacts } from "../../../engine/events.ts";
import { numberText } from "../../../engine/numberText.ts";
import { svg } from "../dom.ts";
import type { TableData } from "./dataTable.ts";
import { type GraphActions, type GraphFacts, type Paint, revealOnClick, type Snapshot } from "./graph.ts";
import { shortened, unitName } from "./shortName.ts";
import { css, mix, negative, positive, signed, type Theme } from "./theme.ts";

/** The minimum and maximum distance between columns, in pixels. */
const [LEAST_STEP, MOST_STEP] = [88, 190];
const MARGIN = 60;
/** The pixels reserved for the layers' names, and between two units of a small picture. */
const [HEAD, LEAST_GAP] = [52, 14];
/** The pixels of a letter, of the longest name next to a circle, and between a circle and its name. */
const [LETTER, MOST_NAME, NAME_GAP] = [7.5, 150, 7];

/** Half the side of a unit's plane. */
const PLANE_RADIUS = 15;

interface Places {
  readonly width: number;
  readonly height: number;
  readonly radius: number;
  /** The number of units in each layer. */
  readonly widths: readonly number[];
  readonly at: (layer: number, unit: number) => { readonly x: number; readonly y: number };
}

interface Drawn extends GraphFacts {
  readonly snapshot: Snapshot;
  /** The largest drawn weight or gradient. */
  readonly largest: number;
  readonly places: Places;
  readonly actions: GraphActions;
}

export function unitGraph(facts: GraphFacts, snapshot: Snapshot, actions: GraphActions): SVGElement {
  const { layers } = facts;
  const places = placesOf(layers, facts);
  const connections = connectionsOf(layers, snapshot);
  const largest = Math.max(...connections.map((one) => Math.abs(shownValue(one, facts.paint) ?? 0)), 1e-300);
  const drawn = { ...facts, snapshot, largest, places, actions };
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
    ...connections.map((connection) => lineOf(connection, drawn)),
    ...layers.flatMap((_, k) => [...headingOf(k, drawn), ...circlesOf(k, drawn), ...namesOf(k, drawn)]),
  );
}

function placesOf(layers: readonly LayerFacts[], { width: available, height: wanted, paint }: GraphFacts): Places {
  const widths = layers.map(sizeOf);
  const most = Math.max(...widths);
  const least = paint === "plane" ? 2 * PLANE_RADIUS + 6 : 24;
  const [leastGap, room] = wanted === null ? [least, 420] : [LEAST_GAP, wanted - HEAD];
  const gap = Math.max(leastGap, Math.min(44, room / most));
  const height = gap * most + HEAD;
  const [left, right] = [marginFor(layers[0]), marginFor(layers.at(-1))];
  const step = Math.max(LEAST_STEP, Math.min(MOST_STEP, (available - left - right) / Math.max(1, layers.length - 1)));
  return {
    width: step * (layers.length - 1) + left + right,
    height,
    radius: paint === "plane" ? PLANE_RADIUS : Math.min(12, gap * 0.38),
    widths,
    at: (layer, unit) => ({
      x: left + step * layer,
      y: 40 + (height - HEAD) / 2 + (unit - ((widths[layer] ?? 1) - 1) / 2) * gap,
    }),
  };
}

const sizeOf = ({ shape }: LayerFacts): number => shape.reduce((product, axis) => product * axis, 1);

/** Returns the space beside the first or last layer for the names of its units. */
const marginFor = (layer: LayerFacts | undefined): number =>
  Math.max(MARGIN, Math.min(MOST_NAME, LETTER * Math.max(0, ...(layer?.names ?? []).map(({ length }) => length))) + 12 + NAME_GAP + 6);

/** A weight, or a connection without a weight. */
interface Connection {
  /** The indices of the layers. */
  readonly below: number;
  readonly above: number;
  /** The indices of the units. */
  readonly from: number;
  readonly to: number;
  readonly weight: number | undefined;
  readonly gradient: number | undefined;
}

function connectionsOf(layers: readonly LayerFacts[], { parameters }: Snapshot): readonly Connection[] {
  return layers.flatMap((layer, above) => {
    const below = layers.findIndex(({ id }) => id === layer.inputs[0]);
    const lower = layers[below];
    if (!lower) return [];
    const kernel = parameters.find((one) => one.layer === layer.id && one.name === "kernel");
    const units = sizeOf(layer);
    const pairs = Array.from({ length: sizeOf(lower) * units }, (_, at): Connection => {
      const [from, to] = [Math.floor(at / units), at % units];
      return { below, above, from, to, weight: kernel?.values?.[at], gradient: kernel?.gradients?.[at] };
    });
    // A layer without weights connects each unit only to its counterpart.
    return kernel ? pairs : pairs.filter(({ from, to }) => from === to);
  });
}

const shownValue = ({ weight, gradient }: Connection, paint: Paint): number | undefined => (paint === "gradient" ? gradient : weight);

const nameOf = (layers: readonly LayerFacts[], layer: number, unit: number): string => unitName(layers, layers[layer]?.id ?? "", unit);

const numberOr = (value: number | undefined): string => (value === undefined ? "none" : numberText(value));

function lineOf(connection: Connection, { layers, largest, places, paint, theme, actions }: Drawn): SVGElement {
  const { below, above, from, to, weight, gradient } = connection;
  const value = shownValue(connection, paint);
  const size = Math.sqrt(Math.abs(value ?? 0) / largest);
  const hue = (value ?? 0) < 0 ? negative(theme) : positive(theme);
  const path = svg("path", {
    d: curveBetween(places.at(below, from), places.at(above, to), places.radius),
    fill: "none",
    stroke: value === undefined ? theme.colours.faint : css(mix(theme.rgb.background, hue, 0.35 + 0.65 * size)),
    "stroke-width": value === undefined ? 1 : 0.6 + 5 * size,
    class: "weight",
  });
  if (weight !== undefined) {
    const ends = `${nameOf(layers, below, from)} → ${nameOf(layers, above, to)}`;
    const words = `${ends}: weight ${numberText(weight)}${gradient === undefined ? "" : `, gradient ${numberText(gradient)}`}`;
    path.addEventListener("pointerenter", () => actions.describe(words));
  }
  return path;
}

function curveBetween(from: { x: number; y: number }, to: { x: number; y: number }, radius: number): string {
  const middle = (from.x + to.x) / 2;
  return `M${from.x + radius} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${to.x - radius} ${to.y}`;
}

function headingOf(k: number, { layers, places, actions, marked }: Drawn): SVGElement[] {
  const layer = layers[k];
  if (!layer) return [];
  const { x } = places.at(k, 0);
  const className = layer.id === marked ? "strong node marked" : "strong node";
  const heading = svg("text", { x, y: 16, "text-anchor": "middle", class: className, tabindex: 0, role: "button" }, layer.id);
  revealOnClick(heading, layer.id, actions);
  return [heading, svg("text", { x, y: 30, "text-anchor": "middle", class: "faint" }, layer.kind)];
}

/** Returns the names of the first layer's units, on its left, and of the last layer's, on its right. */
function namesOf(k: number, { layers, places }: Drawn): SVGElement[] {
  const isFirst = k === 0;
  if (!isFirst && k !== layers.length - 1) return [];
  return (layers[k]?.names ?? []).map((name, unit) => {
    const { x, y } = places.at(k, unit);
    const away = places.radius + NAME_GAP;
    return svg(
      "text",
      { x: isFirst ? x - away : x + away, y: y + 4, "text-anchor": isFirst ? "end" : "start" },
      shortened(name, MOST_LETTERS),
      svg("title", {}, name),
    );
  });
}

const MOST_LETTERS = Math.floor(MOST_NAME / LETTER);

function circlesOf(k: number, { layers, snapshot, places, paint, lit, planes, theme, actions }: Drawn): SVGElement[] {
  const layer = layers[k];
  if (!layer) return [];
  const means = snapshot.outputs.find((one) => one.layer === layer.id)?.means;
  const bias = snapshot.parameters.find((one) => one.layer === layer.id && one.name === "bias");
  const outputs = lit.find((one) => one.layer === layer.id)?.values;
  const shades = { gradient: bias?.gradients, activation: means, row: outputs, plane: undefined }[paint];
  const plane = paint === "plane" ? planes?.layers.find((one) => one.layer === layer.id)?.units : undefined;
  const largest = Math.max(...(shades?.map(Math.abs) ?? []), 1e-12);
  return Array.from({ length: places.widths[k] ?? 0 }, (_, unit) => {
    const { x, y } = places.at(k, unit);
    const value = shades?.[unit];
    const line = { stroke: theme.colours.foreground, "stroke-width": 1 };
    const circle =
      plane && planes
        ? planePicture(plane.subarray(unit * planes.size ** 2, (unit + 1) * planes.size ** 2), planes.size, { x, y }, theme)
        : svg("circle", {
            cx: x,
            cy: y,
            r: places.radius,
            ...line,
            fill: css(value === undefined ? theme.rgb.background : signed(theme, value / largest)),
          });
    const words = [
      nameOf(layers, k, unit),
      ...(outputs ? [`${numberText(outputs[unit] ?? Number.NaN)} for the asked row`] : []),
      ...(means ? [`mean ${numberText(means[unit] ?? 0)} over the batch`] : []),
      ...(bias?.values ? [`bias ${numberText(bias.values[unit] ?? 0)}`] : []),
      ...(bias?.gradients ? [`its gradient ${numberText(bias.gradients[unit] ?? 0)}`] : []),
    ].join(", ");
    circle.addEventListener("pointerenter", () => actions.describe(words));
    return circle;
  });
}

/** Returns a unit's output over the plane as a picture, relative to its largest output: the first input to the right, the second upwards. */
function planePicture(values: Float32Array, size: number, { x, y }: { readonly x: number; readonly y: number }, theme: Theme): SVGElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const context = canvas.getContext("2d");
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  const image = context?.createImageData(size, size);
  values.forEach((value, at) => {
    const place = (size - 1 - Math.floor(at / size)) * size + (at % size);
    image?.data.set([...signed(theme, value / largest), 255], 4 * place);
  });
  if (context && image) context.putImageData(image, 0, 0);
  const box = { x: x - PLANE_RADIUS, y: y - PLANE_RADIUS, width: 2 * PLANE_RADIUS, height: 2 * PLANE_RADIUS };
  return svg(
    "g",
    { class: "unit-plane" },
    svg("image", { ...box, href: canvas.toDataURL(), preserveAspectRatio: "none" }),
    svg("rect", { ...box, fill: "none", stroke: theme.colours.foreground, "pointer-events": "all" }),
  );
}

/** Returns every weight and bias with its gradient. */
export function unitTable(layers: readonly LayerFacts[], snapshot: Snapshot): TableData {
  const weights = connectionsOf(layers, snapshot)
    .filter(({ weight }) => weight !== undefined)
    .map(({ below, above, from, to, weight, gradient }) => [
      nameOf(layers, below, from),
      nameOf(layers, above, to),
      numberOr(weight),
      numberOr(gradient),
    ]);
  const biases = layers.flatMap(({ id }, k) => {
    const bias = snapshot.parameters.find(({ layer, name }) => layer === id && name === "bias");
    return (bias?.values ?? []).map((value, unit) => [
      "bias",
      nameOf(layers, k, unit),
      numberText(value),
      numberOr(bias?.gradients?.[unit]),
    ]);
  });
  return {
    caption: `Weights and gradients in epoch ${snapshot.epoch}`,
    columns: ["from", "to", "weight", "gradient"],
    rows: [...weights, ...biases],
  };
}
