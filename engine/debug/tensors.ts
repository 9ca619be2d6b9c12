/**
 * The numbers of a training that a debugger shows, by name: `hidden.output`, `hidden.kernel.grad`, `loss`. Numbers that this batch has not computed
 * yet have no value; they never show the previous batch's.
 */

import type { Optimizer } from "../catalog/optimizers.ts";
import { optimizers } from "../catalog/optimizers.ts";
import type { Numbers } from "../kernels/kernels.ts";
import { isInput } from "../layerTraits.ts";
import type { Step, Tensor } from "../network/network.ts";
import { isFusedLoss } from "../network/outputLosses.ts";
import { layerKey } from "../plan.ts";
import { learningRateAt } from "../training/optimizers.ts";
import { columnNamed, columnNames } from "./columns.ts";
import type { Names, Result } from "./expression/evaluate.ts";
import { nearText } from "./expression/nearest.ts";
import { formulasOf } from "./formulas.ts";
import type { Phase } from "./places.ts";
import type { Timeline } from "./timeline.ts";

export interface NamedTensor {
  /** As in an expression: `hidden.kernel.grad`. */
  readonly name: string;
  /** As in a formula: ∂L/∂W. */
  readonly symbol: string;
  readonly shape: readonly number[];
  /** The numbers in the network's memory; undefined if this batch has not computed them yet. */
  readonly values: Numbers | undefined;
  /** Why the user can't change the numbers; undefined if they can. */
  readonly isFixed: string | undefined;
}

export const RESULT = "It is a result, which the next pass computes again; change a weight, an input or the learning rate.";
const LATER = (name: string): string => `${name} is not computed yet in this batch.`;

/** The numbers computed so far in this batch. */
export interface Progress {
  readonly isLoaded: boolean;
  readonly hasLoss: boolean;
  readonly isForward: (layer: number) => boolean;
  readonly isReverse: (layer: number) => boolean;
  /** Whether a layer's place is partly computed and this tensor is among the computed ones. */
  readonly isPart: (layer: number, member: string) => boolean;
}

export function progressOf({ cursor, learner, now, placeAt }: Timeline): Progress {
  const { batch, index } = cursor.position();
  const all = cursor.layout.placesOf(batch);
  const instant = now();
  const partly = instant.part === undefined ? undefined : placeAt(instant);
  const parts = partly ? formulasOf(learner, partly).slice(0, instant.part) : [];
  // A batch or row that is not drawn yet has computed nothing.
  const places = all[index]?.phase === "batch" ? [] : all.slice(0, partly ? index - 1 : index);
  const piece = places.at(-1)?.piece ?? 0;
  const has = (phase: Phase, layer: number): boolean =>
    places.some((place) => place.phase === phase && place.layer === layer && (place.piece === piece || phase === "reverse"));
  return {
    isLoaded: places.length > 0,
    hasLoss: has("loss", -1),
    isForward: (layer) => has("forward", layer),
    isReverse: (layer) => has("reverse", layer),
    isPart: (layer, member) => partly?.layer === layer && parts.some(({ computes }) => computes === member),
  };
}

