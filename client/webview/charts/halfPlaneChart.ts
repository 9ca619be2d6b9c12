/** Draws the plane of two inputs: the exact lines of threshold units, the output in each region between them, and the rows as points. */
import type { HalfPlanes, TableRow } from "../../../engine/inspect/views.ts";
import { coordinateText, numberText } from "../../../engine/numberText.ts";
import { svg } from "../dom.ts";
import { shortened } from "./shortName.ts";
import { css, mix, negative, positive, type Rgb, type Theme } from "./theme.ts";
import { named } from "./wiringGraph.ts";

const SIZE = 210;
const [LEFT, BOTTOM, EDGE] = [44, 34, 8];
/** The average width of a letter in an axis's name, in pixels. */
const LETTER = 7.2;

export interface HalfPlaneFacts {
  readonly plane: HalfPlanes;
  readonly inputs: readonly string[];
  readonly rows: readonly TableRow[];
  /** The index of the drawn output, and its name. */
  readonly output: number;
  readonly name: string;
}

export function halfPlaneChart({ plane, inputs, rows, output, name }: HalfPlaneFacts, theme: Theme): SVGElement {
  const { lines, regions } = plane;
  const { px, py, width, height } = placesIn(plane, SIZE);
  const at = ([x, y]: readonly [number, number]): string => `${coordinateText(px(x))},${coordinateText(py(y))}`;
  const { colours } = theme;
  return svg(
    "svg",
    {
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "img",
      "aria-label": `The output ${name} over ${inputs.join(" and ")}: ${lines.length} straight lines`,
    },
    ...regions.map(({ corners, outputs }) => {
      const fill = css(mix(theme.rgb.background, hueOf(outputs[output] ?? 0, theme), 0.32));
      // The stroke closes the seam between two regions of the same colour.
      return svg("polygon", { points: corners.map(at).join(" "), fill, stroke: fill });
    }),
    ...lines.flatMap(({ ends: [a, b] }) => {
      if (!a || !b) return [];
      return [svg("polyline", { points: `${at(a)} ${at(b)}`, stroke: colours.foreground, "stroke-width": 1.6 })];
    }),
    ...rows.flatMap((row) => pointOf(row, output, { x: px(row.x[0] ?? 0), y: py(row.x[1] ?? 0) }, theme)),
    // The rows' own range lies between the margins.
    ...planeAxes(plane, inputs, { margin: 1 / 4, side: SIZE }, theme),
  );
}

export const hueOf = (value: number, theme: Theme): Rgb => (value > 0 ? positive(theme) : negative(theme));

/** A row's point has the colour of the expected output or, if none is expected, of the output. A wrong row has a cross. */
function pointOf({ expected, outputs }: TableRow, output: number, { x, y }: { x: number; y: number }, theme: Theme): SVGElement[] {
  const value = expected?.[output] ?? outputs[output] ?? 0;
  const point = svg("circle", {
    cx: coordinateText(x),
    cy: coordinateText(y),
    r: 6,
    fill: css(hueOf(value, theme)),
    stroke: theme.colours.foreground,
    "stroke-width": 1.2,
  });
  const isWrong = expected !== null && (expected[output] ?? 0) > 0 !== (outputs[output] ?? 0) > 0;
  if (!isWrong) return [point];
  const cross = `M${coordinateText(x - 10)} ${coordinateText(y - 10)}l20 20m0 -20l-20 20`;
  return [point, svg("path", { d: cross, stroke: theme.colours.red, "stroke-width": 2.5 })];
}

interface Places {
  readonly px: (x: number) => number;
  readonly py: (y: number) => number;
}

/** Returns the positions of a plane's points in a picture of `side` pixels, with room for the axes. */
export function placesIn({ from, to }: Pick<HalfPlanes, "from" | "to">, side: number): Places & { width: number; height: number } {
  return {
    px: (x) => LEFT + ((x - from[0]) / (to[0] - from[0])) * side,
    py: (y) => EDGE + (1 - (y - from[1]) / (to[1] - from[1])) * side,
    width: LEFT + side + EDGE,
    height: EDGE + side + BOTTOM,
  };
}

/** Returns the frame of a plane, with the names and two values of each axis. `margin` is relative to the whole range. */
export function planeAxes(
  { from, to }: Pick<HalfPlanes, "from" | "to">,
  names: readonly string[],
  { margin, side }: { readonly margin: number; readonly side: number },
  { colours }: Theme,
): SVGElement[] {
  const { px, py } = placesIn({ from, to }, side);
  const word = (x: number, y: number, text: string, anchor: string, turn = ""): SVGElement => {
    const made = svg("text", { x: coordinateText(x), y: coordinateText(y), "text-anchor": anchor, ...(turn && { transform: turn }) }, text);
    made.style.fill = colours.foreground;
    made.style.fontSize = "11px";
    return made;
  };
  const ticks = (axis: 0 | 1): number[] => {
    const inner = margin * (to[axis] - from[axis]);
    return [from[axis] + inner, to[axis] - inner];
  };
  const [first = "", second = ""] = names;
  // The name of the vertical axis is between its two numbers.
  const between = side * (1 - 2 * margin) - 16;
  const bottom = EDGE + side;
  const middle = EDGE + side / 2;
  return [
    svg("rect", { x: LEFT, y: EDGE, width: side, height: side, fill: "none", stroke: colours.faint }),
    ...ticks(0).map((x) => word(px(x), bottom + 14, numberText(x), "middle")),
    ...ticks(1).map((y) => word(LEFT - 6, py(y) + 4, numberText(y), "end")),
    named(word(LEFT + side / 2, bottom + 28, shortened(first, Math.floor(side / LETTER)), "middle"), first),
    named(word(12, middle, shortened(second, Math.floor(between / LETTER)), "middle", `rotate(-90 12 ${middle})`), second),
  ];
}
