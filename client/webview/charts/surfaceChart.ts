/** A network's output with the data points, over the plane of two features or as a curve along a single feature. */
import uPlot from "uplot";
import type { Surface } from "../../../engine/inspect/views.ts";
import { countText, numberText, rounded } from "../../../engine/numberText.ts";
import { element, setText, sharpCanvas } from "../dom.ts";
import type { Actions } from "../model.ts";
import { fillAbove, strokeContour } from "./contour.ts";
import { dataTable, evenlySpaced, type TableData } from "./dataTable.ts";
import { pictureButtons } from "./pictureFiles.ts";
import { PLANE_MARGINS, planePointer } from "./planePointer.ts";
import { plotOptions } from "./scatter.ts";
import { fitted } from "./shortName.ts";
import { css, lineColour, lineRgb, mix, negative, positive, type Rgb, type Theme } from "./theme.ts";

const [LEFT, BOTTOM, TOP, RIGHT] = PLANE_MARGINS;
/** The share of a hue at the boundary and where the output is most certain. */
const [PALEST, STRONGEST] = [0.08, 0.63];

interface Drawn {
  readonly surface: Surface;
  readonly theme: Theme;
}

export function surfaceChart(actions: Actions, height: number) {
  const title = element("span", "", "Decision boundary");
  const heading = element("h2", "", title);
  const legend = element("p", "legend");
  const readout = element("p", "readout");
  const numbers = dataTable("the output", () => (drawn ? tableOf(drawn.surface) : { caption: "", columns: [], rows: [] }));
  const note = element("p", "note");
  const curve = outputCurve(height, actions.askRow);
  let drawn: Drawn | undefined;
  /** The position in the readout, from 0 to 1 along each feature. */
  let pointed: { readonly u: number; readonly v: number } | undefined;
  /** The asked row. */
  let marked: readonly number[] | null = null;
  const plane = sharpCanvas("plane", height, (context, width, high) => {
    if (drawn && isPlane(drawn.surface)) paintPlane({ context, width, height: high }, drawn, [marked, point.place()]);
  });
  plane.canvas.setAttribute("role", "img");
  plane.canvas.tabIndex = 0;
  const save = (_name: string, format: "png" | "svg", base64: string): void =>
    actions.send({ kind: "exportPicture", name: "result", format, base64 });
  heading.append(
    pictureButtons(
      "result",
      save,
      { png: () => (drawn && isPlane(drawn.surface) ? plane.canvas : (curve.element.querySelector("canvas") ?? undefined)) },
      numbers.button,
    ),
  );
  const point = planePointer(plane.canvas, () => drawn?.surface, {
    show(u, v) {
      pointed = { u, v };
      if (drawn) setText(readout, outputAt(drawn.surface, u, v));
      plane.draw();
    },
    ask: actions.askRow,
  });
  return {
    /** Marks the row that the network was asked about. `place` has its numbers, in the order of the features. */
    mark(place: readonly number[] | null): void {
      if (String(place) === String(marked)) return;
      marked = place;
      plane.draw();
    },
    element: element("section", "", heading, plane.element, curve.element, readout, legend, note, numbers.element),
    draw(surface: Surface, theme: Theme): void {
      if (drawn && !isSamePlace(drawn.surface, surface)) pointed = undefined;
      drawn = { surface, theme };
      setText(readout, pointed ? outputAt(surface, pointed.u, pointed.v) : "");
      setText(title, titleOf(surface));
      plane.element.hidden = !isPlane(surface);
      curve.element.hidden = isPlane(surface);
      if (isPlane(surface)) plane.draw();
      else curve.draw(drawn);
      plane.canvas.setAttribute(
        "aria-label",
        `The network's output over ${surface.features.join(" and ")}, with ${surface.points.length} points. The arrow keys move, Enter asks the network about the place.`,
      );
      legend.replaceChildren(...legendOf(drawn));
      setText(note, noteOf(surface));
      numbers.draw();
    },
  };
}

/** Returns whether a position means the same numbers of the same features in both. */
const isSamePlace = (a: Surface, b: Surface): boolean => String([a.features, a.from, a.to]) === String([b.features, b.from, b.to]);

const isPlane = ({ from }: Surface): boolean => from.length === 2;

