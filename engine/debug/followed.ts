/**
 * The view of a debugged training in a panel: the stages of One Step up to the current place, and the network with the values computed so far in this
 * mini-batch. Everything is computed on demand.
 */
import type { LayerFacts, TrainingEventOf } from "../events.ts";
import { computedRow } from "../inspect/untrained.ts";
import type { WalkStage, WeightPath } from "../inspect/views.ts";
import { walkOf } from "../inspect/walk.ts";
import type { Learner } from "../training/learner.ts";
import { unfinishedSnapshot } from "../training/snapshots.ts";
import { layerFactsOf } from "../training/startedEvent.ts";
import type { Place } from "./places.ts";
import { batchRepeater, isInPieces } from "./repeatedBatch.ts";
import { progressOf } from "./tensors.ts";
import type { Timeline } from "./timeline.ts";

export interface FollowedStep {
  /**
   * The computed stages, followed by the next stage without its results. Empty before the mini-batch is drawn, and for a mini-batch that is computed
   * in pieces.
   */
  readonly stages: readonly WalkStage[];
  /** The index of the current stage. */
  readonly current: number;
  readonly path: WeightPath | null;
}

export interface FollowedNetwork {
  readonly layers: readonly LayerFacts[];
  readonly snapshot: TrainingEventOf<"snapshot">;
  /** The current layer; null if the current place has none. */
  readonly layer: string | null;
  /** Whether the training is in the reverse pass. */
  readonly isBackward: boolean;
}

export interface Followed {
  readonly step: () => Promise<FollowedStep>;
  readonly network: () => FollowedNetwork;
}

const NOTHING: FollowedStep = { stages: [], current: 0, path: null };

export function followed(timeline: Timeline): Followed {
  const { learner, cursor } = timeline;
  // One Step computes in float64, whatever the training's precision.
  const repeater = batchRepeater(timeline, "float64");

  async function walkedStep(place: Place): Promise<FollowedStep> {
    const { learner: repeated, of } = await repeater.present();
    const { stages, path } = walkOf(repeated, of);
    return { ...upTo(stages, place, timeline.now().isDone, learner), path };
  }

  return {
    async step() {
      const place = timeline.place();
      if (!place || (place.phase === "batch" && !timeline.now().isDone)) return NOTHING;
      if (cursor.layout.learns) return isInPieces(timeline) ? NOTHING : await walkedStep(place);
      return { ...upTo(computedRow(learner, place.piece), place, timeline.now().isDone, learner), path: null };
    },
    network() {
      const { isForward, isReverse } = progressOf(timeline);
      const place = timeline.place();
      return {
        layers: layerFactsOf(learner),
        snapshot: unfinishedSnapshot(learner, timeline.now().epoch, { hasOutput: isForward, hasGradient: isReverse }),
        layer: learner.network.steps[place?.layer ?? -1]?.layer.id ?? null,
        isBackward: place?.phase === "reverse" || place?.phase === "update" || place?.phase === "epoch",
      };
    },
  };
}

/** Returns the stages up to a place. The stage of a place that is not computed yet has no results. */
function upTo(stages: readonly WalkStage[], { phase, layer }: Place, isDone: boolean, { network }: Learner): Omit<FollowedStep, "path"> {
  const id = network.steps[layer]?.layer.id ?? "";
  const isOf = (stage: WalkStage): boolean => PASSES[phase].includes(stage.pass) && (layer < 0 || stage.layer === id);
  const first = stages.findIndex(isOf);
  if (first < 0) {
    // The inputs are part of the mini-batch's stage, Rosenblatt's rule has no reverse pass, and the end of an epoch comes after the last stage.
    const end = { forward: 1, reverse: stages.findIndex(({ pass }) => pass === "update") };
    const last = (phase === "forward" || phase === "reverse" ? end[phase] : stages.length) - 1;
    return { stages: stages.slice(0, last + 1), current: Math.max(0, last) };
  }
  if (isDone) return { stages: stages.slice(0, stages.findLastIndex(isOf) + 1), current: first };
  return { stages: [...stages.slice(0, first), withoutResults(stages[first])], current: first };
}

const PASSES: { readonly [P in Place["phase"]]: readonly WalkStage["pass"][] } = {
  batch: ["data"],
  forward: ["forward", "data"],
  loss: ["loss", "error"],
  reverse: ["backward"],
  update: ["update"],
  epoch: [],
};

const withoutResults = (stage: WalkStage): WalkStage => ({
  ...stage,
  words: "This comes next.",
  matrices: stage.matrices.filter(({ formula, workings }) => formula === "" && workings === null),
});
