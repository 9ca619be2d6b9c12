/**
 * One mini-batch, slowly: the book's explanation with the reader's own numbers. Forward layer by layer, the loss, then backwards
 * by the chain rule, then the update. Everything is computed in float64 by the reference's loops, whatever the run computes with;
 * the workings beside each number say how it comes about.
 */
import { isInput } from "../layerTraits.ts";
import type { Learner } from "../training/learner.ts";
import { backwardStage, errorStage, updateStage } from "./backwardStages.ts";
import { dataStage, forwardStage, lossStage } from "./forwardStages.ts";
import type { Walk } from "./views.ts";
import { takeStep } from "./walkedStep.ts";

/** Takes a step in the learner's network, which is expected in float64, and shows it. `epoch`: whole ones so far. */
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
