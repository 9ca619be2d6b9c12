/**
 * The state of a training at an epoch's end: all that the next epoch needs, since every stream of chance is found from the
 * epoch's number. Taken up again, a training goes on as if it had not been stopped, bit for bit.
 */
import type { Numbers } from "../kernels/kernels.ts";
import type { Network } from "../network/network.ts";
import type { OptimizerState } from "./optimizers.ts";
import { type NamedTensor, parametersOf, parseSafetensors, safetensorsFrom } from "./safetensors.ts";
import type { EarlyStopping, StoppingState } from "./stopping.ts";

export interface Checkpoint {
  /** The last that is in it; 0 before the first. */
  readonly epoch: number;
  /** The optimizer's updates so far, which schedules count in, too. */
  readonly step: number;
  readonly seconds: number;
  readonly momentumProduct: number;
  readonly weights: Numbers;
  /** The optimizer's arrays, in the catalog's order. */
  readonly slots: readonly Numbers[];
  readonly stopping: StoppingState | null;
}

/** A copy: what goes on changing is not in it. */
export function checkpointOf(
  { weights }: Network,
  { slots, step, momentumProduct }: OptimizerState,
  stopping: EarlyStopping | undefined,
  epoch: number,
  seconds: number,
): Checkpoint {
  return {
    epoch,
    step,
    seconds,
    momentumProduct,
    weights: weights.slice(),
    slots: slots.map((slot) => slot.slice()),
    stopping: stopping?.state() ?? null,
  };
}

export function resumeFrom(
  { weights, slots, step, momentumProduct, stopping }: Checkpoint,
  network: Network,
  optimizer: OptimizerState,
  observer: EarlyStopping | undefined,
): void {
  network.weights.set(weights);
  slots.forEach((slot, k) => {
    optimizer.slots[k].set(slot);
  });
  optimizer.step = step;
  optimizer.momentumProduct = momentumProduct;
  if (stopping) observer?.resume(stopping);
}

const VERSION = "1";

/** One safetensors file: the parameters by their names, the optimizer's arrays as `optimizer/0` …, the best weights so far as `best`. */
export function checkpointBytes(checkpoint: Checkpoint, network: Network): Uint8Array {
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
  const { epoch, step, seconds, momentumProduct } = checkpoint;
  const state = stopping && {
    best: Number.isFinite(stopping.best) ? stopping.best : null,
    bestEpoch: stopping.bestEpoch,
    waited: stopping.waited,
  };
  return safetensorsFrom(tensors, { version: VERSION, state: JSON.stringify({ epoch, step, seconds, momentumProduct, stopping: state }) });
}

/** Throws an Error that says what does not fit. */
export function parseCheckpoint(bytes: Uint8Array, network: Network): Checkpoint {
  const { tensors, metadata } = parseSafetensors(bytes);
  if (metadata["version"] !== VERSION) throw new Error("it is no checkpoint of this version");
  const { epoch, step, seconds, momentumProduct, stopping } = JSON.parse(metadata["state"] ?? "null") as {
    epoch: number;
    step: number;
    seconds: number;
    momentumProduct: number;
    stopping: { best: number | null; bestEpoch: number | null; waited: number } | null;
  };
  const weights = network.weights.slice();
  for (const { layer, planned, offset } of network.parameters) {
    const name = `${layer.id}/${planned.name}`;
    const found = tensors.get(name);
    if (!found || found.shape.join() !== planned.shape.join()) throw new Error(`its ${name} is not the model's`);
    if (found.values.BYTES_PER_ELEMENT !== weights.BYTES_PER_ELEMENT)
      throw new Error("it is of another precision; give the same --precision");
    weights.set(found.values, offset);
  }
  const slots = [...tensors.values()].filter(({ name }) => name.startsWith("optimizer/")).map(({ values }) => values);
  const bestWeights = tensors.get("best")?.values ?? null;
  return {
    epoch,
    step,
    seconds,
    momentumProduct,
    weights,
    slots,
    stopping: stopping && { ...stopping, best: stopping.best ?? Number.POSITIVE_INFINITY, bestWeights },
  };
}
