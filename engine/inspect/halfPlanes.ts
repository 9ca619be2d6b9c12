/**
 * The exact regions of a threshold network over the plane of its two inputs. Each unit that reads the inputs divides the plane by a straight line,
 * and nothing else depends on the inputs. So the outputs are constant in each region between the lines.
 */
import { isInput } from "../layerTraits.ts";
import type { Step } from "../network/network.ts";
import { type NamedNetwork, unitNames } from "../training/unitNames.ts";
import type { BoundaryLine, HalfPlanes } from "./views.ts";
import { inputsOf, parameterOf } from "./walkedStep.ts";
import { isThreshold } from "./wiring.ts";

type Point = readonly [number, number];
type Sum = Pick<BoundaryLine, "weights" | "bias">;
type Line = Sum & Pick<BoundaryLine, "unit">;

/** The margin around the rows, relative to their range. */
const MARGIN = 0.5;
/** The maximum number of lines. With more, the regions would be too small to see. */
const MOST_LINES = 16;

/** Returns the plane with its regions; null unless the network has two inputs and only threshold units read them. */
export function halfPlanesOf(
  named: NamedNetwork,
  rows: readonly (readonly number[])[],
  outputsAt: (x: readonly number[]) => readonly number[],
): HalfPlanes | null {
  const { steps } = named.network;
  const [input, another] = steps.filter(({ layer }) => isInput(layer));
  if (!input || another || input.output.width !== 2 || rows.length === 0) return null;
  const readers = steps.filter((step) => inputsOf(named, step).includes(input));
  if (!readers.some(({ layer }) => isThreshold(layer)) || !readers.every(({ layer }) => isThreshold(layer) || layer.kind === "neuron"))
    return null;
  const lines = readers.flatMap((step) => linesOf(named, step, input));
  if (lines.length > MOST_LINES) return null;
  const [x, y] = [0, 1].map((axis) => rangeOf(rows.map((row) => row[axis] ?? 0)));
  if (!x || !y) return null;
  const whole = rectangle([x.from, y.from], [x.to, y.to]);
  const regions = lines.reduce((all, line) => all.flatMap((corners) => split(corners, line)), [whole]);
  return {
    from: [x.from, y.from],
    to: [x.to, y.to],
    lines: lines.map((line) => ({ ...line, ends: crossings(whole, line) })),
    regions: regions.map((corners) => ({ corners, outputs: outputsAt(centreOf(corners)) })),
  };
}

function rangeOf(values: readonly number[]): { readonly from: number; readonly to: number } {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const margin = (most - least || 1) * MARGIN;
  return { from: least - margin, to: most + margin };
}

/** Returns the lines of a layer's units. A neuron's input is active at ½ and above. */
function linesOf(named: NamedNetwork, step: Step, input: Step): Line[] {
  const { layer, output } = step;
  const names = unitNames(named, step);
  if (layer.kind === "neuron")
    return layer.terms.flatMap((term): Line[] =>
      inputsOf(named, step)[term.input] === input ? [{ unit: layer.id, weights: term.unit === 0 ? [1, 0] : [0, 1], bias: -0.5 }] : [],
    );
  const kernel = parameterOf(named, step, "kernel");
  const bias = parameterOf(named, step, "bias");
  return Array.from({ length: output.width }, (_, k): Line => {
    const weight = (from: number): number => kernel?.values[from * output.width + k] ?? 0;
    return {
      unit: output.width === 1 ? layer.id : `${names(k)} of ${layer.id}`,
      weights: [weight(0), weight(1)],
      bias: bias?.values[k] ?? 0,
    };
  });
}

const sumAt = ({ weights, bias }: Sum, [x, y]: Point): number => weights[0] * x + weights[1] * y + bias;

/** Returns the point at which the line crosses an edge; none if both ends are on one side. */
function crossing(line: Sum, [a, b]: readonly [Point, Point]): Point[] {
  const [from, to] = [sumAt(line, a), sumAt(line, b)];
  if (from >= 0 === to >= 0) return [];
  const share = from / (from - to);
  return [[a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]];
}

const edgesOf = (corners: readonly Point[]): (readonly [Point, Point])[] =>
  corners.map((corner, k) => [corner, corners[(k + 1) % corners.length] ?? corner]);

/** Returns the ends of a line within the rectangle between two corners; none if it does not cross the rectangle. */
export const lineEnds = ([left, bottom]: Point, [right, top]: Point, line: Sum): Point[] =>
  crossings(rectangle([left, bottom], [right, top]), line);

const rectangle = ([left, bottom]: Point, [right, top]: Point): Point[] => [
  [left, bottom],
  [right, bottom],
  [right, top],
  [left, top],
];

const crossings = (corners: readonly Point[], line: Sum): Point[] => edgesOf(corners).flatMap((edge) => crossing(line, edge));

/** Returns the parts of a convex polygon on the two sides of a line. */
function split(corners: readonly Point[], line: Sum): Point[][] {
  const side = (isOn: (sum: number) => boolean): Point[] =>
    edgesOf(corners).flatMap((edge) => [...(isOn(sumAt(line, edge[0])) ? [edge[0]] : []), ...crossing(line, edge)]);
  return [side((sum) => sum >= 0), side((sum) => sum < 0)].filter(({ length }) => length > 2);
}

const centreOf = (corners: readonly Point[]): number[] =>
  [0, 1].map((axis) => corners.reduce((total, corner) => total + (corner[axis] ?? 0), 0) / corners.length);
