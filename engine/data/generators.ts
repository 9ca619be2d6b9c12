/** Rows drawn by a rule: features first, the target last. The catalog has each rule's formula. */
import type { NumberValues } from "../catalog/arguments.ts";
import { type GeneratorName, generators } from "../catalog/sources.ts";
import type { Use } from "../plan.ts";
import { type Random, randomFrom } from "../random.ts";

type Row = readonly number[];

/** All rows, or the first `limit`; `noise` instead of the file's own. The same settings give the same rows. */
export function generate({ name, settings }: Use<GeneratorName>, limit = Number.POSITIVE_INFINITY, noise?: number): Row[] {
  const random = randomFrom(settings["seed"] ?? 42, "generator");
  const deviation = noise ?? settings["noise"] ?? 0;
  const count = rowCount({ name, settings });
  const draw = RULES[name];
  const rows: Row[] = [];
  for (let i = 0; i < Math.min(count, limit); i++) rows.push(draw({ i, count, deviation, random, settings }));
  return rows;
}

export function rowCount({ name, settings }: Use<GeneratorName>): number {
  const { samples = 0, bits = 3 } = settings;
  return name === "parity" && samples === 0 ? 2 ** bits : samples;
}

/** The names of the columns where the file names none: features, then the target. */
export function columnsOf({ name, settings }: Use<GeneratorName>): readonly string[] {
  if (name !== "parity") return generators[name].columns;
  return [...Array.from({ length: settings["bits"] ?? 3 }, (_, k) => `b${k + 1}`), "y"];
}

interface Draw {
  /** Of `count` rows this one, from 0. */
  readonly i: number;
  readonly count: number;
  readonly deviation: number;
  readonly random: Random;
  readonly settings: NumberValues;
}

const RULES: { readonly [K in GeneratorName]: (draw: Draw) => Row } = {
  xor({ deviation, random }) {
    const [a, b] = [2 * random.uniform() - 1, 2 * random.uniform() - 1];
    return [...scattered([a, b], deviation, random), a * b < 0 ? 1 : 0];
  },

  circles({ i, deviation, random, count }) {
    const inner = i % 2;
    const angle = (2 * Math.PI * Math.floor(i / 2)) / Math.ceil(count / 2);
    const radius = inner ? 0.5 : 1;
    return [...scattered([radius * Math.cos(angle), radius * Math.sin(angle)], deviation, random), inner];
  },

  moons({ i, deviation, random, count }) {
    const lower = i % 2;
    const angle = (Math.PI * Math.floor(i / 2)) / Math.max(1, Math.ceil(count / 2) - 1);
    const point = lower ? [1 - Math.cos(angle), 0.5 - Math.sin(angle)] : [Math.cos(angle), Math.sin(angle)];
    return [...scattered(point, deviation, random), lower];
  },

  gaussians({ i, deviation, random, settings: { classes = 2 } }) {
    const k = i % classes;
    const angle = (2 * Math.PI * k) / classes;
    return [...scattered([Math.cos(angle), Math.sin(angle)], deviation, random), k];
  },

  spiral({ i, deviation, random, count, settings: { classes = 2 } }) {
    const k = i % classes;
    const radius = Math.floor(i / classes) / Math.max(1, Math.ceil(count / classes) - 1);
    const angle = 3.5 * Math.PI * radius + (2 * Math.PI * k) / classes;
    return [...scattered([radius * Math.sin(angle), radius * Math.cos(angle)], deviation, random), k];
  },

  line({ deviation, random }) {
    const x = 2 * random.uniform() - 1;
    return [x, 2 * x + 1 + deviation * random.normal()];
  },

  sine({ deviation, random }) {
    const x = Math.PI * (2 * random.uniform() - 1);
    return [x, Math.sin(x) + deviation * random.normal()];
  },

  parity({ i, deviation, random, settings: { bits = 3, samples = 0 } }) {
    const number = samples === 0 ? i : random.below(2 ** bits);
    const row = Array.from({ length: bits }, (_, k) => Math.floor(number / 2 ** (bits - 1 - k)) % 2);
    return [...scattered(row, deviation, random), row.reduce((sum, bit) => sum + bit, 0) % 2];
  },
};

/** Draws from the stream even without noise, so that noise moves points and does not draw others. */
const scattered = (point: readonly number[], deviation: number, random: Random): number[] =>
  point.map((x) => x + deviation * random.normal());
