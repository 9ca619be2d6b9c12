/**
 * The compiled kernels (engine/wasm), for float32: vectors of four, fused multiply-add where the processor has it. Arrays lie in
 * one memory of theirs and are handed over by their place in it. What they have no function for, the reference's loops do.
 */
import type { ScalarActivationName } from "../catalog/activations.ts";
import type { LossName } from "../catalog/losses.ts";
import type { OptimizerName } from "../catalog/optimizers.ts";
import { type Compiled, canRun, type HelperWork, instantiate, pagedMemory, type StartHelpers } from "../host.ts";
import type { Use } from "../plan.ts";
import { CODES, WORDS } from "./entries.ts";
import type { Kernels, LossKernel, Numbers, RecordingKernels, Update } from "./kernels.ts";
import { FIGURES, updateRate } from "./kernels.ts";
import { referenceKernels } from "./reference.ts";
import { type Recorder, tapeRecorder } from "./tape.ts";

/** The module in its two builds. */
export interface KernelFiles {
  /** a · b + c rounded once: faster, and the same bits on every processor that has fused multiply-add. */
  readonly fused: Uint8Array;
  /** Rounded twice: the same bits everywhere. */
  readonly strict: Uint8Array;
  /** Whether what runs them keeps twelve vectors of sums in registers; else eight. The bits are the same. */
  readonly hasTallTiles?: boolean;
}

/** More than these kernels' memory can hold, in bytes; some is left for copies that the kernels make. */
export const MOST_BYTES = 3.5e9;

/** As the module numbers them. */
const CURVES: { readonly [K in ScalarActivationName]?: number } = {
  relu: 0,
  tanh: 1,
  sigmoid: 2,
  leaky_relu: 3,
  elu: 4,
  selu: 5,
  gelu: 6,
  swish: 7,
  softplus: 8,
  softsign: 9,
  hard_sigmoid: 10,
};
const LOSSES: { readonly [K in LossName]?: { readonly number: number; readonly after?: string } } = {
  mse: { number: 0 },
  mae: { number: 1 },
  huber: { number: 2 },
  binary_crossentropy: { number: 3, after: "sigmoid" },
  sparse_categorical_crossentropy: { number: 4, after: "softmax" },
  categorical_crossentropy: { number: 5, after: "softmax" },
};

const PAGE = 65_536;
/** Vectors may run this many bytes past an array's end. */
const SLACK = 64;

/** How many threads besides this one, and how they are started. */
export interface Helpers {
  readonly count: number;
  readonly start: StartHelpers;
}

/** The module over fresh memory of its own. */
export interface CompiledModule {
  readonly call: (name: string) => Compiled;
  /** Room for so many bytes: where it begins. */
  readonly take: (bytes: number) => number;
  readonly buffer: () => ArrayBufferLike;
}

/** Fresh memory with the kernels over it; undefined where this machine can't run them. `isStrict`: the same bits everywhere. */
export async function wasmKernels(
  { fused, strict, hasTallTiles = false }: KernelFiles,
  isStrict: boolean,
  helpers?: Helpers,
): Promise<RecordingKernels | undefined> {
  const bytes = !isStrict && canRun(fused) ? fused : strict;
  if (!canRun(bytes)) return undefined;
  const memory = pagedMemory(16);
  const functions = await instantiate(bytes, memory);
  // The first page is the module's own.
  let used = PAGE;
  const module: CompiledModule = {
    call(name) {
      const found = functions[name];
      if (!found) throw new Error(`The compiled kernels have no ${name}.`);
      return found;
    },
    take(size) {
      const start = used;
      used = start + Math.ceil((size + SLACK) / SLACK) * SLACK;
      const missing = used + PAGE - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
      return start;
    },
    buffer: () => memory.buffer,
  };
  const isFused = module.call("isFused")() === 1;
  // Without it a product needs a register of its own before it is added, and there are no more.
  module.call("useTallTiles")(Number(hasTallTiles && isFused));
  const recorder = tapeRecorder(module);
  const block = module.take(64);
  const { threads, ended } = await startThreads(module, helpers, { bytes, memory, block });
  const shuffle = module.call("shuffle");
  return {
    ...referenceKernels("float32"),
    ...products(module, recorder, threads),
    ...elements(module, recorder),
    ...tables(module, recorder),
    update: (use) => updateFor(use, module, recorder),
    loss: (use, activation) => lossFor(use, activation, module, recorder),
    allocate(length) {
      const place = module.take(4 * length);
      return new Float32Array(memory.buffer, place, length);
    },
    allocateIndices(length) {
      const place = module.take(4 * length);
      return new Uint32Array(memory.buffer, place, length);
    },
    allocateSums(length) {
      const place = module.take(8 * length);
      return new Float64Array(memory.buffer, place, length);
    },
    threads,
    async close() {
      module.call("endThreads")();
      await ended();
    },
    record: recorder.record,
    shuffle: (order, state) => void shuffle(order.byteOffset, order.length, ...state),
    name: bytes === strict ? "wasm strict" : isFused ? "wasm fused" : "wasm",
  };
}

