/**
 * Divides one entry of a recording among threads: rows, inputs or stretches of weights, never a sum, so that the number of threads does not change
 * the bits. The first thread runs the recording; the others wait in `serve` for their part of each job.
 *
 * A block of words in the shared memory (Word) contains the number of threads, the number of the current job, the number of threads that have not
 * finished it, a stop flag, and the job itself.
 */
import {
  Adadelta, Adam, Adamax, Affine, Code, FusedUpdate, Gather, InputGradient, KernelGradient, Lion, Momentum, Rmsprop, Sgd, Statistics,
  STRETCH, STRETCH_STATISTICS, StretchStatistic, WORDS,
} from "./abi";
import { float, int } from "./entry";
import { band, Into, kernelGradient, prepareBands, scratchLength } from "./gradient";
import { activate, addSlope } from "./activations";
import { addBiasGradient, affine, inputGradient } from "./matrix";
import { areTilesTall, tileHeight, useTallTiles } from "./tiles";
import { adadelta, adam, adamax, addStatistics, gather, lion, momentum, rmsprop, sgd } from "./updates";

const enum Word {
  threads = 0,
  job = 4,
  pending = 8,
  stop = 12,
  entry = 16,
  size = 20,
  rate = 24,
  tall = 28,
}

/** The address of the memory shared by the threads. A module variable, because AssemblyScript has no closures; each thread has its own. */
let block: usize = 0;

/** The number of times that a thread reads the job's number before it sleeps: about 50 microseconds. */
const SPINS: i32 = 20_000;
/** The minimum work for sharing an entry, in multiplications or in weights. For less, waking a thread would take longer. */
const LEAST_MULTIPLICATIONS: i32 = 150_000;
const LEAST_WEIGHTS: i32 = 16_384;

/** Called by the first thread: `at` is the block, `threads` the number of threads including this one. */
export function useThreads(at: usize, threads: i32): void {
  block = at;
  store<i32>(at, threads, Word.threads);
  store<i32>(at, areTilesTall() ? 1 : 0, Word.tall);
}

/** Returns the number of stretches of `length` gradients. */
// @ts-ignore: decorator
@inline
export function stretches(length: i32): i32 {
  return (length + STRETCH - 1) / STRETCH;
}

/** Returns whether there is only one thread. */
// @ts-ignore: decorator
@inline
export function isAlone(): bool {
  return block == 0 || load<i32>(block, Word.threads) == 1;
}

/** Executes an entry for `size` rows (weights for updates), with the other threads if the entry is large enough. */
export function share(e: usize, size: i32, rate: f32): void {
  if (isAlone() || !isWorthSharing(e, size)) return part(e, size, rate, 0, 1);
  const threads = load<i32>(block, Word.threads);
  store<usize>(block, e, Word.entry);
  store<i32>(block, size, Word.size);
  store<f32>(block, rate, Word.rate);
  atomic.store<i32>(block, threads - 1, Word.pending);
  atomic.add<i32>(block, 1, Word.job);
  atomic.notify(block + Word.job, threads - 1);
  part(e, size, rate, 0, threads);
  while (atomic.load<i32>(block, Word.pending) > 0) {}
}

function isWorthSharing(e: usize, size: i32): bool {
  const code = int(e, 0);
  if (code == Code.statistics) return size >= LEAST_WEIGHTS;
  if (code == Code.gather) return size * int(e, Gather.width) >= LEAST_WEIGHTS;
  // All products except `affine` have `inputs` in the same word; `units` follows it.
  const first = code == Code.affine ? Affine.inputs : KernelGradient.inputs;
  const inputs = int(e, first);
  const units = int(e, first + 1);
  return <i64>size * inputs * units >= LEAST_MULTIPLICATIONS && (code != Code.inputGradient || units >= 8);
}

