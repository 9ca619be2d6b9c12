/** An inspector of a run: the run's network with given weights on its own data. It is separate from the training, which never waits for it. */

import { sizeOf } from "../catalog/shapes.ts";
import { loadExamples } from "../data/examples.ts";
import type { DataFit } from "../data/fit.ts";
import type { FileReader } from "../host.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { Precision } from "../network/compile.ts";
import type { PlannedKind, TrainingPlan } from "../plan.ts";
import { parseCheckpoint, resumeFrom } from "../training/checkpoint.ts";
import { type Learner, learnerFor } from "../training/learner.ts";
import { trainingStep } from "../training/step.ts";
import { resultReader } from "./result.ts";
import type { ResultView, TensorView, Walk } from "./views.ts";
import { walkOf } from "./walk.ts";

export interface Inspector {
  /** How the fit of the data would differ from the given one (data/fitChanges.ts). */
  readonly changes: readonly string[];
  /** Loads the weights of a checkpoint. Throws an Error if they belong to another network. */
  readonly use: (checkpoint: Uint8Array) => void;
  readonly result: () => ResultView;
  readonly walk: () => Walk;
  /** Returns a parameter with its gradient. Throws an Error if the layer has no such parameter. */
  readonly tensor: (layer: string, name: string) => TensorView;
}

export interface InspectorOptions {
  /** The precision of the checkpoint. */
  readonly precision: Precision;
  readonly kernels?: Kernels | undefined;
  /** The fit of the training, by which the data are encoded. Without it, they are fitted anew. */
  readonly fit?: DataFit | undefined;
}

/** Reads the data and returns an inspector with the initial weights. Throws `DataProblem` if the data can't be used, for example because a file has changed. */
export async function openInspector(
  plan: TrainingPlan,
  files: FileReader,
  { precision, kernels, fit }: InspectorOptions,
): Promise<Inspector> {
  const examples = await loadExamples(plan, files, precision, { fit, allocate: kernels?.allocate });
  const learner = learnerFor(plan, examples, { precision, kernels });
  const result = resultReader(learner);
  let epoch = 0;
  /** The learner of the walk-through, created by the first request for it. */
  let float64Learner: Learner | undefined;
  const inFloat64 = (): Learner => {
    float64Learner ??= learnerFor(plan, examples, { precision: "float64" });
    const { network, optimizer } = float64Learner;
    network.weights.set(learner.network.weights);
    optimizer.slots.forEach((slot, k) => {
      slot.set(learner.optimizer.slots[k]);
    });
    optimizer.step = learner.optimizer.step;
    optimizer.momentumProduct = learner.optimizer.momentumProduct;
    optimizer.plateau = learner.optimizer.plateau;
    return float64Learner;
  };
  return {
    changes: examples.changes,
    use(bytes) {
      const checkpoint = parseCheckpoint(bytes, learner.network);
      resumeFrom(checkpoint, learner.network, learner.optimizer, undefined);
      epoch = checkpoint.epoch;
    },
    result: () => result(epoch),
    walk: () => walkOf(inFloat64(), epoch),
    tensor(layer, name) {
      const { network, order, batchSize } = learner;
      const parameter = network.parameters.find((one) => one.layer.id === layer && one.planned.name === name);
      if (!parameter) throw new Error(`${layer} has no ${name}.`);
      const rows = Math.min(batchSize, order.length, network.capacity);
      // Dropout is off, since it drops other units in each batch. The step ends before the update, so the weights do not change.
      for (const { at } of trainingStep(learner, { order, from: 0, rows, mode: "inspect" })) if (at === "update") break;
      const { shape, trained } = parameter.planned;
      const image = examples.imageShape;
      // The kernel has one row of weights for each pixel.
      const isOfPixels = image !== null && shape.length === 2 && shape[0] === sizeOf(image);
      return {
        layer,
        name,
        shape,
        epoch,
        rows,
        weights: Float32Array.from(parameter.values),
        gradient: trained ? Float32Array.from(parameter.gradient) : null,
        image: isOfPixels && parameter.layer.inputs.some((id) => isInputLike(learner, id)) ? image : null,
      };
    },
  };
}

/** Whether each output of the layer is one pixel of its input image. */
const PRESERVES_PIXELS: { readonly [K in PlannedKind]: boolean } = {
  input: true,
  dense: false,
  activation: false,
  neuron: false,
  flatten: true,
  reshape: false,
  dropout: false,
  batch_norm: false,
  layer_norm: false,
  normalize: true,
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

/** Whether the layer is an input, or an input that was only flattened or scaled. */
function isInputLike({ network }: Pick<Learner, "network">, id: string): boolean {
  const layer = network.stepOf.get(id)?.layer;
  return layer !== undefined && PRESERVES_PIXELS[layer.kind] && layer.inputs.every((one) => isInputLike({ network }, one));
}
