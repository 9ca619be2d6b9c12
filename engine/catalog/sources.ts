/** Where data comes from: files, and generators that draw points by a rule. */
import { boolean, type Entry, integer, number } from "./arguments.ts";

export interface Source extends Entry {
  /** Only of generators: what the columns are called where nothing names them, the target last. */
  readonly columns?: readonly string[];
  readonly example: string;
}

const samples = integer("How many rows are drawn.", { default: 200, min: 1, max: 1_000_000, usual: [10, 100_000] });
const seed = integer("The start of its chance: the same seed draws the same rows.", { default: 42, min: 0, max: 4294967295 });
const noise = (fallback: number, what = "The deviation of what is added to each coordinate.") =>
  number(what, { default: fallback, min: 0 });
const classes = integer("How many classes.", { default: 2, min: 2, max: 20 });
const PLANE = ["x1", "x2", "y"];
const OURS = "Own definition";

const csv = {
  summary: "A table in a text file, one row a line.",
  formula: "one column a feature or target",
  source: "RFC 4180",
  arguments: {
    path: { kind: "text", summary: "The file, relative to this one." },
    header: boolean("Whether the first row names the columns.", true),
    delimiter: { kind: "text", summary: "What stands between two cells.", default: "," },
  },
  example: 'csv("file.csv")',
} as const satisfies Source;

const idx = {
  summary: "Images and their labels in the format of MNIST, plain or gzip.",
  formula: "[count, rows, columns] bytes, and [count] labels",
  source: "LeCun, the MNIST database",
  arguments: {
    images: { kind: "text", summary: "The images' file, relative to this one." },
    labels: { kind: "text", summary: "The labels' file, relative to this one." },
  },
  example: 'idx("images.gz", "labels.gz")',
} as const satisfies Source;

export const generators = {
  xor: {
    summary: "Points of a square; the class tells whether they lie in the first or third quarter (0) or not (1). No line divides them.",
    formula: "x₁, x₂ ~ U(−1, 1), y = 1 where x₁ · x₂ < 0",
    source: OURS,
    arguments: { samples, noise: noise(0), seed },
    columns: PLANE,
    example: "xor(samples=200)",
  },
  circles: {
    summary: "A ring (class 0) around a smaller one (class 1).",
    formula: "(cos φ, sin φ) times 1 or ½, φ evenly spread",
    source: "scikit-learn, make_circles",
    arguments: { samples, noise: noise(0.1), seed },
    columns: PLANE,
    example: "circles(samples=200, noise=0.1)",
  },
  moons: {
    summary: "Two half circles that reach into each other.",
    formula: "(cos φ, sin φ) and (1 − cos φ, ½ − sin φ), φ from 0 to π",
    source: "scikit-learn, make_moons",
    arguments: { samples, noise: noise(0.1), seed },
    columns: PLANE,
    example: "moons(samples=200, noise=0.1)",
  },
  gaussians: {
    summary: "One cloud of points for each class, evenly around the middle.",
    formula: "(cos φₖ, sin φₖ) + N(0, noise), φₖ = 2πk / classes",
    source: OURS,
    arguments: { samples, noise: noise(0.3, "The clouds' deviation."), classes, seed },
    columns: PLANE,
    example: "gaussians(samples=200, classes=3)",
  },
  spiral: {
    summary: "One arm of a spiral for each class, wound into each other.",
    formula: "r · (sin φ, cos φ), r from 0 to 1, φ = 3.5π · r + 2πk / classes",
    source: "After TensorFlow Playground",
    arguments: { samples, noise: noise(0), classes, seed },
    columns: PLANE,
    example: "spiral(samples=400, classes=3)",
  },
  line: {
    summary: "Points on a straight line, for regression.",
    formula: "x ~ U(−1, 1), y = 2x + 1 + N(0, noise)",
    source: OURS,
    arguments: { samples, noise: noise(0.1, "The deviation of what is added to y."), seed },
    columns: ["x", "y"],
    example: "line(samples=100)",
  },
  sine: {
    summary: "One wave of a sine, for regression.",
    formula: "x ~ U(−π, π), y = sin x + N(0, noise)",
    source: OURS,
    arguments: { samples, noise: noise(0.1, "The deviation of what is added to y."), seed },
    columns: ["x", "y"],
    example: "sine(samples=200)",
  },
  parity: {
    summary: "Rows of bits; the class tells whether the number of ones is odd. XOR for more than two inputs.",
    formula: "y = (b₁ + b₂ + …) mod 2",
    source: "Minsky and Papert 1969",
    arguments: {
      bits: integer("How many bits.", { default: 3, min: 2, max: 16 }),
      samples: integer("How many rows are drawn; 0 for each combination once.", { default: 0, min: 0, max: 1_000_000 }),
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
