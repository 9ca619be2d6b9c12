/**
 * The compiled kernels (engine/wasm), for float32: vectors of four, fused multiply-add where the processor has it. Arrays lie in
 * one memory of theirs and are handed over by their place in it. What they have no function for, the reference's loops do.
 */
import type { ScalarActivationName } from "../catalog/activations.ts";
import type { NumberValues } from "../catalog/arguments.ts";
import type { OptimizerName } from "../catalog/optimizers.ts";
import { type Compiled, canRun, instantiate, pagedMemory } from "../host.ts";
import type { Kernels, Numbers, Update } from "./kernels.ts";
import { referenceKernels } from "./reference.ts";

/** The module in its two builds. */
export interface KernelFiles {
  /** a · b + c rounded once: faster, and the same bits on every processor that has fused multiply-add. */
  readonly fused: Uint8Array;
  /** Rounded twice: the same bits everywhere. */
  readonly strict: Uint8Array;
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

const PAGE = 65_536;
/** Vectors may run this many bytes past an array's end. */
const SLACK = 64;

/** Fresh memory with the kernels over it; undefined where this machine can't run them. `isStrict`: the same bits everywhere. */
export async function wasmKernels({ fused, strict }: KernelFiles, isStrict: boolean): Promise<Kernels | undefined> {
  const bytes = !isStrict && canRun(fused) ? fused : strict;
  if (!canRun(bytes)) return undefined;
  const memory = pagedMemory(16);
  const run = await instantiate(bytes, memory);
  // The first page is the module's own.
  let end = PAGE;
  const take = (size: number): number => {
    const start = end;
    end = start + Math.ceil((size + SLACK) / SLACK) * SLACK;
    const missing = end + PAGE - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    return start;
  };
  const floats = (length: number): Float32Array => {
    const place = take(4 * length);
    return new Float32Array(memory.buffer, place, length);
  };
  return {
    ...referenceKernels("float32"),
    ...products(run, take),
    ...elements(run, floats),
    ...tables(run),
    update: (use) => updates(run, use.settings)[use.name],
    allocate: floats,
    allocateIndices(length) {
      const place = take(4 * length);
      return new Uint32Array(memory.buffer, place, length);
    },
    name: bytes === strict ? "wasm strict" : call(run, "isFused")() === 1 ? "wasm fused" : "wasm",
  };
}

type Functions = Readonly<Record<string, Compiled>>;

function call(run: Functions, name: string): Compiled {
  const found = run[name];
  if (!found) throw new Error(`The compiled kernels have no ${name}.`);
  return found;
}

function products(run: Functions, take: (bytes: number) => number) {
  const [affine, kernelGradient, biasGradient, inputGradient] = ["affine", "addKernelGradient", "addBiasGradient", "addInputGradient"].map(
    (name) => call(run, name),
  );
  /** Room for copies, as much as was ever wanted. */
  const scratch = (): ((numbers: number) => number) => {
    let size = 0;
    let place = 0;
    return (numbers) => {
      if (4 * numbers > size) {
        size = 4 * numbers;
        place = take(size);
      }
      return place;
    };
  };
  const panel = scratch();
  const across = scratch();
  return {
    affine(x, w, b, z, rows, inputs, units) {
      affine(x.byteOffset, w.byteOffset, b?.byteOffset ?? 0, z.byteOffset, 0, rows, inputs, units, panel(8 * inputs));
    },
    addKernelGradient(x, dz, dw, rows, inputs, units) {
      const room = across(rows * (inputs + 4));
      kernelGradient(x.byteOffset, dz.byteOffset, dw.byteOffset, rows, 0, inputs, inputs, units, panel(8 * rows), room);
    },
    addBiasGradient: (dz, db, rows, units) => void biasGradient(dz.byteOffset, db.byteOffset, rows, units),
    addInputGradient(dz, w, dx, rows, inputs, units) {
      inputGradient(dz.byteOffset, w.byteOffset, dx.byteOffset, 0, rows, inputs, units, units < 8 ? across(units * (inputs + 4)) : 0);
    },
  } satisfies Partial<Kernels>;
}

function elements(run: Functions, floats: (length: number) => Float32Array) {
  const [activate, slope, softmax, softmaxGradient, figuresOf] = [
    "activate",
    "addSlope",
    "softmax",
    "addSoftmaxGradient",
    "gradientFigures",
  ].map((name) => call(run, name));
  const { curve: referenceCurve } = referenceKernels("float32");
  const room = floats(8);
  const four = new Float64Array(room.buffer, room.byteOffset, 4);
  return {
    softmax: (z, a, rows, units) => void softmax(z.byteOffset, a.byteOffset, rows, units),
    addSoftmaxGradient: (a, da, dz, rows, units) => void softmaxGradient(a.byteOffset, da.byteOffset, dz.byteOffset, rows, units),
    curve(use) {
      const number = CURVES[use.name];
      if (number === undefined) return referenceCurve(use);
      const setting = use.settings["alpha"] ?? use.settings["negative_slope"] ?? 0;
      return {
        forward: (z, a, length) => void activate(number, z.byteOffset, a.byteOffset, length, setting),
        backward: (z, a, da, dz, length) => void slope(number, z.byteOffset, a.byteOffset, da.byteOffset, dz.byteOffset, length, setting),
      };
    },
    gradientFigures(g, from, to, figures) {
      four[2] = figures.largest;
      figuresOf(g.byteOffset + 4 * from, to - from, room.byteOffset);
      figures.squares += four[0];
      figures.sum += four[1];
      figures.largest = four[2];
      figures.zeros += four[3];
    },
  } satisfies Partial<Kernels>;
}

function tables(run: Functions) {
  const [zeros, gather] = ["countZeros", "gather"].map((name) => call(run, name));
  const { gather: referenceGather } = referenceKernels("float32");
  return {
    countZeros: (a, counts, rows, units) => void zeros(a.byteOffset, counts.byteOffset, rows, units),
    gather(table, columns, start, width, order, from, count, to, at, stride) {
      // An order from elsewhere is not in this memory.
      if (!sameMemory(order, to)) referenceGather(table, columns, start, width, order, from, count, to, at, stride);
      else gather(table.byteOffset, columns, start, width, order.byteOffset, from, count, to.byteOffset + 4 * at, stride);
    },
  } satisfies Partial<Kernels>;
}

/** A memory that has grown since shows itself as another buffer, but only shared ones are in use here. */
const sameMemory = (a: Uint32Array, b: Numbers): boolean => a.buffer === b.buffer || a.buffer instanceof SharedArrayBuffer;

function updates(run: Functions, settings: NumberValues): { readonly [K in OptimizerName]?: Update } {
  const { momentum: factor = 0, nesterov = 0, amsgrad = 0, centered = 0 } = settings;
  const [sgd, momentum, adam, rmsprop] = ["sgd", "momentum", "adam", "rmsprop"].map((name) => call(run, name));
  const adamWith =
    (decays: boolean): Update =>
    (w, g, from, to, rate, { slots: [m, v], step }, { beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7, weight_decay = 0.004 }) => {
      const alpha = (rate * Math.sqrt(1 - beta_2 ** step)) / (1 - beta_1 ** step);
      const keeps = decays ? 1 - rate * weight_decay : 1;
      const [wAt, gAt, mAt, vAt] = [w, g, m, v].map(({ byteOffset }) => byteOffset + 4 * from);
      adam(wAt, gAt, mAt, vAt, to - from, alpha, beta_1, beta_2, epsilon, keeps);
    };
  return {
    sgd(w, g, from, to, rate, { slots: [m] }) {
      const [wAt, gAt] = [w.byteOffset + 4 * from, g.byteOffset + 4 * from];
      if (factor === 0) sgd(wAt, gAt, to - from, rate);
      else momentum(wAt, gAt, m.byteOffset + 4 * from, to - from, rate, factor, nesterov);
    },
    ...(amsgrad === 0 && { adam: adamWith(false), adamw: adamWith(true) }),
    ...(centered === 0 &&
      factor === 0 && {
        rmsprop: (w, g, from, to, rate, { slots: [v] }, { rho = 0.9, epsilon = 1e-7 }) =>
          void rmsprop(w.byteOffset + 4 * from, g.byteOffset + 4 * from, v.byteOffset + 4 * from, to - from, rate, rho, epsilon),
      }),
  };
}