/** Returns a layer's tensors in the order of computation. */
export function tensorsOf(timeline: Timeline, step: Step): NamedTensor[] {
  const { learner } = timeline;
  const { network, outputs, optimizer, plan } = learner;
  const progress = progressOf(timeline);
  const layer = network.steps.indexOf(step);
  const { id } = step.layer;
  const { rows } = network.batch;
  const isForward = progress.isForward(layer) || (isInput(step.layer) && progress.isLoaded);
  const inBatch = (
    name: string,
    symbol: string,
    values: Numbers | undefined,
    of: Step,
    isKnown: boolean,
    isFixed?: string,
  ): NamedTensor => {
    const shape = [rows, ...of.layer.output];
    const length = shape.reduce((a, b) => a * b, 1);
    return { name: `${id}.${name}`, symbol, shape, values: isKnown ? values?.subarray(0, length) : undefined, isFixed };
  };
  const source = step.layer.inputs.length === 1 ? network.stepOf.get(step.layer.inputs[0]) : undefined;
  const isSourceForward =
    source !== undefined && (progress.isForward(network.steps.indexOf(source)) || (isInput(source.layer) && progress.isLoaded));
  const consumers = network.steps.flatMap((one, k) => (one.layer.inputs.includes(id) && one.output.gradient ? [k] : []));
  const own = outputs.find((output) => output.step === step);
  const isGradientComplete = progress.hasLoss && consumers.every((one) => progress.isReverse(one) || progress.isPart(one, "input.grad"));
  const knows = (member: string, isDone: boolean): boolean => isDone || progress.isPart(layer, member);
  const hasActivation = step.preactivation !== step.output;
  const gradientOf = ({ gradient }: Tensor): Numbers | undefined => gradient;
  const tensors: NamedTensor[] = [];
  if (source) {
    const isFixed = isInput(source.layer) ? undefined : RESULT;
    tensors.push(inBatch("input", "x", source.output.values, source, isSourceForward, isFixed));
  }
  const parameters = network.parameters.filter((parameter) => parameter.layer === step.layer);
  for (const { planned, values } of parameters)
    tensors.push({ name: `${id}.${planned.name}`, symbol: symbolOf(planned.name), shape: planned.shape, values, isFixed: undefined });
  if (hasActivation) tensors.push(inBatch("z", "z", step.preactivation.values, step, knows("z", isForward), RESULT));
  tensors.push(
    inBatch(
      "output",
      isInput(step.layer) ? "x" : "a",
      step.output.values,
      step,
      knows("output", isForward),
      isInput(step.layer) ? undefined : RESULT,
    ),
  );
  if (!timeline.cursor.layout.learns) return tensors;
  if (step.output.gradient) {
    const isFused = own !== undefined && isFusedLoss(own) && hasActivation;
    if (!isFused || consumers.length > 0)
      tensors.push(inBatch("output.grad", "∂L/∂a", gradientOf(step.output), step, isGradientComplete, RESULT));
    if (hasActivation) {
      const isKnown = progress.isReverse(layer) || (isFused && progress.hasLoss && consumers.length === 0);
      tensors.push(inBatch("z.grad", "∂L/∂z", gradientOf(step.preactivation), step, knows("z.grad", isKnown), RESULT));
    }
    for (const { planned, gradient } of parameters)
      if (planned.trained)
        tensors.push({
          name: `${id}.${planned.name}.grad`,
          symbol: `∂L/∂${symbolOf(planned.name)}`,
          shape: planned.shape,
          values: knows(`${planned.name}.grad`, progress.isReverse(layer)) ? gradient : undefined,
          isFixed: RESULT,
        });
  }
  const slots = (optimizers[plan.training.optimizer.name] as Optimizer).slots;
  for (const { planned, offset, values } of parameters) {
    if (!planned.trained) continue;
    slots.forEach((slot, k) => {
      const numbers = optimizer.slots[k].subarray(offset, offset + values.length);
      const own = { symbol: slot, shape: planned.shape, values: numbers, isFixed: undefined };
      tensors.push({ name: `${id}.${planned.name}.${slot}`, ...own });
    });
  }
  return tensors;
}

const SYMBOLS: Readonly<Record<string, string>> = { kernel: "W", bias: "b" };
const symbolOf = (parameter: string): string => SYMBOLS[parameter] ?? parameter;

