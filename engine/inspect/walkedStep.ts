/** A training step for the walk-through, including the values that the network overwrites during the step. */
import type { ParameterName } from "../catalog/parameters.ts";
import { lastAxis } from "../catalog/shapes.ts";
import type { Numbers } from "../kernels/kernels.ts";
import type { Network, Parameter, Step } from "../network/network.ts";
import { isFusedLoss, type OutputLoss, penalty } from "../network/outputLosses.ts";
import type { PlannedKind } from "../plan.ts";
import { beginEpoch, type Learner } from "../training/learner.ts";
import { learningRateAt, type OptimizerState } from "../training/optimizers.ts";
import { type MiniBatch, trainingStep } from "../training/step.ts";
import type { NamedNetwork } from "../training/unitNames.ts";
import { classReader, isClassifier } from "./evaluatedRows.ts";

/** A forward pass for the walk-through, by itself or as part of a training step. */
export interface WalkedForward {
  readonly learner: NamedNetwork;
  readonly rows: number;
  readonly rowName: (row: number) => string;
  /** The weights used in the pass. */
  readonly before: Numbers;
  /**
   * The contributions to ∂L/∂a of each layer's output, in the order in which the reverse pass adds them, by layer id. Empty without a reverse pass.
   */
  readonly paths: ReadonlyMap<string, readonly Path[]>;
  /** Whether a reverse pass follows. */
  readonly isTraining: boolean;
}

export interface WalkedStep extends WalkedForward {
  readonly learner: Learner;
  readonly loss: number;
  /** The penalty of `l1` and `l2`. It is part of the loss. */
  readonly penalty: number;
  readonly learningRate: number;
  readonly gradients: Gradients;
  /** The optimizer's state before the update. */
  readonly optimizer: Pick<OptimizerState, "slots" | "step" | "momentumProduct">;
  /** One per output. */
  readonly errors: readonly OutputError[];
}

/** The loss's gradient for each weight at three moments of a step. */
export interface Gradients {
  /** From the chain rule only. */
  readonly raw: Numbers;
  /** Including the penalty. */
  readonly penalized: Numbers;
  /** Including the penalty, after clipping. */
  readonly clipped: Numbers;
}

/** The gradient that reaches a layer's output along one path from the loss. */
export interface Path {
  /** The layer that the path comes through; null for the layer's own loss. */
  readonly from: string | null;
  readonly values: Numbers;
}

/**
 * A loss's gradient at the start of the reverse pass: with respect to the output's z if the loss and the activation are computed together, else to
 * its a.
 */
export interface OutputError {
  readonly isFused: boolean;
  readonly values: Numbers;
}

/** The rows of a step: a mini-batch of the epoch, by default the first, or one selected row. */
export interface StepRows {
  readonly epoch: number;
  /** The indices of data rows to use instead of the mini-batch; at most as many as the network computes at once. */
  readonly rows?: readonly number[] | undefined;
  /** The index of another mini-batch in the epoch, from 0. */
  readonly batch?: number | undefined;
}

/** Returns the rows of a step in the form that `trainingStep` takes. */
export function batchOf({ order, batchSize, network }: Learner, { rows, batch = 0 }: StepRows): Omit<MiniBatch, "mode"> {
  if (rows) return { order: Uint32Array.from(rows), from: 0, rows: Math.min(rows.length, network.capacity) };
  const from = batch * batchSize;
  return { order, from, rows: Math.min(batchSize, order.length - from, network.capacity) };
}

/** Performs a step of the epoch after `epoch`. Changes the learner's weights. */
export function takeStep(learner: Learner, of: StepRows): WalkedStep {
  const { plan, network, outputs, optimizer } = learner;
  beginEpoch(learner, of.epoch + 1);
  const { order, from, rows } = batchOf(learner, of);
  const learningRate = learningRateAt(plan.training, optimizer, optimizer.step);
  const before = network.weights.slice();
  const penalties = penalty(network, "none");
  const state = { step: optimizer.step, momentumProduct: optimizer.momentumProduct, slots: optimizer.slots.map((slot) => slot.slice()) };
  const paths = new Map<string, Path[]>();
  let loss = Number.NaN;
  let errors: OutputError[] = [];
  const gradients = { raw: network.gradients, penalized: network.gradients, clipped: network.gradients };
  for (const moment of trainingStep({ ...learner, network: withPaths(network, outputs, paths) }, { order, from, rows, mode: "train" })) {
    // Before the reverse pass adds to them, the outputs' gradients contain only the losses' contributions.
    if (moment.at === "output error") {
      errors = outputs.map(outputError);
      outputs.forEach(({ step }, k) => {
        if (!errors[k].isFused) addPath(paths, step, { from: null, values: errors[k].values });
      });
    } else if (moment.at === "chain rule") gradients.raw = network.gradients.slice();
    else if (moment.at === "gradient") {
      loss = moment.loss;
      gradients.penalized = network.gradients.slice();
    } else if (moment.at === "update") gradients.clipped = network.gradients.slice();
  }
  const rowName = (at: number): string => `row ${order[from + at] + 1}`;
  return {
    learner,
    rows,
    rowName,
    loss,
    penalty: penalties,
    learningRate,
    before,
    gradients,
    optimizer: state,
    paths,
    errors,
    isTraining: true,
  };
}

