/**
 * The only random number generator: xoshiro128** (Blackman and Vigna 2018), seeded with splitmix32. Each purpose has its own stream, so that a new
 * use of randomness in one place does not change numbers in another. An epoch's stream depends only on its number, so a resumed training draws the
 * same numbers as an uninterrupted one.
 */

export type Purpose = "weights" | "split" | "shuffle" | "dropout" | "generator" | "gradient check";
/** Any distinct numbers would do. With these, the language's first example, XOR with two hidden units, learns with the default seed. */
const PURPOSES: Record<Purpose, number> = { weights: 11, split: 2, shuffle: 3, dropout: 4, generator: 5, "gradient check": 6 };

export interface Random {
  /** Returns a number uniform in [0, 1), with 53 random bits. */
  readonly uniform: () => number;
  /** Returns an integer uniform in [0, count). */
  readonly below: (count: number) => number;
  /** Returns a standard normal number. */
  readonly normal: () => number;
  /** Returns a standard normal number x, redrawn while |x| > 2. */
  readonly truncatedNormal: () => number;
  /** Returns the generator's four words, from which `randomAt` continues the stream. */
  readonly state: () => RandomState;
}

export type RandomState = readonly [number, number, number, number];

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

/** Returns the generator's four words at the start of a stream. */
export function streamState(seed: number, purpose: Purpose, index = 0): [number, number, number, number] {
  const third = splitmix32(streamKey(seed, purpose) ^ Math.imul(index + 1, 0x85ebca77));
  return [third(), third(), third(), third() | 1];
}

/** Returns the key that the streams of one purpose share. */
function streamKey(seed: number, purpose: Purpose): number {
  const mix = splitmix32(seed);
  return splitmix32(mix() ^ Math.imul(PURPOSES[purpose], 0x9e3779b1))();
}

/** Writes the states of streams [index, index + count), four words each, to `states`. */
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

/** Returns the generator of a purpose's stream. `index` distinguishes layers or epochs. */
export const randomFrom = (seed: number, purpose: Purpose, index = 0): Random => randomAt(streamState(seed, purpose, index));

/** Returns a generator that continues a stream from the given state. */
export function randomAt(state: RandomState): Random {
  let [a, b, c, d] = state;

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
      // Marsaglia's polar method.
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
  return { uniform, below, normal, truncatedNormal, state: () => [a, b, c, d] };
}

const rotated = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

/** Shuffles in place (Fisher–Yates). */
export function shuffle(order: Uint32Array, random: Random): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const swapped = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = swapped;
  }
}
