/**
 * The reference kernels: the formulas as loops, for float64 and float32. What they compute is the definition;
 * NaN and infinity pass through. Sums run over inputs or rows in order, four at a time, which halves the memory traffic; a batch
 * taken in pieces of a multiple of four rows gives the same bits.
 */
import { type ScalarActivationName, scalarActivations } from "../catalog/activations.ts";
import type { Configured } from "../catalog/index.ts";
import { GRADIENT_STATISTICS, STATISTIC } from "./abi.ts";
import type { Curve, Kernels } from "./kernels.ts";

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
    const fours = inputs - (inputs % 4);
    for (let row = 0; row < rows; row++) {
      const to = row * units;
      const from = row * inputs;
      for (let j = 0; j < units; j++) z[to + j] = b ? b[j] : 0;
      for (let i = 0; i < fours; i += 4) {
        const [x0, x1, x2, x3] = [x[from + i], x[from + i + 1], x[from + i + 2], x[from + i + 3]];
        const [w0, w1, w2, w3] = [i * units, (i + 1) * units, (i + 2) * units, (i + 3) * units];
        for (let j = 0; j < units; j++) z[to + j] += x0 * w[w0 + j] + x1 * w[w1 + j] + x2 * w[w2 + j] + x3 * w[w3 + j];
      }
      for (let i = fours; i < inputs; i++) {
        const xi = x[from + i];
        for (let j = 0; j < units; j++) z[to + j] += xi * w[i * units + j];
      }
    }
  },

  addKernelGradient(x, dz, dw, rows, inputs, units, fresh) {
    if (fresh) dw.fill(0);
    const fours = rows - (rows % 4);
    for (let row = 0; row < fours; row += 4) {
      const [d0, d1, d2, d3] = [row * units, (row + 1) * units, (row + 2) * units, (row + 3) * units];
      for (let i = 0; i < inputs; i++) {
        const [x0, x1, x2, x3] = [x[row * inputs + i], x[(row + 1) * inputs + i], x[(row + 2) * inputs + i], x[(row + 3) * inputs + i]];
        const to = i * units;
        for (let j = 0; j < units; j++) dw[to + j] += x0 * dz[d0 + j] + x1 * dz[d1 + j] + x2 * dz[d2 + j] + x3 * dz[d3 + j];
      }
    }
    for (let row = fours; row < rows; row++) {
      for (let i = 0; i < inputs; i++) {
        const xi = x[row * inputs + i];
        const to = i * units;
        for (let j = 0; j < units; j++) dw[to + j] += xi * dz[row * units + j];
      }
    }
  },

  addBiasGradient(dz, db, rows, units, fresh) {
    if (fresh) db.fill(0);
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

  curve: curveOf,

  // Their formulas are the optimizers' and the losses' own (training/optimizers.ts, network/losses.ts).
  update: () => undefined,
  loss: () => undefined,

  copy(from, to, length) {
    for (let i = 0; i < length; i++) to[i] = from[i];
  },

  addInto(from, to, length) {
    for (let i = 0; i < length; i++) to[i] += from[i];
  },

  clear: (numbers) => void numbers.fill(0),

  keepFigures(g, from, to, kept, slot) {
    const at = GRADIENT_STATISTICS * slot;
    let squares = 0;
    let sum = 0;
    let largest = kept[at + STATISTIC.largest];
    let zeros = 0;
    for (let i = from; i < to; i++) {
      const value = g[i];
      const size = Math.abs(value);
      squares += value * value;
      sum += value;
      if (size > largest) largest = size;
      if (value === 0) zeros++;
    }
    kept[at + STATISTIC.norms] += Math.sqrt(squares);
    kept[at + STATISTIC.sum] += sum;
    kept[at + STATISTIC.largest] = largest;
    kept[at + STATISTIC.zeros] += zeros;
    kept[at + STATISTIC.squares] += squares;
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

function curveOf<K extends ScalarActivationName>({ name, settings }: Configured<"activations", K>): Curve {
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
