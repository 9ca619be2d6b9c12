/** A network's answer over the plane of its two features with the data's points, or as a curve along its one. */
import uPlot from "uplot";
import type { Surface } from "../../../engine/inspect/views.ts";
import { grouped, short } from "../../format.ts";
import { element, setText, sharpCanvas } from "./dom.ts";
import type { Actions } from "./model.ts";
import { pictureButtons } from "./pictures.ts";
import { plotOptions } from "./scatter.ts";
import { background, colour, css, lineColour, mix, negative, positive, type Rgb, rgb } from "./theme.ts";

const [LEFT, BOTTOM, TOP, RIGHT] = [56, 36, 8, 8];

export function surfaceChart(actions: Actions) {
  const heading = element("h2", "", "Decision boundary");
  const legend = element("p", "legend");
  const told = element("p", "told");
  const note = element("p", "note");
  const curve = element("div", "canvas");
  let surface: Surface | undefined;
  const plane = sharpCanvas("plane", 380, (context, width, height) => {
    if (surface?.from.length === 2) paintPlane(context, width, height, surface);
  });
  plane.canvas.setAttribute("role", "img");
  const save = (_name: string, format: "png" | "svg", base64: string): void =>
    actions.say({ kind: "exportPicture", name: "result", format, base64 });
  heading.append(
    pictureButtons("result", save, {
      png: () => (surface?.from.length === 2 ? plane.canvas : (curve.querySelector("canvas") ?? undefined)),
    }),
  );
  plane.canvas.addEventListener("pointermove", (event) => {
    if (!surface) return;
    const box = plane.canvas.getBoundingClientRect();
    const u = (event.clientX - box.left - LEFT) / (box.width - LEFT - RIGHT);
    const v = 1 - (event.clientY - box.top - TOP) / (box.height - TOP - BOTTOM);
    if (u < 0 || u > 1 || v < 0 || v > 1) return;
    const { size, values, from, to, features, classes } = surface;
    const k = Math.round(v * (size - 1)) * size + Math.round(u * (size - 1));
    const scores = values.map((own) => own[k] ?? 0);
    const at = features.map((name, j) => `${name} ${short((from[j] ?? 0) + ([u, v][j] ?? 0) * ((to[j] ?? 0) - (from[j] ?? 0)))}`);
    const says = classes && scores.length > 1 ? scores.map((score, j) => `${classes[j]} ${short(score)}`) : scores.map(short);
    setText(told, `${at.join(", ")} → ${says.join(", ")}`);
  });
  return {
    element: element("section", "", heading, plane.element, curve, told, legend, note),
    draw(next: Surface): void {
      surface = next;
      const isPlane = next.from.length === 2;
      const [label] = heading.childNodes;
      if (label)
        label.textContent = isPlane ? (next.classes ? "Decision boundary" : "The answer over the plane") : "The answer along the feature";
      plane.element.hidden = !isPlane;
      curve.hidden = isPlane;
      if (isPlane) plane.draw();
      else drawCurve(curve, next);
      plane.canvas.setAttribute(
        "aria-label",
        `The network's answer over ${next.features.join(" and ")}, with ${next.points.length} points`,
      );
      legend.replaceChildren(...legendOf(next));
      const shown =
        next.points.length < next.pointsOf
          ? `${grouped(next.points.length)} of ${grouped(next.pointsOf)} points, evenly spread`
          : `all ${grouped(next.pointsOf)} points`;
      setText(
        note,
        `Computed at ${isPlane ? `${next.size} × ${next.size}` : next.size} places, with ${shown}${isPlane ? "; those not trained on are drawn as squares" : ""}.`,
      );
    },
  };
}

function legendOf({ classes }: Surface): HTMLElement[] {
  return (classes ?? []).map((name, k) => {
    const swatch = element("span", "swatch");
    swatch.style.background = css(classColour(k, classes?.length ?? 2));
    return element("span", "item", swatch, name);
  });
}

/** Two classes go from blue to orange, as signs do; more have the palette's hues. */
const classColour = (k: number, count: number): Rgb => (count <= 2 ? (k === 0 ? negative() : positive()) : rgb(lineColour(k)));