function outputError(output: OutputLoss): OutputError {
  const { step } = output;
  const isFused = isFusedLoss(output);
  const { gradient } = isFused ? step.preactivation : step.output;
  return { isFused, values: gradient?.slice() ?? new Float64Array(step.output.values.length) };
}

/** Whether the step follows Rosenblatt's rule, which corrects the weights of each wrong unit by its error and needs no gradient. */
export const isRosenblatt = ({ plan, network, outputs }: Learner): boolean =>
  plan.training.optimizer.name === "perceptron" &&
  network.parameters.every(
    ({ planned, layer }) =>
      !planned.trained ||
      outputs.some((output) => output.step.layer === layer && output.plan.loss.name === "perceptron" && isFusedLoss(output)),
  );

/** Returns the network with steps that record their contributions to the gradients of their inputs. */
function withPaths(network: Network, outputs: readonly OutputLoss[], paths: Map<string, Path[]>): Network {
  const { signals } = network;
  const isShared = ({ layer }: Step): boolean =>
    network.steps.filter((one) => one.layer.inputs.includes(layer.id)).length > 1 || outputs.some(({ step }) => step.layer === layer);
  const steps = network.steps.map((step): Step => {
    const inputs = [...new Set(step.layer.inputs)].flatMap((id) => network.stepOf.get(id) ?? []);
    const record = (): void => {
      for (const input of inputs) addPath(paths, input, { from: step.layer.id, values: input.output.gradient?.slice() });
    };
    return {
      ...step,
      backward() {
        if (!inputs.some(isShared)) {
          step.backward();
          record();
          return;
        }
        // The step runs once for its own contribution, and again as in the training, so that the sums have the training's bits.
        const stored = signals.slice();
        for (const { output } of inputs) output.gradient?.fill(0);
        step.backward();
        record();
        signals.set(stored);
        step.backward();
      },
    };
  });
  return { ...network, steps };
}

function addPath(
  paths: Map<string, Path[]>,
  { layer }: Step,
  { from, values }: { from: string | null; values: Numbers | undefined },
): void {
  if (!values) return;
  paths.set(layer.id, [...(paths.get(layer.id) ?? []), { from, values }]);
}

export const inputsOf = (learner: Pick<NamedNetwork, "network">, { layer }: Step): Step[] =>
  layer.inputs.flatMap((id) => {
    const step = learner.network.stepOf.get(id);
    return step ? [step] : [];
  });

export const parameterOf = ({ network }: Pick<NamedNetwork, "network">, step: Step, name: ParameterName): Parameter | undefined =>
  network.parameters.find(({ layer, planned }) => layer === step.layer && planned.name === name);

/** Whether a layer computes z = x · W + b before its activation. Other layers show the formula without workings. */
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

export const weightedSum = (
  learner: Pick<NamedNetwork, "network">,
  step: Step,
): { kernel?: Parameter | undefined; bias?: Parameter | undefined } =>
  IS_WEIGHTED_SUM[step.layer.kind] ? { kernel: parameterOf(learner, step, "kernel"), bias: parameterOf(learner, step, "bias") } : {};

/** Returns row `row` of a [rows, width] array. */
export const rowOf = (values: Numbers, row: number, width: number): number[] => Array.from(values.subarray(row * width, (row + 1) * width));

/** Returns column `column` of a [rows, width] array. */
export const columnOf = (values: Numbers, column: number, rows: number, width: number): number[] =>
  Array.from({ length: rows }, (_, row) => values[row * width + column]);

/** Returns a parameter's part of a flat array such as the network's gradients. */
export const partOf = (flat: Numbers, { offset, values }: Parameter): Numbers => flat.subarray(offset, offset + values.length);

/** Returns the place that contains unit j of a layer: its first unit, and the number of units on the last axis. */
export function placeOf({ layer }: Step, j: number): { readonly from: number; readonly units: number } {
  const units = lastAxis(layer.output);
  return { from: Math.floor(j / units) * units, units };
}

/** Returns the names of the rows in a target matrix: `row 3: virginica` if the target is the index of a named class. */
export function targetRowNames({ learner, rowName }: WalkedStep, k: number): (row: number) => string {
  const output = learner.outputs[k];
  const { classes } = learner.examples.fit.targets[k];
  const areNamed = classes?.some((name, index) => name !== String(index)) && isClassifier(output, classes) && output.targetWidth === 1;
  if (!classes || !areNamed) return rowName;
  const classOf = classReader(output);
  return (row) => `${rowName(row)}: ${shortened(classes[classOf(row).truth] ?? "")}`;
}

const shortened = (name: string): string => (name.length > 16 ? `${name.slice(0, 15)}…` : name);
