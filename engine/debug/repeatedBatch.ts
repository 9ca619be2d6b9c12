/**
 * Computes a debugged training's mini-batch again in a separate network, with the training's weights, slots, inputs and random draws. This explains
 * all of the batch's numbers, including overwritten ones, without changing the training.
 */
import type { StepRows } from "../inspect/walkedStep.ts";
import { isInput } from "../layerTraits.ts";
import type { Precision } from "../network/compile.ts";
import { randomAt } from "../random.ts";
import { resumeFrom } from "../training/checkpoint.ts";
import { type Learner, learnerFor } from "../training/learner.ts";
import type { BatchState } from "./cursor.ts";
import type { Timeline } from "./timeline.ts";

/** The arguments with which `takeStep` (walkedStep.ts) computes the mini-batch. */
export interface RepeatedBatch {
  readonly learner: Learner;
  readonly of: StepRows;
  /** Whether the training has also computed the update of the weights. */
  readonly isUpdated: boolean;
}

export interface Repeater {
  /** Returns the training's current mini-batch. */
  readonly present: () => Promise<RepeatedBatch>;
  /** Returns the mini-batch of the last update; undefined before the first update. */
  readonly lastUpdated: () => Promise<RepeatedBatch | undefined>;
}

/** Whether the training computes its batches in pieces, so that its memory never contains a whole batch. */
export const isInPieces = ({ learner: { batchSize, network } }: Timeline): boolean => batchSize > network.capacity;

/** Repeats batches in the given precision with the reference kernels. For batches in pieces, it does not repeat the user's changes to inputs. */
export function batchRepeater(timeline: Timeline, precision: Precision): Repeater {
  const { learner: trained } = timeline;
  let own: Learner | undefined;
  const isUpdated = (): boolean => {
    const { isDone } = timeline.now();
    const phase = timeline.place()?.phase;
    return phase === "epoch" || (phase === "update" && isDone);
  };
  /** Returns the repeated batch of a state. `isLive`: whether the training's memory contains the batch's numbers. */
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
      // The stream starts with an epoch's first batch.
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
