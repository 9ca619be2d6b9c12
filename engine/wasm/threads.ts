/**
 * Threads that share out one entry of a tape: rows, inputs or stretches of weights, never a sum, so that the bits are the same
 * however many there are. The first thread runs the tape; the others wait here for their part.
 *
 * One block of words in the shared memory: how many threads, the number of the present job, who is not done with it, whether to
 * end, the job itself.
 */
import { Code, float, int, WORDS } from "./entry";
import { addInputGradient, addKernelGradient, affine } from "./matrix";
import { adam, addFigures, momentum, rmsprop, sgd, STRETCH } from "./updates";

const enum Word {
  threads = 0,
  job = 4,
  pending = 8,
  stop = 12,
  entry = 16,
  size = 20,
  rate = 24,
}
let block: usize = 0;

/** Looks at the job's number this often before a thread lies down: about 50 microseconds. */
const SPINS: i32 = 20_000;
/** Multiplications (or weights) that are worth the waking of another thread. */
const WORTH: i32 = 150_000;
const WORTH_WEIGHTS: i32 = 16_384;

/** Where the block lies; in the first thread it says how many there are. */
export function useThreads(at: usize, threads: i32): void {
  block = at;
  store<i32>(at, threads, Word.threads);
}

@inline
export function stretches(length: i32): i32 {
  return (length + STRETCH - 1) / STRETCH;
}

/** Does an entry for `size` rows (weights, for updates), with the other threads where it is worth it. */
export function share(e: usize, size: i32, rate: f32): void {
  const threads = block ? load<i32>(block, Word.threads) : 1;
  if (threads == 1 || !isWorth(e, size)) return part(e, size, rate, 0, 1);
  store<usize>(block, e, Word.entry);
  store<i32>(block, size, Word.size);
  store<f32>(block, rate, Word.rate);
  atomic.store<i32>(block, threads - 1, Word.pending);
  atomic.add<i32>(block, 1, Word.job);
  atomic.notify(block + Word.job, threads - 1);
  part(e, size, rate, 0, threads);
  while (atomic.load<i32>(block, Word.pending) > 0) {}
}

function isWorth(e: usize, size: i32): bool {
  const code = int(e, 0);
  if (code == Code.figures) return size >= WORTH_WEIGHTS;
  const first = code == Code.affine ? 5 : 4;
  const inputs = int(e, first);
  const units = int(e, first + 1);
  return <i64>size * inputs * units >= WORTH && (code != Code.inputGradient || units >= 8);
}

/** What another thread does from its beginning to its end: waits for jobs and does its part of each. */
export function serve(at: usize, slot: i32): void {
  block = at;
  let seen = 0;
  for (;;) {
    let spins = 0;
    while (atomic.load<i32>(block, Word.job) == seen) {
      if (++spins < SPINS) continue;
      atomic.wait<i32>(block + Word.job, seen, -1);
      spins = 0;
    }
    seen = atomic.load<i32>(block, Word.job);
    if (atomic.load<i32>(block, Word.stop) != 0) return;
    part(load<usize>(block, Word.entry), load<i32>(block, Word.size), load<f32>(block, Word.rate), slot, load<i32>(block, Word.threads));
    atomic.sub<i32>(block, 1, Word.pending);
  }
}

/** Lets the other threads go home. */
export function endThreads(): void {
  if (!block) return;
  atomic.store<i32>(block, 1, Word.stop);
  atomic.add<i32>(block, 1, Word.job);
  atomic.notify(block + Word.job, load<i32>(block, Word.threads));
  store<i32>(block, 1, Word.threads);
}

/** The slot's part of an entry. Parts begin at whole tiles, so that each is as fast as it can be. */
function part(e: usize, size: i32, rate: f32, slot: i32, threads: i32): void {
  const code = int(e, 0);
  if (code == Code.figures) return updatePart(e, e + (WORDS << 2), size, rate, slot, threads);
  if (code == Code.kernelGradient) {
    const inputs = int(e, 4);
    const from = beginOf(inputs, slot, threads);
    const to = beginOf(inputs, slot + 1, threads);
    // Each thread's copies apart.
    const panel = int(e, 6) + slot * int(e, 8);
    const across = int(e, 7) + ((from * size) << 2);
    addKernelGradient(int(e, 1), int(e, 2), int(e, 3), size, from, to, inputs, int(e, 5), 1, panel, across);
    return;
  }
  const from = beginOf(size, slot, threads);
  const to = beginOf(size, slot + 1, threads);
  if (code == Code.affine) affine(int(e, 1), int(e, 2), int(e, 3), int(e, 4), from, to, int(e, 5), int(e, 6), int(e, 7) + slot * int(e, 8));
  else addInputGradient(int(e, 1), int(e, 2), int(e, 3), from, to, int(e, 4), int(e, 5), int(e, 6));
}

/** A multiple of four, and the end for the one after the last. */
@inline
function beginOf(size: i32, slot: i32, threads: i32): i32 {
  return slot == threads ? size : ((((size + 3) >> 2) * slot) / threads) << 2;
}

function updatePart(figures: usize, update: usize, length: i32, rate: f32, slot: i32, threads: i32): void {
  const g = int(figures, 1);
  const sums = int(figures, 5);
  const all = stretches(length);
  const end = (all * (slot + 1)) / threads;
  for (let k = (all * slot) / threads; k < end; k++) {
    const from = k * STRETCH;
    const count = min(STRETCH, length - from);
    const at = sums + (k << 5);
    store<f64>(at, 0);
    store<f64>(at, 0, 8);
    store<f64>(at, 0, 16);
    store<f64>(at, 0, 24);
    addFigures(g + (from << 2), count, at);
    updateStretch(update, from << 2, count, rate);
  }
}

function updateStretch(e: usize, at: i32, count: i32, rate: f32): void {
  switch (int(e, 0)) {
    case Code.sgd:
      sgd(int(e, 1) + at, int(e, 2) + at, count, rate);
      break;
    case Code.momentum:
      momentum(int(e, 1) + at, int(e, 2) + at, int(e, 3) + at, count, rate, float(e, 5), int(e, 6));
      break;
    case Code.adam:
      adam(int(e, 1) + at, int(e, 2) + at, int(e, 3) + at, int(e, 4) + at, count, rate, float(e, 6), float(e, 7), float(e, 8), float(e, 9));
      break;
    case Code.rmsprop:
      rmsprop(int(e, 1) + at, int(e, 2) + at, int(e, 3) + at, count, rate, float(e, 5), float(e, 6));
      break;
  }
}
