/** A line chart as SVG, with the same values and scales as on screen. */
import type uPlot from "uplot";
import { coordinateText, countText, numberText, rounded } from "../../../engine/numberText.ts";
import type { ChartSettings } from "./chartSettings.ts";
import { css, gridColour, lineColour, lineDash, type Theme } from "./theme.ts";

const [LEFT, TOP, RIGHT, BOTTOM] = [64, 36, 16, 40];

export function svgFrom(
  theme: Theme,
  name: string,
  plot: uPlot | undefined,
  { lines, smoothing, isLogarithmic }: ChartSettings,
  [epochs, ...ys]: readonly ArrayLike<number | null>[],
): string | undefined {
  const { x, y } = plot?.scales ?? {};
  if (!plot || !epochs || x?.min == null || x.max == null || y?.min == null || y.max == null) return undefined;
  const [width, height] = [720, 360];
  const scale = (value: number): number => (isLogarithmic ? Math.log10(value) : value);
  const [x0, x1, y0, y1] = [x.min, x.max, scale(y.min), scale(y.max)];
  const px = (value: number): number => LEFT + ((value - x0) / (x1 - x0 || 1)) * (width - LEFT - RIGHT);
  const py = (value: number): number => height - BOTTOM - ((scale(value) - y0) / (y1 - y0 || 1)) * (height - TOP - BOTTOM);
  const text = theme.colours.foreground;
  const grid = gridColour(theme);
  const perLine = smoothing > 0 ? 2 : 1;
  const paths = lines.flatMap(({ hue, isDashed }, k) =>
    Array.from({ length: perLine }, (_, i) => {
      const values = ys[k * perLine + i] ?? [];
      let path = "";
      let isOpen = false;
      for (let at = 0; at < epochs.length; at++) {
        const [epoch, value] = [epochs[at], values[at]];
        if (epoch == null || value == null || epoch < x0 || epoch > x1) continue;
        path += `${isOpen ? "L" : "M"}${coordinateText(px(epoch))} ${coordinateText(py(value))}`;
        isOpen = true;
      }
      const dash = (isDashed ? [5, 4] : lineDash(hue)).join(" ");
      const isThin = perLine === 2 && i === 0;
      return `<path d="${path}" fill="none" stroke="${lineColour(theme, hue)}" stroke-width="${isThin ? 1 : 2}"${isThin ? ' opacity="0.35"' : ""}${dash ? ` stroke-dasharray="${dash}"` : ""}/>`;
    }),
  );
  const yTicks = ticks(y0, y1).map((at) => (isLogarithmic ? 10 ** at : at));
  const label = (at: { x: number; y: number; anchor: string }, words: string): string =>
    `<text x="${at.x}" y="${at.y}" text-anchor="${at.anchor}">${escaped(words)}</text>`;
  const legend = lines.map(
    ({ label: words, hue }, k) =>
      `<rect x="${LEFT + 130 * k}" y="${height - 14}" width="10" height="10" fill="${lineColour(theme, hue)}"/>${label({ x: LEFT + 130 * k + 15, y: height - 5, anchor: "start" }, words)}`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11" fill="${text}">
<title>${escaped(name)}</title>
<rect width="${width}" height="${height}" fill="${css(theme.rgb.background)}"/>
<text x="${LEFT}" y="20" font-size="14" font-weight="600">${escaped(name)}</text>
${yTicks.map((value) => `<path d="M${LEFT} ${py(value)}H${width - RIGHT}" stroke="${grid}"/>${label({ x: LEFT - 6, y: py(value) + 4, anchor: "end" }, numberText(value))}`).join("\n")}
${ticks(x0, x1)
  .map((value) => label({ x: px(value), y: height - BOTTOM + 16, anchor: "middle" }, countText(value)))
  .join("\n")}
${paths.join("\n")}
${legend.join("\n")}
</svg>
`;
}

/** Returns four to eight round values in [from, to]. */
function ticks(from: number, to: number): number[] {
  const raw = (to - from) / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((size) => size >= raw) ?? raw;
  const found: number[] = [];
  for (let value = Math.ceil(from / step) * step; value <= to + step / 1000; value += step) found.push(rounded(value, 12));
  return found;
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
