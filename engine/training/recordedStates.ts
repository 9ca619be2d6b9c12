/** Records a training's state after some epochs, so that the weights of every epoch can be computed again from the nearest one (replay.ts). */
import { checkpointBytes } from "./checkpoint.ts";
import { type Run, stateOf } from "./run.ts";

const LEAST_MS = 500;
/** A state is recorded after this many times as long as the last one took, so that all take less than 1 % of the time. */
const TIMES = 100;

/** Records the state before the first epoch, and then after an epoch if enough time has passed since the last one. */
export function recordState(run: Run): void {
  const { options, learner, recorded, epoch } = run;
  const { onState, host } = options;
  if (!onState) return;
  const now = host.now();
  if (recorded && now - recorded.at < Math.max(LEAST_MS, TIMES * recorded.cost)) return;
  onState(epoch, checkpointBytes(stateOf(run), learner.network, {}));
  const end = host.now();
  run.recorded = { at: end, cost: end - now };
}
