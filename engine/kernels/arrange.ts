/**
 * A mini-batch's calls put in the order and the form in which they are quickest: what follows upon a product over the same numbers is done with it, and
 * what nobody reads is left out. The numbers that come out are the same.
 */
import { CODES, type Entry, type Word } from "./entries.ts";

/** Weights from which a kernel is learned at once in batches that nobody looks at: its gradient then goes into the update without being kept. */
const LEARNED_AT_ONCE = 1024;

const UPDATES: readonly number[] = [CODES.sgd, CODES.momentum, CODES.adam, CODES.rmsprop];

const isCode = (entry: Entry | undefined, code: number): entry is Entry => entry?.[0] === code;

export function arranged(entries: readonly Entry[]): Entry[] {
  return paired(joined(firstWrites(entries)));
}

/**
 * Signals are set to 0 before each reverse pass and added to. Where every first addition to one can write instead, nothing need be cleared; and what would
 * carry back a signal that nobody has given is left out.
 */
function firstWrites(entries: readonly Entry[]): Entry[] {
  const clear = entries.find((entry) => isCode(entry, CODES.clear));
  if (!clear) return [...entries];
  const [from, to] = [Number(clear[1]), Number(clear[1]) + 4 * Number(clear[2])];
  const isSignal = (place: Word | undefined): boolean => Number(place) >= from && Number(place) < to;
  const given = new Set<Word>();
  let isNeeded = false;
  const kept = entries.flatMap((entry): Entry[] => {
    const shape = ADDS[Number(entry[0])];
    if (!shape || !isSignal(entry[shape.to])) return [entry];
    if (shape.from !== undefined && isSignal(entry[shape.from]) && !given.has(entry[shape.from] ?? 0)) return [];
    const isFirst = !given.has(entry[shape.to] ?? 0);
    given.add(entry[shape.to] ?? 0);
    if (!isFirst) return [entry];
    if (shape.fresh === undefined) {
      isNeeded = true;
      return [entry];
    }
    return [entry.map((word, k) => (k === shape.fresh ? 1 : word))];
  });
  return isNeeded ? [...entries] : kept.filter((entry) => entry !== clear);
}

/** Which word says where an entry adds, what it carries back, and that it writes instead. */
const ADDS: { readonly [code: number]: { readonly to: number; readonly from?: number; readonly fresh?: number } } = {
  [CODES.lossGradient]: { to: 4, fresh: 8 },
  [CODES.softmaxGradient]: { from: 2, to: 3 },
  [CODES.slope]: { from: 4, to: 5, fresh: 8 },
  [CODES.inputGradient]: { from: 1, to: 3, fresh: 8 },
  [CODES.add]: { from: 1, to: 2 },
};

/** After softmax, from z, with the number of the class. */
const SPARSE = 4;

/**
 * An activation with the product before it, its slope with the product that brings the signal, a bias's gradient with its kernel's; softmax with its loss and
 * that one's gradient.
 */
function joined(entries: readonly Entry[]): Entry[] {
  const result: Entry[] = [];
  for (const entry of entries) {
    const [before, last] = [result.at(-2), result.at(-1)];
    const isLoss = isCode(before, CODES.softmax) && isCode(last, CODES.lossTotal) && isCode(entry, CODES.lossGradient);
    if (isLoss && last[1] === SPARSE && entry[1] === SPARSE && last[2] === before[1] && entry[2] === before[2] && last[4] === entry[3]) {
      const [, , , t, g, , factor, , fresh] = entry;
      result.splice(-2, 2, [CODES.softmaxLoss, ...before.slice(1), t, g, last[6], factor, fresh]);
    } else if (isCode(last, CODES.affine) && isCode(entry, CODES.activate) && entry[2] === last[4]) {
      const [, curve, , a, , setting] = entry;
      result[result.length - 1] = [...last, Number(curve) + 1, a, setting];
    } else if (isCode(last, CODES.inputGradient) && isCode(entry, CODES.slope) && entry[4] === last[3]) {
      const [, curve, z, a, , dz, , setting, fresh] = entry;
      result[result.length - 1] = [...last, Number(curve) + 1, z, a, dz, setting, fresh];
    } else if (isCode(last, CODES.kernelGradient) && isCode(entry, CODES.biasGradient) && entry[1] === last[2]) {
      result[result.length - 1] = [...last, entry[2]];
    } else result.push(entry);
  }
  return result;
}

/** The figures of a range of gradients and its update next to each other, so that the gradients are fetched once; behind them what does without them. */
function paired(entries: readonly Entry[]): Entry[] {
  const figures = entries.filter((entry) => isCode(entry, CODES.figures));
  const updates = entries.filter(([code]) => UPDATES.includes(Number(code)));
  if (figures.length !== updates.length) throw new Error("A range of gradients is updated without being looked at.");
  const learned = new Map<Word, Entry>();
  for (const entry of entries) {
    const [code, , , dw, inputs, units] = entry;
    const isWorth = code === CODES.kernelGradient && Number(units) > 1 && Number(inputs) * Number(units) >= LEARNED_AT_ONCE;
    if (isWorth && figures.some((other) => other[1] === dw)) learned.set(dw ?? 0, [CODES.learn, ...entry.slice(1)]);
  }
  const others = entries.filter((entry) => !figures.includes(entry) && !updates.includes(entry));
  return [
    ...others.map((entry) => {
      const isLearned = isCode(entry, CODES.kernelGradient) && learned.has(entry[3] ?? 0);
      return isLearned ? entry.map((word, k) => (k === 8 ? 1 : word)) : entry;
    }),
    ...figures.flatMap((entry, k) => {
      const learn = learned.get(entry[1] ?? 0);
      return [[...entry, Number(learn !== undefined)], updates[k] ?? [], ...(learn ? [learn] : [])];
    }),
  ];
}
