/**
 * Records the kernel calls of one mini-batch. The compiled module runs the recording for many batches without returning to JavaScript
 * (engine/kernels/assembly/recording.ts).
 */
import { RANGE, RANGE_STATISTICS, RUN, WORDS, wordsOf } from "./abi.ts";
import { arranged } from "./arrange.ts";
import { type Entry, writeEntries } from "./entries.ts";
import type { EpochMemory, EpochRunner, Recording, RecordingKernels } from "./kernels.ts";
import type { CompiledModule } from "./wasmModule.ts";

export interface Recorder {
  /** Whether calls are recorded instead of executed. */
  readonly isOn: boolean;
  readonly add: (entry: Entry) => void;
  /** Returns the numbers per row of an array of `length` numbers. */
  readonly width: (length: number) => number;
  /** Called by kernels instead of a call that can't be recorded. `record` then returns undefined. */
  readonly rejectRecording: () => void;
  readonly record: RecordingKernels["record"];
}

export function callRecorder(module: CompiledModule): Recorder {
  let entries: Entry[] | undefined;
  let isRecordable = true;
  let batchRows = 1;
  return {
    get isOn() {
      return entries !== undefined;
    },
    add(entry) {
      entries?.push(entry);
    },
    width: (length) => length / batchRows,
    rejectRecording() {
      isRecordable = false;
    },
    record(rows, work) {
      entries = [];
      isRecordable = true;
      batchRows = rows;
      try {
        work();
        return isRecordable ? recordingOf(arranged(entries), module) : undefined;
      } finally {
        entries = undefined;
      }
    },
  };
}

/** The maximum number of batches in one call, which limits the memory for learning rates. */
const MOST_BATCHES = 4096;

/** Writes the entries to the module's memory and returns the recording that runs them. */
function recordingOf(entries: readonly Entry[], { call, take, buffer }: CompiledModule): Recording {
  const run = call("runRecording");
  const start = take(4 * WORDS * entries.length);
  const ratesAt = take(4 * MOST_BATCHES);
  const sumsAt = take(16);
  const ints = new Int32Array(buffer(), start, WORDS * entries.length);
  const floats = new Float32Array(buffer(), start, WORDS * entries.length);
  const rates = new Float32Array(buffer(), ratesAt, MOST_BATCHES);
  const sums = new Float64Array(buffer(), sumsAt, 2);
  writeEntries(entries, ints, floats);
  return {
    run(order, size, first, count, stride, rateOf) {
      const most = Math.min(count, MOST_BATCHES);
      for (let k = 0; k < most; k++) rates[k] = rateOf(first + k);
      sums[0] = 0;
      const done = run(start, entries.length, order.byteOffset, order.length, size, first, most, stride, ratesAt, sumsAt);
      return { done: Math.abs(done), lossSum: sums[0], allFinite: done > 0 };
    },
    prepareEpochs: (memory) => epochRunner(memory, { start, length: entries.length, sumsAt }, { call, take, buffer }),
  };
}

/** Writes the record RUN to the module's memory and returns the runner of whole epochs. */
function epochRunner(
  { order, source, size, stride, weights, before, good, totals, ranges, mostEpochs }: EpochMemory,
  recording: { readonly start: number; readonly length: number; readonly sumsAt: number },
  { call, take, buffer }: CompiledModule,
): EpochRunner {
  const runEpochs = call("runEpochs");
  const sums = new Float64Array(buffer(), recording.sumsAt, 1);
  const rowLength = 1 + RANGE_STATISTICS * ranges.length;
  const batches = mostEpochs * Math.ceil(order.length / size);
  const [statesAt, ratesAt, tableAt] = [take(16 * mostEpochs), take(4 * batches), take(8 * rowLength * mostEpochs)];
  const [rangesAt, runAt] = [take(4 * RANGE.length * ranges.length), take(4 * RUN.length)];
  new Int32Array(buffer(), rangesAt, RANGE.length * ranges.length).set(
    ranges.flatMap(({ from, to, zeros, units }) =>
      wordsOf(RANGE, { weights: weights.byteOffset + 4 * from, count: to - from, zeros: zeros?.byteOffset ?? 0, units }),
    ),
  );
  const run = new Int32Array(buffer(), runAt, RUN.length);
  run.set(
    wordsOf(RUN, {
      recording: recording.start,
      entries: recording.length,
      order: order.byteOffset,
      source: source?.byteOffset ?? 0,
      rows: order.length,
      size,
      stride,
      states: source ? statesAt : 0,
      rates: ratesAt,
      weights: weights.byteOffset,
      before: before.byteOffset,
      good: good.byteOffset,
      count: weights.length,
      totals: totals.byteOffset,
      ranges: rangesAt,
      rangeCount: ranges.length,
      table: tableAt,
      sums: recording.sumsAt,
      batches: 0,
      range: 0,
    }),
  );
  return {
    states: new Uint32Array(buffer(), statesAt, 4 * mostEpochs),
    rates: new Float32Array(buffer(), ratesAt, batches),
    table: new Float64Array(buffer(), tableAt, rowLength * mostEpochs),
    rowLength,
    run(epochs, deadFrom) {
      const done = runEpochs(runAt, epochs, deadFrom);
      return done < 0
        ? { done: -done - 1, batch: run[RUN.indexOf("batches")], range: run[RUN.indexOf("range")], lossSum: sums[0] }
        : { done, batch: 0, range: -1, lossSum: sums[0] };
    },
  };
}
