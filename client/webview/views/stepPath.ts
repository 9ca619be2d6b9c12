/** Draws a weight's path to the loss: the factors along it, and the sums where paths meet. */
import type { PathEdge, PathLayer, WeightPath } from "../../../engine/inspect/views.ts";
import { coordinateText, numberText } from "../../../engine/numberText.ts";
import { css, signed, type Theme } from "../charts/theme.ts";
import { element, scrollBox, svg } from "../dom.ts";

const COLUMN = 150;
const ROW = 74;
const MARGIN = 56;
const RADIUS = 9;
const WIDEST = 6;

interface Point {
  readonly x: number;
  readonly y: number;
}

export function pathDrawing(path: WeightPath, theme: Theme): HTMLElement[] {
  const { title, layers, lines } = path;
  const height = ROW * Math.max(...layers.map(({ units }) => units.length)) + 30;
  const width = MARGIN * 2 + COLUMN * (layers.length + 1);
  const at = (column: number, k: number, count: number): Point => ({
    x: MARGIN + column * COLUMN,
    y: height / 2 + (k - (count - 1) / 2) * ROW,
  });
  const pointOf = (layer: number, unit: number): Point => at(layer + 1, unit, layers[layer]?.units.length ?? 1);
  const input = at(0, 0, 1);
  const first = pointOf(0, 0);
  const loss = at(layers.length + 1, 0, 1);
  const shares = path.edges.map((edge) => shareOf(path, edge));
  const most = Math.max(...shares.map(Math.abs), 1e-300);
  const picture = svg("svg", {
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
    "aria-label": `${title}: ${lines.join("; ")}`,
  });
  picture.append(
    ...path.edges.map((edge, k) => {
      const share = (shares[k] ?? 0) / most;
      const ends = [pointOf(edge.layer, edge.from), pointOf(edge.layer + 1, edge.to)] as const;
      const colour = css(signed(theme, share));
      // Behind the first layer the connections cross.
      return connection(...ends, `w ${numberText(edge.weight)}`, edge.layer === 0, colour, 1 + (WIDEST - 1) * Math.abs(share), theme);
    }),
    connection(input, first, `w ${numberText(path.weight)}`, true, theme.colours.purple, WIDEST, theme),
    ...(layers.at(-1)?.units ?? []).map((_, k) =>
      connection(pointOf(layers.length - 1, k), loss, "the loss", false, theme.colours.faint, 1, theme),
    ),
    ...node(input, path.input.name, [`x ${numberText(path.input.x)}`], theme),
    ...layers.flatMap(({ units }, layer) =>
      units.flatMap(({ name, slope, error }, unit) =>
        node(pointOf(layer, unit), name, [...(slope === null ? [] : [`f′(z) ${numberText(slope)}`]), `∂L/∂z ${numberText(error)}`], theme),
      ),
    ),
    ...node(loss, "L", [], theme),
  );
  return [
    element("h3", "", title),
    element("p", "path-lines", lines.join("\n")),
    scrollBox(title, picture),
    element("p", "note", legend(layers)),
  ];
}

/** Returns an edge's contribution to its unit's ∂L/∂a: w · ∂L/∂z of the unit that it leads to. */
const shareOf = ({ layers }: WeightPath, { layer, to, weight }: PathEdge): number => weight * (layers[layer + 1]?.units[to]?.error ?? 0);

function legend(layers: readonly PathLayer[]): string {
  const partly = layers.flatMap(({ id, of, units }, k) => (k > 0 && units.length < of ? [`${units.length} of ${of} units of ${id}`] : []));
  const drawn = partly.length > 0 ? ` Drawn are those with the largest ∂L/∂z: ${partly.join(", ")}.` : "";
  return `A line's width and colour are what it brings back: w · ∂L/∂z of the unit that it leads to. Where lines meet, their shares are added.${drawn}`;
}

/** A connection. Its label is beside it if there is room, otherwise shown under the pointer. */
function connection(from: Point, to: Point, label: string, isLabelled: boolean, colour: string, width: number, theme: Theme): SVGElement {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const stroke = svg("line", { x1: from.x, y1: from.y, x2: to.x, y2: to.y, "stroke-width": coordinateText(width) });
  stroke.style.stroke = colour;
  const at = { x: from.x + dx * 0.42, y: from.y + dy * 0.42 - 5 };
  return svg("g", {}, stroke, isLabelled ? text(at, label, theme.colours.foreground, theme) : svg("title", {}, label));
}

/** Returns a text with an outline in the background's colour, so that it is legible over lines. */
function text({ x, y }: Point, content: string, colour: string, theme: Theme): SVGElement {
  const made = svg("text", { x: coordinateText(x), y: coordinateText(y), "text-anchor": "middle", "stroke-width": 3 }, content);
  made.style.fill = colour;
  made.style.stroke = theme.colours.background;
  made.style.paintOrder = "stroke";
  made.style.fontSize = "11px";
  return made;
}

/** Returns a unit's circle, with its name above and its numbers below. */
function node({ x, y }: Point, name: string, numbers: readonly string[], theme: Theme): SVGElement[] {
  const circle = svg("circle", { cx: x, cy: y, r: RADIUS });
  circle.style.fill = theme.colours.background;
  circle.style.stroke = theme.colours.foreground;
  return [
    circle,
    text({ x, y: y - RADIUS - 4 }, name, theme.colours.foreground, theme),
    ...numbers.map((one, k) => text({ x, y: y + RADIUS + 12 + 13 * k }, one, theme.colours.faint, theme)),
  ];
}
