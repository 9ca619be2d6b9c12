/**
 * Trains whole epochs of a small network in one call: returning to JavaScript takes longer than such an epoch. Each epoch writes a row
 * of float64 to a table: Σ over batches of loss · rows, then RANGE_STATISTICS numbers for each range of weights, in the order of
 * Statistic.
 */
import { GRADIENT_STATISTICS, Range, RANGE_BYTES, RANGE_STATISTICS, Run, Statistic } from "./abi";
import { runRecording, shuffle } from "./recording";

/**
 * Trains at most `epochs` epochs of the run described by the record `run` (RUN in engine/kernels/abi.ts). A unit is dead if its output was 0 for at
 * least `deadFrom` sampled rows. Returns the number of completed epochs n, or -n - 1 if the next one produced a non-finite value. `Run.good` then
 * contains the weights before that epoch.
 */
export function runEpochs(run: usize, epochs: i32, deadFrom: f64): i32 {
  const rows = load<i32>(run, Run.rows);
  const size = load<i32>(run, Run.size);
  const batches = (rows + size - 1) / size;
  const weights = load<usize>(run, Run.weights);
  const bytes = load<i32>(run, Run.count) << 2;
  const order = load<usize>(run, Run.order);
  const states = load<usize>(run, Run.states);
  const sums = load<usize>(run, Run.sums);
  const rowBytes = (1 + RANGE_STATISTICS * load<i32>(run, Run.rangeCount)) << 3;
  for (let epoch = 0; epoch < epochs; epoch++) {
    if (states) {
      copy(load<usize>(run, Run.source), order, rows << 2);
      const state = states + (epoch << 4);
      shuffle(order, rows, load<i32>(state), load<i32>(state, 4), load<i32>(state, 8), load<i32>(state, 12));
    }
    store<f64>(sums, 0);
    const rates = load<usize>(run, Run.rates) + ((epoch * batches) << 2);
    let done = batches > 1 ? runBatches(run, 0, batches - 1, rates) : 0;
    if (done >= 0) {
      // The last batch runs by itself, because its update is measured.
      copy(weights, load<usize>(run, Run.before), bytes);
      const last = runBatches(run, batches - 1, 1, rates + ((batches - 1) << 2));
      if (last < 0) done = -batches;
    }
    if (done < 0) {
      store<i32>(run, -done, Run.batches);
      store<i32>(run, -1, Run.range);
      return -epoch - 1;
    }
    const nonFinite = fillRow(run, load<usize>(run, Run.table) + epoch * rowBytes, deadFrom);
    if (nonFinite >= 0) {
      store<i32>(run, batches, Run.batches);
      store<i32>(run, nonFinite, Run.range);
      return -epoch - 1;
    }
    copy(weights, load<usize>(run, Run.good), bytes);
  }
  return epochs;
}

/** Runs batches [first, first + count) with the learning rates at `rates`. Returns the result of runRecording. */
function runBatches(run: usize, first: i32, count: i32, rates: usize): i32 {
  return runRecording(
    load<usize>(run, Run.recording), load<i32>(run, Run.entries), load<usize>(run, Run.order), load<i32>(run, Run.rows),
    load<i32>(run, Run.size), first, count, load<i32>(run, Run.stride), rates, load<usize>(run, Run.sums),
  );
}

/** Copies whole vectors. memory.copy is a call out of the module, which takes longer than copying a small network's weights. */
function copy(from: usize, to: usize, bytes: i32): void {
  if (bytes > 2048) {
    memory.copy(to, from, bytes);
    return;
  }
  const end = from + bytes;
  for (; from < end; from += 16, to += 16) v128.store(to, v128.load(from));
}

/** Writes the epoch's row and resets its sums. Returns the first range with non-finite weights, or -1. */
function fillRow(run: usize, row: usize, deadFrom: f64): i32 {
  let nonFinite = -1;
  store<f64>(row, load<f64>(load<usize>(run, Run.sums)));
  row += 8;
  const before = load<usize>(run, Run.before) - load<usize>(run, Run.weights);
  let totals = load<usize>(run, Run.totals);
  let range = load<usize>(run, Run.ranges);
  const end = range + load<i32>(run, Run.rangeCount) * RANGE_BYTES;
  for (; range < end; range += RANGE_BYTES) {
    for (let k = 0; k < GRADIENT_STATISTICS; k++) {
      store<f64>(row + (k << 3), load<f64>(totals + (k << 3)));
      store<f64>(totals + (k << 3), 0);
    }
    totals += GRADIENT_STATISTICS << 3;
    let moved: f64 = 0, size: f64 = 0, now: f64 = 0;
    let at = load<usize>(range, Range.weights);
    const last = at + (load<i32>(range, Range.count) << 2);
    for (; at < last; at += 4) {
      const w = <f64>load<f32>(at);
      const old = <f64>load<f32>(at + before);
      moved += (w - old) * (w - old);
      size += old * old;
      now += w * w;
    }
    if (nonFinite < 0 && now - now != 0) nonFinite = <i32>((range - load<usize>(run, Run.ranges)) / RANGE_BYTES);
    store<f64>(row, moved, Statistic.moved);
    store<f64>(row, size, Statistic.before);
    store<f64>(row, now, Statistic.after);
    const counts = load<usize>(range, Range.zeros);
    if (counts) {
      let dead = 0;
      for (let j = 0, units = load<i32>(range, Range.units); j < units; j++) {
        if (<f64>load<f32>(counts + (j << 2)) >= deadFrom) dead++;
        store<f32>(counts + (j << 2), 0);
      }
      store<f64>(row, <f64>dead, Statistic.dead);
    }
    row += RANGE_STATISTICS << 3;
  }
  return nonFinite;
}
