/** Small plots of activations and schedules for hovers, as Markdown images for light and dark themes. */

import { type ActivationName, activations, isScalar, slopeAt, valueAt } from "../../engine/catalog/activations.ts";
import { defaultsOf } from "../../engine/catalog/arguments.ts";
import { type CatalogPart, type Configured, isName } from "../../engine/catalog/index.ts";
import { isStepSchedule, rateAt, type ScheduleName, type StepScheduleName, schedules } from "../../engine/catalog/optimizers.ts";
import { coordinateText, estimateText, groupedText } from "../../engine/numberText.ts";

const [WIDTH, HEIGHT, MARGIN] = [260, 120, 8];
/** Readable on white and on black: between the chart colours of the light and dark themes. */
const COLOURS = { axis: "#888888", value: "#3b82f6", slope: "#d97706" } as const;

interface Curve {
  readonly colour: string;
  readonly dashed?: boolean;
  readonly points: readonly (readonly [number, number])[];
}

/** The settings of a plotted schedule where the file has none. */
const EXAMPLE_SCHEDULE = { initial: 0.1, maximum: 0.1, steps: 100, rate: 0.5 };

/** Returns a plot of an entry as Markdown, with the file's settings where present; undefined if the entry is not a function that can be plotted. */
export function pictureOf(part: CatalogPart, name: string, settings: Written = {}): string | undefined {
  if (part === "activations" && isName(activations, name)) return activationPicture(name, settings);
  if (part === "schedules" && isName(schedules, name)) return schedulePicture({ name }, settings);
  return undefined;
}

/** The settings in the file. */
type Written = Readonly<Record<string, number | undefined>>;

/** Plots f and, dashed, its derivative from −4 to 4. Returns undefined for softmax, which is not a function of one number. */
function activationPicture(name: ActivationName, written: Written): string | undefined {
  // The settings were read with this entry's arguments, so they have its type.
  const use = { name, settings: { ...defaultsOf(activations[name].arguments), ...written } } as Configured<"activations">;
  if (!isScalar(use)) return undefined;
  const at = (f: (z: number) => number): [number, number][] => Array.from({ length: 161 }, (_, i) => [(i - 80) / 20, f((i - 80) / 20)]);
  const picture = plot([
    { colour: COLOURS.value, points: at((z) => valueAt(use, z)) },
    { colour: COLOURS.slope, dashed: true, points: at((z) => slopeAt(use, z, valueAt(use, z))) },
  ]);
  return `*blue: ${name} from −4 to 4; orange: its derivative*\n\n${image(picture, `${name} and its derivative`)}`;
}

/** Schedules that stay constant after their last step. */
const ENDING: readonly ScheduleName[] = ["one_cycle", "cosine_decay", "polynomial_decay"];

/**
 * Plots the learning rate over the warm-up and the schedule's steps, or over five times as many if it has no end. Returns undefined for a
 * schedule that depends on the training's results.
 */
function schedulePicture(schedule: { readonly name: ScheduleName }, written: Written): string | undefined {
  const { name } = schedule;
  if (!isStepSchedule(schedule)) return undefined;
  const settings = { ...EXAMPLE_SCHEDULE, ...defaultsOf(schedules[name].arguments), ...written };
  const use = { name, settings } as Configured<"schedules", StepScheduleName>;
  const steps = Math.max(1, use.settings.steps);
  const last = (ENDING.includes(name) ? steps : 5 * steps) + ("warmup_steps" in use.settings ? use.settings.warmup_steps : 0);
  const points = Array.from({ length: 161 }, (_, i): [number, number] => [(i / 160) * last, rateAt(use, (i / 160) * last)]);
  const caption = `*learning rate over ${groupedText(last)} steps, from ${estimateText(points[0]?.[1] ?? 0)} to ${estimateText(points.at(-1)?.[1] ?? 0)}*`;
  return `${caption}\n\n${image(plot([{ colour: COLOURS.value, points }]), `${name} over ${last} steps`)}`;
}

function plot(curves: readonly Curve[]): string {
  const all = curves.flatMap(({ points }) => points);
  const [left, right] = extent(all.map(([x]) => x));
  const [bottom, top] = extent([0, ...all.map(([, y]) => y)]);
  const x = (value: number): string => coordinateText(MARGIN + ((value - left) / (right - left || 1)) * (WIDTH - 2 * MARGIN));
  const y = (value: number): string => coordinateText(HEIGHT - MARGIN - ((value - bottom) / (top - bottom || 1)) * (HEIGHT - 2 * MARGIN));
  const axes = `<path d="M${x(left)} ${y(0)}H${x(right)}${left < 0 ? `M${x(0)} ${y(bottom)}V${y(top)}` : ""}" stroke="${COLOURS.axis}" stroke-width="1"/>`;
  const lines = curves.map(
    ({ colour, dashed, points }) =>
      `<polyline points="${points.map(([px, py]) => `${x(px)},${y(py)}`).join(" ")}" stroke="${colour}" stroke-width="2"${dashed ? ' stroke-dasharray="5 3"' : ""}/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" fill="none">${axes}${lines.join("")}</svg>`;
}

const extent = (values: readonly number[]): [number, number] =>
  values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );

const image = (svg: string, title: string): string =>
  `![${title}](data:image/svg+xml,${encodeURIComponent(svg).replace(/[()]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)})`;
