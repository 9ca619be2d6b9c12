/** The forward and reverse pass of each kind of layer. A kind without an entry does not compile. */

import type { EveryRead } from "../catalog/arguments.ts";
import { lastAxis } from "../catalog/layers.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { isActivated, isActivationLine, type Penalty } from "../layerTraits.ts";
import type { PlannedFacts, PlannedKind, PlannedLayer, PlannedLayerOf } from "../plan.ts";
import type { Batch, Mode, Tensor } from "./network.ts";
import { batchNorm, layerNorm, normalize } from "./normalization.ts";
import type { Passes, Reading, StepParts } from "./stepParts.ts";

/** Returns whether z and a differ, so that each needs memory of its own. */
export function hasActivation(layer: PlannedLayer): boolean {
  return isActivated(layer) && (isActivationLine(layer) || layer.activation.name !== "linear");
}

const steps = {
  // The trainer writes the batch to its output.
  input: () => ({ forward: nothing, backward: nothing }),

  dense(
    layer: Reading<"dense", "id" | "output" | "activation" | "freeze">,
    { inputs: [x], preactivation: z, output: a, batch, kernels, parameters: { kernel, bias } },
  ) {
    if (!kernel) throw new Error(`The plan's layer ${layer.id} has no kernel.`);
    const inputs = x.width;
    const units = z.width;
    const gradients = {
      first: { ofKernel: kernels.kernelGradient, ofBias: kernels.biasGradient },
      later: { ofKernel: kernels.addKernelGradient, ofBias: kernels.addBiasGradient },
    };
    const activation = activationPasses(layer, { z, a, batch, kernels });
    return {
      forward() {
        kernels.affine(x.values, kernel.values, bias?.values, z.values, batch.rows, inputs, units);
        activation.forward("infer");
      },
      backward() {
        const dz = z.gradient;
        if (!dz) return;
        activation.backward();
        if (!layer.freeze) {
          const { ofKernel, ofBias } = gradients[batch.piece];
          ofKernel(x.values, dz, kernel.gradient, batch.rows, inputs, units);
          if (bias) ofBias(dz, bias.gradient, batch.rows, units);
        }
        if (x.gradient) kernels.addInputGradient(dz, kernel.values, x.gradient, batch.rows, inputs, units);
      },
    };
  },

  activation(layer: Reading<"activation", "output" | "activation">, { inputs: [x], preactivation: z, output: a, batch, kernels }) {
    const activation = activationPasses(layer, { z, a, batch, kernels });
    return {
      forward(mode) {
        kernels.copy(x.values, z.values, batch.rows * z.width);
        activation.forward(mode);
      },
      backward() {
        activation.backward();
        if (z.gradient && x.gradient) kernels.addInto(z.gradient, x.gradient, batch.rows * z.width);
      },
    };
  },

  neuron({ terms, threshold }: Reading<"neuron", "terms" | "threshold">, { inputs, output: y, batch }) {
    return {
      forward() {
        for (let row = 0; row < batch.rows; row++) {
          let active = 0;
          let inhibited = false;
          for (const { input, unit, inhibits } of terms) {
            const x = inputs[input];
            if (!(x.values[row * x.width + unit] >= 0.5)) continue;
            if (inhibits) inhibited = true;
            else active++;
          }
          y.values[row] = !inhibited && active >= threshold ? 1 : 0;
        }
      },
      // The derivative is 0 wherever it exists.
      backward: nothing,
    };
  },

  batch_norm: batchNorm,
  layer_norm: layerNorm,
  normalize,

  dropout(layer: Reading<"dropout", "rate">, { inputs: [x], output: y, batch }) {
    const factors = new Float64Array(y.values.length);
    return {
      forward(mode) {
        const length = batch.rows * y.width;
        const keep = 1 - layer.rate;
        for (let i = 0; i < length; i++) {
          factors[i] = mode !== "train" ? 1 : batch.random.uniform() < layer.rate ? 0 : 1 / keep;
          y.values[i] = x.values[i] * factors[i];
        }
      },
      backward() {
        if (!x.gradient || !y.gradient) return;
        for (let i = 0; i < batch.rows * y.width; i++) x.gradient[i] += y.gradient[i] * factors[i];
      },
    };
  },

  flatten: (_layer: PlannedFacts, parts: StepParts) => sameNumbers(parts),
  reshape: (_layer: PlannedFacts, parts: StepParts) => sameNumbers(parts),

  concat(layer: PlannedFacts, { inputs, output: y, batch }) {
    // Along the last axis: each leading position has a piece of every input in turn.
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
  },

  add(_layer: PlannedFacts, { inputs, output: y, batch, kernels }) {
    const [first, ...others] = inputs;
    return {
      forward() {
        const length = batch.rows * y.width;
        kernels.copy(first.values, y.values, length);
        for (const x of others) kernels.addInto(x.values, y.values, length);
      },
      backward() {
        for (const x of inputs) if (y.gradient && x.gradient) kernels.addInto(y.gradient, x.gradient, batch.rows * y.width);
      },
    };
  },

  multiply(_layer: PlannedFacts, { inputs, output: y, batch }) {
    return {
      forward() {
        for (let i = 0; i < batch.rows * y.width; i++) {
          y.values[i] = inputs.reduce((product, x) => product * x.values[i], 1);
        }
      },
      backward() {
        if (!y.gradient) return;
        inputs.forEach((x, k) => {
          if (!x.gradient || !y.gradient) return;
          for (let i = 0; i < batch.rows * y.width; i++) {
            // The product of the other inputs; y / x would be undefined where x is 0.
            let others = 1;
            inputs.forEach((other, j) => {
              if (j !== k) others *= other.values[i];
            });
            x.gradient[i] += y.gradient[i] * others;
          }
        });
      },
    };
  },
} satisfies Record<PlannedKind, (layer: never, parts: StepParts) => Passes>;

