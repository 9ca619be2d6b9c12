/** The data sources: files, and generators that draw points by a rule. */
import { boolean, type Entry, integer, number } from "./arguments.ts";

export interface Source extends Entry {
  /** The columns' default names, the target last. Generators only. */
  readonly columns?: readonly string[];
  readonly example: string;
}

const samples = integer("The number of rows.", {
  default: 200,
  min: 1,
  max: 1_000_000,
  usual: [10, 100_000],
  turn: { from: 50, to: 5000, by: "1-2-5" },
});
const seed = integer("The seed of the random draws. The same seed draws the same rows.", { default: 42, min: 0, max: 4294967295 });
const noise = (fallback: number, what = "The standard deviation of the noise that is added to each coordinate.") =>
  // Coordinates are about 1. With far more noise they would overflow.
  number(what, { default: fallback, min: 0, max: 1_000_000, turn: { from: 0, to: 1, by: 0.05 } });
const classes = integer("The number of classes.", { default: 2, min: 2, max: 20, turn: { from: 2, to: 6, by: 1 } });
const PLANE = ["x1", "x2", "y"];
const OURS = "Defined by Backprop";

const csv = {
  summary: "A table in a text file (UTF-8, plain or gzip), with one row on each line.",
  formula: "each column is a feature or a target",
  source: "RFC 4180",
  arguments: {
    path: { kind: "text", summary: "The file's path, relative to this file." },
    header: boolean("Whether the first row names the columns.", true),
    delimiter: {
      kind: "text",
      summary: 'The character between two cells; `" "` stands for any run of blanks. Without it, the first lines show which one it is.',
    },
    decimal: { kind: "text", summary: 'The character before the fraction of a number: `"."` or `","`.', default: "." },
    thousands: {
      kind: "text",
      summary: 'The character between groups of three digits, such as `","` in 1,234,567; `none` if there is none.',
      default: "none",
    },
    comment: {
      kind: "text",
      summary: 'The text that begins a line to leave out, such as `"#"`; `none` if there is none.',
      default: "none",
    },
  },
  example: 'csv("file.csv")',
} as const satisfies Source;

const idx = {
  summary: "Images and their labels in MNIST's file format, plain or compressed with gzip.",
  formula: "[count, rows, columns] bytes, and [count] labels",
  source: "LeCun, the MNIST database",
  arguments: {
    images: { kind: "text", summary: "The path of the images' file, relative to this file." },
    labels: { kind: "text", summary: "The path of the labels' file, relative to this file." },
  },
  example: 'idx("images.gz", "labels.gz")',
} as const satisfies Source;

export const generators = {
  xor: {
    summary:
      "Points in a square: class 0 in the first and third quadrants, class 1 in the other two. No straight line divides the classes.",
    formula: "x₁, x₂ ~ U(−1, 1), y = 1 where x₁ · x₂ < 0",
    source: OURS,
    arguments: { samples, noise: noise(0), seed },
    columns: PLANE,
    example: "xor(samples=200)",
  },
  circles: {
    summary: "A ring of points (class 0) around a smaller one (class 1).",
    formula: "(cos φ, sin φ) times 1 or ½, φ evenly spread",
    source: "scikit-learn, make_circles",
    arguments: { samples, noise: noise(0.1), seed },
    columns: PLANE,
    example: "circles(samples=200, noise=0.1)",
  },
  moons: {
    summary: "Two interleaved half circles.",
    formula: "(cos φ, sin φ) and (1 − cos φ, ½ − sin φ), φ from 0 to π",
    source: "scikit-learn, make_moons",
    arguments: { samples, noise: noise(0.1), seed },
    columns: PLANE,
    example: "moons(samples=200, noise=0.1)",
  },
  gaussians: {
    summary: "A cloud of points for each class, with the centres evenly spaced on a circle.",
    formula: "(cos φₖ, sin φₖ) + N(0, noise), φₖ = 2πk / classes",
    source: OURS,
    arguments: { samples, noise: noise(0.3, "The standard deviation of each cloud."), classes, seed },
    columns: PLANE,
    example: "gaussians(samples=200, classes=3)",
  },
  spiral: {
    summary: "A spiral with one arm for each class.",
    formula: "r · (sin φ, cos φ), r from 0 to 1, φ = 3.5π · r + 2πk / classes",
    source: "After TensorFlow Playground",
    arguments: { samples, noise: noise(0), classes, seed },
    columns: PLANE,
    example: "spiral(samples=400, classes=3)",
  },
  line: {
    summary: "Points near a straight line, for regression.",
    formula: "x ~ U(−1, 1), y = 2x + 1 + N(0, noise)",
    source: OURS,
    arguments: { samples, noise: noise(0.1, "The standard deviation of the noise that is added to y."), seed },
    columns: ["x", "y"],
    example: "line(samples=100)",
  },
  sine: {
    summary: "Points near one period of a sine wave, for regression.",
    formula: "x ~ U(−π, π), y = sin x + N(0, noise)",
    source: OURS,
    arguments: { samples, noise: noise(0.1, "The standard deviation of the noise that is added to y."), seed },
    columns: ["x", "y"],
    example: "sine(samples=200)",
  },
  parity: {
    summary: "Rows of bits. The class is 1 if the number of ones is odd, which is XOR for more than two inputs.",
    formula: "y = (b₁ + b₂ + …) mod 2",
    source: "Minsky and Papert 1969",
    arguments: {
      bits: integer("The number of bits in a row.", { default: 3, min: 2, max: 16, turn: { from: 2, to: 8, by: 1 } }),
      samples: integer("The number of rows. 0 means every combination of bits once.", { default: 0, min: 0, max: 1_000_000 }),
      noise: noise(0),
      seed,
    },
    columns: ["b", "y"],
    example: "parity(bits=4)",
  },
} as const satisfies Record<string, Source>;

export const sources = { csv, idx, ...generators } as const;

export type SourceName = keyof typeof sources;
export type GeneratorName = keyof typeof generators;
