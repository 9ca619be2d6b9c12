/** Puts the kernels' calls on a tape (engine/wasm/tape.ts): one mini-batch's, to be run many times without a step back. */
import { arranged } from "./arrange.ts";
import { type Code, type Entry, WORDS, type Word } from "./entries.ts";
import { type Ahead, type AheadWork, FIGURES, type RecordingKernels, type Tape } from "./kernels.ts";
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
    ahead: (work) => aheadOf(work, { start, length: entries.length, sumsAt }, { call, take, buffer }),
  };
}

/** Of each range beside its figures: Σ (w − w')², Σ w'², Σ w², dead units. */
const ROW_FIGURES = FIGURES + 4;

function aheadOf(
  { order, source, size, stride, weights, before, good, kept, ranges, mostEpochs }: AheadWork,
  tape: { readonly start: number; readonly length: number; readonly sumsAt: number },
  { call, take, buffer }: CompiledModule,
): Ahead {
  const runEpochs = call("runEpochs");
  const sums = new Float64Array(buffer(), tape.sumsAt, 1);
  const rowLength = 1 + ROW_FIGURES * ranges.length;
  const batches = mostEpochs * Math.ceil(order.length / size);
  const [statesAt, ratesAt, tableAt] = [take(16 * mostEpochs), take(4 * batches), take(8 * rowLength * mostEpochs)];
  const [rangesAt, runAt] = [take(16 * ranges.length), take(80)];
  new Int32Array(buffer(), rangesAt, 4 * ranges.length).set(
    ranges.flatMap(({ from, to, zeros, units }) => [weights.byteOffset + 4 * from, to - from, zeros?.byteOffset ?? 0, units]),
  );
  // In the order of engine/wasm/epochs.ts.
  const run = new Int32Array(buffer(), runAt, 20);
  run.set([tape.start, tape.length, order.byteOffset, source?.byteOffset ?? 0, order.length, size, stride, source ? statesAt : 0, ratesAt]);
  run.set([weights.byteOffset, before.byteOffset, good.byteOffset, weights.length, kept.byteOffset, rangesAt, ranges.length, tableAt], 9);
  run[17] = tape.sumsAt;
  return {
    states: new Uint32Array(buffer(), statesAt, 4 * mostEpochs),
    rates: new Float32Array(buffer(), ratesAt, batches),
    table: new Float64Array(buffer(), tableAt, rowLength * mostEpochs),
    rowLength,
    run(epochs, deadFrom) {
      const done = runEpochs(runAt, epochs, deadFrom);
      return done < 0
        ? { done: -done - 1, batch: run[18], range: run[19], lossSum: sums[0] }
        : { done, batch: 0, range: -1, lossSum: sums[0] };
    },
  };
}