type LayerSettings = {
  // The penalty reads l1 and l2 (outputLosses.ts), and the batch loader the columns.
  readonly [K in PlannedKind]: Omit<PlannedLayerOf<K>, keyof PlannedFacts | "kind" | keyof Penalty | "columns">;
};
export const STEPS: { readonly [K in PlannedKind]: (layer: PlannedLayerOf<K>, parts: StepParts) => Passes } = steps satisfies EveryRead<
  LayerSettings,
  [typeof steps]
>;

/** a = f(z) and dz += f'(z) · da, or nothing if z and a share their memory. Softmax runs over the last axis. */
function activationPasses(
  { activation: use, output }: Reading<"dense" | "activation", "output" | "activation">,
  { z, a, batch, kernels }: { readonly z: Tensor; readonly a: Tensor; readonly batch: Batch; readonly kernels: Kernels },
): Passes {
  if (z === a) return { forward: nothing, backward: nothing };
  const width = z.width;
  if (use.name === "softmax") {
    const units = lastAxis(output);
    const places = width / units;
    return {
      forward: () => kernels.softmax(z.values, a.values, batch.rows * places, units),
      backward: () => {
        if (z.gradient && a.gradient) kernels.addSoftmaxGradient(a.values, a.gradient, z.gradient, batch.rows * places, units);
      },
    };
  }
  const activation = kernels.activation(use);
  return {
    forward: () => activation.forward(z.values, a.values, batch.rows * width),
    backward() {
      if (z.gradient && a.gradient) activation.backward(z.values, a.values, a.gradient, z.gradient, batch.rows * width);
    },
  };
}

function sameNumbers({ inputs: [x], output: y, batch, kernels }: StepParts): Passes {
  return {
    forward: () => kernels.copy(x.values, y.values, batch.rows * y.width),
    backward() {
      if (y.gradient && x.gradient) kernels.addInto(y.gradient, x.gradient, batch.rows * y.width);
    },
  };
}

function nothing(_mode?: Mode): void {}