/** The main loop of another thread: waits for jobs and executes its part of each, until endThreads is called. */
export function serve(at: usize, slot: i32): void {
  block = at;
  useTallTiles(load<i32>(at, Word.tall));
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
    const threads = load<i32>(block, Word.threads);
    part(load<usize>(block, Word.entry), load<i32>(block, Word.size), load<f32>(block, Word.rate), slot, threads);
    atomic.sub<i32>(block, 1, Word.pending);
  }
}

/** Stops the other threads. */
export function endThreads(): void {
  if (!block) return;
  atomic.store<i32>(block, 1, Word.stop);
  atomic.add<i32>(block, 1, Word.job);
  atomic.notify(block + Word.job, load<i32>(block, Word.threads));
  store<i32>(block, 1, Word.threads);
}

/**
 * Executes the slot's part of an entry, which is cut at whole tiles. If there are enough columns, they are divided: each processor then has the same
 * part of the weights and signals in its cache in the forward pass, the reverse pass and the update.
 */
function part(e: usize, size: i32, rate: f32, slot: i32, threads: i32): void {
  switch (int(e, 0)) {
    case Code.gather: {
      const from = partStart(size, 4, slot, threads);
      gather(
        int(e, Gather.table), int(e, Gather.columns), int(e, Gather.start), int(e, Gather.width), int(e, Gather.rows),
        from, partStart(size, 4, slot + 1, threads) - from, int(e, Gather.to) + ((from * int(e, Gather.stride)) << 2),
        int(e, Gather.stride),
      );
      break;
    }
    case Code.affine:
      affinePart(e, size, slot, threads);
      break;
    case Code.inputGradient:
      inputPart(e, size, slot, threads);
      break;
    case Code.kernelGradient:
      kernelPart(e, size, slot, threads);
      break;
    case Code.fusedUpdate:
      fusedUpdatePart(e, size, rate, slot, threads);
      break;
    default:
      updatePart(e, e + (WORDS << 2), size, rate, slot, threads);
  }
}

/** The slot's part of z = x · w + b and, if the entry has an activation, of a = f(z). */
export function affinePart(e: usize, rows: i32, slot: i32, threads: i32): void {
  const inputs = int(e, Affine.inputs);
  const units = int(e, Affine.units);
  const byColumns = sharesColumns(units, rows, threads);
  cut(rows, units, byColumns, slot, threads);
  const scratch = int(e, Affine.scratch) + slot * int(e, Affine.scratchStep);
  affine(int(e, Affine.x), int(e, Affine.w), int(e, Affine.b), int(e, Affine.z), from, to, first, last, inputs, units, scratch);
  const activation = int(e, Affine.activation);
  if (activation == 0) return;
  // Whole rows are contiguous and form one piece.
  const pieces = byColumns ? to - from : 1;
  const length = byColumns ? last - first : (to - from) * units;
  let at = (from * units + first) << 2;
  for (let k = 0; k < pieces; k++) {
    activate(activation - 1, int(e, Affine.z) + at, int(e, Affine.a) + at, length, float(e, Affine.setting));
    at += units << 2;
  }
}

/** The slot's part of dx = dz · wᵀ and, if the entry has an activation, of f'(z) · dx for the layer before it. */
export function inputPart(e: usize, rows: i32, slot: i32, threads: i32): void {
  const inputs = int(e, InputGradient.inputs);
  const byColumns = sharesColumns(inputs, rows, threads);
  cut(rows, inputs, byColumns, slot, threads);
  const scratch = int(e, InputGradient.scratch) + slot * int(e, InputGradient.scratchStep);
  inputGradient(
    int(e, InputGradient.dz), int(e, InputGradient.w), int(e, InputGradient.dx), from, to, first, last, inputs,
    int(e, InputGradient.units), int(e, InputGradient.fresh), scratch,
  );
  const activation = int(e, InputGradient.activation);
  if (activation == 0) return;
  const pieces = byColumns ? to - from : 1;
  const length = byColumns ? last - first : (to - from) * inputs;
  let at = (from * inputs + first) << 2;
  for (let k = 0; k < pieces; k++) {
    addSlope(
      activation - 1, int(e, InputGradient.z) + at, int(e, InputGradient.a) + at, int(e, InputGradient.dx) + at,
      int(e, InputGradient.below) + at, length, float(e, InputGradient.setting), int(e, InputGradient.belowFresh),
    );
    at += inputs << 2;
  }
}