function titleOf(surface: Surface): string {
  if (!isPlane(surface)) return "Output along the feature";
  return surface.classes ? "Decision boundary" : "Output over the plane";
}

function noteOf(surface: Surface): string {
  const { size, points, pointsOf, crossings } = surface;
  const shown =
    points.length < pointsOf
      ? `${countText(points.length)} of ${countText(pointsOf)} data points, evenly spaced`
      : `all ${countText(pointsOf)} data points`;
  return isPlane(surface)
    ? `Computed on a grid of ${size} × ${size}${crossings ? " and, at the boundary, between its points" : ""}, with ${shown}. Points outside the training part are squares.`
    : `Computed at ${size} values, with ${shown}.`;
}

/** Returns the output at evenly spaced positions. */
function tableOf(surface: Surface): TableData {
  const { features, from, to, size, values, classes } = surface;
  const along = evenlySpaced(size, isPlane(surface) ? 5 : 20);
  const points = isPlane(surface) ? along.flatMap((y) => along.map((x) => [x, y])) : along.map((x) => [x]);
  const named = classes && values.length > 1 ? values.map((_, j) => classes[j] ?? String(j)) : ["output"];
  return {
    caption: titleOf(surface),
    columns: [...features, ...named],
    rows: points.map((point) => {
      const [x = 0, y = 0] = point;
      const place = point.map((k, j) => (from[j] ?? 0) + ((to[j] ?? 0) - (from[j] ?? 0)) * (k / (size - 1)));
      return [...place, ...values.map((own) => own[y * size + x] ?? Number.NaN)].map(numberText);
    }),
  };
}

/** Returns the readout at a position of the plane, from 0 to 1 along each feature. */
function outputAt({ size, values, from, to, features, classes }: Surface, u: number, v: number): string {
  const k = Math.round(v * (size - 1)) * size + Math.round(u * (size - 1));
  const scores = values.map((own) => own[k] ?? 0);
  const at = features.map((name, j) => `${name} ${numberText((from[j] ?? 0) + ([u, v][j] ?? 0) * ((to[j] ?? 0) - (from[j] ?? 0)))}`);
  const outputs = classes && scores.length > 1 ? scores.map((score, j) => `${classes[j]} ${numberText(score)}`) : scores.map(numberText);
  return `${at.join(", ")} → ${outputs.join(", ")}`;
}

function legendOf({ surface: { classes }, theme }: Drawn): HTMLElement[] {
  return (classes ?? []).map((name, k) => {
    const swatch = element("span", "swatch");
    swatch.style.background = css(classColour(theme, k, classes?.length ?? 2));
    return element("span", "item", swatch, name);
  });
}

/** Two classes are blue and orange, like negative and positive values. More classes have the palette's hues. */
const classColour = (theme: Theme, k: number, count: number): Rgb =>
  count <= 2 ? (k === 0 ? negative(theme) : positive(theme)) : lineRgb(theme, k);

interface Canvas {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
}

function paintPlane(canvas: Canvas, drawn: Drawn, marks: readonly (readonly number[] | null)[]): void {
  const { context, width, height } = canvas;
  const { surface, theme } = drawn;
  const { size, values, sums, boundary, crossings } = surface;
  const [plotWidth, plotHeight] = [width - LEFT - RIGHT, height - TOP - BOTTOM];
  const px = (u: number): number => LEFT + u * plotWidth;
  const py = (v: number): number => TOP + (1 - v) * plotHeight;
  const field = sums ? { values: sums, level: 0 } : boundary !== null && values[0] ? { values: values[0], level: boundary } : undefined;
  const plane = field && { ...field, size, crossings, px, py };
  if (plane && crossings) {
    // A step has two values, so each side of the line has a single colour.
    context.fillStyle = css(mix(theme.rgb.background, negative(theme), STRONGEST));
    context.fillRect(LEFT, TOP, plotWidth, plotHeight);
    context.fillStyle = css(mix(theme.rgb.background, positive(theme), STRONGEST));
    fillAbove(context, plane);
  } else {
    const shades = shadesOf(drawn);
    if (!shades) return;
    context.imageSmoothingEnabled = true;
    context.drawImage(shades, LEFT, TOP, plotWidth, plotHeight);
  }
  if (plane) {
    context.strokeStyle = theme.colours.foreground;
    strokeContour(context, plane);
  }
  paintPoints(canvas, drawn);
  for (const mark of marks) if (mark) paintMark(canvas, drawn, mark);
  paintAxes(canvas, drawn);
}

