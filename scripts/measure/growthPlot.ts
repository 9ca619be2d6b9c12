/** Plots the growth of an epoch's time: one panel per series, with logarithmic axes. */
import { coordinateText, groupedText, rounded } from "../../engine/numberText.ts";

export interface Point {
  readonly what: string;
  readonly value: number;
  /** Milliseconds per epoch. */
  readonly ms: number;
  /** Nanoseconds per multiplication. */
  readonly each: number;
}

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [250, 190, 46, 30, 30];

export function growthSvg(points: readonly Point[]): string {
  const series = [...Map.groupBy(points, ({ what }) => what)];
  const each = points.map((point) => point.each);
  const [low, high] = [Math.floor(Math.log10(Math.min(...each))), Math.ceil(Math.log10(Math.max(...each)))];
  const panels = series.map(([what, own], k) => {
    const from = Math.log10(own[0]?.value ?? 1);
    const to = Math.log10(own.at(-1)?.value ?? 10);
    const x = (value: number): number => LEFT + ((Math.log10(value) - from) / (to - from)) * (WIDTH - LEFT - 20);
    const y = (value: number): number => TOP + (1 - (Math.log10(value) - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
    const decades = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
    const grid = decades.map(
      (value) =>
        `<path d="M${LEFT} ${coordinateText(y(value))}H${WIDTH - 20}" stroke="#8884"/><text x="${LEFT - 6}" y="${coordinateText(y(value) + 4)}" text-anchor="end">${rounded(value, 1)}</text>`,
    );
    const line = own.map((point, i) => `${i === 0 ? "M" : "L"}${coordinateText(x(point.value))} ${coordinateText(y(point.each))}`).join("");
    const marks = own.map(
      (point) =>
        `<circle cx="${coordinateText(x(point.value))}" cy="${coordinateText(y(point.each))}" r="3" fill="#2f7ed8"><title>${what} ${point.value}: ${point.ms} ms an epoch</title></circle>`,
    );
    const ends = [own[0], own.at(-1)].map((point, i) =>
      point
        ? `<text x="${coordinateText(x(point.value))}" y="${HEIGHT - 12}" text-anchor="${i === 0 ? "start" : "end"}">${groupedText(point.value)}</text>`
        : "",
    );
    return `<g transform="translate(${k * WIDTH} 0)"><text x="${LEFT}" y="18" font-weight="600">${what}</text>${grid.join("")}<path d="${line}" fill="none" stroke="#2f7ed8" stroke-width="2"/>${marks.join("")}${ends.join("")}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH * series.length} ${HEIGHT}" font-family="sans-serif" font-size="11" fill="#777">
<title>Nanoseconds for a multiplication as the batch, the width, the depth and the rows grow</title>
${panels.join("\n")}
</svg>
`;
}
