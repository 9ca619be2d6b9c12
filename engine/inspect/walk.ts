/**
 * A walk-through of one mini-batch: the book's explanation with the reader's own numbers. It shows the forward pass layer by layer, the loss, the
 * reverse pass by the chain rule, and the update. Everything is computed in float64 by the reference kernels, whatever the run's precision and
 * kernels. Each number has a working that shows its computation.
 */
import { isInput } from "../layerTraits.ts";
import type { Learner } from "../training/learner.ts";
import { autodiffStage, backwardStage } from "./backwardStages.ts";
import { dataStage, forwardStage } from "./forwardStages.ts";
import { errorStage, lossStage } from "./lossStages.ts";
import { ruleUnit } from "./ruleTrace.ts";
import { updateStage } from "./updateStages.ts";
import type { Walk, WalkStage } from "./views.ts";
import { isRosenblatt, type StepRows, takeStep, type WalkedStep } from "./walkedStep.ts";
import { type WeightPlace, weightPath } from "./weightPath.ts";
import { hasClasses } from "./wrongRows.ts";

/** Performs a training step in the learner's network, which must use float64, and returns its stages. */
export function walkOf(learner: Learner, of: StepRows, note = "", weight?: WeightPlace): Walk {
  const { network, outputs } = learner;
  const step = takeStep(learner, of);
  const { rows, loss, learningRate } = step;
  const layers = network.steps.filter(({ layer }) => !isInput(layer));
  return {
    epoch: of.epoch,
    rows,
    row: of.rows?.[0] === undefined ? null : of.rows[0] + 1,
    hasRule: ruleUnit(learner) !== undefined,
    note,
    judges: hasClasses(learner) ? "classes" : "numbers",
    loss,
    learningRate,
    path: weightPath(step, weight),
    stages: [
      dataStage(step),
      ...layers.map((layer) => forwardStage(step, layer)),
      lossStage(step),
      ...outputs.map((_output, k) => errorStage(step, k)),
      // Rosenblatt's rule needs no gradient.
      ...(isRosenblatt(learner) ? [] : reverseStages(step)),
      ...network.parameters.flatMap((parameter) => (parameter.planned.trained ? [updateStage(step, parameter)] : [])),
    ],
  };
}

function reverseStages(step: WalkedStep): WalkStage[] {
  const layers = step.learner.network.steps.filter(({ layer }) => !isInput(layer));
  const back = layers.toReversed().flatMap((layer) => (layer.output.gradient ? [backwardStage(step, layer)] : []));
  return back.length > 0 ? [...back, autodiffStage(step)] : [];
}
