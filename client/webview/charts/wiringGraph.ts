/** Draws a small network as in the book: units as circles with their thresholds, connections with their weights, and the numbers of a chosen row. */
import type { UntrainedView, WiredEdge, WiredNode } from "../../../engine/inspect/views.ts";
import { coordinateText, formulaText } from "../../../engine/numberText.ts";
import { svg } from "../dom.ts";
import { shortened } from "./shortName.ts";
import { css, mix, negative, positive, type Theme } from "./theme.ts";

const [COLUMN, ROW, MARGIN, RADIUS] = [132, 68, 50, 17];
/** The maximum average width of a letter, and the distance between an input's name and its circle. */
const [LETTER, NAME_GAP] = [8, 6];
/** With more connections the weights would overlap, so they are shown under the pointer. */
const MOST_LABELS = 12;
const DIGITS = 4;
/** A longer name is shortened, and complete under the pointer. */
const MOST_LETTERS = 13;

interface Point {
  readonly x: number;
  readonly y: number;
}

type Wiring = Pick<UntrainedView, "nodes" | "edges">;

/** `values` are the units' outputs for the chosen row; undefined if no row is chosen. */
export function wiringGraph({ nodes, edges }: Wiring, values: readonly number[] | undefined, name: string, theme: Theme): SVGElement {
  const columns = Math.max(...nodes.map(({ column }) => column)) + 1;
  const inColumn = Array.from({ length: columns }, (_, column) => nodes.filter((node) => node.column === column));
  const most = Math.max(...inColumn.map(({ length }) => length));
  const letters = Math.max(...(inColumn[0] ?? []).map((node) => Math.min(MOST_LETTERS, node.name.length)));
  const left = Math.max(MARGIN, RADIUS + NAME_GAP + LETTER * letters + 4);
  const [width, height] = [left + COLUMN * (columns - 1) + MARGIN, ROW * most + 16];
  const at = (node: WiredNode): Point => {
    const own = inColumn[node.column] ?? [];
    return { x: left + COLUMN * node.column, y: 8 + (ROW * most) / 2 + (own.indexOf(node) - (own.length - 1) / 2) * ROW };
  };
  const largest = Math.max(...edges.map(({ weight }) => Math.abs(weight ?? 0)), 1e-12);
  const picture = svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `The units and connections of ${name}` },
    ...edges.flatMap((edge, k) => {
      const [from, to] = [nodes[edge.from], nodes[edge.to]];
      if (!from || !to) return [];
      return connection(
        { edge, from: at(from), to: at(to), bend: bendOf(edges, k), isLabelled: edges.length <= MOST_LABELS, largest },
        theme,
      );
    }),
    ...nodes.flatMap((node, k) => unit(node, at(node), values?.[k], theme)),
  );
  return picture;
}

/** Returns how far a connection is bent. Connections between the same two units are bent apart. */
function bendOf(edges: readonly WiredEdge[], k: number): number {
  const isSame = ({ from, to }: WiredEdge): boolean => from === edges[k]?.from && to === edges[k]?.to;
  const twins = edges.filter(isSame).length;
  return (edges.slice(0, k).filter(isSame).length - (twins - 1) / 2) * 22;
}

interface Drawn {
  readonly edge: WiredEdge;
  readonly from: Point;
  readonly to: Point;
  readonly bend: number;
  readonly isLabelled: boolean;
  readonly largest: number;
}

