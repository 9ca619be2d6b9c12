/**
 * The reference kernels: each formula of kernels.ts as plain loops, for float64 and float32. The compiled kernels are tested against them. NaN and
 * infinity propagate. Sums over rows are added to memory row by row, so a batch computed in pieces has the same bits as one computed at once.
 *
 * Trainings in float64, the gradient check, `nn gradients` and the walk use them, at about half the speed of loops unrolled by four. They compute few
 * rows or need the precision; speed-critical code uses the compiled kernels.
 */
import { type ScalarActivationName, scalarActivations } from "../catalog/activations.ts";
import type { Configured } from "../catalog/index.ts";
import { GRADIENT_STATISTICS, STATISTIC } from "./abi.ts";
import type { ActivationKernel, Kernels } from "./kernels.ts";

type Precision = "float32" | "float64";

export const referenceKernels = (precision: Precision): Kernels => ({
  ...loops,
  allocate: (length) => (precision === "float32" ? new Float32Array(length) : new Float64Array(length)),
});

const loops: Omit<Kernels, "allocate"> = {
  name: "reference",

  allocateIndices: (length) => new Uint32Array(length),
  allocateSums: (length) => new Float64Array(length),

  affine(x, w, b, z, rows, inputs, units) {
    for (let row = 0; row < rows; row++) {
      const to = row * units;
      for (let j = 0; j < units; j++) z[to + j] = b ? b[j] : 0;
      for (let i = 0; i < inputs; i++) {
        const xi = x[row * inputs + i];
        for (let j = 0; j < units; j++) z[to + j] += xi * w[i * units + j];
      }
    }
  },

  kernelGradient(x, dz, dw, rows, inputs, units) {
    dw.fill(0);
    loops.addKernelGradient(x, dz, dw, rows, inputs, units);
  },

  addKernelGradient(x, dz, dw, rows, inputs, units) {
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < inputs; i++) {
        const xi = x[row * inputs + i];
        for (let j = 0; j < units; j++) dw[i * units + j] += xi * dz[row * units + j];
      }
    }
  },

  biasGradient(dz, db, rows, units) {
    db.fill(0);
    loops.addBiasGradient(dz, db, rows, units);
  },

  addBiasGradient(dz, db, rows, units) {
    for (let row = 0; row < rows; row++) {
      for (let j = 0; j < units; j++) db[j] += dz[row * units + j];
    }
  },

  addInputGradient(dz, w, dx, rows, inputs, units) {
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < inputs; i++) {
        let sum = 0;
        for (let j = 0; j < units; j++) sum += dz[row * units + j] * w[i * units + j];
        dx[row * inputs + i] += sum;
      }
    }
  },

  softmax(z, a, rows, units) {
    for (let row = 0; row < rows; row++) {
      const from = row * units;
      let largest = Number.NEGATIVE_INFINITY;
      for (let j = 0; j < units; j++) largest = Math.max(largest, z[from + j]);
      let sum = 0;
      for (let j = 0; j < units; j++) {
        const e = Math.exp(z[from + j] - largest);
        a[from + j] = e;
        sum += e;
      }
      for (let j = 0; j < units; j++) a[from + j] /= sum;
    }
  },

  addSoftmaxGradient(a, da, dz, rows, units) {
    for (let row = 0; row < rows; row++) {
      const from = row * units;
      let dot = 0;
      for (let j = 0; j < units; j++) dot += a[from + j] * da[from + j];
      for (let j = 0; j < units; j++) dz[from + j] += a[from + j] * (da[from + j] - dot);
    }
  },

  activation: activationKernel,

  // training/optimizers.ts and network/outputLosses.ts contain the formulas.
  update: () => undefined,
  loss: () => undefined,

  copy(from, to, length, factor = 1) {
    for (let i = 0; i < length; i++) to[i] = factor * from[i];
  },

  addInto(from, to, length, factor = 1) {
    for (let i = 0; i < length; i++) to[i] += factor * from[i];
  },

  clear: (numbers) => void numbers.fill(0),

  addGradientStatistics(g, from, to, totals, slot) {
    const at = GRADIENT_STATISTICS * slot;
    let squares = 0;
    let sum = 0;
    let largest = totals[at + STATISTIC.largest];
    let zeros = 0;
    for (let i = from; i < to; i++) {
      const value = g[i];
      const size = Math.abs(value);
      squares += value * value;
      sum += value;
      if (size > largest) largest = size;
      if (value === 0) zeros++;
    }
    totals[at + STATISTIC.norms] += Math.sqrt(squares);
    totals[at + STATISTIC.sum] += sum;
    totals[at + STATISTIC.largest] = largest;
    totals[at + STATISTIC.zeros] += zeros;
    totals[at + STATISTIC.squares] += squares;
    return Number.isFinite(squares);
  },

  countZeros(a, counts, rows, units) {
    for (let i = 0, row = 0; row < rows; row++) for (let j = 0; j < units; j++, i++) if (a[i] === 0) counts[j]++;
  },

  gather(table, columns, start, width, order, from, count, to, at, stride) {
    for (let i = 0; i < count; i++) {
      const source = order[from + i] * columns + start;
      const target = at + i * stride;
      for (let k = 0; k < width; k++) to[target + k] = table[source + k];
    }
  },
};

/** Loops over the catalog's scalar functions. */
function activationKernel<K extends ScalarActivationName>({ name, settings }: Configured<"activations", K>): ActivationKernel {
  const { value, slope } = scalarActivations[name];
  return {
    forward(z, a, length) {
      for (let i = 0; i < length; i++) a[i] = value(z[i], settings);
    },
    backward(z, a, da, dz, length) {
      for (let i = 0; i < length; i++) dz[i] += da[i] * slope(z[i], a[i], settings);
    },
  };
}