function paintPlane(context: CanvasRenderingContext2D, width: number, height: number, surface: Surface): void {
  const { size, values, from, to, features, classes, boundary, points } = surface;
  const [plotWidth, plotHeight] = [width - LEFT - RIGHT, height - TOP - BOTTOM];
  const small = document.createElement("canvas");
  small.width = small.height = size;
  const pixels = small.getContext("2d");
  if (!pixels) return;
  const image = pixels.createImageData(size, size);
  const shade = shadeOf(surface);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [r, g, b] = shade(y * size + x);
      image.data.set([r, g, b, 255], ((size - 1 - y) * size + x) * 4);
    }
  }
  pixels.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(small, LEFT, TOP, plotWidth, plotHeight);
  const px = (value: number): number => LEFT + ((value - (from[0] ?? 0)) / ((to[0] ?? 1) - (from[0] ?? 0))) * plotWidth;
  const py = (value: number): number => TOP + (1 - (value - (from[1] ?? 0)) / ((to[1] ?? 1) - (from[1] ?? 0))) * plotHeight;
  if (boundary !== null && values[0])
    contour(
      context,
      values[0],
      size,
      boundary,
      (u) => LEFT + u * plotWidth,
      (v) => TOP + (1 - v) * plotHeight,
    );
  const [least, most] = extent(values[0] ?? []);
  for (const { at, target, part } of points) {
    const [x, y] = [px(at[0] ?? 0), py(at[1] ?? 0)];
    const fill = classes
      ? classColour(target, classes.length)
      : mix(negative(), positive(), most > least ? Math.min(1, Math.max(0, (target - least) / (most - least))) : 0.5);
    context.beginPath();
    if (part === "training") context.arc(x, y, 3.6, 0, 2 * Math.PI);
    else context.rect(x - 3.2, y - 3.2, 6.4, 6.4);
    context.fillStyle = css(fill);
    context.strokeStyle = colour("--vscode-editor-background");
    context.lineWidth = 1.2;
    context.fill();
    context.stroke();
  }
  context.fillStyle = colour("--vscode-foreground");
  context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const write = (text: string, x: number, y: number, align: CanvasTextAlign): void => {
    context.textAlign = align;
    context.fillText(text, x, y);
  };
  write(short(from[0] ?? 0), LEFT, height - BOTTOM + 14, "left");
  write(short(to[0] ?? 0), width - RIGHT, height - BOTTOM + 14, "right");
  write(features[0] ?? "", LEFT + plotWidth / 2, height - BOTTOM + 28, "center");
  write(short(to[1] ?? 0), LEFT - 6, TOP + 10, "right");
  write(short(from[1] ?? 0), LEFT - 6, height - BOTTOM, "right");
  context.save();
  context.translate(14, TOP + plotHeight / 2);
  context.rotate(-Math.PI / 2);
  write(features[1] ?? "", 0, 0, "center");
  context.restore();
}

/** One score: from the one hue to the other. Several: the likeliest class's hue, paler the less sure. */
function shadeOf({ values, classes, boundary }: Surface): (k: number) => Rgb {
  const ground = background();
  const [first] = values;
  if (values.length > 1 && classes) {
    const hues = classes.map((_, k) => classColour(k, classes.length));
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
    const hue = share < 0.5 ? negative() : positive();
    return mix(ground, hue, 0.08 + 0.55 * Math.abs(2 * share - 1));
  };
}

function extent(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

/** Where the value crosses the boundary, cell by cell (marching squares). */
function contour(
  context: CanvasRenderingContext2D,
  values: readonly number[],
  size: number,
  level: number,
  px: (u: number) => number,
  py: (v: number) => number,
): void {
  context.beginPath();
  for (let y = 0; y < size - 1; y++) {
    for (let x = 0; x < size - 1; x++) {
      const corners = [
        [x, y],
        [x + 1, y],
        [x + 1, y + 1],
        [x, y + 1],
      ] as const;
      const crossings: [number, number][] = [];
      for (let k = 0; k < 4; k++) {
        const [ax, ay] = corners[k] ?? [0, 0];
        const [bx, by] = corners[(k + 1) % 4] ?? [0, 0];
        const [a, b] = [values[ay * size + ax] ?? 0, values[by * size + bx] ?? 0];
        if (a > level === b > level) continue;
        const share = (level - a) / (b - a);
        crossings.push([(ax + share * (bx - ax)) / (size - 1), (ay + share * (by - ay)) / (size - 1)]);
      }
      for (let k = 0; k + 1 < crossings.length; k += 2) {
        const [fromX, fromY] = crossings[k] ?? [0, 0];
        const [toX, toY] = crossings[k + 1] ?? [0, 0];
        context.moveTo(px(fromX), py(fromY));
        context.lineTo(px(toX), py(toY));
      }
    }
  }
  context.strokeStyle = colour("--vscode-foreground");
  context.lineWidth = 1.5;
  context.stroke();
}

let plot: uPlot | undefined;

function drawCurve(place: HTMLElement, { values, from, to, size, points, classes, features }: Surface): void {
  plot?.destroy();
  const grid = Array.from({ length: size }, (_, i) => (from[0] ?? 0) + ((to[0] ?? 1) - (from[0] ?? 0)) * (i / (size - 1)));
  const sorted = [...points].sort((a, b) => (a.at[0] ?? 0) - (b.at[0] ?? 0));
  const isClasses = classes !== null && values.length > 1;
  const name = (j: number): string => (isClasses ? (classes[j] ?? String(j)) : "answer");
  /** A class is drawn where its score would be 1. */
  const data = isClasses
    ? values.map((_, j) => ({ label: `${name(j)}, data`, hue: j, y: sorted.map(({ target }) => (target === j ? 1 : 0)) }))
    : (["trained on", "not trained on"] as const).map((label, hue) => ({
        label,
        hue,
        y: sorted.map(({ target, part }) => ((part === "training") === (hue === 0) ? target : null)),
      }));
  const joined = uPlot.join([
    [grid, ...values.map((own) => [...own])],
    [sorted.map(({ at }) => at[0] ?? 0), ...data.map(({ y }) => y)],
  ]) as uPlot.AlignedData;
  plot = new uPlot(
    plotOptions(place, 340, {
      x: features[0] ?? "x",
      series: [
        ...values.map((_, j) => ({
          label: name(j),
          stroke: lineColour(isClasses ? j : 2),
          width: 2,
          points: { show: false },
          spanGaps: true,
        })),
        ...data.map(({ label, hue }) => ({
          label,
          stroke: lineColour(hue),
          paths: () => null,
          points: { show: true, size: 6, fill: lineColour(hue), stroke: colour("--vscode-editor-background") },
        })),
      ],
    }),
    joined,
    place,
  );
}