/** Returns a canvas with one pixel per computed output; undefined if the browser can't create one. */
function shadesOf({ surface, theme }: Drawn): HTMLCanvasElement | undefined {
  const { size } = surface;
  const small = document.createElement("canvas");
  small.width = small.height = size;
  const pixels = small.getContext("2d");
  if (!pixels) return undefined;
  const image = pixels.createImageData(size, size);
  const shade = shadeOf(surface, theme);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [r, g, b] = shade(y * size + x);
      image.data.set([r, g, b, 255], ((size - 1 - y) * size + x) * 4);
    }
  }
  pixels.putImageData(image, 0, 0);
  return small;
}

function paintPoints({ context, width, height }: Canvas, { surface: { values, from, to, classes, points }, theme }: Drawn): void {
  const [plotWidth, plotHeight] = [width - LEFT - RIGHT, height - TOP - BOTTOM];
  const px = (value: number): number => LEFT + ((value - (from[0] ?? 0)) / ((to[0] ?? 1) - (from[0] ?? 0))) * plotWidth;
  const py = (value: number): number => TOP + (1 - (value - (from[1] ?? 0)) / ((to[1] ?? 1) - (from[1] ?? 0))) * plotHeight;
  const [least, most] = extent(values[0] ?? []);
  for (const { at, target, part } of points) {
    const [x, y] = [px(at[0] ?? 0), py(at[1] ?? 0)];
    const fill = classes
      ? classColour(theme, target, classes.length)
      : mix(negative(theme), positive(theme), most > least ? Math.min(1, Math.max(0, (target - least) / (most - least))) : 0.5);
    context.beginPath();
    if (part === "training") context.arc(x, y, 3.6, 0, 2 * Math.PI);
    else context.rect(x - 3.2, y - 3.2, 6.4, 6.4);
    context.fillStyle = css(fill);
    context.strokeStyle = theme.colours.background;
    context.lineWidth = 1.2;
    context.fill();
    context.stroke();
  }
}

/** Paints a ring with a cross at a position. */
function paintMark({ context, width, height }: Canvas, { surface: { from, to }, theme }: Drawn, [a = 0, b = 0]: readonly number[]): void {
  const share = (value: number, j: number): number => (value - (from[j] ?? 0)) / ((to[j] ?? 1) - (from[j] ?? 0));
  const x = LEFT + share(a, 0) * (width - LEFT - RIGHT);
  const y = TOP + (1 - share(b, 1)) * (height - TOP - BOTTOM);
  context.beginPath();
  context.arc(x, y, 7, 0, 2 * Math.PI);
  for (const [dx, dy] of [
    [-1, 0],
    [1, 0],
    [0, -1],
    [0, 1],
  ] as const) {
    context.moveTo(x + 7 * dx, y + 7 * dy);
    context.lineTo(x + 12 * dx, y + 12 * dy);
  }
  context.strokeStyle = theme.colours.foreground;
  context.lineWidth = 1.6;
  context.stroke();
}

function paintAxes({ context, width, height }: Canvas, { surface: { from, to, features }, theme }: Drawn): void {
  const [plotWidth, plotHeight] = [width - LEFT - RIGHT, height - TOP - BOTTOM];
  context.fillStyle = theme.colours.foreground;
  context.font = theme.font;
  const write = (text: string, x: number, y: number, align: CanvasTextAlign): void => {
    context.textAlign = align;
    context.fillText(text, x, y);
  };
  write(numberText(from[0] ?? 0), LEFT, height - BOTTOM + 14, "left");
  write(numberText(to[0] ?? 0), width - RIGHT, height - BOTTOM + 14, "right");
  write(fitted(context, features[0] ?? "", plotWidth), LEFT + plotWidth / 2, height - BOTTOM + 28, "center");
  write(numberText(to[1] ?? 0), LEFT - 6, TOP + 10, "right");
  write(numberText(from[1] ?? 0), LEFT - 6, height - BOTTOM, "right");
  context.save();
  context.translate(14, TOP + plotHeight / 2);
  context.rotate(-Math.PI / 2);
  write(fitted(context, features[1] ?? "", plotHeight), 0, 0, "center");
  context.restore();
}

