/** Puts the kernels' calls on a tape (engine/wasm/tape.ts): one mini-batch's, to be run many times without a step back. */
import { arranged } from "./arrange.ts";
import { type Code, type Entry, WORDS, type Word } from "./entries.ts";
import type { RecordingKernels, Tape } from "./kernels.ts";
import type { CompiledModule } from "./wasm.ts";

export interface Recorder {
  /** Calls are to be put here instead of being made. */
  readonly isOn: boolean;
  readonly put: (code: Code, ...words: readonly Word[]) => void;
  /** How many of a length's numbers are one row's. */
  readonly width: (length: number) => number;
  /** This can't be put on a tape. */
  readonly give: () => void;
  readonly record: RecordingKernels["record"];
}

export function tapeRecorder(module: CompiledModule): Recorder {
  let entries: Entry[] | undefined;
  let isWhole = true;
  let rowsInAll = 1;
  return {
    get isOn() {
      return entries !== undefined;
    },
    put(...entry) {
      entries?.push(entry);
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
        return isWhole ? tapeOf(arranged(entries), module) : undefined;
      } finally {
        entries = undefined;
      }
    },
  };
}

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
  entries.forEach((entry, k) => {
    entry.forEach((word, at) => {
      if (typeof word === "number") ints[k * WORDS + at] = word;
      else floats[k * WORDS + at] = word.float;
    });
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