/** Alone where the others can't be had. */
async function startThreads(
  { call }: CompiledModule,
  helpers: Helpers | undefined,
  work: Omit<HelperWork, "count">,
): Promise<{ threads: number; ended: () => Promise<void> }> {
  const alone = { threads: 1, ended: async () => undefined };
  if (!helpers) return alone;
  call("useThreads")(work.block, helpers.count + 1);
  try {
    return { threads: helpers.count + 1, ended: await helpers.start({ ...work, count: helpers.count }) };
  } catch {
    call("endThreads")();
    return alone;
  }
}

function products({ call, take, buffer }: CompiledModule, recorder: Recorder, threads: number) {
  const affine = call("affine");
  const share = call("share");
  /** One entry, as of a tape: what is shared out without being recorded, which is measuring and predicting. */
  const entry = take(4 * WORDS);
  const words = new Int32Array(buffer(), entry, WORDS);
  const kernelGradient = call("kernelGradient");
  const biasGradient = call("addBiasGradient");
  const inputGradient = call("inputGradient");
  const room = scratch(take);
  /** Each thread's own room, and how many bytes they lie apart. */
  const rooms = (numbers: number): [number, number] => [room(numbers * threads), 4 * numbers];
  const eights = (numbers: number): number => 8 * Math.ceil(numbers / 8);
  /** A panel of eight columns. */
  const panel = (length: number): number => 8 * eights(length);
  /** What engine/wasm/gradient.ts copies together: dz in panels, one band of x, and one of the gradient. */
  const bands = (rows: number, units: number): number => (rows + 6) * eights(units) + 6 * rows;
  return {
    affine(x, w, b, z, rows, inputs, units) {
      const [xAt, wAt, bAt, zAt] = [x.byteOffset, w.byteOffset, b?.byteOffset ?? 0, z.byteOffset];
      if (recorder.isOn) recorder.put(CODES.affine, xAt, wAt, bAt, zAt, inputs, units, ...rooms(panel(inputs)));
      else if (threads === 1) affine(xAt, wAt, bAt, zAt, 0, rows, 0, units, inputs, units, room(panel(inputs)));
      else {
        words.set([CODES.affine, xAt, wAt, bAt, zAt, inputs, units, ...rooms(panel(inputs))]);
        share(entry, rows, 0);
      }
    },
    addKernelGradient(x, dz, dw, rows, inputs, units, fresh) {
      const places = [x.byteOffset, dz.byteOffset, dw.byteOffset];
      if (recorder.isOn) recorder.put(CODES.kernelGradient, ...places, inputs, units, ...rooms(bands(rows, units)), 0);
      else kernelGradient(...places, rows, 0, inputs, 0, units, inputs, units, Number(fresh), room(bands(rows, units)));
    },
    addBiasGradient(dz, db, rows, units, fresh) {
      if (recorder.isOn) recorder.put(CODES.biasGradient, dz.byteOffset, db.byteOffset, units);
      else biasGradient(dz.byteOffset, db.byteOffset, rows, units, 0, units, Number(fresh));
    },
    addInputGradient(dz, w, dx, rows, inputs, units) {
      const places = [dz.byteOffset, w.byteOffset, dx.byteOffset];
      const across = units < 8 ? units * (inputs + 4) : panel(units);
      if (recorder.isOn) recorder.put(CODES.inputGradient, ...places, inputs, units, ...rooms(across), 0);
      else inputGradient(...places, 0, rows, 0, inputs, inputs, units, 0, room(across));
    },
  } satisfies Partial<Kernels>;
}

