/** Every value of one parameter and its gradient, as a heat map or, if the layer's input is images, as one image per unit. */
import type { LayerFacts } from "../../../engine/events.ts";
import type { TensorView } from "../../../engine/inspect/views.ts";
import { countText, numberText } from "../../../engine/numberText.ts";
import { button, element, setText } from "../dom.ts";
import { type Actions, isStale, type Model, questionKey } from "../model.ts";
import { pictureButtons } from "./pictureFiles.ts";
import { unitName } from "./shortName.ts";
import { css, type Rgb, signed } from "./theme.ts";

/** The maximum number of images drawn. A wider layer shows its first units. */
const MOST_IMAGES = 64;
/** A canvas side length supported by every browser. */
const MOST_SIDE = 4096;

interface Picture {
  readonly width: number;
  readonly height: number;
  /** Returns the index of the value at a pixel; undefined between images. */
  readonly index: (x: number, y: number) => number | undefined;
}

export interface HeatMap {
  readonly element: HTMLElement;
  readonly draw: (model: Model, layer: string, name: string, mustRebuild: boolean) => void;
}

export function heatMap(actions: Actions): HeatMap {
  const heading = element("h2", "", "Weights and gradient");
  const readout = element("p", "readout");
  const note = element("p", "note");
  const show = button("Show weights and gradient", () => actions.ask(question));
  const save = (name: string, base64: string): void => actions.send({ kind: "exportPicture", name, format: "png", base64 });
  const weights = mapCanvas("weights", "Weights", save, readout);
  const gradient = mapCanvas("gradient", "Gradient", save, readout);
  const maps = element("div", "maps", weights.element, gradient.element);
  let question = { kind: "tensor", layer: "", name: "" } as const as { kind: "tensor"; layer: string; name: string };
  let drawn: TensorView | undefined;

  return {
    element: element("section", "", heading, show, maps, readout, note),
    draw(model, layer, name, mustRebuild) {
      question = { kind: "tensor", layer, name };
      const key = questionKey(question);
      const { answers, state } = model;
      const tensor = answers.tensors.get(key);
      const problem = answers.problems.get("tensor");
      if (tensor && state && answers.cursor !== null && !problem && isStale(state, answers, question, tensor.epoch)) actions.ask(question);
      show.hidden = layer === "" || (tensor !== undefined && state !== null && !isStale(state, answers, question, tensor.epoch));
      setText(show, answers.asked.has(key) ? "Computing…" : tensor ? "Show the newest" : "Show weights and gradient");
      maps.hidden = !tensor;
      setText(
        note,
        tensor
          ? `Weights after epoch ${countText(tensor.epoch)}, of shape ${tensor.shape.join(" × ")}. The gradient is that of one mini-batch of ${countText(tensor.rows)} training rows with these weights, with penalty and clipping and without dropout. Colour strength is the square root of the absolute value, relative to the largest in each map.${manyImages(tensor)}`
          : (problem ?? ""),
      );
      if (tensor === drawn && !mustRebuild) return;
      drawn = tensor;
      setText(readout, "");
      if (!tensor) return;
      weights.draw(tensor, tensor.weights, model);
      gradient.draw(tensor, tensor.gradient, model);
    },
  };
}

const manyImages = ({ image, shape }: TensorView): string =>
  image && (shape[1] ?? 0) > MOST_IMAGES
    ? ` The first ${MOST_IMAGES} of ${shape[1]} units are shown, one image each.`
    : image
      ? " Each image is a unit."
      : "";

function mapCanvas(kind: "weights" | "gradient", title: string, save: (name: string, base64: string) => void, readout: HTMLElement) {
  const canvas = element("canvas", "pixels");
  canvas.setAttribute("role", "img");
  canvas.tabIndex = 0;
  let picture: Picture | undefined;
  let shown: TensorView | undefined;
  let layers: readonly LayerFacts[] = [];
  const label = element("span", "", title);
  const heading = element("h3", "", label);
  heading.append(pictureButtons(title, (_name, _format, base64) => save(`${shown?.layer}-${kind}`, base64), { png: () => canvas }));
  const map = element("div", "map", heading, canvas);
  pointAt(
    canvas,
    () => picture,
    (x, y) => {
      const at = picture?.index(x, y);
      if (at !== undefined && shown) setText(readout, numbersAt(shown, at, layers));
    },
  );

  return {
    element: map,
    draw(tensor: TensorView, values: Float32Array | null, { theme, state }: Pick<Model, "theme" | "state">): void {
      layers = state?.started?.layers ?? [];
      map.hidden = values === null;
      if (!values) return;
      shown = tensor;
      picture = pictureOf(tensor);
      const most = largestOf(values);
      paint(canvas, picture, (at) => signed(theme, (values[at] ?? 0) / (most || 1)));
      const size = numberText(most);
      canvas.setAttribute(
        "aria-label",
        `${title} of ${tensor.layer}, ${tensor.shape.join(" by ")}, the largest ${size}. Arrow keys read the numbers.`,
      );
      setText(label, `${title}, ±${size}`);
      const [low, middle, high] = [-1, 0, 1].map((value) => css(signed(theme, value)));
      heading.style.borderImage = `linear-gradient(to right, ${low}, ${middle}, ${high}) 1`;
    },
  };
}

