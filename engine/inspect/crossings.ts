/**
 * Finds where a step output jumps between the points of a grid. Interpolation would place each jump in the middle and draw a straight boundary as a
 * staircase.
 */
import type { Crossing } from "./views.ts";

/** The number of bisections. Each doubles the precision: after 14 it is finer than a pixel of any screen. */
const HALVINGS = 14;

export interface Plane {
  /** Grid points on each side. */
  readonly size: number;
  /** values[y · size + x] */
  readonly values: readonly number[];
  /** The value at which the class changes. */
  readonly level: number;
  /** Returns the output at positions, which are in grid steps. */
  readonly evaluate: (positions: readonly (readonly [x: number, y: number])[]) => readonly number[];
}

/** Returns the jumps between neighbouring grid points. Each is located by bisection. */
export function crossingsOf({ size, values, level, evaluate }: Plane): Crossing[] {
  const edges = (["right", "up"] as const).flatMap((towards) =>
    values.flatMap((value, point) => {
      const isLast = towards === "right" ? point % size === size - 1 : point >= size * (size - 1);
      const isHigh = value > level;
      const next = values[point + (towards === "right" ? 1 : size)];
      return isLast || next > level === isHigh ? [] : [{ point, towards, isHigh, low: 0, high: 1 }];
    }),
  );
  const middle = ({ low, high }: { low: number; high: number }): number => (low + high) / 2;
  for (let k = 0; k < HALVINGS; k++) {
    const outputs = evaluate(
      edges.map((edge) => {
        const [x, y] = [edge.point % size, Math.floor(edge.point / size)];
        return edge.towards === "right" ? [x + middle(edge), y] : [x, y + middle(edge)];
      }),
    );
    edges.forEach((edge, i) => {
      if (outputs[i] > level === edge.isHigh) edge.low = middle(edge);
      else edge.high = middle(edge);
    });
  }
  return edges.map((edge) => ({ point: edge.point, towards: edge.towards, share: middle(edge) }));
}
