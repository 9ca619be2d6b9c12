/** The schemas of a training's events (engine/events.ts), without epochs, which are sent as rows of numbers. */
import * as v from "valibot";
import type { RunSettings, TrainingEvent, TrainingEventOf } from "../../engine/events.ts";
import {
  amount,
  count,
  counts,
  growingList,
  list,
  name,
  number,
  object,
  positive,
  precision,
  result,
  results,
  schemaOf,
  share,
  text,
} from "./valueSchemas.ts";

export const distribution = object({
  count,
  unsound: count,
  min: number,
  max: number,
  mean: result,
  spread: result,
  norm: result,
  zeros: share,
  bins: counts,
});

const parameterSnapshot = object({
  layer: text,
  name: text,
  shape: counts,
  weights: distribution,
  gradient: v.nullable(distribution),
  updateRatio: v.nullable(result),
  values: v.nullable(results),
  gradients: v.nullable(results),
});

const outputSnapshot = object({ layer: text, values: distribution, means: v.nullable(results) });

export const snapshotEntries = object({
  kind: v.literal("snapshot"),
  epoch: count,
  rows: count,
  stride: positive,
  parameters: list(parameterSnapshot),
  outputs: list(outputSnapshot),
});

export const runSettings = schemaOf<RunSettings>()(
  object({ optimizer: text, learningRate: amount, schedule: v.nullable(text), batch: v.nullable(positive) }),
);

export const layerFacts = object({
  id: text,
  kind: text,
  inputs: list(text),
  shape: counts,
  parameters: count,
  names: v.exactOptional(list(text)),
});

const startedEvent = object({
  kind: v.literal("started"),
  model: text,
  run: text,
  layers: list(layerFacts),
  rows: object({ train: count, validation: count, test: count }),
  epochs: count,
  batchesPerEpoch: count,
  precision,
  kernels: text,
  loadSeconds: amount,
  origin: v.exactOptional(object({ plan: name, data: name })),
  settings: v.exactOptional(runSettings),
});

const loadingEvent = object({ kind: v.literal("loading"), share, rows: count });
const progressEvent = object({ kind: v.literal("progress"), epoch: count, batch: count, samplesPerSecond: amount, secondsLeft: number });
const warningEvent = object({ kind: v.literal("warning"), code: text, message: text, at: text, epoch: v.exactOptional(count) });

const endings = [
  object({ kind: v.literal("diverged"), code: v.literal("NN601"), epoch: count, batch: count, message: text, at: text }),
  object({ kind: v.literal("stopped"), epoch: count, seconds: amount }),
  object({
    kind: v.literal("finished"),
    epochs: count,
    seconds: amount,
    loadSeconds: amount,
    threads: positive,
    samplesPerSecond: amount,
    restoredEpoch: v.nullable(count),
    test: v.exactOptional(object({ loss: result, metrics: v.pipe(v.record(text, result), v.readonly()) })),
  }),
  object({ kind: v.literal("failed"), code: v.nullable(text), message: text, at: text }),
] as const;

export const started = schemaOf<TrainingEventOf<"started">>()(startedEvent);
export const loading = schemaOf<TrainingEventOf<"loading">>()(loadingEvent);
export const progress = schemaOf<TrainingEventOf<"progress">>()(progressEvent);
export const warning = schemaOf<TrainingEventOf<"warning">>()(warningEvent);
export const ending = schemaOf<TrainingEventOf<"finished" | "stopped" | "diverged" | "failed">>()(v.variant("kind", endings));

export const runEvent = schemaOf<Exclude<TrainingEvent, { kind: "epoch" }>>()(
  v.variant("kind", [
    snapshotEntries,
    startedEvent,
    loadingEvent,
    progressEvent,
    warningEvent,
    object({ kind: v.literal("paused"), epoch: count }),
    object({ kind: v.literal("resumed"), epoch: count }),
    ...endings,
  ]),
);

/** Far above the 128 snapshots that a run has at most. */
const MOST_SNAPSHOTS = 1000;

export const snapshots = schemaOf<TrainingEventOf<"snapshot">[]>()(
  v.pipe(
    growingList(snapshotEntries, MOST_SNAPSHOTS),
    v.check((all) => all.every(({ epoch }, k) => k === 0 || epoch > (all[k - 1]?.epoch ?? 0)), "snapshots' epochs rise"),
  ),
);