/** Calls `show` with the pixel that the pointer or the arrow keys move to. */
function pointAt(canvas: HTMLCanvasElement, pictureNow: () => Picture | undefined, show: (x: number, y: number) => void): void {
  let [x, y] = [0, 0];
  canvas.addEventListener("pointermove", (event) => {
    const picture = pictureNow();
    if (!picture) return;
    const box = canvas.getBoundingClientRect();
    x = Math.floor(((event.clientX - box.left) / box.width) * picture.width);
    y = Math.floor(((event.clientY - box.top) / box.height) * picture.height);
    show(x, y);
  });
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const picture = pictureNow();
    if (!move || !picture) return;
    event.preventDefault();
    x = Math.max(0, Math.min(picture.width - 1, x + (move[0] ?? 0)));
    y = Math.max(0, Math.min(picture.height - 1, y + (move[1] ?? 0)));
    show(x, y);
  });
}

/** Returns the numbers of a connection with its two unit names, or of a single unit. */
function numbersAt({ layer, shape, weights, gradient }: TensorView, at: number, layers: readonly LayerFacts[]): string {
  const units = shape.length === 2 ? (shape[1] ?? 1) : weights.length;
  const unit = unitName(layers, layer, at % units);
  const [below] = layers.find(({ id }) => id === layer)?.inputs ?? [];
  const place = shape.length === 2 ? `${unitName(layers, below ?? "", Math.floor(at / units))} → ${unit}` : unit;
  const g = gradient?.[at];
  return `${place}: weight ${numberText(weights[at] ?? Number.NaN)}${g === undefined ? "" : `, gradient ${numberText(g)}`}`;
}

function largestOf(values: Float32Array): number {
  let most = 0;
  for (const value of values) if (Math.abs(value) > most) most = Math.abs(value);
  return most;
}

/** Paints one pixel for each value. */
function paint(canvas: HTMLCanvasElement, { width, height, index }: Picture, colourOf: (at: number) => Rgb): void {
  canvas.width = width;
  canvas.height = height;
  // Small maps are enlarged by whole factors. The style sheet limits every map to its container's width.
  const size = Math.min(32, 460 / Math.max(width, height / 1.2));
  canvas.style.width = `${width * (size > 4 ? Math.floor(size) : Math.max(1, size))}px`;
  canvas.style.aspectRatio = `${width} / ${height}`;
  const context = canvas.getContext("2d");
  if (!context) return;
  const pixels = context.createImageData(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = index(x, y);
      if (at !== undefined) pixels.data.set([...colourOf(at), 255], (y * width + x) * 4);
    }
  }
  context.putImageData(pixels, 0, 0);
}

function pictureOf({ shape, image, weights }: TensorView): Picture {
  const [inputs, units] = shape.length === 2 ? [shape[0] ?? 1, shape[1] ?? 1] : [1, weights.length];
  if (image && image[0] * image[1] === inputs) {
    const [high, wide] = image;
    const count = Math.min(units, MOST_IMAGES);
    const across = Math.ceil(Math.sqrt(count * 1.6));
    const down = Math.ceil(count / across);
    return {
      width: across * (wide + 1) - 1,
      height: down * (high + 1) - 1,
      index(x, y) {
        const [column, row] = [Math.floor(x / (wide + 1)), Math.floor(y / (high + 1))];
        const [i, j] = [x % (wide + 1), y % (high + 1)];
        const unit = row * across + column;
        return i === wide || j === high || unit >= count || column >= across ? undefined : (j * wide + i) * units + unit;
      },
    };
  }
  // As in x·W, inputs are rows and units are columns. A side longer than MOST_SIDE is truncated.
  const [width, height] = [Math.min(units, MOST_SIDE), Math.min(inputs, MOST_SIDE)];
  return { width, height, index: (x, y) => (x < width && y < height ? y * units + x : undefined) };
}
