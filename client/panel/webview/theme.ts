/** The theme's colours, as they are now. */

const PALETTE = [
  "--vscode-charts-blue",
  "--vscode-charts-orange",
  "--vscode-charts-green",
  "--vscode-charts-purple",
  "--vscode-charts-red",
  "--vscode-charts-yellow",
] as const;

const known = new Map<string, string>();
/** After a change of theme. */
export const forgetColours = (): void => known.clear();

export function colour(variable: string): string {
  let value = known.get(variable);
  if (value === undefined) {
    value = getComputedStyle(document.body).getPropertyValue(variable).trim() || "gray";
    known.set(variable, value);
  }
  return value;
}

/** For the k-th line of a chart; beyond the palette the lines are dashed. */
export const lineColour = (k: number): string => colour(PALETTE[k % PALETTE.length] ?? PALETTE[0]);
export const lineDash = (k: number): number[] => (k < PALETTE.length ? [] : k < 2 * PALETTE.length ? [6, 3] : [2, 3]);

export type Rgb = readonly [number, number, number];

/** Any colour that the browser knows, as numbers from 0 to 255. */
export function rgb(css: string): Rgb {
  let value = parsed.get(css);
  if (!value) {
    const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    if (!context) return [128, 128, 128];
    context.fillStyle = css;
    context.fillRect(0, 0, 1, 1);
    const [r = 0, g = 0, b = 0] = context.getImageData(0, 0, 1, 1).data;
    value = [r, g, b];
    parsed.set(css, value);
  }
  return value;
}
const parsed = new Map<string, Rgb>();

export const background = (): Rgb => rgb(colour("--vscode-editor-background"));

/** From `from` (0) to `to` (1). */
export const mix = (from: Rgb, to: Rgb, share: number): Rgb => [
  from[0] + (to[0] - from[0]) * share,
  from[1] + (to[1] - from[1]) * share,
  from[2] + (to[2] - from[2]) * share,
];
export const css = ([r, g, b]: Rgb, alpha = 1): string => `rgb(${Math.round(r)} ${Math.round(g)} ${Math.round(b)} / ${alpha})`;

export const negative = (): Rgb => rgb(colour("--vscode-charts-blue"));
export const positive = (): Rgb => rgb(colour("--vscode-charts-orange"));

/** −1 to 1: the one hue below 0, the other above, the background at 0. The root lets small values be seen. */
export function signed(value: number): Rgb {
  const size = Math.sqrt(Math.min(1, Math.abs(value)));
  return mix(background(), value < 0 ? negative() : positive(), size);
}