/** Room for copies, as much as was ever wanted. */
function scratch(take: (bytes: number) => number): (numbers: number) => number {
  let size = 0;
  let place = 0;
  return (numbers) => {
    if (4 * numbers > size) {
      size = 4 * numbers;
      place = take(size);
    }
    return place;
  };
}

function elements({ call, take, buffer }: CompiledModule, recorder: Recorder) {
  const activate = call("activate");
  const slope = call("addSlope");
  const softmax = call("softmax");
  const softmaxGradient = call("addSoftmaxGradient");
  const figures = call("gradientFigures");
  const add = call("addInto");
  const reference = referenceKernels("float32");
  const room = take(32);
  const four = new Float64Array(buffer(), room, 4);
  return {
    softmax(z, a, rows, units) {
      if (recorder.isOn) recorder.put(CODES.softmax, z.byteOffset, a.byteOffset, units);
      else softmax(z.byteOffset, a.byteOffset, rows, units);
    },
    addSoftmaxGradient(a, da, dz, rows, units) {
      if (recorder.isOn) recorder.put(CODES.softmaxGradient, a.byteOffset, da.byteOffset, dz.byteOffset, units);
      else softmaxGradient(a.byteOffset, da.byteOffset, dz.byteOffset, rows, units);
    },
    curve(use) {
      const number = CURVES[use.name];
      if (number === undefined) {
        const { forward, backward } = reference.curve(use);
        return {
          forward: (...given) => (recorder.isOn ? recorder.give() : forward(...given)),
          backward: (...given) => (recorder.isOn ? recorder.give() : backward(...given)),
        };
      }
      const setting = use.settings["alpha"] ?? use.settings["negative_slope"] ?? 0;
      return {
        forward(z, a, length) {
          if (recorder.isOn) recorder.put(CODES.activate, number, z.byteOffset, a.byteOffset, recorder.width(length), { float: setting });
          else activate(number, z.byteOffset, a.byteOffset, length, setting);
        },
        backward(z, a, da, dz, length) {
          const places = [z, a, da, dz].map(({ byteOffset }) => byteOffset);
          if (recorder.isOn) recorder.put(CODES.slope, number, ...places, recorder.width(length), { float: setting }, 0);
          else slope(number, z.byteOffset, a.byteOffset, da.byteOffset, dz.byteOffset, length, setting, 0);
        },
      };
    },
    copy(from, to, length) {
      if (recorder.isOn) recorder.put(CODES.copy, from.byteOffset, to.byteOffset, recorder.width(length));
      else to.set(from.subarray(0, length));
    },
    addInto(from, to, length) {
      if (recorder.isOn) recorder.put(CODES.add, from.byteOffset, to.byteOffset, recorder.width(length));
      else add(from.byteOffset, to.byteOffset, length);
    },
    clear(numbers) {
      if (recorder.isOn) recorder.put(CODES.clear, numbers.byteOffset, numbers.length);
      else numbers.fill(0);
    },
    keepFigures(g, from, to, kept, slot) {
      const at = FIGURES * slot;
      if (recorder.isOn) {
        const sums = take(32 * Math.ceil((to - from) / 1024));
        recorder.put(CODES.figures, g.byteOffset + 4 * from, to - from, kept.byteOffset + 8 * at, room, sums);
        return true;
      }
      four[2] = kept[at + 2];
      figures(g.byteOffset + 4 * from, to - from, room);
      kept[at] += Math.sqrt(four[0]);
      kept[at + 1] += four[1];
      kept[at + 2] = four[2];
      kept[at + 3] += four[3];
      kept[at + 4] += four[0];
      return Number.isFinite(four[0]);
    },
  } satisfies Partial<Kernels>;
}

