/**
 * A walk-through of one mini-batch: the book's explanation with the reader's own numbers. It shows the forward pass layer by layer, the loss, the reverse
 * pass by the chain rule, and the update. Everything is computed in float64 by the reference kernels, whatever the run uses. The workings of each number
 * show how it is computed.
 */
import { isInput } from "../layerTraits.ts";
import type { Learner } from "../training/learner.ts";
import { backwardStage, errorStage, updateStage } from "./backwardStages.ts";
import { dataStage, forwardStage, lossStage } from "./forwardStages.ts";
import type { Walk } from "./views.ts";
import { takeStep } from "./walkedStep.ts";

/** Performs a training step in the learner's network, which must be in float64, and returns its stages. `epoch` is the number of completed epochs. */
export function walkOf(learner: Learner, epoch: number): Walk {
  const { network, outputs } = learner;
  const step = takeStep(learner, epoch);
  const { rows, loss, learningRate } = step;
  const layers = network.steps.filter(({ layer }) => !isInput(layer));
  return {
    epoch,
    rows,
    loss,
    learningRate,
    stages: [
      dataStage(step),
      ...layers.map((layer) => forwardStage(step, layer)),
      lossStage(step),
      ...outputs.map((_output, k) => errorStage(step, k)),
      ...layers.toReversed().flatMap((layer) => (layer.output.gradient ? [backwardStage(step, layer)] : [])),
      ...network.parameters.flatMap((parameter) => (parameter.planned.trained ? [updateStage(step, parameter)] : [])),
    ],
  };
}