function connection({ edge: { weight, inhibits }, from, to, bend, isLabelled, largest }: Drawn, theme: Theme): SVGElement[] {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const [ux, uy] = [(to.x - from.x) / length, (to.y - from.y) / length];
  const start = { x: from.x + ux * RADIUS, y: from.y + uy * RADIUS };
  const end = { x: to.x - ux * (RADIUS + (inhibits ? 5 : 1)), y: to.y - uy * (RADIUS + (inhibits ? 5 : 1)) };
  const middle = { x: (start.x + end.x) / 2 - uy * bend, y: (start.y + end.y) / 2 + ux * bend };
  const share = weight === null ? 0.5 : Math.abs(weight) / largest;
  const isNegative = inhibits || (weight ?? 0) < 0;
  const colour = css(
    mix(theme.rgb.background, isNegative ? negative(theme) : positive(theme), weight === null ? 0.8 : 0.35 + 0.65 * share),
  );
  const path = svg("path", {
    d: `M${pair(start)}Q${pair(middle)} ${pair(end)}`,
    fill: "none",
    stroke: colour,
    "stroke-width": coordinateText(1 + 2.5 * share),
    ...(inhibits && { "stroke-dasharray": "5 4" }),
  });
  const drawn: SVGElement[] = [path];
  // An inhibiting connection ends in an open circle.
  if (inhibits)
    drawn.push(
      svg("circle", {
        cx: coordinateText(end.x),
        cy: coordinateText(end.y),
        r: 4,
        fill: theme.colours.background,
        stroke: colour,
        "stroke-width": 2,
      }),
    );
  if (weight === null) return drawn;
  if (!isLabelled) return [svg("g", {}, svg("title", {}, `w ${formulaText(weight, DIGITS)}`), path)];
  // Just behind the first units the connections do not cross yet.
  const label = { x: from.x + (to.x - from.x) * 0.36, y: from.y + (to.y - from.y) * 0.36 - 3 };
  return [...drawn, words(label, formulaText(weight, DIGITS), theme.colours.foreground, theme)];
}

const pair = ({ x, y }: Point): string => `${coordinateText(x)} ${coordinateText(y)}`;

function unit(node: WiredNode, at: Point, value: number | undefined, theme: Theme): SVGElement[] {
  const { kind, constant, isOutput } = node;
  const isOn = value !== undefined && value > 0;
  const circle = svg("circle", {
    cx: at.x,
    cy: at.y,
    r: RADIUS,
    fill: css(isOn ? mix(theme.rgb.background, positive(theme), 0.55) : theme.rgb.background),
    stroke: theme.colours.foreground,
    "stroke-width": isOutput ? 2.5 : 1.2,
  });
  const inside =
    value === undefined
      ? symbolOf(node, at, theme)
      : [words({ x: at.x, y: at.y + 4 }, formulaText(value, DIGITS), theme.colours.foreground, theme, "none")];
  const below =
    kind === "threshold" ? `b ${formulaText(constant ?? 0, DIGITS)}` : kind === "neuron" && value !== undefined ? `≥ ${constant ?? 0}` : "";
  return [circle, nameOf(node, at, theme), ...inside, words({ x: at.x, y: at.y + RADIUS + 12 }, below, theme.colours.faint, theme)];
}

/** Returns a unit's name: above its circle or, for an input, left of it, clear of the connections' weights. */
function nameOf({ name, column }: WiredNode, { x, y }: Point, theme: Theme): SVGElement {
  const at = column === 0 ? { x: x - RADIUS - NAME_GAP, y: y + 4 } : { x, y: y - RADIUS - 4 };
  const text = words(at, shortened(name, MOST_LETTERS), theme.colours.foreground, theme);
  if (column === 0) text.setAttribute("text-anchor", "end");
  return named(text, name);
}

/** Shows the whole name under the pointer. */
export function named(text: SVGElement, name: string): SVGElement {
  text.append(svg("title", {}, name));
  return text;
}

/** Returns the content of a unit's circle: a neuron's threshold as a number, or the picture of a step. */
function symbolOf({ kind, constant }: WiredNode, at: Point, theme: Theme): SVGElement[] {
  if (kind === "neuron") return [words({ x: at.x, y: at.y + 4 }, `≥ ${constant ?? 0}`, theme.colours.foreground, theme, "none")];
  if (kind !== "threshold") return [];
  return [svg("path", { d: `M${at.x - 8} ${at.y + 5}h8v-10h8`, fill: "none", stroke: theme.colours.foreground, "stroke-width": 1.6 })];
}

/** Returns a text with an outline in the background's colour, so that it is legible over lines. */
function words({ x, y }: Point, content: string, colour: string, theme: Theme, outline: string = theme.colours.background): SVGElement {
  const made = svg("text", { x: coordinateText(x), y: coordinateText(y), "text-anchor": "middle", "stroke-width": 3 }, content);
  made.style.fill = colour;
  made.style.stroke = outline;
  made.style.paintOrder = "stroke";
  made.style.fontSize = "12px";
  return made;
}
