/**
 * The one source of randomness: xoshiro128** (Blackman and Vigna 2018), seeded through splitmix32.
 * Each purpose has a stream of its own, so that a new use of chance in one place changes no number in another,
 * and an epoch's stream is found from its number alone: a resumed training draws what an unbroken one would have drawn.
 */

export type Purpose = "weights" | "split" | "shuffle" | "dropout" | "generator";
/** Any numbers do, as long as they differ; with these the language's first example, XOR on two hidden units, learns from the default seed. */
const PURPOSES: Record<Purpose, number> = { weights: 11, split: 2, shuffle: 3, dropout: 4, generator: 5 };

export interface Random {
  /** Uniform in [0, 1), 53 random bits. */
  readonly uniform: () => number;
  /** Uniform among 0 .. below − 1. */
  readonly below: (count: number) => number;
  /** Standard normal. */
  readonly normal: () => number;
  /** Standard normal, drawn again while |x| > 2. */
  readonly truncatedNormal: () => number;
}

function splitmix32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + STEP) >>> 0;
    return mixed(state);
  };
}

const STEP = 0x9e3779b9;

function mixed(state: number): number {
  let z = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}

/** The generator's four words at the beginning of a stream. */
export function streamState(seed: number, purpose: Purpose, index = 0): [number, number, number, number] {
  const third = splitmix32(streamKey(seed, purpose) ^ Math.imul(index + 1, 0x85ebca77));
  return [third(), third(), third(), third() | 1];
}

/** What the streams of one purpose have in common. */
function streamKey(seed: number, purpose: Purpose): number {
  const mix = splitmix32(seed);
  return splitmix32(mix() ^ Math.imul(PURPOSES[purpose], 0x9e3779b1))();
}

/** The states of streams [index, index + count), four words each, into `states`. */
export function streamStates(seed: number, purpose: Purpose, index: number, count: number, states: Uint32Array): void {
  const key = streamKey(seed, purpose);
  for (let k = 0; k < count; k++) {
    let state = key ^ Math.imul(index + k + 1, 0x85ebca77);
    for (let word = 4 * k; word < 4 * k + 4; word++) {
      state = (state + STEP) | 0;
      states[word] = mixed(state);
    }
    states[4 * k + 3] |= 1;
  }
}

/** The stream of a purpose; `index` tells layers or epochs apart. */
export function randomFrom(seed: number, purpose: Purpose, index = 0): Random {
  let [a, b, c, d] = streamState(seed, purpose, index);

  const next = (): number => {
    const scrambled = Math.imul(rotated(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotated(d, 11);
    return scrambled;
  };
  const uniform = (): number => ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992;
  const below = (count: number): number => Math.floor(uniform() * count);
  const normal = (): number => {
    for (;;) {
      // Marsaglia's polar method
      const u = 2 * uniform() - 1;
      const v = 2 * uniform() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s);
    }
  };
  const truncatedNormal = (): number => {
    for (;;) {
      const x = normal();
      if (Math.abs(x) <= 2) return x;
    }
  };
  return { uniform, below, normal, truncatedNormal };
}

const rotated = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

/** Fisher and Yates, in place. */
export function shuffle(order: Uint32Array, random: Random): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const kept = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = kept;
  }
}
