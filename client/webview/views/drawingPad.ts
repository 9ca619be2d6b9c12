/** A square on which to draw an image with the mouse or the keys. It has the pixels of the data's images. */
import { button, element, pointIn, setText } from "../dom.ts";

export interface PadImage {
  readonly width: number;
  readonly height: number;
  /** The values of an empty and a full pixel. */
  readonly from: number;
  readonly to: number;
}

/** The brush's radius and the width of its soft edge, relative to the image's width. */
const BRUSH = 1.5 / 28;
const EDGE = 0.9 / 28;

export function drawingPad({ width, height, from, to }: PadImage, ask: (pixels: readonly number[]) => void) {
  const canvas = element("canvas", "pad");
  canvas.width = width;
  canvas.height = height;
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute(
    "aria-label",
    `A drawing of ${width} by ${height} pixels. The arrow keys move, the space bar puts the pen down or lifts it, Delete clears.`,
  );
  const help = element("p", "note");
  /** Each pixel's ink, from 0 to 1. */
  let ink = new Float64Array(width * height);
  let pen: { x: number; y: number } | undefined;
  const cursor = { x: Math.floor(width / 2), y: Math.floor(height / 4), isDown: false, isShown: false };
  const paint = (): void => paintPad(canvas, ink, cursor.isShown ? cursor : undefined);
  const send = (): void => ask(Array.from(ink, (share) => Math.round(from + share * (to - from))));
  const stroke = (x: number, y: number): void => {
    const start = pen ?? { x, y };
    const steps = Math.max(1, Math.ceil(4 * Math.hypot(x - start.x, y - start.y)));
    for (let k = 1; k <= steps; k++)
      dab(ink, { width, height }, start.x + ((x - start.x) * k) / steps, start.y + ((y - start.y) * k) / steps);
    pen = { x, y };
    paint();
  };
  const clear = (): void => {
    ink = new Float64Array(width * height);
    pen = undefined;
    cursor.isDown = false;
    paint();
    send();
  };
  const place = (event: PointerEvent): readonly [number, number] => {
    const { x, y, width: shown, height: high } = pointIn(canvas, event);
    return [(x / shown) * width, (y / high) * height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    cursor.isShown = cursor.isDown = false;
    pen = undefined;
    stroke(...place(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (pen && canvas.hasPointerCapture(event.pointerId)) stroke(...place(event));
  });
  canvas.addEventListener("pointerup", () => {
    pen = undefined;
    send();
  });
  const describe = (): void =>
    setText(
      help,
      cursor.isShown
        ? `Column ${cursor.x + 1}, line ${cursor.y + 1}, pen ${cursor.isDown ? "down" : "up"}.`
        : "Draw with the mouse, or with the arrow keys and the space bar. The images of the data fill the square and are centred.",
    );
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!move && ![" ", "Enter", "Delete", "Backspace"].includes(event.key)) return;
    event.preventDefault();
    if (event.key.startsWith("Del") || event.key === "Backspace") clear();
    else if (move) {
      cursor.x = Math.max(0, Math.min(width - 1, cursor.x + (move[0] ?? 0)));
      cursor.y = Math.max(0, Math.min(height - 1, cursor.y + (move[1] ?? 0)));
    } else cursor.isDown = !cursor.isDown;
    cursor.isShown = true;
    pen = cursor.isDown ? pen : undefined;
    if (cursor.isDown) {
      stroke(cursor.x + 0.5, cursor.y + 0.5);
      send();
    } else paint();
    describe();
  });
  canvas.addEventListener("blur", () => {
    cursor.isShown = cursor.isDown = false;
    pen = undefined;
    paint();
    describe();
  });
  const centre = (): void => {
    ink = centred(ink, width, height);
    paint();
    send();
  };
  paint();
  describe();
  return {
    element: element("div", "pad-holder", canvas, element("div", "pad-buttons", button("Centre", centre), button("Clear", clear)), help),
    show(pixels: readonly number[]): void {
      ink = Float64Array.from(pixels, (value) => (value - from) / (to - from));
      paint();
    },
  };
}

/** Fills the pixels under a round brush. */
function dab(ink: Float64Array, { width, height }: { readonly width: number; readonly height: number }, x: number, y: number): void {
  const radius = Math.max(0.6, BRUSH * width);
  const edge = Math.max(0.4, EDGE * width);
  const reach = Math.ceil(radius + edge);
  for (let j = Math.max(0, Math.floor(y) - reach); j <= Math.min(height - 1, Math.floor(y) + reach); j++)
    for (let i = Math.max(0, Math.floor(x) - reach); i <= Math.min(width - 1, Math.floor(x) + reach); i++) {
      const share = (radius - Math.hypot(i + 0.5 - x, j + 0.5 - y)) / edge;
      ink[j * width + i] = Math.max(ink[j * width + i] ?? 0, Math.min(1, Math.max(0, share)));
    }
}

/** Returns the drawing with its centre of mass in the middle, as in MNIST. */
function centred(ink: Float64Array<ArrayBuffer>, width: number, height: number): Float64Array<ArrayBuffer> {
  let [mass, x, y] = [0, 0, 0];
  ink.forEach((share, at) => {
    mass += share;
    x += share * (at % width);
    y += share * Math.floor(at / width);
  });
  if (mass === 0) return ink;
  const [right, down] = [Math.round((width - 1) / 2 - x / mass), Math.round((height - 1) / 2 - y / mass)];
  return Float64Array.from(ink, (_, at) => {
    const [i, j] = [(at % width) - right, Math.floor(at / width) - down];
    return i >= 0 && i < width && j >= 0 && j < height ? (ink[j * width + i] ?? 0) : 0;
  });
}

/** Paints the image in white on black, like the data's images, and the keyboard cursor. */
function paintPad(canvas: HTMLCanvasElement, ink: Float64Array, cursor: { readonly x: number; readonly y: number } | undefined): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const image = context.createImageData(canvas.width, canvas.height);
  ink.forEach((share, at) => {
    const shade = 255 * share;
    image.data.set([shade, shade, shade, 255], 4 * at);
  });
  if (cursor) image.data.set([255, 140, 0, 255], 4 * (cursor.y * canvas.width + cursor.x));
  context.putImageData(image, 0, 0);
}
