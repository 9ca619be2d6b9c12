/** Loads the weights after any epoch of a run, by training from the nearest known state. It caches the states on the way. */
import type { FileReader } from "../host.ts";
import { type Checkpoint, checkpointOf, parseCheckpoint, resumeFrom } from "../training/checkpoint.ts";
import type { Learner } from "../training/learner.ts";
import { adaptNormalizers } from "../training/normalizers.ts";
import { recordTrainingStep } from "../training/recordedEpoch.ts";
import { type Replayer, replayer } from "../training/replay.ts";
import { isSnapshotEpoch } from "../training/snapshotEpochs.ts";
import { applyStart, readStart } from "../training/startWeights.ts";

/** The maximum memory of the states, and their maximum number. Beyond these, every second state is dropped. */
const MAX_BYTES = 64e6;
const MAX_STATES = 2048;

export interface EpochSeeker {
  /**
   * Loads the state after the epoch. `base` is a recorded state at or before it. Without one, the training starts from the beginning. Throws an Error
   * if the epoch precedes every known state.
   */
  readonly seek: (epoch: number, base: Uint8Array | null) => Promise<void>;
  /** Loads the state before the epoch and trains the epoch. Calls `onTrained` while the network still has the values of its last mini-batch. */
  readonly train: (epoch: number, base: Uint8Array | null, onTrained: () => void) => Promise<void>;
  /** Called when other weights are loaded. */
  readonly leave: () => void;
}

export function epochSeeker(learner: Learner, files: FileReader): EpochSeeker {
  const { network, optimizer, plan } = learner;
  const stateNow = (epoch: number): Checkpoint => checkpointOf(network, optimizer, undefined, epoch, 0);
  const initial = stateNow(0);
  const bytes = (1 + optimizer.slots.length) * network.weights.byteLength + 256;
  const most = Math.max(8, Math.min(MAX_STATES, Math.floor(MAX_BYTES / bytes)));
  /** In ascending order of epochs. */
  let states: Checkpoint[] = [];
  let stride = 1;
  /** The epoch of the learner's state; undefined if the learner has other weights. */
  let current: number | undefined;
  let replay: Replayer | undefined;

  const remember = (state: Checkpoint): void => {
    if (states.some(({ epoch }) => epoch === state.epoch)) return;
    states.push(state);
    states.sort((a, b) => a.epoch - b.epoch);
    if (states.length <= most) return;
    stride *= 2;
    states = states.filter(({ epoch }, k) => k === 0 || epoch % stride === 0);
  };
  const load = (state: Checkpoint): void => {
    resumeFrom(state, network, optimizer, undefined);
    current = state.epoch;
  };
  /** Loads the training's initial state. */
  const begin = async (): Promise<void> => {
    load(initial);
    const start = await readStart(plan, files);
    if (start) applyStart(network, start);
    await adaptNormalizers(network, learner.load, learner.examples.parts.train, async () => false);
    remember(stateNow(0));
  };
  const step = async (epoch: number, onTrained?: () => void): Promise<void> => {
    replay ??= replayer(learner, recordTrainingStep(learner));
    current = undefined;
    await replay.train(epoch, onTrained);
    current = epoch;
    if (isSnapshotEpoch(epoch, stride)) remember(stateNow(epoch));
  };
  const seek = async (epoch: number, base: Uint8Array | null): Promise<void> => {
    if (base) remember(parseCheckpoint(base, network));
    else if (states.length === 0) await begin();
    const nearest = states.findLast((state) => state.epoch <= epoch);
    if (!nearest) throw new Error(`The weights after epoch ${epoch} were not recorded.`);
    if (current === undefined || current > epoch || current < nearest.epoch) load(nearest);
    while (current !== undefined && current < epoch) await step(current + 1);
  };
  return {
    seek,
    async train(epoch, base, onTrained) {
      await seek(epoch - 1, base);
      await step(epoch, onTrained);
    },
    leave() {
      current = undefined;
    },
  };
}
