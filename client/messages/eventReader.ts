/**
 * Reads lines from eventLines.ts and other programs, and the `history.jsonl` of versions before the format was documented, whose lines were
 * the engine's own events. Any other line is skipped: a file may end in half a line.
 */
import * as v from "valibot";
import { isPartOfLoss } from "../../engine/catalog/metrics.ts";
import type { RunSettings, TrainingEvent, TrainingEventOf } from "../../engine/events.ts";
import { EVENTS_VERSION } from "./eventLines.ts";
import { runEvent } from "./eventSchemas.ts";
import { amount, count, counts, list, name, number, positive, precision, read, result, text } from "./valueSchemas.ts";

/** Returns the event of a line; undefined if the line is not an event, or is from a later version. */
export function parseEventLine(line: string): TrainingEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return read(eventOfLine, value) ?? read(runEvent, value) ?? read(oldEpoch, value);
}

/**
 * Returns the events of a history in order. A continued training may have written an epoch twice; the later line counts. Unreadable lines
 * are skipped.
 */
export function historyFrom(lines: string): TrainingEvent[] {
  const events = lines.split("\n").flatMap((line) => parseEventLine(line) ?? []);
  const last = new Map(events.map((event, k) => [event.kind === "epoch" ? event.epoch : -1 - k, k]));
  return events.filter((event, k) => event.kind !== "epoch" || last.get(event.epoch) === k);
}

/** An optional number. It has no value if absent. */
const optionalResult = v.optional(result, null);
const place = v.optional(text, "train");

const startedLine = v.pipe(
  v.object({
    event: v.literal("started"),
    version: v.literal(EVENTS_VERSION),
    model: text,
    run: text,
    plan: v.optional(v.nullable(name), null),
    data: v.optional(v.nullable(name), null),
    layers: list(
      v.object({ id: text, kind: text, inputs: list(text), shape: counts, parameters: count, names: v.exactOptional(list(text)) }),
    ),
    rows: v.object({ train: count, validation: v.optional(count, 0), test: v.optional(count, 0) }),
    epochs: count,
    batches_per_epoch: v.optional(count, 1),
    precision: v.optional(precision, "float32"),
    kernels: v.optional(text, ""),
    load_seconds: v.optional(amount, 0),
    settings: v.exactOptional(
      v.pipe(
        v.object({ optimizer: text, learning_rate: amount, schedule: v.nullable(text), batch: v.nullable(positive) }),
        v.transform(({ learning_rate, ...rest }): RunSettings => ({ ...rest, learningRate: learning_rate })),
      ),
    ),
  }),
  v.transform(
    ({ event, version: _version, plan, data, batches_per_epoch, load_seconds, ...rest }): TrainingEventOf<"started"> => ({
      kind: event,
      ...rest,
      batchesPerEpoch: batches_per_epoch,
      loadSeconds: load_seconds,
      ...(plan !== null && data !== null && { origin: { plan, data } }),
    }),
  ),
);

const layerOfLine = v.pipe(
  v.object({
    name: text,
    gradient: v.object({ norm: result, mean: optionalResult, spread: optionalResult, max: optionalResult, zeros: optionalResult }),
    update_ratio: optionalResult,
    weight_norm: optionalResult,
    dead_units: v.optional(v.nullable(count), null),
    units: v.optional(v.nullable(count), null),
  }),
  v.transform(({ name: layer, gradient, update_ratio, weight_norm, dead_units, units }) => ({
    layer,
    gradient,
    updateRatio: update_ratio,
    weightNorm: weight_norm,
    deadUnits: dead_units,
    units,
  })),
);

const numbersByName = v.record(text, result);

const epochLine = v.pipe(
  v.looseObject({
    event: v.literal("epoch"),
    epoch: positive,
    loss: result,
    val_loss: v.optional(v.nullable(number), null),
    metrics: v.optional(numbersByName, {}),
    learning_rate: optionalResult,
    seconds: v.optional(amount, 0),
    layers: v.optional(list(layerOfLine), []),
  }),
  v.transform(({ event, epoch, loss, val_loss, metrics, learning_rate, seconds, layers, ...rest }): TrainingEventOf<"epoch"> => {
    const parts = read(numbersByName, Object.fromEntries(Object.entries(rest).filter(([key]) => isPartOfLoss(key))));
    return { kind: event, epoch, loss, valLoss: val_loss, metrics: { ...metrics, ...parts }, learningRate: learning_rate, seconds, layers };
  }),
);

const finishedLine = v.pipe(
  v.object({
    event: v.literal("finished"),
    epochs: count,
    seconds: v.optional(amount, 0),
    load_seconds: v.optional(amount, 0),
    threads: v.optional(positive, 1),
    samples_per_second: v.optional(amount, 0),
    restored_epoch: v.optional(v.nullable(count), null),
    test: v.exactOptional(v.object({ loss: result, metrics: numbersByName })),
  }),
  v.transform(
    ({ event, epochs, seconds, load_seconds, threads, samples_per_second, restored_epoch, test }): TrainingEventOf<"finished"> => ({
      kind: event,
      epochs,
      seconds,
      loadSeconds: load_seconds,
      threads,
      samplesPerSecond: samples_per_second,
      restoredEpoch: restored_epoch,
      ...(test && { test }),
    }),
  ),
);

const progressLine = v.pipe(
  v.object({
    event: v.literal("progress"),
    epoch: count,
    batch: v.optional(count, 0),
    samples_per_second: v.optional(amount, 0),
    seconds_left: v.optional(number, 0),
  }),
  v.transform(
    ({ event, epoch, batch, samples_per_second, seconds_left }): TrainingEventOf<"progress"> => ({
      kind: event,
      epoch,
      batch,
      samplesPerSecond: samples_per_second,
      secondsLeft: seconds_left,
    }),
  ),
);

/** A line whose fields have the same names as the event's. */
const plainLine = <const K extends string, const E extends v.ObjectEntries>(kind: K, entries: E) =>
  v.pipe(
    v.object({ event: v.literal(kind), ...entries }),
    v.transform(({ event, ...rest }) => ({ kind: event, ...rest })),
  );

const eventOfLine: v.GenericSchema<unknown, TrainingEvent> = v.union([
  epochLine,
  startedLine,
  finishedLine,
  progressLine,
  plainLine("stopped", { epoch: count, seconds: v.optional(amount, 0) }),
  plainLine("resumed", { epoch: count }),
  plainLine("paused", { epoch: count }),
  plainLine("loading", { share: v.pipe(number, v.minValue(0), v.maxValue(1)), rows: count }),
  plainLine("warning", { code: text, message: text, at: place, epoch: v.exactOptional(count) }),
  plainLine("failed", { code: v.optional(v.nullable(text), null), message: text, at: place }),
  plainLine("diverged", { code: v.literal("NN601"), epoch: count, batch: v.optional(count, 0), message: text, at: place }),
]) as unknown as v.GenericSchema<unknown, TrainingEvent>;

/** An epoch in an older version's history. */
const oldEpoch = v.object({
  kind: v.literal("epoch"),
  epoch: positive,
  loss: result,
  valLoss: v.nullable(number),
  metrics: numbersByName,
  learningRate: result,
  seconds: amount,
  layers: list(
    v.object({
      layer: text,
      gradient: v.object({ norm: result, mean: result, spread: result, max: result, zeros: result }),
      updateRatio: result,
      weightNorm: result,
      deadUnits: v.nullable(count),
      units: v.nullable(count),
    }),
  ),
});
