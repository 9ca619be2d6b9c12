/**
 * Finds the first number of a training that became infinite or NaN. Numbers are checked afterwards, so a training without such numbers loses no time.
 */
import type { Numbers } from "../kernels/kernels.ts";
import type { Tensor } from "../network/network.ts";
import type { Learner } from "../training/learner.ts";
import type { Place } from "./places.ts";
import type { Instant, Timeline } from "./timeline.ts";

/** Returns a sentence about the first non-finite number computed at the place; undefined if all are finite. */
export type FindNonFinite = (learner: Learner, place: Place) => string | undefined;

const firstIn = (values: Numbers | undefined, from: number, to: number): number => {
  if (!values) return -1;
  for (let i = from; i < to; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
};

const text = (what: string, value: number, where: string): string => `${what} became ${value}${where}.`;

export const findNonFinite: FindNonFinite = ({ network, outputs, ranges }, { phase, layer }) => {
  const { rows } = network.batch;
  const inBatch = (what: string, values: Numbers | undefined, width: number): string | undefined => {
    const at = firstIn(values, 0, rows * width);
    if (at < 0 || !values) return undefined;
    return text(what, values[at], ` in row ${Math.floor(at / width) + 1} of the batch, unit ${(at % width) + 1}`);
  };
  const gradientsOf = (what: string, { gradient, width }: Tensor): string | undefined =>
    inBatch(`The gradient of ${what}`, gradient, width);
  const step = network.steps[layer];
  if (phase === "forward") {
    const { layer: own, output, preactivation } = step;
    return inBatch(`The output of ${own.id}`, output.values, output.width) ?? inBatch(`z of ${own.id}`, preactivation.values, output.width);
  }
  if (phase === "loss") {
    for (const { step: own, total } of outputs) {
      const loss = total();
      if (!Number.isFinite(loss)) return text("The loss", loss, "");
      const found = gradientsOf(`${own.layer.id}'s output`, own.output) ?? gradientsOf(`${own.layer.id}'s z`, own.preactivation);
      if (found) return found;
    }
    return undefined;
  }
  if (phase === "reverse") {
    const id = step.layer.id;
    for (const { layer: own, planned, gradient } of network.parameters) {
      if (own !== step.layer) continue;
      const at = firstIn(gradient, 0, gradient.length);
      if (at >= 0) return text(`The gradient of ${id}.${planned.name}`, gradient[at], `, number ${at + 1}`);
    }
    for (const input of step.layer.inputs) {
      const source = network.stepOf.get(input);
      const found = source && gradientsOf(`${input}'s output, which ${id} computes,`, source.output);
      if (found) return found;
    }
    return gradientsOf(`${id}'s z`, step.preactivation);
  }
  if (phase !== "update") return undefined;
  for (const [from, to] of ranges) {
    const at = firstIn(network.weights, from, to);
    const parameter = network.parameters.find(({ offset, values }) => offset <= at && at < offset + values.length);
    if (at < 0 || !parameter) continue;
    return text(
      `A weight of ${parameter.layer.id}.${parameter.planned.name}`,
      network.weights[at],
      `, number ${at - parameter.offset + 1}`,
    );
  }
  return undefined;
};

const hasFiniteWeights = ({ network: { weights }, ranges }: Learner): boolean =>
  ranges.every(([from, to]) => firstIn(weights, from, to) < 0);

/** Whether a weight, or a number computed so far in this batch, is infinite or NaN. */
export function isNonFinite({ cursor, learner }: Timeline, find: FindNonFinite): boolean {
  if (cursor.ending()?.kind === "diverged" || !hasFiniteWeights(learner)) return true;
  const { batch, index } = cursor.position();
  return cursor.layout.placesOf(batch).some((place, k) => k < index && find(learner, place) !== undefined);
}

/**
 * Returns the instant at which the first number became infinite or NaN, at the latest the current one. Checks the weights before each batch of the
 * current epoch, then each place of the first batch that makes them non-finite. The timeline may end up at any instant.
 */
export async function firstNonFinite(
  timeline: Timeline,
  find: FindNonFinite,
): Promise<{ readonly at: Instant; readonly text: string } | undefined> {
  const { cursor, learner } = timeline;
  const end = cursor.position();
  const isAfterEpoch = end.batch === 0 && end.index === 0;
  const epoch = isAfterEpoch ? end.epoch - 1 : end.epoch;
  if (epoch < 1) return undefined;
  let start: Instant = { epoch, batch: 0, index: 0, isDone: false };
  await timeline.goTo(start);
  while (!hasFiniteWeights(learner)) {
    const earlier = timeline.restore(start);
    if (!earlier) break;
    start = earlier;
  }
  const never = (): boolean => false;
  for (;;) {
    const at = cursor.position();
    const next =
      at.batch + 1 < cursor.layout.batches
        ? { epoch: at.epoch, batch: at.batch + 1, index: 0 }
        : { epoch: at.epoch + 1, batch: 0, index: 0 };
    await timeline.runTo(next, never);
    const isOver = cursor.ending() !== undefined || next.epoch > end.epoch || (next.epoch === end.epoch && next.batch > end.batch);
    if (!isOver && hasFiniteWeights(learner)) continue;
    await timeline.goTo({ ...at, isDone: false });
    for (let place = timeline.place(); place; place = timeline.place()) {
      await timeline.compute();
      const found = find(learner, place);
      if (found !== undefined) return { at: timeline.now(), text: found };
      timeline.show();
      if (cursor.position().batch !== at.batch || cursor.position().epoch !== at.epoch) break;
    }
    if (isOver) return undefined;
  }
}
