/** A training step of the walk-through, with the values that the network overwrites during the step. */
import type { ParameterName } from "../catalog/parameters.ts";
import type { Numbers } from "../kernels/kernels.ts";
import type { Parameter, Step } from "../network/network.ts";
import type { OutputLoss } from "../network/outputLosses.ts";
import type { PlannedKind } from "../plan.ts";
import { beginEpoch, type Learner } from "../training/learner.ts";
import { learningRateAt } from "../training/optimizers.ts";
import { trainingStep } from "../training/step.ts";

export interface WalkedStep {
  readonly learner: Learner;
  readonly rows: number;
  readonly rowName: (row: number) => string;
  readonly loss: number;
  readonly learningRate: number;
  /** The weights before the update. */
  readonly before: Numbers;
  /** The loss's gradient for each weight by the chain rule alone, without penalty and clipping. */
  readonly raw: Numbers;
  /** One for each output. */
  readonly errors: readonly OutputError[];
}

/** The losses' gradients at the beginning of the reverse pass. */
export interface OutputError {
  readonly ofOutput: Numbers | undefined;
  readonly ofSum: Numbers | undefined;
}

/** Performs the first step of the epoch after `epoch`. It changes the learner's weights. */
export function takeStep(learner: Learner, epoch: number): WalkedStep {
  const { plan, network, outputs, order, batchSize, optimizer } = learner;
  beginEpoch(learner, epoch + 1);
  const rows = Math.min(batchSize, order.length, network.capacity);
  const learningRate = learningRateAt(plan.training, optimizer, optimizer.step);
  const before = network.weights.slice();
  let loss = Number.NaN;
  let errors: OutputError[] = [];
  let raw: Numbers = network.gradients;
  for (const moment of trainingStep(learner, { order, from: 0, rows, mode: "train" })) {
    // Before the reverse pass adds to them, the outputs' gradients are those of the losses alone.
    if (moment.at === "output error") errors = outputs.map(outputError);
    else if (moment.at === "chain rule") raw = network.gradients.slice();
    else if (moment.at === "gradient") loss = moment.loss;
  }
  return { learner, rows, rowName: (row) => `row ${order[row] + 1}`, loss, learningRate, before, raw, errors };
}

const outputError = ({ step: { output, preactivation } }: OutputLoss): OutputError => ({
  ofOutput: output.gradient?.slice(),
  ofSum: preactivation.gradient?.slice(),
});

export const unit = (column: number): string => `unit ${column + 1}`;

export const inputsOf = (learner: Learner, { layer }: Step): Step[] =>
  layer.inputs.flatMap((id) => {
    const step = learner.network.stepOf.get(id);
    return step ? [step] : [];
  });

const parameterOf = ({ network }: Learner, step: Step, name: ParameterName): Parameter | undefined =>
  network.parameters.find(({ layer, planned }) => layer === step.layer && planned.name === name);

/** Whether a layer computes z = x · W + b before its activation. For other layers the formula is shown, without workings. */
const IS_WEIGHTED_SUM: { readonly [K in PlannedKind]: boolean } = {
  input: false,
  dense: true,
  activation: false,
  neuron: false,
  flatten: false,
  reshape: false,
  dropout: false,
  batch_norm: false,
  layer_norm: false,
  normalize: false,
  concat: false,
  add: false,
  multiply: false,
  subtract: false,
  average: false,
  maximum: false,
  minimum: false,
  gaussian_noise: false,
  prelu: false,
};

export const weightedSum = (learner: Learner, step: Step): { kernel?: Parameter | undefined; bias?: Parameter | undefined } =>
  IS_WEIGHTED_SUM[step.layer.kind] ? { kernel: parameterOf(learner, step, "kernel"), bias: parameterOf(learner, step, "bias") } : {};

/** Returns row `row` of a [rows, width] array. */
export const rowOf = (values: Numbers, row: number, width: number): number[] => Array.from(values.subarray(row * width, (row + 1) * width));

/** Returns column `column` of a [rows, width] array. */
export const columnOf = (values: Numbers, column: number, rows: number, width: number): number[] =>
  Array.from({ length: rows }, (_, row) => values[row * width + column]);

/** Returns a parameter's part of a flat array such as the network's gradients. */
export const partOf = (flat: Numbers, { offset, values }: Parameter): Numbers => flat.subarray(offset, offset + values.length);
