/**
 * Optimizes a recording without changing its results: joins a call to the product that computes its input, turns the first addition to a signal into
 * a write, and removes calls with unused results.
 */
import { LOSSES, UPDATES } from "./abi.ts";
import { type Entry, isCall } from "./entries.ts";

/** The minimum number of weights in a kernel for fusing its gradient and update in batches without statistics. */
const LEAST_FUSED_WEIGHTS = 1024;

/** Returns the optimized list of a mini-batch's calls. */
export function arranged(entries: readonly Entry[]): Entry[] {
  return paired(joined(firstWrites(entries)));
}

/**
 * Replaces each signal's first addition by a write. Signals (∂loss/∂values of each layer) are cleared before a reverse pass and then added to. If
 * every first addition can write instead, the clearing is removed. A call that propagates a signal which no call has set is also removed.
 */
function firstWrites(entries: readonly Entry[]): Entry[] {
  const clear = entries.find((entry) => isCall(entry, "clear"));
  if (!clear) return [...entries];
  const isSignal = (place: number): boolean => place >= clear.at && place < clear.at + 4 * clear.length;
  const set = new Set<number>();
  let isNeeded = false;
  const written = entries.flatMap((entry): Entry[] => {
    const addition = additionOf(entry);
    if (!addition || !isSignal(addition.to)) return [entry];
    const { from, to, writing } = addition;
    if (from !== undefined && isSignal(from) && !set.has(from)) return [];
    if (set.has(to)) return [entry];
    set.add(to);
    if (!writing) isNeeded = true;
    return [writing ?? entry];
  });
  return isNeeded ? [...entries] : written.filter((entry) => entry !== clear);
}

interface Addition {
  /** The signal to which the call adds. */
  readonly to: number;
  /** The signal that the call propagates backward. */
  readonly from?: number;
  /** The same call as a write instead of an addition; absent if impossible. */
  readonly writing?: Entry;
}

/** Returns the signal to which a call adds; undefined if there is none. */
function additionOf(entry: Entry): Addition | undefined {
  switch (entry.call) {
    case "lossGradient":
      return { to: entry.g, writing: { ...entry, fresh: 1 } };
    case "softmaxGradient":
      return { from: entry.da, to: entry.dz };
    case "slope":
      return { from: entry.da, to: entry.dz, writing: { ...entry, fresh: 1 } };
    case "inputGradient":
      return { from: entry.dz, to: entry.dx, writing: { ...entry, fresh: 1 } };
    case "add":
      return { from: entry.from, to: entry.to };
    default:
      return undefined;
  }
}

/** Joins each call to the previous one if a single call can do both. */
function joined(entries: readonly Entry[]): Entry[] {
  const result: Entry[] = [];
  for (const entry of entries) {
    const [before, last] = [result.at(-2), result.at(-1)];
    const loss = softmaxLoss(before, last, entry);
    const both = joinedTo(last, entry);
    if (loss) result.splice(-2, 2, loss);
    else if (both) result[result.length - 1] = both;
    else result.push(entry);
  }
  return result;
}

/** Returns one call for softmax, its loss and the loss's gradient; undefined if the three calls are different ones. */
function softmaxLoss(softmax: Entry | undefined, total: Entry | undefined, gradient: Entry): Entry | undefined {
  if (!isCall(softmax, "softmax") || !isCall(total, "lossTotal") || !isCall(gradient, "lossGradient")) return undefined;
  const sparse = LOSSES.sparse_categorical_crossentropy?.number;
  const isSame = total.z === softmax.z && gradient.a === softmax.a && total.t === gradient.t && total.places === softmax.places;
  // The setting is the label smoothing. The single call supports neither smoothing nor row weights.
  if (total.loss !== sparse || gradient.loss !== sparse || total.setting !== 0 || total.weights || !isSame) return undefined;
  const { z, a, places, units } = softmax;
  const { t, g, factor, fresh = 0 } = gradient;
  return { call: "softmaxLoss", z, a, places, units, t, g, totalFactor: total.factor, factor, fresh };
}

/** Returns one call for a product and the call that reads its result; undefined if there is no such call. */
function joinedTo(last: Entry | undefined, entry: Entry): Entry | undefined {
  if (isCall(last, "affine") && isCall(entry, "activate") && entry.z === last.z)
    return { ...last, activation: entry.activation + 1, a: entry.a, setting: entry.setting };
  if (isCall(last, "inputGradient") && isCall(entry, "slope") && entry.da === last.dx) {
    const { activation, z, a, dz, setting, fresh = 0 } = entry;
    return { ...last, activation: activation + 1, z, a, below: dz, setting, belowFresh: fresh };
  }
  if (isCall(last, "kernelGradient") && isCall(entry, "biasGradient") && entry.dz === last.dz) return { ...last, db: entry.db };
  return undefined;
}

/**
 * Moves the statistics and the update of each range of weights to the end, next to each other, so that the gradients are read once. If the range
 * starts with a large kernel, its fused update follows, which batches without statistics execute instead.
 */
function paired(entries: readonly Entry[]): Entry[] {
  const statistics = entries.filter((entry) => isCall(entry, "statistics"));
  const updates = entries.filter((entry) => isCall(entry, ...UPDATES));
  if (statistics.length !== updates.length) throw new Error("A range of gradients is updated without statistics.");
  const fused = new Map<number, Entry>();
  for (const entry of entries) {
    if (!isCall(entry, "kernelGradient")) continue;
    const isLarge = entry.units > 1 && entry.inputs * entry.units >= LEAST_FUSED_WEIGHTS;
    if (isLarge && statistics.some(({ g }) => g === entry.dw)) fused.set(entry.dw, { ...entry, call: "fusedUpdate" });
  }
  const others = entries.filter((entry) => !isCall(entry, "statistics", ...UPDATES));
  return [
    ...others.map((entry): Entry => (isCall(entry, "kernelGradient") && fused.has(entry.dw) ? { ...entry, sampled: 1 } : entry)),
    ...statistics.flatMap((entry, k) => {
      const update = fused.get(entry.g);
      return update ? [{ ...entry, hasFusedUpdate: 1 }, updates[k], update] : [entry, updates[k]];
    }),
  ];
}