function tables({ call }: CompiledModule, recorder: Recorder) {
  const zeros = call("countZeros");
  const gather = call("gather");
  const { gather: referenceGather } = referenceKernels("float32");
  return {
    countZeros(a, counts, rows, units) {
      if (recorder.isOn) recorder.put(CODES.countZeros, a.byteOffset, counts.byteOffset, units);
      else zeros(a.byteOffset, counts.byteOffset, rows, units);
    },
    gather(table, columns, start, width, order, from, count, to, at, stride) {
      const target = to.byteOffset + 4 * at;
      const isOurs = isShared(order) && isShared(table);
      if (!isOurs && recorder.isOn) recorder.give();
      else if (!isOurs) referenceGather(table, columns, start, width, order, from, count, to, at, stride);
      else if (recorder.isOn) recorder.put(CODES.gather, table.byteOffset, columns, start, width, target, stride);
      else gather(table.byteOffset, columns, start, width, order.byteOffset, from, count, target, stride);
    },
  } satisfies Partial<Kernels>;
}

/** Only the kernels' own arrays are shared: an order or a table from elsewhere is not in their memory. */
const isShared = ({ buffer }: Numbers | Uint32Array): boolean => buffer instanceof SharedArrayBuffer;

function updateFor({ name, settings }: Use<OptimizerName>, { call }: CompiledModule, recorder: Recorder): Update | undefined {
  const { momentum: factor = 0, nesterov = 0, amsgrad = 0, centered = 0 } = settings;
  const { beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7, rho = 0.9, weight_decay = 0.004 } = settings;
  const places = (from: number, ...arrays: readonly Numbers[]): number[] => arrays.map(({ byteOffset }) => byteOffset + 4 * from);
  if (name === "sgd") {
    const [plain, withMomentum] = [call("sgd"), call("momentum")];
    return (w, g, from, to, rate, { slots: [m] }) => {
      if (recorder.isOn && factor === 0) recorder.put(CODES.sgd, ...places(from, w, g), to - from);
      else if (recorder.isOn) recorder.put(CODES.momentum, ...places(from, w, g, m), to - from, { float: factor }, nesterov);
      else if (factor === 0) plain(w.byteOffset + 4 * from, g.byteOffset + 4 * from, to - from, rate);
      else withMomentum(...places(from, w, g, m), to - from, rate, factor, nesterov);
    };
  }
  if ((name === "adam" || name === "adamw") && amsgrad === 0) {
    const adam = call("adam");
    return (w, g, from, to, rate, { slots: [m, v], step }) => {
      const keeps = name === "adamw" ? 1 - rate * weight_decay : 1;
      if (recorder.isOn)
        recorder.put(
          CODES.adam,
          ...places(from, w, g, m, v),
          to - from,
          { float: beta_1 },
          { float: beta_2 },
          { float: epsilon },
          { float: keeps },
        );
      else adam(...places(from, w, g, m, v), to - from, updateRate({ name, settings }, rate, step), beta_1, beta_2, epsilon, keeps);
    };
  }
  if (name === "rmsprop" && centered === 0 && factor === 0) {
    const rmsprop = call("rmsprop");
    return (w, g, from, to, rate, { slots: [v] }) => {
      if (recorder.isOn) recorder.put(CODES.rmsprop, ...places(from, w, g, v), to - from, { float: rho }, { float: epsilon });
      else rmsprop(...places(from, w, g, v), to - from, rate, rho, epsilon);
    };
  }
  return undefined;
}

function lossFor(
  { name, settings }: Use<LossName>,
  activation: string | undefined,
  { call }: CompiledModule,
  recorder: Recorder,
): LossKernel | undefined {
  const known = LOSSES[name];
  if (!known || (known.after !== undefined && known.after !== activation)) return undefined;
  const { number } = known;
  const [total, gradientOf] = [call("lossTotal"), call("addLossGradient")];
  const setting = settings["delta"] ?? 0;
  return {
    ofPreactivation: known.after !== undefined,
    total(z, a, t, rows, units, factor) {
      if (!recorder.isOn) return factor * total(number, z.byteOffset, a.byteOffset, t.byteOffset, rows, units, setting);
      recorder.put(CODES.lossTotal, number, z.byteOffset, a.byteOffset, t.byteOffset, units, { float: factor }, { float: setting });
      return 0;
    },
    addGradient(a, t, gradient, rows, units, factor) {
      const places = [a.byteOffset, t.byteOffset, gradient.byteOffset] as const;
      // A batch's share of the gradient is by its own number of rows.
      if (recorder.isOn) recorder.put(CODES.lossGradient, number, ...places, units, { float: factor * rows }, { float: setting }, 0);
      else gradientOf(number, ...places, rows, units, factor, setting, 0);
    },
  };
}
