/** One parameter and its gradient, number by number: a heat map, or an image for each unit of a first layer on images. */
import type { TensorView } from "../../../engine/inspect/views.ts";
import { countText, numberText } from "../../../engine/numberText.ts";
import { button, element, setText } from "../dom.ts";
import { type Actions, isStale, type Model, questionKey } from "../model.ts";
import { pictureButtons } from "./pictureFiles.ts";
import { css, type Rgb, signed, type Theme } from "./theme.ts";

/** Images of units that are laid out; of wider layers the first ones. */
const MOST_IMAGES = 64;
/** A canvas's side that every browser has room for. */
const MOST_SIDE = 4096;

interface Picture {
  readonly width: number;
  readonly height: number;
  /** The number at a place; undefined between images. */
  readonly index: (x: number, y: number) => number | undefined;
}

export interface HeatMap {
  readonly element: HTMLElement;
  readonly draw: (model: Model, layer: string, name: string, isNew: boolean) => void;
}

export function heatMap(actions: Actions): HeatMap {
  const heading = element("h2", "", "Number by number");
  const told = element("p", "told");
  const note = element("p", "note");
  const show = button("Show weights and gradient", () => actions.ask(question));
  const save = (name: string, base64: string): void => actions.say({ kind: "exportPicture", name, format: "png", base64 });
  const weights = mapCanvas("weights", "Weights", save, told);
  const gradient = mapCanvas("gradient", "Gradient", save, told);
  const maps = element("div", "maps", weights.element, gradient.element);
  let question = { kind: "tensor", layer: "", name: "" } as const as { kind: "tensor"; layer: string; name: string };
  let drawn: TensorView | undefined;

  return {
    element: element("section", "", heading, show, maps, told, note),
    draw(model, layer, name, isNew) {
      question = { kind: "tensor", layer, name };
      const key = questionKey(question);
      const { answers, state, theme } = model;
      const tensor = answers.tensors.get(key);
      const problem = answers.problems.get("tensor");
      show.hidden = layer === "" || (tensor !== undefined && state !== null && !isStale(state, answers, question, tensor.epoch));
      setText(show, answers.asked.has(key) ? "Computing…" : tensor ? "Show the newest" : "Show weights and gradient");
      maps.hidden = !tensor;
      setText(
        note,
        tensor
          ? `Weights after epoch ${countText(tensor.epoch)}, ${tensor.shape.join(" × ")}; the gradient of one mini-batch of ${countText(tensor.rows)} training rows with those weights, nothing dropped out. Colours go by the root of the size, each map by its own largest.${manyImages(tensor)}`
          : (problem ?? ""),
      );
      if (!tensor || (tensor === drawn && !isNew)) return;
      drawn = tensor;
      setText(told, "");
      weights.draw(tensor, tensor.weights, theme);
      gradient.draw(tensor, tensor.gradient, theme);
    },
  };
}

const manyImages = ({ image, shape }: TensorView): string =>
  image && (shape[1] ?? 0) > MOST_IMAGES
    ? ` The first ${MOST_IMAGES} of ${shape[1]} units are shown, an image each.`
    : image
      ? " An image each unit."
      : "";

function mapCanvas(kind: "weights" | "gradient", title: string, save: (name: string, base64: string) => void, told: HTMLElement) {
  const canvas = element("canvas", "pixels");
  canvas.setAttribute("role", "img");
  canvas.tabIndex = 0;
  let picture: Picture | undefined;
  let shown: TensorView | undefined;
  const label = element("span", "", title);
  const heading = element("h3", "", label);
  heading.append(pictureButtons(title, (_name, _format, base64) => save(`${shown?.layer}-${kind}`, base64), { png: () => canvas }));
  const figure = element("div", "map", heading, canvas);
  pointAt(
    canvas,
    () => picture,
    (x, y) => {
      const at = picture?.index(x, y);
      if (at !== undefined && shown) setText(told, numbersAt(shown, at));
    },
  );

  return {
    element: figure,
    draw(tensor: TensorView, values: Float32Array | null, theme: Theme): void {
      figure.hidden = values === null;
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

/** Calls `tell` with the place in the picture that the pointer or the arrow keys go to. */
function pointAt(canvas: HTMLCanvasElement, pictureNow: () => Picture | undefined, tell: (x: number, y: number) => void): void {
  let [x, y] = [0, 0];
  canvas.addEventListener("pointermove", (event) => {
    const picture = pictureNow();
    if (!picture) return;
    const box = canvas.getBoundingClientRect();
    x = Math.floor(((event.clientX - box.left) / box.width) * picture.width);
    y = Math.floor(((event.clientY - box.top) / box.height) * picture.height);
    tell(x, y);
  });
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const picture = pictureNow();
    if (!move || !picture) return;
    event.preventDefault();
    x = Math.max(0, Math.min(picture.width - 1, x + (move[0] ?? 0)));
    y = Math.max(0, Math.min(picture.height - 1, y + (move[1] ?? 0)));
    tell(x, y);
  });
}

function numbersAt({ shape, weights, gradient }: TensorView, at: number): string {
  const units = shape.length === 2 ? (shape[1] ?? 1) : weights.length;
  const [from, unit] = [Math.floor(at / units), at % units];
  const place = shape.length === 2 ? `from ${from + 1} to unit ${unit + 1}` : `unit ${unit + 1}`;
  const g = gradient?.[at];
  return `${place}: weight ${numberText(weights[at] ?? Number.NaN)}${g === undefined ? "" : `, gradient ${numberText(g)}`}`;
}

function largestOf(values: Float32Array): number {
  let most = 0;
  for (const value of values) if (Math.abs(value) > most) most = Math.abs(value);
  return most;
}

/** One pixel for each number. */
function paint(canvas: HTMLCanvasElement, { width, height, index }: Picture, colourOf: (at: number) => Rgb): void {
  canvas.width = width;
  canvas.height = height;
  // Small ones grow in whole steps, large ones to what they need; none is wider than its place (see the style sheet).
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
  // Inputs go down, units across, as in the formula; a very long side is cut, which the numbers under the cursor are not.
  const [width, height] = [Math.min(units, MOST_SIDE), Math.min(inputs, MOST_SIDE)];
  return { width, height, index: (x, y) => (x < width && y < height ? y * units + x : undefined) };
}