/** The slot's part of dw = xᵀ · dz and, if the entry has a bias, of its gradient. */
export function kernelPart(e: usize, rows: i32, slot: i32, threads: i32): void {
  const inputs = int(e, KernelGradient.inputs);
  const units = int(e, KernelGradient.units);
  const byColumns = hasColumns(units, threads);
  cut(inputs, units, byColumns, slot, threads);
  const scratch = int(e, KernelGradient.scratch) + slot * int(e, KernelGradient.scratchStep);
  kernelGradient(
    int(e, KernelGradient.x), int(e, KernelGradient.dz), int(e, KernelGradient.dw), rows, from, to, first, last, inputs, units, 1, scratch,
  );
  biasPart(e, rows, first, last, byColumns || slot == 0);
}

// @ts-ignore: decorator
@inline
function biasPart(e: usize, rows: i32, first: i32, last: i32, isOwn: bool): void {
  const db = int(e, KernelGradient.db);
  if (db != 0 && isOwn) addBiasGradient(int(e, KernelGradient.dz), db, rows, int(e, KernelGradient.units), first, last, 1);
}

/**
 * Returns whether to divide a product's columns rather than its rows. They are divided in groups of eight, so few columns could not be divided
 * evenly. Rows must consist of whole vectors, because an activation after the product writes whole vectors.
 */
// @ts-ignore: decorator
@inline
function sharesColumns(columns: i32, rows: i32, threads: i32): bool {
  if ((columns & 3) != 0) return false;
  const panels = (columns + 7) >> 3;
  return panels >= 4 * threads && rows < 128 * threads;
}

/** The same for a kernel's gradient: its columns are units and its rows are inputs. */
// @ts-ignore: decorator
@inline
function hasColumns(columns: i32, threads: i32): bool {
  return columns > 16 * threads;
}

/**
 * The part set by `cut`, in variables because a function returns one number: columns [first, last) of all rows, or rows (inputs for a kernel's
 * gradient) [from, to) of all columns.
 */
let from: i32 = 0;
let to: i32 = 0;
let first: i32 = 0;
let last: i32 = 0;

// @ts-ignore: decorator
@inline
function cut(rows: i32, columns: i32, byColumns: bool, slot: i32, threads: i32): void {
  from = byColumns ? 0 : partStart(rows, 4, slot, threads);
  to = byColumns ? rows : partStart(rows, 4, slot + 1, threads);
  first = byColumns ? partStart(columns, 8, slot, threads) : 0;
  last = byColumns ? partStart(columns, 8, slot + 1, threads) : columns;
}

/** Returns the start of the slot's part: a multiple of `step`, or `size` for the slot after the last. */
// @ts-ignore: decorator
@inline
function partStart(size: i32, step: i32, slot: i32, threads: i32): i32 {
  // A single thread needs no division.
  if (slot == 0) return 0;
  return slot == threads ? size : ((((size + step - 1) / step) * slot) / threads) * step;
}

/**
 * A kernel's gradient and its update in one pass, band by band; the whole gradient is never stored. Plain SGD updates from the
 * registers; other optimizers read each band from the L1 cache.
 */
