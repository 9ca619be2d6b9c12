/** The inputs of a row: a slider over the data's range for a number, a list for words, a drawing pad for an image. */
import type { Cell } from "../../engine/evaluate/predictor.ts";
import type { PageContent, Range } from "../../engine/exchange/page/content.ts";
import { isInput } from "../../engine/layerTraits.ts";
import { rounded } from "../../engine/numberText.ts";
import { element } from "./element.ts";

export interface Inputs {
  readonly element: HTMLElement;
  /** Calls `onRow` with the current row. */
  readonly ask: () => void;
}

export function inputSection({ network, fit, ranges, image }: PageContent, onRow: (row: readonly Cell[]) => void): Inputs {
  if (image) return pad(image, onRow);
  // A row contains the columns that the inputs name, in their order, or otherwise all features.
  const named = network.layers.flatMap((layer) => (isInput(layer) && layer.columns ? layer.columns : []));
  const order = named.length > 0 ? named : fit.features.map(({ name }) => name ?? "");
  const byName = new Map<string, () => Cell>();
  const fields = fit.features.flatMap(({ name, words, width }, k) => {
    const range = ranges[k];
    if (name === null)
      return Array.from({ length: width }, (_, i) => field({ id: `field-${k}-${i}`, name: `pixel ${i + 1}`, words: null, range }, ask));
    return order.includes(name) ? [field({ id: `field-${k}`, name, words, range }, ask)] : [];
  });
  for (const { name, value } of fields) byName.set(name, value);
  function ask(): void {
    const row = named.length > 0 ? order.map((name) => byName.get(name)?.() ?? "") : fields.map(({ value }) => value());
    onRow(row);
  }
  return { element: element("div", { class: "inputs" }, ...fields.map((one) => one.element)), ask };
}

interface Field {
  readonly name: string;
  readonly element: HTMLElement;
  readonly value: () => Cell;
}

interface Asked {
  /** The element's id. */
  readonly id: string;
  readonly name: string;
  readonly words: readonly string[] | null;
  readonly range: Range | undefined;
}

function field({ id, name, words, range }: Asked, onChange: () => void): Field {
  const label = element("label", { for: id, title: name }, name);
  if (words) {
    const select = element("select", { id }, ...words.map((word) => element("option", {}, word))) as HTMLSelectElement;
    select.addEventListener("change", onChange);
    return { name, element: element("div", { class: "field" }, label, select), value: () => words[select.selectedIndex] ?? "" };
  }
  const { min = -1, max = 1, start = 0 } = range ?? {};
  const step = String((max - min) / 200 || 1);
  const slider = element("input", {
    type: "range",
    id,
    min: String(min),
    max: String(max),
    step: "any",
    value: String(start),
  }) as HTMLInputElement;
  const number = element("input", { type: "number", step, value: String(start), "aria-label": `${name}, as a number` }) as HTMLInputElement;
  slider.addEventListener("input", () => {
    number.value = String(rounded(slider.valueAsNumber, 4));
    onChange();
  });
  number.addEventListener("input", () => {
    if (Number.isNaN(number.valueAsNumber)) return;
    slider.value = number.value;
    onChange();
  });
  const value = (): Cell => (Number.isNaN(number.valueAsNumber) ? start : number.valueAsNumber);
  return { name, element: element("div", { class: "field" }, label, slider, number), value };
}

/** A canvas that the user paints on. Each pixel is one number of the image, from 0 to 255. */
function pad([height, width]: readonly [number, number], onRow: (row: readonly Cell[]) => void): Inputs {
  const canvas = element("canvas", {
    class: "pad",
    width: String(width),
    height: String(height),
    role: "img",
    "aria-label": "A pad to draw on",
  }) as HTMLCanvasElement;
  canvas.style.setProperty("--ratio", `${width} / ${height}`);
  const context = canvas.getContext("2d");
  const pixels = new Float64Array(width * height);
  const ask = (): void => onRow(Array.from(pixels, Math.round));
  const draw = (): void => {
    if (!context) return;
    const picture = context.createImageData(width, height);
    for (const [k, value] of pixels.entries()) picture.data.set([value, value, value, 255], 4 * k);
    context.putImageData(picture, 0, 0);
  };
  /** Paints a round spot, about as wide as the strokes of MNIST's digits. */
  const paint = (event: PointerEvent): void => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
    const radius = Math.max(1, width / 18);
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        const distance = Math.hypot(column + 0.5 - x, row + 0.5 - y);
        const ink = 255 * Math.max(0, Math.min(1, 1.5 * (1 - distance / (1.5 * radius))));
        const at = row * width + column;
        pixels[at] = Math.max(pixels[at] ?? 0, ink);
      }
    draw();
    ask();
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    paint(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons > 0) paint(event);
  });
  const clear = element("button", { type: "button" }, "Clear");
  clear.addEventListener("click", () => {
    pixels.fill(0);
    draw();
    ask();
  });
  draw();
  return { element: element("div", {}, canvas, clear), ask };
}