/** The numbers and words that describe the whole training, by name, without those that have no value yet. */
export function scalarsOf(timeline: Timeline): ReadonlyMap<string, number | string> {
  const { cursor, learner } = timeline;
  const { epoch, batch } = timeline.now();
  const { plan, optimizer } = learner;
  const place = timeline.place();
  if (!cursor.layout.learns)
    return new Map<string, number | string>(
      place && [
        ["row", place.piece + 1],
        ["pass", place.phase],
      ],
    );
  const scalars = new Map<string, number | string>([
    ["epoch", epoch],
    ["batch", batch + 1],
    ["step", optimizer.step + 1],
    ["learning_rate", learningRateAt(plan.training, optimizer, optimizer.step)],
  ]);
  if (place) scalars.set("pass", place.phase);
  const loss = cursor.batchLoss();
  if (loss !== undefined) scalars.set("loss", loss);
  const last = cursor.lastEpoch();
  if (last) {
    scalars.set("epoch_loss", last.loss);
    if (last.valLoss !== null) scalars.set("val_loss", last.valLoss);
    for (const [name, value] of Object.entries(last.metrics)) scalars.set(name, value);
  }
  return scalars;
}

/**
 * Returns the tensor that the names after a layer's name mean: `hidden.kernel.grad`. The layer's name by itself means its output, `hidden.grad` the
 * gradient of the output, and a slot without a parameter, such as `hidden.momentum`, the kernel's slot.
 */
export function tensorNamed(tensors: readonly NamedTensor[], layer: string, names: readonly string[]): NamedTensor | undefined {
  const member = names.length === 0 ? "output" : names[0] === "grad" ? `output.${names.join(".")}` : names.join(".");
  return tensors.find(({ name }) => name === `${layer}.${member}`) ?? tensors.find(({ name }) => name === `${layer}.kernel.${member}`);
}

/** Returns the names of numbers that will have a value later in the training. */
function laterScalars({ learner: { metrics, validation }, cursor: { layout } }: Timeline): string[] {
  if (!layout.learns) return ["row", "pass"];
  const own = metrics.map(({ name }) => name);
  const ofValidation = validation.length > 0 ? ["val_loss", ...own.map((name) => `val_${name}`)] : [];
  return ["pass", "loss", "epoch_loss", ...own, ...ofValidation];
}

/** Returns the names of all numbers, layers and columns. */
export const namesOf = (timeline: Timeline): string[] => [
  ...new Set([
    ...timeline.learner.network.stepOf.keys(),
    ...scalarsOf(timeline).keys(),
    ...laterScalars(timeline),
    ...columnNames(timeline),
  ]),
];

/** Returns the values of names at the current instant. A layer's label means its output. A column with the same name as a layer can't be named. */
export const namesAt =
  (timeline: Timeline): Names =>
  (path): Result => {
    const { network } = timeline.learner;
    const [first = "", ...rest] = path;
    const scalar = rest.length === 0 ? scalarsOf(timeline).get(first) : undefined;
    if (scalar !== undefined) return { value: scalar };
    const step = network.stepOf.get(first);
    if (!step) {
      if (rest.length === 0 && laterScalars(timeline).includes(first)) return { problem: `${first} is not known yet.`, isLater: true };
      const column = rest.length === 0 ? columnNamed(timeline, first) : undefined;
      if (column) return progressOf(timeline).isLoaded ? { value: column } : { problem: LATER(first), isLater: true };
      return { problem: unknownText(first, namesOf(timeline)), isLater: false };
    }
    const tensors = tensorsOf(timeline, step);
    const found = tensorNamed(tensors, first, rest);
    const known = tensors.map(({ name }) => name);
    if (!found) return { problem: unknownText(path.join("."), known), isLater: false };
    return found.values ? { value: { shape: found.shape, values: found.values } } : { problem: LATER(found.name), isLater: true };
  };

const unknownText = (name: string, known: readonly string[]): string => `There is no ${name}${nearText(name, known)}`;

/** Returns the keys of a place's line in the source map (plan.ts). The first key in the map determines the line. */
export function lineKeys({ phase, layer }: { readonly phase: Phase; readonly layer: number }, { learner }: Timeline): string[] {
  const ofLayer = layerKey(learner.network.steps[layer]?.layer.id ?? "");
  const own: { readonly [P in Phase]: readonly string[] } = {
    batch: ["data"],
    forward: [ofLayer],
    loss: ["loss"],
    reverse: [ofLayer],
    update: ["optimizer"],
    epoch: ["epochs"],
  };
  return [...own[phase], "train"];
}
