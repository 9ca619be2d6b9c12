/** The forward and reverse pass of each kind of layer. A kind without an entry does not compile. */

import type { EveryRead } from "../catalog/arguments.ts";
import { lastAxis } from "../catalog/shapes.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { isActivated, isActivationLine, type Penalty } from "../layerTraits.ts";
import type { PlannedFacts, PlannedKind, PlannedLayer, PlannedLayerOf } from "../plan.ts";
import { concat, extreme, product, weightedSum } from "./merging.ts";
import type { Batch, Mode, Tensor } from "./network.ts";
import { batchNorm, layerNorm, normalize } from "./normalization.ts";
import { clearAtFirst, type Passes, type Reading, requireParameter, type StepParts } from "./stepParts.ts";

/** Returns whether z and a differ, so that each needs its own memory. */
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

  gaussian_noise({ stddev }: Reading<"gaussian_noise", "stddev">, { inputs: [x], output: y, batch, kernels }) {
    return {
      forward(mode) {
        const length = batch.rows * y.width;
        if (mode === "train") for (let i = 0; i < length; i++) y.values[i] = x.values[i] + stddev * batch.random.normal();
        else kernels.copy(x.values, y.values, length);
      },
      backward() {
        if (y.gradient && x.gradient) kernels.addInto(y.gradient, x.gradient, batch.rows * y.width);
      },
    };
  },

  prelu({ id }: PlannedFacts, { inputs: [x], output: y, batch, parameters }) {
    const alpha = requireParameter(parameters.alpha, id);
    const slopes = alpha.values;
    const width = y.width;
    return {
      forward() {
        for (let i = 0; i < batch.rows * width; i++) y.values[i] = x.values[i] > 0 ? x.values[i] : slopes[i % width] * x.values[i];
      },
      backward() {
        const dy = y.gradient;
        if (!dy) return;
        clearAtFirst(batch, alpha);
        for (let i = 0; i < batch.rows * width; i++) {
          const isPositive = x.values[i] > 0;
          if (!isPositive) alpha.gradient[i % width] += dy[i] * x.values[i];
          if (x.gradient) x.gradient[i] += dy[i] * (isPositive ? 1 : slopes[i % width]);
        }
      },
    };
  },

  concat,
  add: (_layer: PlannedFacts, parts: StepParts) => weightedSum(parts, () => 1),
  subtract: (_layer: PlannedFacts, parts: StepParts) => weightedSum(parts, (k) => (k === 0 ? 1 : -1)),
  average: (_layer: PlannedFacts, parts: StepParts) => weightedSum(parts, () => 1 / parts.inputs.length),
  multiply: (_layer: PlannedFacts, parts: StepParts) => product(parts),
  maximum: (_layer: PlannedFacts, parts: StepParts) => extreme(parts, (x, best) => x > best),
  minimum: (_layer: PlannedFacts, parts: StepParts) => extreme(parts, (x, best) => x < best),
} satisfies Record<PlannedKind, (layer: never, parts: StepParts) => Passes>;

type LayerSettings = {
  // The penalty reads l1 and l2 (outputLosses.ts), and the batch loader the columns.
  readonly [K in PlannedKind]: Omit<PlannedLayerOf<K>, keyof PlannedFacts | "kind" | keyof Penalty | "columns">;
};
export const STEPS: { readonly [K in PlannedKind]: (layer: PlannedLayerOf<K>, parts: StepParts) => Passes } = steps satisfies EveryRead<
  LayerSettings,
  [typeof steps]
>;

/** a = f(z) and dz += f'(z) · da, or nothing if z and a share their memory. Softmax is computed over the last axis. */
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
