/** Rows drawn by a rule: features first, the target last. The catalog has each rule's formula. */
import type { Configured, SettingsOf } from "../catalog/index.ts";
import { type GeneratorName, generators } from "../catalog/sources.ts";
import { type Random, randomFrom } from "../random.ts";

type Row = readonly number[];
type Generator<G extends GeneratorName = GeneratorName> = Configured<"sources", G>;

/** All rows, or the first `limit`; `noise` instead of the file's own. The same settings give the same rows. */
export function generate(use: Generator, limit = Number.POSITIVE_INFINITY, noise = use.settings.noise): Row[] {
  const { seed } = use.settings;
  const random = randomFrom(seed, "generator");
  const count = rowCount(use);
  const draw = ruleOf(use);
  const rows: Row[] = [];
  for (let i = 0; i < Math.min(count, limit); i++) rows.push(draw({ i, count, deviation: noise, random }));
  return rows;
}

const ruleOf =
  <G extends GeneratorName>({ name, settings }: Generator<G>) =>
  (draw: Draw): Row =>
    RULES[name](draw, settings);

export const rowCount = ({ name, settings }: Generator): number =>
  name === "parity" && settings.samples === 0 ? 2 ** settings.bits : settings.samples;

/** The names of the columns where the file names none: features, then the target. */
export function columnsOf({ name, settings }: Generator): readonly string[] {
  if (name !== "parity") return generators[name].columns;
  return [...Array.from({ length: settings.bits }, (_, k) => `b${k + 1}`), "y"];
}

interface Draw {
  /** Of `count` rows this one, from 0. */
  readonly i: number;
  readonly count: number;
  readonly deviation: number;
  readonly random: Random;
}

const RULES: { readonly [G in GeneratorName]: (draw: Draw, settings: SettingsOf<"sources">[G]) => Row } = {
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

  gaussians({ i, deviation, random }, { classes }) {
    const k = i % classes;
    const angle = (2 * Math.PI * k) / classes;
    return [...scattered([Math.cos(angle), Math.sin(angle)], deviation, random), k];
  },

  spiral({ i, deviation, random, count }, { classes }) {
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

  parity({ i, deviation, random }, { bits, samples }) {
    const number = samples === 0 ? i : random.below(2 ** bits);
    const row = Array.from({ length: bits }, (_, k) => Math.floor(number / 2 ** (bits - 1 - k)) % 2);
    return [...scattered(row, deviation, random), row.reduce((sum, bit) => sum + bit, 0) % 2];
  },
};

/** Draws from the stream even without noise, so that noise moves points and does not draw others. */
const scattered = (point: readonly number[], deviation: number, random: Random): number[] =>
  point.map((x) => x + deviation * random.normal());
