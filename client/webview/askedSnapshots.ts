/** Requests snapshots of the epochs that a finished run did not record, so that its playback is smooth. */
import { spacedEpochs } from "../../engine/training/snapshotEpochs.ts";
import { epochsDone, type RunState } from "../runs/runState.ts";
import type { Actions, Model } from "./model.ts";

/** A longer training is not recomputed as a whole. Its views show the recorded epochs. */
const MOST_SECONDS = 15;
/** The maximum number of snapshots of a network with few layers, and of the layers in all snapshots together. */
const MOST_SNAPSHOTS = 64;
const MOST_LAYERS = 640;

/** The seconds of training per question, since other questions wait for its answer. */
const SECONDS_AT_ONCE = 0.3;

export function askForSnapshots({ state, answers }: Model, { ask }: Actions): void {
  if (!state?.started || !state.end || answers.problems.has("snapshots")) return;
  const missing = missingEpochs(state);
  const [first] = missing;
  const seconds = secondsOf(state);
  if (first === undefined || seconds > MOST_SECONDS) return;
  const perEpoch = seconds / Math.max(1, epochsDone(state));
  ask({ kind: "snapshots", epochs: missing.filter((epoch) => epoch === first || (epoch - first) * perEpoch < SECONDS_AT_ONCE) });
}

/** Returns the duration of the training, from the seconds of its drawn epochs. */
function secondsOf({ history, end }: RunState): number {
  if (end && "seconds" in end && end.seconds > 0) return end.seconds;
  return (history?.last?.[4] ?? 0) * (history?.seen ?? 0);
}

function missingEpochs(state: RunState): number[] {
  const layers = state.started?.layers.length ?? 1;
  const most = Math.max(8, Math.min(MOST_SNAPSHOTS, Math.floor(MOST_LAYERS / layers)));
  const known = new Set(state.snapshots.map(({ epoch }) => epoch));
  return spacedEpochs(epochsDone(state), most).filter((epoch) => !known.has(epoch));
}
