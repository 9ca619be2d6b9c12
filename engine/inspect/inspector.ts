/** An inspector of a run: the run's network with given weights on its own data. It is independent of the training, which never waits for it. */

import { sizeOf } from "../catalog/shapes.ts";
import { loadExamples } from "../data/examples.ts";
import type { DataFit } from "../data/fit.ts";
import { derivation } from "../derive/derivation.ts";
import { markdownDocument } from "../derive/documents.ts";
import { type ExpectationResult, testExpectations } from "../evaluate/expectationTests.ts";
import type { TrainingEventOf } from "../events.ts";
import type { FileReader } from "../host.ts";
import type { Kernels, Numbers } from "../kernels/kernels.ts";
import type { Precision } from "../network/compile.ts";
import type { ExpectPlan, PlannedKind, TrainingPlan } from "../plan.ts";
import { parseCheckpoint, resumeFrom } from "../training/checkpoint.ts";
import { type Learner, learnerFor } from "../training/learner.ts";
import { adaptNormalizers } from "../training/normalizers.ts";
import { type OptimizerState, optimizerState } from "../training/optimizers.ts";
import { lookedSnapshot, snapshotOf } from "../training/snapshots.ts";
import { applyStart, readStart } from "../training/startWeights.ts";
import { trainingStep } from "../training/step.ts";
import { type AskedRow, rowAnswerer } from "./askedRow.ts";
import { epochSeeker } from "./epochSeeker.ts";
import { resultReader } from "./result.ts";
import { ruleTrace } from "./ruleTrace.ts";
import { unitPlanesReader } from "./unitPlanes.ts";
import type { AnsweredRow, ResultView, RuleTrace, TensorView, UnitPlanes, Walk } from "./views.ts";
import { walkOf } from "./walk.ts";
import type { StepRows } from "./walkedStep.ts";
import type { WeightPlace } from "./weightPath.ts";
import { nextWrongRow } from "./wrongRows.ts";

export interface Inspector {
  /** How the current data would be fitted differently (data/fitChanges.ts). */
  readonly changes: readonly string[];
  /** Loads the weights of a checkpoint. Throws an Error if they belong to another network. */
  readonly use: (checkpoint: Uint8Array) => void;
  /**
   * Loads the weights after an epoch, computed from a recorded state at or before it, or from the start of the training if `base` is null
   * (epochSeeker.ts). Throws an Error if that is impossible.
   */
  readonly useEpoch: (epoch: number, base: Uint8Array | null) => Promise<void>;
  /** Returns snapshots of the epochs as the training takes them. `epochs` is in ascending order. */
  readonly snapshots: (epochs: readonly number[], base: Uint8Array | null) => Promise<TrainingEventOf<"snapshot">[]>;
  readonly result: () => ResultView;
  /** Returns the output of every unit over the plane of two features; null unless there are two numeric features. */
  readonly unitPlanes: () => UnitPlanes | null;
  /** Returns the answer for a row. Throws an Error for the user if there is no such row or a cell can't be read. */
  readonly answerTo: (asked: AskedRow) => AnsweredRow;
  /** Walks through the requested step. Rejects with an Error for the user if there is no such row or there are no initial weights. */
  readonly walk: (request?: WalkRequest) => Promise<Walk>;
  /** Writes out the gradient of a weight such as `hidden.kernel[0, 1]` in the requested step, as Markdown. Rejects with an Error for the user. */
  readonly derivation: (weight: string, request: WalkRequest) => Promise<string>;
  /** Returns Rosenblatt's rule row by row. Rejects with an Error for the user unless the run trains one unit by this rule. */
  readonly rule: () => Promise<RuleTrace>;
  /** Returns the results of each `expect` block. */
  readonly test: (expects: readonly ExpectPlan[]) => Promise<ExpectationResult[][]>;
  /** Returns a parameter with its gradient. Throws an Error if the layer has no such parameter. */
  readonly tensor: (layer: string, name: string) => TensorView;
}

/** Selects the step of a walk-through. */
export interface WalkRequest {
  /** The checkpoint's weights, or the initial weights. */
  readonly weights: "current" | "start";
  /**
   * The next epoch's first mini-batch, the row with the number `row`, or the next wrong row after it. For numeric outputs, "wrong" selects the row
   * with the next smaller error, or with the largest error if `row` is 0.
   */
  readonly rows: "batch" | "row" | "wrong";
  /** A row's number among the used rows of the data, from 1; 0 for none. */
  readonly row: number;
  /** The weight whose path to the loss to show; if absent, a weight with a large gradient. */
  readonly weight?: WeightPlace;
}

const NEXT_BATCH: WalkRequest = { weights: "current", rows: "batch", row: 0 };

export interface InspectorOptions {
  /** The checkpoint's precision. */
  readonly precision: Precision;
  readonly kernels?: Kernels | undefined;
  /** The fit of the training, used to encode the data. If absent, the data are fitted anew. */
  readonly fit?: DataFit | undefined;
}

/**
 * Reads the data and returns an inspector with the initial weights. Throws `DataProblem` if the data are unusable, for example because a file has
 * changed.
 */