function fusedUpdatePart(e: usize, rows: i32, rate: f32, slot: i32, threads: i32): void {
  const update = e - (WORDS << 2);
  const inputs = int(e, FusedUpdate.inputs);
  const units = int(e, FusedUpdate.units);
  const byColumns = hasColumns(units, threads);
  cut(inputs, units, byColumns, slot, threads);
  const width = last - first;
  if (width <= 0 || from >= to) return;
  biasPart(e, rows, first, last, byColumns || slot == 0);
  const scratch = int(e, FusedUpdate.scratch) + slot * int(e, FusedUpdate.scratchStep);
  prepareBands(int(e, FusedUpdate.x), int(e, FusedUpdate.dz), rows, to - from, first, last, inputs, units, scratch);
  const stride = units << 2;
  const isPlain = int(update, 0) == Code.sgd;
  const gradient = scratch + (scratchLength(rows, width) << 2);
  const gradientStride = ((width + 7) & ~7) << 2;
  for (let k = from; k < to; ) {
    const height = tileHeight(to - k);
    const at = k * stride + (first << 2);
    if (isPlain) band(k, height, int(update, Sgd.w) + at, stride, Into.step, rate);
    else {
      band(k, height, gradient, gradientStride, Into.store, 0);
      for (let i = 0; i < height; i++) updateFrom(update, at + i * stride, gradient + i * gradientStride, width, rate);
    }
    k += height;
  }
}

/** The slot's stretches of a range: adds up each stretch's gradient statistics at `sums` and updates its weights. */
function updatePart(statistics: usize, update: usize, length: i32, rate: f32, slot: i32, threads: i32): void {
  const g = int(statistics, Statistics.g);
  const sums = int(statistics, Statistics.sums);
  const all = stretches(length);
  const end = (all * (slot + 1)) / threads;
  for (let k = (all * slot) / threads; k < end; k++) {
    const from = k * STRETCH;
    const count = min(STRETCH, length - from);
    const at = sums + k * (STRETCH_STATISTICS << 3);
    store<f64>(at, 0, StretchStatistic.squares);
    store<f64>(at, 0, StretchStatistic.sum);
    store<f64>(at, 0, StretchStatistic.largest);
    store<f64>(at, 0, StretchStatistic.zeros);
    addStatistics(g + (from << 2), count, at);
    updateFrom(update, from << 2, g + (from << 2), count, rate);
  }
}

/** Returns the address `at` bytes after an optional array's start; 0 without one. */
// @ts-ignore: decorator
@inline
function optional(start: i32, at: i32): i32 {
  return start ? start + at : 0;
}

/** Executes an update entry for `count` weights, `at` bytes after its first weight, with the gradients at `g`. */
export function updateFrom(e: usize, at: i32, g: usize, count: i32, rate: f32): void {
  switch (int(e, 0)) {
    case Code.sgd:
      sgd(int(e, Sgd.w) + at, g, count, rate);
      break;
    case Code.momentum:
      momentum(int(e, Momentum.w) + at, g, int(e, Momentum.m) + at, count, rate, float(e, Momentum.momentum), int(e, Momentum.nesterov));
      break;
    case Code.adam:
      adam(
        int(e, Adam.w) + at, g, int(e, Adam.m) + at, int(e, Adam.v) + at, count, rate,
        float(e, Adam.beta1), float(e, Adam.beta2), float(e, Adam.epsilon), float(e, Adam.decay), optional(int(e, Adam.largest), at),
      );
      break;
    case Code.rmsprop:
      rmsprop(
        int(e, Rmsprop.w) + at, g, int(e, Rmsprop.v) + at, count, rate, float(e, Rmsprop.rho), float(e, Rmsprop.epsilon),
        float(e, Rmsprop.momentum), optional(int(e, Rmsprop.m), at), optional(int(e, Rmsprop.mean), at),
      );
      break;
    case Code.adadelta:
      adadelta(
        int(e, Adadelta.w) + at, g, int(e, Adadelta.e) + at, int(e, Adadelta.d) + at, count, rate,
        float(e, Adadelta.rho), float(e, Adadelta.epsilon),
      );
      break;
    case Code.adamax:
      adamax(
        int(e, Adamax.w) + at, g, int(e, Adamax.m) + at, int(e, Adamax.u) + at, count, rate,
        float(e, Adamax.beta1), float(e, Adamax.beta2), float(e, Adamax.epsilon),
      );
      break;
    case Code.lion:
      lion(int(e, Lion.w) + at, g, int(e, Lion.m) + at, count, rate, float(e, Lion.beta1), float(e, Lion.beta2));
      break;
  }
}
