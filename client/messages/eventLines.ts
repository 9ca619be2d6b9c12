/**
 * A training's events as lines of JSON: the output of `nn train --json` and the content of `history.jsonl`. docs/events.md describes the
 * format, which other programs write as well. eventReader.ts reads it.
 */
import { isPartOfLoss, whyUndefined } from "../../engine/catalog/metrics.ts";
import type { RunSettings, TrainingEvent, TrainingEventOf } from "../../engine/events.ts";
import { layerKey } from "../../engine/plan.ts";

/** The version of the format, in the first line. */
export const EVENTS_VERSION = 1;

/** Returns the line (from 1) of a part of the plan, by its key in the source map. */
export type LineOf = (key: string) => number;

export const eventLine = (event: TrainingEvent, lineOf: LineOf): string => `${JSON.stringify(eventJson(event, lineOf))}\n`;

/** Returns the event as an object for JSON, which writes NaN and infinity as null. */
export function eventJson(event: TrainingEvent, lineOf: LineOf): object {
  switch (event.kind) {
    case "epoch":
      return epochJson(event, lineOf);
    case "finished":
      return finishedJson(event);
    case "started":
      return startedJson(event, lineOf);
    case "progress": {
      const { kind, samplesPerSecond, secondsLeft, ...rest } = event;
      return { event: kind, ...rest, samples_per_second: samplesPerSecond, seconds_left: secondsLeft };
    }
    case "failed":
    case "diverged":
    case "warning": {
      const { kind, at, ...rest } = event;
      return { event: kind, line: lineOf(at), at, ...rest };
    }
    case "loading":
    case "paused":
    case "resumed":
    case "stopped":
    case "snapshot": {
      const { kind, ...rest } = event;
      return { event: kind, ...rest };
    }
  }
}

function epochJson(event: TrainingEventOf<"epoch">, lineOf: LineOf): object {
  const numbers = Object.entries(event.metrics);
  const reasons = numbers.flatMap(([name, value]) => {
    const why = Number.isNaN(value) ? whyUndefined(name) : undefined;
    return why === undefined ? [] : [[name, why] as const];
  });
  return {
    // The fixed names come last, so that an output named `val` does not replace the validation loss.
    ...Object.fromEntries(numbers.filter(([name]) => isPartOfLoss(name))),
    event: "epoch",
    epoch: event.epoch,
    loss: event.loss,
    val_loss: event.valLoss,
    metrics: Object.fromEntries(numbers.filter(([name]) => !isPartOfLoss(name))),
    ...(reasons.length > 0 && { without_value: Object.fromEntries(reasons) }),
    learning_rate: event.learningRate,
    seconds: event.seconds,
    layers: event.layers.map(({ layer, gradient, updateRatio, weightNorm, deadUnits, units }) => ({
      name: layer,
      line: lineOf(layerKey(layer)),
      gradient,
      update_ratio: updateRatio,
      weight_norm: weightNorm,
      dead_units: deadUnits,
      units,
    })),
  };
}

const finishedJson = (event: TrainingEventOf<"finished">): object => ({
  event: "finished",
  epochs: event.epochs,
  seconds: event.seconds,
  load_seconds: event.loadSeconds,
  threads: event.threads,
  samples_per_second: event.samplesPerSecond,
  restored_epoch: event.restoredEpoch,
  ...(event.test && { test: event.test }),
});

const startedJson = (event: TrainingEventOf<"started">, lineOf: LineOf): object => ({
  event: "started",
  version: EVENTS_VERSION,
  model: event.model,
  run: event.run,
  plan: event.origin?.plan ?? null,
  data: event.origin?.data ?? null,
  layers: event.layers.map((layer) => ({ ...layer, line: lineOf(layerKey(layer.id)) })),
  rows: event.rows,
  epochs: event.epochs,
  batches_per_epoch: event.batchesPerEpoch,
  precision: event.precision,
  kernels: event.kernels,
  load_seconds: event.loadSeconds,
  ...(event.settings && { settings: settingsJson(event.settings) }),
});

const settingsJson = ({ learningRate, ...rest }: RunSettings): object => ({ ...rest, learning_rate: learningRate });