/** A single score ranges between two hues. With several, the most likely class determines the hue, paler for a lower score. */
function shadeOf({ values, sums, classes, boundary }: Surface, theme: Theme): (k: number) => Rgb {
  const ground = theme.rgb.background;
  const [first] = values;
  if (values.length > 1 && classes) {
    const hues = classes.map((_, k) => classColour(theme, k, classes.length));
    return (k) => {
      let best = 0;
      for (let j = 1; j < values.length; j++) if ((values[j]?.[k] ?? 0) > (values[best]?.[k] ?? 0)) best = j;
      const chance = 1 / values.length;
      const sureness = Math.max(0, Math.min(1, ((values[best]?.[k] ?? 0) - chance) / (1 - chance)));
      return mix(ground, hues[best] ?? ground, 0.12 + 0.45 * sureness);
    };
  }
  const [least, most] = boundary === null ? extent(first ?? []) : boundary === 0 ? [-1, 1] : [0, 1];
  return (k) => {
    const share = most > least ? Math.max(0, Math.min(1, ((first?.[k] ?? 0) - least) / (most - least))) : 0.5;
    const hue = (sums ? (sums[k] ?? 0) <= 0 : share < 0.5) ? negative(theme) : positive(theme);
    return mix(ground, hue, PALEST + (STRONGEST - PALEST) * Math.abs(2 * share - 1));
  };
}

function extent(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

/** The output along the only feature, with the data points. */
function outputCurve(height: number, ask: Actions["askRow"]) {
  const container = element("div", "canvas");
  let plot: uPlot | undefined;
  return {
    element: container,
    draw(drawn: Drawn): void {
      plot?.destroy();
      const made = curveOf(container, drawn, height);
      made.over.addEventListener("click", () => {
        const at = made.posToVal(made.cursor.left ?? 0, "x");
        ask({ by: "cells", cells: [String(rounded(at, 4))] });
      });
      plot = made;
    },
  };
}

function curveOf(container: HTMLElement, { surface, theme }: Drawn, height: number): uPlot {
  const { values, from, to, size, points, classes, features } = surface;
  const grid = Array.from({ length: size }, (_, i) => (from[0] ?? 0) + ((to[0] ?? 1) - (from[0] ?? 0)) * (i / (size - 1)));
  const sorted = [...points].sort((a, b) => (a.at[0] ?? 0) - (b.at[0] ?? 0));
  const isClasses = classes !== null && values.length > 1;
  const name = (j: number): string => (isClasses ? (classes[j] ?? String(j)) : "output");
  // A data point of a class is drawn at score 1 in its own class's series, and at 0 in the others.
  const data = isClasses
    ? values.map((_, j) => ({ label: `${name(j)}, data`, hue: j, y: sorted.map(({ target }) => (target === j ? 1 : 0)) }))
    : (["training data", "other data"] as const).map((label, hue) => ({
        label,
        hue,
        y: sorted.map(({ target, part }) => ((part === "training") === (hue === 0) ? target : null)),
      }));
  const joined = uPlot.join([
    [grid, ...values.map((own) => [...own])],
    [sorted.map(({ at }) => at[0] ?? 0), ...data.map(({ y }) => y)],
  ]) as uPlot.AlignedData;
  const lines = values.map((_, j): uPlot.Series => {
    const stroke = lineColour(theme, isClasses ? j : 2);
    return { label: name(j), stroke, width: 2, points: { show: false }, spanGaps: true };
  });
  const dots = data.map(({ label, hue }): uPlot.Series => {
    const stroke = lineColour(theme, hue);
    return { label, stroke, paths: () => null, points: { show: true, size: 6, fill: stroke, stroke: theme.colours.background } };
  });
  return new uPlot(
    plotOptions(theme, container, height, { x: features[0] ?? "x", y: isClasses ? "score" : "output", series: [...lines, ...dots] }),
    joined,
    container,
  );
}
