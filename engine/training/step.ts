/**
 * One step of gradient descent on a mini-batch, as in the book's chapter on backpropagation: forward pass, loss, reverse pass, update. Everything
 * that needs a gradient runs this step: training, its recording, the inspector, the walk-through, `nn gradients` and the gradient check. The step is
 * a generator: at each `yield`, the caller reads the network, waits, or ends the step early. `lossStep` computes only the loss, to evaluate a network
 * without a gradient.
 */

import { forwardPass, type Mode, type Network, reversePass } from "../network/network.ts";
import { penalty } from "../network/outputLosses.ts";
import type { Learner, Model } from "./learner.ts";
import { applyOptimizer, clipGradients, learningRateAt } from "./optimizers.ts";

/** The rows order[from .. from + rows). */
export interface MiniBatch {
  readonly order: Uint32Array;
  readonly from: number;
  readonly rows: number;
  readonly mode: Mode;
}

export type Moment =
  /** Before each piece of the batch. */
  | { readonly at: "piece" }
  /** Before the layer with this index computes its share of a pass; only in layer-by-layer passes. */
  | { readonly at: "forward" | "reverse"; readonly layer: number }
  /** The piece's outputs are computed, but not the losses; only in layer-by-layer passes. */
  | { readonly at: "loss" }
  /**
   * The piece's outputs are computed, and the losses' gradients are in the outputs' tensors: the output error. `mean` is the loss of the rows so far,
   * without the penalty.
   */
  | { readonly at: "output error"; readonly rows: number; readonly mean: number }
  /** The parameters' gradients from the chain rule are complete, without the penalty. */
  | { readonly at: "chain rule" }
  /** The gradients of the batch's whole loss are complete: the mean over its rows plus the penalty on the weights. */
  | { readonly at: "gradient"; readonly loss: number }
  /** The gradients are clipped; the weights change next. */
  | { readonly at: "update" };

/** How a step passes through the layers: the whole pass at once, or with a moment before each layer. */
export interface Passes {
  readonly forward: (network: Network, mode: Mode) => Iterable<Moment>;
  readonly reverse: (network: Network) => Iterable<Moment>;
}

const NO_MOMENTS: readonly Moment[] = [];
const WHOLE_PASSES: Passes = {
  forward(network, mode) {
    forwardPass(network, mode);
    return NO_MOMENTS;
  },
  reverse(network) {
    reversePass(network);
    return NO_MOMENTS;
  },
};

/** Passes that pause before each layer, for a debugger. The reverse pass pauses at the layers with a gradient. */
export const LAYER_BY_LAYER: Passes = {
  *forward({ steps }, mode) {
    for (let layer = 0; layer < steps.length; layer++) {
      yield { at: "forward", layer };
      steps[layer].forward(mode);
    }
    yield { at: "loss" };
  },
  *reverse({ steps }) {
    for (let layer = steps.length - 1; layer >= 0; layer--) {
      if (steps[layer].output.gradient) yield { at: "reverse", layer };
      steps[layer].backward();
    }
  },
};

/** Computes the gradient of a mini-batch's loss for every parameter. */
export function* gradientStep(
  { network, outputs, load, scale }: Model,
  batch: MiniBatch,
  passes: Passes = WHOLE_PASSES,
): Generator<Moment, void> {
  const { order, from, rows, mode } = batch;
  let total = 0;
  // A batch's loss is a sum over its rows, so the batch can be computed in pieces that fit into the network's memory.
  for (let at = 0; at < rows; at += network.capacity) {
    yield { at: "piece" };
    const count = Math.min(network.capacity, rows - at);
    load(order, from + at, count);
    network.batch.piece = at === 0 ? "first" : "later";

    // Forward pass: each layer computes its output from the outputs of the layers before it.
    yield* passes.forward(network, mode);

    // The loss compares outputs with targets. Its derivative with respect to each output is the output error.
    network.kernels.clear(network.signals);
    for (const output of outputs) {
      total += output.total();
      output.addGradient(scale(rows, output.step.output.width));
    }
    yield { at: "output error", rows: count, mean: total / (at + count) };

    // Reverse pass, by the chain rule: each layer computes ∂loss/∂parameters and ∂loss/∂inputs from ∂loss/∂output.
    yield* passes.reverse(network);
  }
  yield { at: "chain rule" };

  // A layer with `l1` or `l2` adds a penalty on large weights to the loss.
  const loss = total / rows + penalty(network, "add");
  yield { at: "gradient", loss };
}

/** Performs a whole step: computes the gradient, clips it if the plan says so, and updates the weights. */
export function* trainingStep(learner: Learner, batch: MiniBatch, passes: Passes = WHOLE_PASSES): Generator<Moment, void> {
  const { plan, network, ranges, optimizer, update } = learner;
  const { training } = plan;
  yield* gradientStep(learner, batch, passes);
  clipGradients(network.gradients, training.clip);
  yield { at: "update" };
  const learningRate = learningRateAt(training, optimizer, optimizer.step);
  applyOptimizer(training.optimizer, learningRate, network, ranges, optimizer, update);
}

export type LossMoment =
  /** Before each piece of the batch. */
  | { readonly at: "piece" }
  /** The piece's outputs are computed. */
  | { readonly at: "outputs"; readonly rows: number }
  /** The loss of the whole batch: the mean over its rows plus the penalty on the weights. */
  | { readonly at: "loss"; readonly loss: number };

/** The inputs for computing a batch's loss without a gradient. */
export type Evaluated = Pick<Model, "network" | "outputs" | "load">;

/** Computes a batch's loss without its gradient. */
export function* lossStep({ network, outputs, load }: Evaluated, { order, from, rows, mode }: MiniBatch): Generator<LossMoment, void> {
  let total = 0;
  for (let at = 0; at < rows; at += network.capacity) {
    yield { at: "piece" };
    const count = Math.min(network.capacity, rows - at);
    load(order, from + at, count);
    forwardPass(network, mode);
    for (const output of outputs) total += output.total();
    yield { at: "outputs", rows: count };
  }
  yield { at: "loss", loss: total / rows + penalty(network, "none") };
}

/** Returns the batch's loss. Computes no gradient. */
export function lossOf(model: Evaluated, batch: MiniBatch): number {
  let loss = Number.NaN;
  for (const moment of lossStep(model, batch)) if (moment.at === "loss") loss = moment.loss;
  return loss;
}

/** Computes the gradients of the batch's loss into the network. Returns the loss. */
export function lossWithGradients(model: Model, batch: MiniBatch): number {
  let loss = Number.NaN;
  for (const moment of gradientStep(model, batch)) if (moment.at === "gradient") loss = moment.loss;
  return loss;
}
