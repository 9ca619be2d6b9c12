/** Puts the kernels' calls on a tape (engine/wasm/tape.ts): one mini-batch's, to be run many times without a step back. */
import type { RecordingKernels, Tape } from "./kernels.ts";
import type { CompiledModule } from "./wasm.ts";

/** As the module numbers them. */
export const CODES = {
  gather: 0,
  affine: 1,
  activate: 2,
  softmax: 3,
  clear: 4,
  lossTotal: 5,
  lossGradient: 6,
  countZeros: 7,
  softmaxGradient: 8,
  slope: 9,
  kernelGradient: 10,
  biasGradient: 11,
  inputGradient: 12,
  figures: 13,
  sgd: 14,
  momentum: 15,
  adam: 16,
  rmsprop: 17,
  copy: 18,
  add: 19,
  learn: 20,
} as const;
type Code = (typeof CODES)[keyof typeof CODES];

export const WORDS = 12;

export interface Recorder {
  /** Calls are to be put here instead of being made. */
  readonly isOn: boolean;
  /** The code's pointers and sizes, then its settings as float32, then what comes after those. */
  readonly put: (code: Code, words: readonly number[], settings?: readonly number[], more?: readonly number[]) => void;
  /** How many of a length's numbers are one row's. */
  readonly width: (length: number) => number;
  /** This can't be put on a tape. */
  readonly give: () => void;
  readonly record: RecordingKernels["record"];
}

interface Entry {
  readonly words: readonly number[];
  readonly settings: readonly number[];
  readonly more: readonly number[];
}

export function tapeRecorder(module: CompiledModule): Recorder {
  let entries: Entry[] | undefined;
  let isWhole = true;
  let rowsInAll = 1;
  return {
    get isOn() {
      return entries !== undefined;
    },
    put(code, words, settings = [], more = []) {
      entries?.push({ words: [code, ...words], settings, more });
    },
    width: (length) => length / rowsInAll,
    give() {
      isWhole = false;
    },
    record(rows, work) {
      entries = [];
      isWhole = true;
      rowsInAll = rows;
      try {
        work();
        return isWhole ? tapeOf(paired(entries), module) : undefined;
      } finally {
        entries = undefined;
      }
    },
  };
}

const UPDATES: readonly number[] = [CODES.sgd, CODES.momentum, CODES.adam, CODES.rmsprop];

/**
 * The figures of a range of gradients and its update next to each other, so that the gradients are fetched once. A larger kernel is learned at once in
 * batches that nobody looks at: its gradient then goes into the update without being kept.
 */
function paired(entries: readonly Entry[]): Entry[] {
  const [figures, updates] = [
    entries.filter(({ words: [code] }) => code === CODES.figures),
    entries.filter(({ words: [code] }) => UPDATES.includes(code)),
  ];
  if (figures.length !== updates.length) throw new Error("A range of gradients is updated without being looked at.");
  const others = entries.filter((entry) => !figures.includes(entry) && !updates.includes(entry));
  const learned = new Map<number, Entry>();
  for (const { words } of others) {
    const [code, , , dw, inputs, units] = words;
    const isWorth = code === CODES.kernelGradient && units > 1 && inputs * units >= LEARNED_AT_ONCE;
    if (isWorth && figures.some((entry) => entry.words[1] === dw))
      learned.set(dw, { words: [CODES.learn, ...words.slice(1)], settings: [], more: [] });
  }
  const marked = others.map((entry) =>
    entry.words[0] === CODES.kernelGradient ? { ...entry, words: [...entry.words, Number(learned.has(entry.words[3]))] } : entry,
  );
  return [
    ...marked,
    ...figures.flatMap((entry, k) => {
      const learn = learned.get(entry.words[1]);
      return [{ ...entry, words: [...entry.words, Number(learn !== undefined)] }, updates[k], ...(learn ? [learn] : [])];
    }),
  ];
}

/** Weights from which it is worth it. */
const LEARNED_AT_ONCE = 1024;

/** More batches in one call need more room for their rates. */
const MOST_BATCHES = 4096;

function tapeOf(entries: readonly Entry[], { call, take, buffer }: CompiledModule): Tape {
  const run = call("runTape");
  const start = take(4 * WORDS * entries.length);
  const ratesAt = take(4 * MOST_BATCHES);
  const sumsAt = take(16);
  const ints = new Int32Array(buffer(), start, WORDS * entries.length);
  const floats = new Float32Array(buffer(), start, WORDS * entries.length);
  const rates = new Float32Array(buffer(), ratesAt, MOST_BATCHES);
  const sums = new Float64Array(buffer(), sumsAt, 2);
  entries.forEach(({ words, settings, more }, k) => {
    ints.set(words, k * WORDS);
    floats.set(settings, k * WORDS + words.length);
    ints.set(more, k * WORDS + words.length + settings.length);
  });
  return {
    run(order, size, first, count, stride, rateOf) {
      const most = Math.min(count, MOST_BATCHES);
      for (let k = 0; k < most; k++) rates[k] = rateOf(first + k);
      sums[0] = 0;
      const done = run(start, entries.length, order.byteOffset, order.length, size, first, most, stride, ratesAt, sumsAt);
      return { done: Math.abs(done), lossSum: sums[0], isSound: done > 0 };
    },
  };
}
