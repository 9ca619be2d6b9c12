/** Computes one forward and reverse pass over rows of the data in float64. `nn gradients` prints the result and the reference cases check it. */

import { type ParameterName, parameterFacts } from "../catalog/parameters.ts";
import { type Shape, sizeOf } from "../catalog/shapes.ts";
import { loadExamples } from "../data/examples.ts";
import type { FileReader } from "../host.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { Precision } from "../network/compile.ts";
import type { Step, Tensor } from "../network/network.ts";
import { isFusedLoss } from "../network/outputLosses.ts";
import type { TrainingPlan } from "../plan.ts";
import { type Model, modelFor } from "../training/learner.ts";
import { adaptNormalizers } from "../training/normalizers.ts";
import { readStart } from "../training/startWeights.ts";
import { lossWithGradients } from "../training/step.ts";

/** Nested lists with one level per axis. */
export type Nested = readonly (number | Nested)[];

/** Returns the numbers in order. */
export const flattened = (values: Nested): number[] => values.flatMap((one) => (typeof one === "number" ? [one] : flattened(one)));

/** Each gradient has its parameter's shape: a dense layer's `kernel` is [inputs, units]. */
export type ParameterGradients = { readonly [K in ParameterName]?: Nested };

export type LayerGradients = ParameterGradients & {
  readonly id: string;
  /** [rows, width] */
  readonly output: Matrix;
};

/** A layer's numbers for the rows in addition to its output, [rows, width] each. */
export interface LayerSignals {
  readonly id: string;
  /** The weighted sums; undefined if the layer applies no activation function to them. */
  readonly z: Matrix | undefined;
  /** The targets of an output. */
  readonly t: Matrix | undefined;
  /** ∂L/∂a; undefined for inputs, and for an output with a loss computed from z. */
  readonly outputGradient: Matrix | undefined;
  /** ∂L/∂z; undefined if z is. */
  readonly sumGradient: Matrix | undefined;
}

type Matrix = readonly (readonly number[])[];

export interface Gradients {
  /** The mean over the training rows, including penalties. */
  readonly loss: number;
  readonly layers: readonly LayerGradients[];
  /** In the order of `layers`. */
  readonly signals: readonly LayerSignals[];
  /** The indices of the rows in the data, in order. */
  readonly rows: readonly number[];
  /** The weights that the gradients belong to. */
  readonly weights: readonly {
    readonly id: string;
    readonly name: ParameterName;
    readonly shape: Shape;
    readonly values: readonly number[];
  }[];
}

export interface GradientOptions {
  readonly precision?: Precision;
  readonly maxRows?: number;
  /** The rows to use instead of the training rows, by their indices in the data. */
  readonly rows?: readonly number[] | undefined;
  /** Kernels to use instead of the reference. */
  readonly kernels?: Kernels;
}

/**
 * Returns the gradients at the initial weights, in training mode but without dropout. Throws `DataProblem` for unusable data, and a RangeError with a
 * message for the user for a row that does not exist.
 */
export async function gradientsOf(
  plan: TrainingPlan,
  files: FileReader,
  { precision = "float64", maxRows = Number.POSITIVE_INFINITY, rows, kernels }: GradientOptions = {},
): Promise<Gradients> {
  const examples = await loadExamples(plan, files, precision, kernels && { allocate: kernels.allocate });
  const none = rows?.find((row) => row >= examples.rows);
  if (none !== undefined) throw new RangeError(`The data have the rows 1 to ${examples.rows}; there is no row ${none + 1}.`);
  const order = rows ? Uint32Array.from(rows) : examples.parts.train.subarray(0, maxRows);
  const model = modelFor(plan, examples, { precision, capacity: order.length, kernels, start: await readStart(plan, files) });
  const { network, load } = model;
  // The statistics are those of the training rows, regardless of the shown rows.
  await adaptNormalizers(network, load, rows ? examples.parts.train : order, async () => false);
  const loss = lossWithGradients(model, { order, from: 0, rows: order.length, mode: "inspect" });
  const layers = network.steps.map(({ layer, output }): LayerGradients => {
    const own = network.parameters.filter(({ layer: of, planned }) => of === layer && !parameterFacts[planned.name].isStatistic);
    return {
      id: layer.id,
      output: matrix(output.values, output.width),
      ...Object.fromEntries(own.map(({ planned: { name, shape }, gradient }) => [name, nested([...gradient], shape)])),
    };
  });
  const weights = network.parameters.map(({ layer: { id }, planned: { name, shape }, values }) => ({
    id,
    name,
    shape,
    values: [...values],
  }));
  return { loss, layers, signals: network.steps.map((step) => signalsOf(model, step)), rows: [...order], weights };
}

function signalsOf({ network, outputs }: Pick<Model, "network" | "outputs">, step: Step): LayerSignals {
  const { layer, output, preactivation } = step;
  const own = outputs.find((one) => one.step === step);
  const hasSums = preactivation !== output;
  const isRead = network.steps.some((one) => one.layer.inputs.includes(layer.id));
  const isOfSums = own !== undefined && hasSums && isFusedLoss(own);
  const shown = ({ gradient, width }: Tensor): Matrix | undefined => gradient && matrix(gradient, width);
  return {
    id: layer.id,
    z: hasSums ? matrix(preactivation.values, preactivation.width) : undefined,
    t: own && matrix(own.targets, own.targetWidth),
    outputGradient: isOfSums && !isRead ? undefined : shown(output),
    sumGradient: hasSums ? shown(preactivation) : undefined,
  };
}

function nested(values: readonly number[], [, ...inner]: Shape): Nested {
  if (inner.length === 0) return values;
  const length = sizeOf(inner);
  return Array.from({ length: values.length / length }, (_, k) => nested(values.slice(k * length, (k + 1) * length), inner));
}

function matrix(values: ArrayLike<number>, width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, row) =>
    Array.from({ length: width }, (_value, j) => values[row * width + j] ?? 0),
  );
}
