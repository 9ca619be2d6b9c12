/** The layers that combine the outputs of several layers: along the last axis, or unit by unit. */
import type { PlannedFacts } from "../plan.ts";
import type { Tensor } from "./network.ts";
import type { Passes, StepParts } from "./stepParts.ts";

/** Along the last axis: each leading position contains a piece of every input in turn. */
export function concat(layer: PlannedFacts, { inputs, output: y, batch }: StepParts): Passes {
  const last = layer.output.at(-1) ?? 1;
  const leading = y.width / last;
  const pieces = inputs.map(({ width }) => width / leading);
  const overPieces = (move: (x: Tensor, from: number, to: number, length: number) => void): void => {
    for (let position = 0; position < batch.rows * leading; position++) {
      let to = position * last;
      inputs.forEach((x, k) => {
        move(x, position * pieces[k], to, pieces[k]);
        to += pieces[k];
      });
    }
  };
  return {
    forward: () =>
      overPieces((x, from, to, length) => {
        for (let i = 0; i < length; i++) y.values[to + i] = x.values[from + i];
      }),
    backward: () =>
      overPieces((x, from, to, length) => {
        if (!x.gradient || !y.gradient) return;
        for (let i = 0; i < length; i++) x.gradient[from + i] += y.gradient[to + i];
      }),
  };
}

/** y = Σ wₖ · xₖ, where `weight` returns wₖ. */
export function weightedSum({ inputs, output: y, batch, kernels }: StepParts, weight: (k: number) => number): Passes {
  return {
    forward() {
      const length = batch.rows * y.width;
      inputs.forEach((x, k) => {
        if (k === 0) kernels.copy(x.values, y.values, length, weight(k));
        else kernels.addInto(x.values, y.values, length, weight(k));
      });
    },
    backward() {
      inputs.forEach((x, k) => {
        if (y.gradient && x.gradient) kernels.addInto(y.gradient, x.gradient, batch.rows * y.width, weight(k));
      });
    },
  };
}

/** y = Π xₖ */
export function product({ inputs, output: y, batch }: StepParts): Passes {
  return {
    forward() {
      for (let i = 0; i < batch.rows * y.width; i++) {
        y.values[i] = inputs.reduce((result, x) => result * x.values[i], 1);
      }
    },
    backward() {
      if (!y.gradient) return;
      inputs.forEach((x, k) => {
        if (!x.gradient || !y.gradient) return;
        for (let i = 0; i < batch.rows * y.width; i++) {
          // The product of the other inputs; y / x is undefined if x is 0.
          let others = 1;
          inputs.forEach((other, j) => {
            if (j !== k) others *= other.values[i];
          });
          x.gradient[i] += y.gradient[i] * others;
        }
      });
    },
  };
}

/** y = the best xₖ by `isBetter`, the first if several are equal. Only the selected input has a gradient. NaN in any input makes y NaN. */
export function extreme({ inputs, output: y, batch }: StepParts, isBetter: (x: number, best: number) => boolean): Passes {
  const bestAt = (i: number): Tensor =>
    inputs.reduce((best, x) => (isBetter(x.values[i], best.values[i]) || Number.isNaN(x.values[i]) ? x : best));
  return {
    forward() {
      for (let i = 0; i < batch.rows * y.width; i++) y.values[i] = bestAt(i).values[i];
    },
    backward() {
      const dy = y.gradient;
      if (!dy) return;
      for (let i = 0; i < batch.rows * y.width; i++) {
        const { gradient } = bestAt(i);
        if (gradient) gradient[i] += dy[i];
      }
    },
  };
}
