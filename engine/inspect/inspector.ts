/** A run looked into: its network with given weights on its own data, apart from the training, which never waits for it. */

import { sizeOf } from "../catalog/layers.ts";
import { loadExamples } from "../data/examples.ts";
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
  /** Takes the weights of a checkpoint; throws an Error where they are another network's. */
  readonly use: (checkpoint: Uint8Array) => void;
  readonly result: () => ResultView;
  readonly walk: () => Walk;
  /** Throws an Error where the layer has no such parameter. */
  readonly tensor: (layer: string, name: string) => TensorView;
}

export interface InspectorOptions {
  /** What the checkpoint's numbers are. */
  readonly precision: Precision;
  readonly kernels?: Kernels | undefined;
}

/** Reads the data. Throws `DataProblem` for data that can't be used (any more). */
export async function openInspector(plan: TrainingPlan, files: FileReader, { precision, kernels }: InspectorOptions): Promise<Inspector> {
  const examples = await loadExamples(plan, files, precision, kernels && { allocate: kernels.allocate });
  const learner = learnerFor(plan, examples, precision, kernels);
  const result = resultReader(learner);
  let epoch = 0;
  /** In float64, made when it is first asked for. */
  let slow: Learner | undefined;
  const exact = (): Learner => {
    slow ??= learnerFor(plan, examples, "float64");
    slow.network.weights.set(learner.network.weights);
    slow.optimizer.slots.forEach((slot, k) => {
      slot.set(learner.optimizer.slots[k]);
    });
    slow.optimizer.step = learner.optimizer.step;
    slow.optimizer.momentumProduct = learner.optimizer.momentumProduct;
    return slow;
  };
  return {
    use(bytes) {
      const checkpoint = parseCheckpoint(bytes, learner.network);
      resumeFrom(checkpoint, learner.network, learner.optimizer, undefined);
      epoch = checkpoint.epoch;
    },
    result: () => result(epoch),
    walk: () => walkOf(exact(), epoch),
    tensor(layer, name) {
      const { network, order, batchSize } = learner;
      const parameter = network.parameters.find((one) => one.layer.id === layer && one.planned.name === name);
      if (!parameter) throw new Error(`${layer} has no ${name}.`);
      const rows = Math.min(batchSize, order.length, network.capacity);
      // Without dropout: what is dropped differs from batch to batch. The weights stay, so the step ends before the update.
      for (const { at } of trainingStep(learner, { order, from: 0, rows, mode: "inspect" })) if (at === "update") break;
      const { shape, trained } = parameter.planned;
      const image = examples.imageShape;
      // A row of weights for each pixel.
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

/** Whether each of its numbers is still one pixel of the image that it takes. */
const KEEPS_PIXELS: { readonly [K in PlannedKind]: boolean } = {
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
};

/** An input, or one that was only laid flat or scaled. */
function isInputLike({ network }: Pick<Learner, "network">, id: string): boolean {
  const layer = network.stepOf.get(id)?.layer;
  return layer !== undefined && KEEPS_PIXELS[layer.kind] && layer.inputs.every((one) => isInputLike({ network }, one));
}
