/** The editor's theme as a value: the colours and the font of the charts. */

const VARIABLES = {
  background: "--vscode-editor-background",
  foreground: "--vscode-foreground",
  faint: "--vscode-descriptionForeground",
  border: "--vscode-editorWidget-border",
  blue: "--vscode-charts-blue",
  orange: "--vscode-charts-orange",
  green: "--vscode-charts-green",
  purple: "--vscode-charts-purple",
  red: "--vscode-charts-red",
  yellow: "--vscode-charts-yellow",
} as const;
export type ColourName = keyof typeof VARIABLES;

/** Red, green and blue from 0 to 255. */
export type Rgb = readonly [number, number, number];

/** Red, green and blue from 0 to 255, and the opacity from 0 to 1. */
export type Rgba = readonly [number, number, number, number];

export interface Theme {
  /** CSS colours, all opaque. */
  readonly colours: { readonly [C in ColourName]: string };
  readonly rgb: { readonly [C in ColourName]: Rgb };
  /** The CSS font of text in a canvas. */
  readonly font: string;
}

/** Returns the page's current theme. */
export function readTheme(): Theme {
  const style = getComputedStyle(document.body);
  const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const read = forEachColour((name) => numbersOf(style.getPropertyValue(VARIABLES[name]).trim() || "gray", pixel));
  return { ...opaqueColours(read), font: `11px ${style.fontFamily}` };
}

/**
 * Returns the colours without their opacities. VS Code's dark theme has an orange of 33 % opacity, meant for backgrounds. A thin line in it
 * is hardly visible, so the hues are drawn at full opacity. Text and borders look as they do on the background.
 */
export function opaqueColours(read: { readonly [C in ColourName]: Rgba }): Pick<Theme, "colours" | "rgb"> {
  const background = withoutOpacity(read.background);
  const rgb = forEachColour((name): Rgb => {
    const own = withoutOpacity(read[name]);
    return isHue(name) ? own : mix(background, own, read[name][3]);
  });
  return { rgb, colours: forEachColour((name) => hexOf(rgb[name])) };
}

const withoutOpacity = ([r, g, b]: Rgba): Rgb => [r, g, b];
const hexOf = (colour: Rgb): string => `#${colour.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
const forEachColour = <T>(of: (name: ColourName) => T): { readonly [C in ColourName]: T } =>
  Object.fromEntries((Object.keys(VARIABLES) as ColourName[]).map((name) => [name, of(name)])) as { readonly [C in ColourName]: T };

/** Returns the components of any CSS colour by drawing one pixel; mid-grey without a canvas. */
function numbersOf(colour: string, pixel: CanvasRenderingContext2D | null): Rgba {
  if (!pixel) return [128, 128, 128, 1];
  pixel.clearRect(0, 0, 1, 1);
  // Assigning an unknown colour has no effect and leaves black.
  pixel.fillStyle = "black";
  pixel.fillStyle = colour;
  pixel.fillRect(0, 0, 1, 1);
  const [r = 0, g = 0, b = 0, opacity = 255] = pixel.getImageData(0, 0, 1, 1).data;
  return [r, g, b, opacity / 255];
}

const PALETTE = ["blue", "orange", "green", "purple", "red", "yellow"] as const satisfies readonly ColourName[];
const isHue = (name: ColourName): boolean => PALETTE.some((hue) => hue === name);
const hueOf = (k: number): ColourName => PALETTE[k % PALETTE.length] ?? PALETTE[0];

/** The colour of a chart's k-th line. Lines beyond the palette are dashed. */
export const lineColour = ({ colours }: Theme, k: number): string => colours[hueOf(k)];
export const lineRgb = ({ rgb }: Theme, k: number): Rgb => rgb[hueOf(k)];
export const lineDash = (k: number): number[] => (k < PALETTE.length ? [] : k < 2 * PALETTE.length ? [6, 3] : [2, 3]);

/** Returns the colour between `from` (share 0) and `to` (share 1). */
export const mix = (from: Rgb, to: Rgb, share: number): Rgb => [
  from[0] + (to[0] - from[0]) * share,
  from[1] + (to[1] - from[1]) * share,
  from[2] + (to[2] - from[2]) * share,
];
export const css = ([r, g, b]: Rgb, opacity = 1): string => `rgb(${Math.round(r)} ${Math.round(g)} ${Math.round(b)} / ${opacity})`;

/** Paints an element's background, and its text in black or white, whichever is easier to read on it. */
export function paintCell(cell: HTMLElement, background: Rgb): void {
  cell.style.background = css(background);
  cell.style.color = luminance(background) > 0.18 ? "black" : "white";
}

/** A grid with more contrast would hide a chart's lines. High-contrast themes have such borders. */
const MOST_CONTRAST = 2;

/** Returns the colour of a chart's grid. */
export function gridColour({ rgb: { border, background } }: Theme): string {
  const [low, high] = [luminance(border), luminance(background)].sort((a, b) => a - b);
  const contrast = ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
  return css(mix(background, border, contrast > MOST_CONTRAST ? 0.3 : 1));
}

/** Returns the relative luminance, from 0 to 1, as defined by WCAG. */
function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export const negative = ({ rgb }: Theme): Rgb => rgb.blue;
export const positive = ({ rgb }: Theme): Rgb => rgb.orange;

/** Returns the colour of a value from −1 to 1: one hue below 0, another above, the background at 0. The square root makes small values visible. */
export function signed(theme: Theme, value: number): Rgb {
  const size = Math.sqrt(Math.min(1, Math.abs(value)));
  return mix(theme.rgb.background, value < 0 ? negative(theme) : positive(theme), size);
}
