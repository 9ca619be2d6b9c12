/** Draws the plane of a perceptron's two features after a row: the points, the current row, and the lines before and after it. */
import type { RuleTrace } from "../../../engine/inspect/views.ts";
import { coordinateText } from "../../../engine/numberText.ts";
import { svg } from "../dom.ts";
import { hueOf, placesIn, planeAxes } from "./halfPlaneChart.ts";
import { css, type Theme } from "./theme.ts";

const SIDE = 250;
type Ends = readonly (readonly [number, number])[];

export interface RuleLines {
  /** The line before the current row; empty at the start. */
  readonly before: Ends;
  readonly now: Ends;
  /** The number of the current row; null at the start. */
  readonly row: number | null;
  readonly isMistake: boolean;
}

export function ruleChart(plane: NonNullable<RuleTrace["plane"]>, { before, now, row, isMistake }: RuleLines, theme: Theme): SVGElement {
  const { px, py, width, height } = placesIn(plane, SIDE);
  const { colours } = theme;
  const lineOf = (ends: Ends, dashes: string): SVGElement[] => {
    const points = ends.map(([x, y]) => `${coordinateText(px(x))},${coordinateText(py(y))}`).join(" ");
    return ends.length < 2
      ? []
      : [svg("polyline", { points, stroke: colours.foreground, "stroke-width": dashes ? 1.2 : 2, "stroke-dasharray": dashes })];
  };
  const present = plane.points.find((point) => point.row === row);
  return svg(
    "svg",
    {
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "img",
      "aria-label": `The rows over ${plane.features.join(" and ")}, and the unit's line`,
    },
    ...plane.points.map(({ at: [x, y], target }) =>
      svg("circle", {
        cx: coordinateText(px(x)),
        cy: coordinateText(py(y)),
        r: 3.4,
        fill: css(hueOf(target, theme)),
        stroke: colours.background,
      }),
    ),
    ...(isMistake ? lineOf(before, "5 4") : []),
    ...lineOf(now, ""),
    ...(present
      ? [
          svg("circle", {
            cx: coordinateText(px(present.at[0])),
            cy: coordinateText(py(present.at[1])),
            r: 8,
            fill: "none",
            stroke: isMistake ? colours.red : colours.foreground,
            "stroke-width": 2,
          }),
        ]
      : []),
    ...planeAxes(plane, plane.features, { margin: 0.15 / 1.3, side: SIDE }, theme),
  );
}
