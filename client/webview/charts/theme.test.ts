import { expect, test } from "vitest";
import { type ColourName, opaqueColours, type Rgba } from "./theme.ts";

const GREY: Rgba = [128, 128, 128, 1];
const NAMES = ["background", "foreground", "faint", "border", "blue", "orange", "green", "purple", "red", "yellow"] as const;
const read = (own: { readonly [C in ColourName]?: Rgba }): { readonly [C in ColourName]: Rgba } =>
  Object.fromEntries(NAMES.map((name) => [name, own[name] ?? GREY])) as { readonly [C in ColourName]: Rgba };

test("a translucent hue is drawn in full; translucent text and borders look as on the background; opaque colours are unchanged", () => {
  // charts.orange and charts.blue of VS Code's Default Dark Modern, and the faint text of its high-contrast themes.
  const { colours, rgb } = opaqueColours(
    read({
      background: [31, 31, 31, 1],
      orange: [234, 92, 0, 0.33],
      blue: [55, 148, 255, 1],
      faint: [255, 255, 255, 0.7],
      border: [255, 255, 255, 0],
    }),
  );
  expect(colours.orange).toBe("#ea5c00");
  expect(rgb.orange).toEqual([234, 92, 0]);
  expect(colours.blue).toBe("#3794ff");
  // 31 + 0.7 (255 − 31) = 187.8
  expect(rgb.faint.map((part) => part.toFixed(1))).toEqual(["187.8", "187.8", "187.8"]);
  expect(colours.faint).toBe("#bcbcbc");
  expect(colours.border).toBe(colours.background);
  expect(colours.background).toBe("#1f1f1f");
});
