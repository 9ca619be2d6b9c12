/** A training's events as JSON, with the documented field names of `nn train --json`. */
import type { TrainingEvent, TrainingEventOf } from "../../engine/events.ts";
import { layerKey } from "../../engine/plan.ts";

/** Returns the line of a plan's part, by its key in the source map. */
export type LineOf = (key: string) => number;

export function jsonEvent(event: TrainingEvent, lineOf: LineOf): object {
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
      return { event: kind, line: lineOf(at), ...rest };
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

const epochJson = (event: TrainingEventOf<"epoch">, lineOf: LineOf): object => ({
  event: "epoch",
  epoch: event.epoch,
  loss: event.loss,
  val_loss: event.valLoss,
  metrics: event.metrics,
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
});

const finishedJson = (event: TrainingEventOf<"finished">): object => ({
  event: "finished",
  epochs: event.epochs,
  seconds: event.seconds,
  load_seconds: event.loadSeconds,
  threads: event.threads,
  samples_per_second: event.samplesPerSecond,
  restored_epoch: event.restoredEpoch,
});

const startedJson = (event: TrainingEventOf<"started">, lineOf: LineOf): object => ({
  event: "started",
  model: event.model,
  run: event.run,
  layers: event.layers.map((layer) => ({ ...layer, line: lineOf(layerKey(layer.id)) })),
  rows: event.rows,
  epochs: event.epochs,
  batches_per_epoch: event.batchesPerEpoch,
  precision: event.precision,
  load_seconds: event.loadSeconds,
});
