/** Records a training's state after some epochs, so that the weights of every epoch can be recomputed from the nearest state (replay.ts). */
import { checkpointBytes } from "./checkpoint.ts";
import { type Run, stateOf } from "./run.ts";

const LEAST_MS = 500;
/** The minimum time between recordings, as a multiple of the last recording's duration. Recording therefore takes less than 1 % of the time. */
const TIMES = 100;

/** Records the state before the first epoch, and later after an epoch if enough time has passed since the last recording. */
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
