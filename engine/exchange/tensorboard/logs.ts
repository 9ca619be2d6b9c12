/**
 * Writes a training's events as TensorBoard logs: one folder each for the training and validation parts. The tags are those of Keras' callback, so
 * that TensorBoard shows the runs of both programs in the same charts.
 */
import type { Distribution, TrainingEvent, TrainingEventOf } from "../../events.ts";
import type { TrainingPlan } from "../../plan.ts";
import { configOf } from "../keras/file.ts";
import { kerasNetwork } from "../keras/layers.ts";
import { endRecord, settingsRecord, type Tagged, valuesRecord, versionRecord } from "./event.ts";

export const LOG_PARTS = ["train", "validation"] as const;
export type LogPart = (typeof LOG_PARTS)[number];

/** Records to append to a part's file. */
export interface Appended {
  readonly part: LogPart;
  readonly records: readonly Uint8Array[];
}

export interface Logs {
  /** The name of each part's file. */
  readonly fileName: string;
  /** Returns the records to write for an event. `time` is in seconds since 1970. */
  readonly add: (event: TrainingEvent, time: number) => readonly Appended[];
}

export interface LoggedTraining {
  readonly plan: TrainingPlan;
  readonly text: string | null;
  /** The start of the training, in seconds since 1970. */
  readonly begun: number;
}

/** TensorBoard recognizes event files by this word in their names, and expects ten digits of seconds. */
const fileNameAt = (begun: number): string => `events.out.tfevents.${String(Math.floor(begun)).padStart(10, "0")}.backprop.1.0`;

export function tensorboardLogs({ plan, text, begun }: LoggedTraining): Logs {
  const opened = new Set<LogPart>();
  const append = (part: LogPart, records: readonly Uint8Array[]): Appended[] => {
    if (records.length === 0) return [];
    const first = opened.has(part) ? [] : [versionRecord(begun)];
    opened.add(part);
    return [{ part, records: [...first, ...records] }];
  };
  return {
    fileName: fileNameAt(begun),
    add(event, time) {
      switch (event.kind) {
        case "started":
          return append("train", startRecords({ plan, text, begun }, event));
        case "epoch":
          return LOG_PARTS.flatMap((part) => {
            const values = epochScalars(event)[part];
            return append(part, values.length === 0 ? [] : [valuesRecord({ time, step: event.epoch }, values.map(tagged))]);
          });
        case "snapshot":
          return append("train", snapshotRecords(event, time));
        case "finished":
          return append("train", [endRecord({ time, step: 0 }, "finished")]);
        case "stopped":
        case "diverged":
        case "failed":
          return append("train", [endRecord({ time, step: 0 }, "failed")]);
        default:
          return [];
      }
    },
  };
}

function startRecords({ plan, text, begun }: LoggedTraining, { settings, model, run }: TrainingEventOf<"started">): Uint8Array[] {
  const at = { time: begun, step: 0 };
  // The graph needs no weights.
  const graph = JSON.stringify(configOf(kerasNetwork({ plan, fit: { features: [], targets: [] }, text, weights: new Map() }), null));
  const values: Tagged[] = [{ tag: "keras", content: { kind: "graph", json: graph } }];
  if (text !== null) values.push({ tag: "nn", content: { kind: "text", text: `\`\`\`\n${text.replaceAll("```", "'''")}\n\`\`\`` } });
  const shown = {
    model,
    run,
    ...(settings && {
      optimizer: settings.optimizer,
      learning_rate: settings.learningRate,
      schedule: settings.schedule ?? "none",
      batch: settings.batch ?? "all",
    }),
    seed: plan.training.seed,
  };
  return [valuesRecord(at, values), settingsRecord(at, run, shown)];
}

/** A number and its tag. */
interface Scalar {
  readonly tag: string;
  readonly value: number;
}

const tagged = ({ tag, value }: Scalar): Tagged => ({ tag, content: { kind: "scalar", value } });
const scalar = (tag: string, value: number | null): Scalar[] => (value === null || Number.isNaN(value) ? [] : [{ tag, value }]);

/** Returns the logged numbers of an epoch, without NaN. */
export const epochScalars = (event: TrainingEventOf<"epoch">): Readonly<Record<LogPart, readonly Scalar[]>> => ({
  train: trainingScalars(event),
  validation: validationScalars(event),
});

const trainingScalars = ({ loss, metrics, learningRate, layers }: TrainingEventOf<"epoch">): Scalar[] => [
  ...scalar("epoch_loss", loss),
  ...Object.entries(metrics).flatMap(([name, value]) => (name.startsWith("val_") ? [] : scalar(`epoch_${name}`, value))),
  ...scalar("epoch_learning_rate", learningRate),
  ...layers.flatMap(({ layer, gradient, updateRatio, weightNorm, deadUnits }) => [
    ...scalar(`gradient_norm/${layer}`, gradient.norm),
    ...scalar(`update_ratio/${layer}`, updateRatio),
    ...scalar(`weight_norm/${layer}`, weightNorm),
    ...scalar(`dead_units/${layer}`, deadUnits),
  ]),
];

const validationScalars = ({ valLoss, metrics }: TrainingEventOf<"epoch">): Scalar[] => [
  ...scalar("epoch_loss", valLoss),
  ...Object.entries(metrics).flatMap(([name, value]) => (name.startsWith("val_") ? scalar(`epoch_${name.slice(4)}`, value) : [])),
];

function snapshotRecords({ epoch, parameters }: TrainingEventOf<"snapshot">, time: number): Uint8Array[] {
  const values = parameters.flatMap(({ layer, name, weights, gradient }): Tagged[] => [
    { tag: `weights/${layer}/${name}`, content: { kind: "histogram", buckets: bucketsOf(weights) } },
    ...(gradient ? [{ tag: `gradient/${layer}/${name}`, content: { kind: "histogram", buckets: bucketsOf(gradient) } as const }] : []),
  ]);
  return values.length === 0 ? [] : [valuesRecord({ time, step: epoch }, values)];
}

function bucketsOf({ min, max, bins }: Distribution): Float64Array {
  const buckets = new Float64Array(3 * bins.length);
  for (const [k, count] of bins.entries())
    buckets.set(
      [min + ((max - min) * k) / bins.length, k === bins.length - 1 ? max : min + ((max - min) * (k + 1)) / bins.length, count],
      3 * k,
    );
  return buckets;
}
