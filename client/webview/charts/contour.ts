/** The contour on which an output over a plane crosses a level, computed cell by cell (marching squares), and the area above the level. */
import type { Crossing, Surface } from "../../../engine/inspect/views.ts";

export interface Plane {
  readonly values: readonly number[];
  readonly size: number;
  readonly level: number;
  /** Where a step output jumps; null for a gradually changing output. */
  readonly crossings: Surface["crossings"];
  /** Convert shares from 0 to 1 into pixel positions. */
  readonly px: (u: number) => number;
  readonly py: (v: number) => number;
}

type Point = readonly [x: number, y: number];
interface Cell {
  /** The points where the level crosses the cell's sides. */
  readonly crossings: readonly Point[];
  /** The part of the cell above the level, as a polygon. */
  readonly above: readonly Point[];
}

const keyOf = ({ point, towards }: Pick<Crossing, "point" | "towards">): string => `${point} ${towards}`;

/** Calls `take` for each cell of the grid, in grid steps. */
function eachCell({ values, size, level, crossings }: Plane, take: (cell: Cell, x: number, y: number) => void): void {
  const jumps = new Map(crossings?.map((one) => [keyOf(one), one.share]));
  for (let y = 0; y < size - 1; y++) {
    for (let x = 0; x < size - 1; x++) {
      const corners = [
        [x, y],
        [x + 1, y],
        [x + 1, y + 1],
        [x, y + 1],
      ] as const;
      const found: Point[] = [];
      const above: Point[] = [];
      for (let k = 0; k < 4; k++) {
        const from = corners[k] ?? [0, 0];
        const to = corners[(k + 1) % 4] ?? [0, 0];
        const [a, b] = [values[from[1] * size + from[0]] ?? 0, values[to[1] * size + to[0]] ?? 0];
        if (a > level) above.push(from);
        if (a > level === b > level) continue;
        const crossing = crossingOf(from, to, jumps.get(keyOfSide(from, to, size)), (level - a) / (b - a));
        found.push(crossing);
        above.push(crossing);
      }
      take({ crossings: found, above }, x, y);
    }
  }
}

/** Returns the key of a cell's side. A side's jump is stored under its left or lower end. */
function keyOfSide(from: Point, to: Point, size: number): string {
  const [x, y] = [Math.min(from[0], to[0]), Math.min(from[1], to[1])];
  return keyOf({ point: y * size + x, towards: from[1] === to[1] ? "right" : "up" });
}

function crossingOf(from: Point, to: Point, jump: number | undefined, interpolated: number): Point {
  if (jump === undefined) return [from[0] + interpolated * (to[0] - from[0]), from[1] + interpolated * (to[1] - from[1])];
  const [x, y] = [Math.min(from[0], to[0]), Math.min(from[1], to[1])];
  return from[1] === to[1] ? [x + jump, y] : [x, y + jump];
}

/** Draws the contour at the level. */
export function strokeContour(context: CanvasRenderingContext2D, plane: Plane): void {
  const { size, px, py } = plane;
  const at = ([x, y]: Point): Point => [px(x / (size - 1)), py(y / (size - 1))];
  context.beginPath();
  eachCell(plane, ({ crossings }) => {
    for (let k = 0; k + 1 < crossings.length; k += 2) {
      context.moveTo(...at(crossings[k] ?? [0, 0]));
      context.lineTo(...at(crossings[k + 1] ?? [0, 0]));
    }
  });
  context.lineWidth = 1.5;
  context.stroke();
}

/** Fills the area above the level. It is one path, so that there are no seams between cells. */
export function fillAbove(context: CanvasRenderingContext2D, plane: Plane): void {
  const { size, px, py } = plane;
  context.beginPath();
  eachCell(plane, ({ above }) => {
    above.forEach(([x, y], k) => {
      const place = [px(x / (size - 1)), py(y / (size - 1))] as const;
      if (k === 0) context.moveTo(...place);
      else context.lineTo(...place);
    });
    if (above.length > 0) context.closePath();
  });
  context.fill();
}
