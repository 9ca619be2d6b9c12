/** Saves a view as an image file: a canvas as PNG on the theme's background, or a redrawn chart as SVG. */
import { element } from "../dom.ts";
import type { Actions } from "../model.ts";
import { readTheme } from "./theme.ts";

export interface PictureSources {
  readonly png?: () => HTMLCanvasElement | undefined;
  readonly svg?: () => string | undefined;
}

export type Save = (name: string, format: "png" | "svg", base64: string) => void;

/** Returns the function that sends a picture to the host to be saved. */
export const savePicture =
  ({ send }: Actions): Save =>
  (name, format, base64) =>
    send({ kind: "exportPicture", name, format, base64 });

/** Returns the PNG and SVG buttons beside a heading, one for each given source, after `others`. */
export function pictureButtons(name: string, save: Save, { png, svg }: PictureSources, ...others: HTMLElement[]): HTMLElement {
  const make = (format: "png" | "svg", act: () => void): HTMLButtonElement => {
    const made = element("button", "small", format.toUpperCase());
    made.type = "button";
    made.title = `Save as ${format.toUpperCase()}`;
    made.setAttribute("aria-label", `Save ${name} as ${format.toUpperCase()}`);
    made.addEventListener("click", act);
    return made;
  };
  const buttons = element("span", "pictures", ...others);
  if (png) {
    const source = png;
    buttons.append(
      make("png", () => {
        const canvas = source();
        if (canvas) save(name, "png", pngFrom(canvas));
      }),
    );
  }
  if (svg) {
    const source = svg;
    buttons.append(
      make("svg", () => {
        const text = source();
        if (text !== undefined) save(name, "svg", base64From(text));
      }),
    );
  }
  return buttons;
}

/** Returns the canvas as a base64 PNG on the theme's background, since the undrawn parts of a canvas are transparent. */
function pngFrom(canvas: HTMLCanvasElement): string {
  const copy = element("canvas");
  copy.width = canvas.width;
  copy.height = canvas.height;
  const context = copy.getContext("2d");
  if (context) {
    context.fillStyle = readTheme().colours.background;
    context.fillRect(0, 0, copy.width, copy.height);
    context.drawImage(canvas, 0, 0);
  }
  return copy.toDataURL("image/png").split(",")[1] ?? "";
}

function base64From(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let binary = "";
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(binary);
}
