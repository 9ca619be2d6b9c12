/**
 * A mini-batch of a debugged training, computed once more in a network of its own: with the weights, the slots, the inputs and the draws that the training
 * has. So all of its numbers can be explained, also those that the training has overwritten, and the training does not notice.
 */
import type { StepRows } from "../inspect/walkedStep.ts";
import { isInput } from "../layerTraits.ts";
import type { Precision } from "../network/compile.ts";
import { randomAt } from "../random.ts";
import { resumeFrom } from "../training/checkpoint.ts";
import { type Learner, learnerFor } from "../training/learner.ts";
import type { BatchState } from "./cursor.ts";
import type { Timeline } from "./timeline.ts";

/** What `takeStep` (walkedStep.ts) needs to compute the mini-batch. */
export interface RepeatedBatch {
  readonly learner: Learner;
  readonly of: StepRows;
  /** Whether the update of the weights is computed in the training, too. */
  readonly isUpdated: boolean;
}

export interface Repeater {
  /** Returns the current mini-batch of the training. */
  readonly present: () => Promise<RepeatedBatch>;
  /** Returns the mini-batch whose update was the last one; undefined before the first. */
  readonly lastUpdated: () => Promise<RepeatedBatch | undefined>;
}

/** Whether the training computes its batches in pieces, so that its memory never has a whole one. */
export const isInPieces = ({ learner: { batchSize, network } }: Timeline): boolean => batchSize > network.capacity;

/** Repeats batches in the given precision, by the reference kernels. Of batches in pieces, inputs that the user has changed are not repeated. */
export function batchRepeater(timeline: Timeline, precision: Precision): Repeater {
  const { learner: trained } = timeline;
  let own: Learner | undefined;
  const isUpdated = (): boolean => {
    const { isDone } = timeline.now();
    const phase = timeline.place()?.phase;
    return phase === "epoch" || (phase === "update" && isDone);
  };
  /** Returns the repeated batch of a state. `isLive`: whether the training's memory has the batch's numbers. */
  const repeated = (state: BatchState, isLive: boolean): RepeatedBatch => {
    own ??= learnerFor(trained.plan, trained.examples, { precision, capacity: trained.batchSize });
    const { network, optimizer } = own;
    resumeFrom(state, network, optimizer, undefined);
    optimizer.changedRate = trained.optimizer.changedRate;
    // The user may have changed weights and inputs within the batch.
    if (isLive && !isUpdated()) network.weights.set(trained.network.weights);
    const inputs =
      isLive && !isInPieces(timeline) && timeline.cursor.position().index > 0
        ? trained.network.steps.filter(({ layer }) => isInput(layer))
        : [];
    const load: Learner["load"] = (order, from, rows) => {
      own?.load(order, from, rows);
      // The first batch of an epoch begins the stream.
      if (state.batch > 0) network.batch.random = randomAt(state.random);
      for (const { layer, output } of inputs)
        network.stepOf.get(layer.id)?.output.values.set(output.values.subarray(0, rows * output.width));
    };
    return { learner: { ...own, load }, of: { epoch: state.epoch, batch: state.batch }, isUpdated: !isLive || isUpdated() };
  };

  return {
    present: async () => repeated(await timeline.batchState(timeline.now()), true),
    async lastUpdated() {
      const now = timeline.now();
      if (isUpdated()) return repeated(await timeline.batchState(now), true);
      const before = timeline.before({ ...now, index: 0 });
      return before && repeated(await timeline.batchState(before), false);
    },
  };
}