export async function openInspector(
  plan: TrainingPlan,
  files: FileReader,
  { precision, kernels, fit }: InspectorOptions,
): Promise<Inspector> {
  const examples = await loadExamples(plan, files, precision, { fit, allocate: kernels?.allocate, own: "retained" });
  const learner = learnerFor(plan, examples, { precision, kernels });
  const result = resultReader(learner);
  const startWeights = learner.network.weights.slice();
  /** Created on the first request for the units' planes. */
  let planes: { readonly read: ReturnType<typeof unitPlanesReader> } | undefined;
  /** Created on the first request for a row. */
  let answerRow: ReturnType<typeof rowAnswerer> | undefined;
  const seeker = epochSeeker(learner, files);
  let epoch = 0;
  /** The walk-through's learner, created on the first request. */
  let float64Learner: Learner | undefined;
  const inFloat64 = (weights: Numbers, optimizer: OptimizerState): Learner => {
    float64Learner ??= learnerFor(plan, examples, { precision: "float64" });
    float64Learner.network.weights.set(weights);
    takeState(float64Learner.optimizer, optimizer);
    return float64Learner;
  };
  const atStart = async (): Promise<Learner> => {
    // Read the file first: another request may use the learner in the meantime.
    const start = await readStart(plan, files);
    const own = inFloat64(startWeights, optimizerState(plan.training, learner.network));
    if (start) applyStart(own.network, start);
    await adaptNormalizers(own.network, own.load, own.examples.parts.train, async () => false);
    return own;
  };
  const stepOf = async (request: WalkRequest): Promise<{ readonly own: Learner; readonly of: StepRows; readonly note: string }> => {
    const isStart = request.weights === "start";
    const own = isStart ? await atStart() : inFloat64(learner.network.weights, learner.optimizer);
    const { row, note } = chosenRow(own, request);
    return { own, of: { epoch: isStart ? 0 : epoch, rows: row === undefined ? undefined : [row] }, note };
  };
  return {
    changes: examples.changes,
    use(bytes) {
      const checkpoint = parseCheckpoint(bytes, learner.network);
      resumeFrom(checkpoint, learner.network, learner.optimizer, undefined);
      epoch = checkpoint.epoch;
      seeker.leave();
    },
    async useEpoch(wanted, base) {
      await seeker.seek(wanted, base);
      epoch = wanted;
    },
    async snapshots(epochs, base) {
      const taken: TrainingEventOf<"snapshot">[] = [];
      for (const wanted of epochs) {
        if (wanted === 0) {
          await seeker.seek(0, base);
          taken.push(lookedSnapshot(learner, 0, 1));
        } else await seeker.train(wanted, base, () => taken.push(snapshotOf(learner, wanted, 1)));
        epoch = wanted;
      }
      return taken;
    },
    result: () => result(epoch),
    unitPlanes() {
      planes ??= { read: unitPlanesReader(learner) };
      const own = planes.read?.();
      return own ? { epoch, ...own } : null;
    },
    answerTo(asked) {
      answerRow ??= rowAnswerer(learner);
      return { epoch, ...answerRow(asked) };
    },
    async walk(request = NEXT_BATCH) {
      const { own, of, note } = await stepOf(request);
      return walkOf(own, of, note, request.weight);
    },
    async derivation(weight, request) {
      const { own, of } = await stepOf(request);
      return markdownDocument(derivation(own, of, weight));
    },
    async rule() {
      const trace = ruleTrace(await atStart());
      if (!trace) throw new Error("Rows are watched one by one if a single unit learns by Rosenblatt's rule, from at most 1,000 rows.");
      return trace;
    },
    async test(expects) {
      const { network } = learner;
      const tested = { network, outputs: plan.training.outputs, trained: learner, metrics: plan.training.metrics };
      const results: ExpectationResult[][] = [];
      for (const one of expects) results.push(await testExpectations(tested, one));
      return results;
    },
    tensor(layer, name) {
      const { network, order, batchSize } = learner;
      const parameter = network.parameters.find((one) => one.layer.id === layer && one.planned.name === name);
      if (!parameter) throw new Error(`${layer} has no ${name}.`);
      order.set(examples.parts.train);
      const rows = Math.min(batchSize, order.length, network.capacity);
      // Dropout is off, because it drops different units in each batch. The step ends before the update, so the weights do not change.
      for (const { at } of trainingStep(learner, { order, from: 0, rows, mode: "inspect" })) if (at === "update") break;
      const { shape, trained } = parameter.planned;
      const image = examples.imageShape;
      // The kernel has one row of weights per pixel.
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

/**
 * Returns the index of the requested row. Returns undefined for the mini-batch, with a note if no row matches the request. Throws a `RangeError` if
 * there is no such row.
 */
function chosenRow(learner: Learner, { rows, row }: WalkRequest): { readonly row: number | undefined; readonly note: string } {
  const { rows: count } = learner.examples;
  if (rows === "batch") return { row: undefined, note: "" };
  if (rows === "row") {
    if (row < 1 || row > count) throw new RangeError(`The data have the rows 1 to ${count}; there is no row ${row}.`);
    return { row: row - 1, note: "" };
  }
  const found = nextWrongRow(learner, row - 1);
  if (found === "none") return { row: undefined, note: "All training rows are right with these weights, so the mini-batch is shown." };
  return { row: found, note: "" };
}

function takeState(to: OptimizerState, from: OptimizerState): void {
  to.slots.forEach((slot, k) => {
    slot.set(from.slots[k]);
  });
  to.step = from.step;
  to.momentumProduct = from.momentumProduct;
  to.plateau = from.plateau;
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

/** Whether the layer is an input or only flattens or scales one. */
function isInputLike({ network }: Pick<Learner, "network">, id: string): boolean {
  const layer = network.stepOf.get(id)?.layer;
  return layer !== undefined && PRESERVES_PIXELS[layer.kind] && layer.inputs.every((one) => isInputLike({ network }, one));
}
