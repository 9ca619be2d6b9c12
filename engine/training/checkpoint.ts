/**
 * The state of a training after an epoch. It contains everything that the next epoch needs, because each random stream depends only on the epoch's
 * number. A resumed training computes the same bits as an uninterrupted one.
 */
import * as v from "valibot";
import { type NamedTensor, parametersOf, parseSafetensors, safetensorsFrom } from "../files/safetensors.ts";
import { TRAINED_VERSION } from "../files/trainedWith.ts";
import type { Numbers } from "../kernels/kernels.ts";
import type { Network } from "../network/network.ts";
import { plural } from "../numberText.ts";
import type { OptimizerState } from "./optimizers.ts";
import { type Origin, originFrom } from "./origin.ts";
import type { PlateauState } from "./plateau.ts";
import type { EarlyStopping, StoppingState } from "./stopping.ts";

export interface Checkpoint {
  /** The last completed epoch; 0 before the first. */
  readonly epoch: number;
  /** The number of the optimizer's updates so far; 0 with its initial state. Schedules compute the learning rate from it. */
  readonly step: number;
  readonly seconds: number;
  readonly momentumProduct: number;
  readonly plateau: PlateauState | null;
  readonly weights: Numbers;
  /** The optimizer's arrays, in the catalog's order. */
  readonly slots: readonly Numbers[];
  readonly stopping: StoppingState | null;
  /** The plan and data at the start of the training. Present in a checkpoint read from a file, except from an older version. */
  readonly origin?: Origin;
}

/** Returns a copy of the state, independent of later training. */
export function checkpointOf(
  { weights }: Network,
  { slots, step, momentumProduct, plateau }: OptimizerState,
  stopping: EarlyStopping | undefined,
  epoch: number,
  seconds: number,
): Checkpoint {
  return {
    epoch,
    step,
    seconds,
    momentumProduct,
    plateau,
    weights: weights.slice(),
    slots: slots.map((slot) => slot.slice()),
    stopping: stopping?.state() ?? null,
  };
}

/** Restores a checkpoint. Throws an Error if it belongs to another optimizer. */
export function resumeFrom(
  { weights, slots, step, momentumProduct, plateau, stopping }: Checkpoint,
  network: Network,
  optimizer: OptimizerState,
  observer: EarlyStopping | undefined,
): void {
  if (slots.length !== optimizer.slots.length)
    throw new Error(`it has ${plural(slots.length, "optimizer array")}, but the plan's optimizer needs ${optimizer.slots.length}`);
  network.weights.set(weights);
  slots.forEach((slot, k) => {
    optimizer.slots[k].set(slot);
  });
  optimizer.step = step;
  optimizer.momentumProduct = momentumProduct;
  optimizer.plateau = plateau;
  if (stopping) observer?.resume(stopping);
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const finite = v.pipe(v.number(), v.finite());

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** The state in a checkpoint file besides its tensors. `best` is null before the first epoch. */
export const checkpointState = v.strictObject({
  epoch: count,
  step: count,
  seconds: v.pipe(finite, v.minValue(0)),
  momentumProduct: finite,
  /** Checkpoints of older versions lack this schedule. */
  plateau: v.exactOptional(v.nullable(v.strictObject({ rate: finite, best: v.nullable(finite), waited: count, cooldown: count })), null),
  stopping: v.nullable(v.strictObject({ best: v.nullable(finite), bestEpoch: v.nullable(count), waited: count })),
});

/**
 * Returns a safetensors file: the parameters by their names, the optimizer's arrays as `optimizer/0` …, and the best weights so far as `best`.
 * `metadata` comes from files/trainedWith.ts.
 */
export function checkpointBytes(checkpoint: Checkpoint, network: Network, metadata: Readonly<Record<string, string>>): Uint8Array {
  const { weights, slots, stopping } = checkpoint;
  const own = parametersOf(network).map(({ name, shape }, k): NamedTensor => {
    const { offset, values } = network.parameters[k];
    return { name, shape, values: weights.subarray(offset, offset + values.length) };
  });
  const flat = (name: string, values: Numbers): NamedTensor => ({ name, shape: [values.length], values });
  const tensors = [
    ...own,
    ...slots.map((slot, k) => flat(`optimizer/${k}`, slot)),
    ...(stopping?.bestWeights ? [flat("best", stopping.bestWeights)] : []),
  ];
  const { epoch, step, seconds, momentumProduct, plateau } = checkpoint;
  const state = {
    epoch,
    step,
    seconds,
    momentumProduct,
    plateau: plateau && { ...plateau, best: finiteOrNull(plateau.best) },
    stopping: stopping && { best: finiteOrNull(stopping.best), bestEpoch: stopping.bestEpoch, waited: stopping.waited },
  };
  return safetensorsFrom(tensors, {
    ...metadata,
    version: TRAINED_VERSION,
    epoch: String(epoch),
    state: JSON.stringify(state),
  });
}

/** Reads a checkpoint of this network. Throws an Error that names the mismatch. */
export function parseCheckpoint(bytes: Uint8Array, network: Network): Checkpoint {
  const { tensors, metadata } = parseSafetensors(bytes);
  if (metadata["version"] !== TRAINED_VERSION) throw new Error("it is not a checkpoint of this version");
  const state = v.safeParse(v.pipe(v.string(), v.parseJson(), checkpointState), metadata["state"]);
  if (!state.success) throw new Error(`its state is damaged (${v.getDotPath(state.issues[0]) ?? "state"}: ${state.issues[0].message})`);
  const { epoch, step, seconds, momentumProduct, plateau, stopping } = state.output;
  const weights = network.weights.slice();
  for (const { layer, planned, offset } of network.parameters) {
    const name = `${layer.id}/${planned.name}`;
    const found = tensors.get(name);
    if (!found || found.shape.join() !== planned.shape.join())
      throw new Error(`its ${name} is missing or has another shape than the model's`);
    if (found.values.BYTES_PER_ELEMENT !== weights.BYTES_PER_ELEMENT) throw new Error("it has another precision; use the same --precision");
    weights.set(found.values, offset);
  }
  const flat = (name: string): Numbers | undefined => {
    const found = tensors.get(name)?.values;
    if (found && found.length !== weights.length)
      throw new Error(`its ${name} has ${plural(found.length, "number")}, but the model has ${weights.length} weights`);
    return found;
  };
  const slots: Numbers[] = [];
  for (let slot = flat("optimizer/0"); slot; slot = flat(`optimizer/${slots.length}`)) slots.push(slot);
  const bestWeights = flat("best") ?? null;
  const origin = originFrom(metadata);
  return {
    ...(origin && { origin }),
    epoch,
    step,
    seconds,
    momentumProduct,
    plateau: plateau && { ...plateau, best: plateau.best ?? Number.POSITIVE_INFINITY },
    weights,
    slots,
    stopping: stopping && { ...stopping, best: stopping.best ?? Number.POSITIVE_INFINITY, bestWeights },
  };
}
