/** The messages between the host and the panel. Each side checks what it receives. */
import * as v from "valibot";
import type { HistoryTable } from "../runs/history.ts";
import {
  areRows,
  delta,
  historyFormat,
  layout,
  packedRun,
  packedTable,
  pictureFormat,
  ROWS_ARE_WHOLE,
  type RunSummary,
  retraining,
  runId,
  runSummary,
} from "../runs/runSchemas.ts";
import { layerFacts, runEvent, snapshotEntries } from "./eventSchemas.ts";
import { fileEdit, trainingKnobs } from "./knobSchemas.ts";
import { answer, question, weightPlace } from "./questions.ts";
import { count, float64Array, list, name, number, object, pace, positive, read, text } from "./valueSchemas.ts";
import { untrainedView, walkStages, weightPath } from "./viewSchemas.ts";

/** A run that the panel draws together with its own. */
export interface ComparedRun<Table = HistoryTable> {
  readonly summary: RunSummary;
  readonly table: Table;
}

/** A sentence about the shown run. The panel offers an export for `unsaved` and a new training for `data`. */
const notice = object({ kind: v.picklist(["unsaved", "damage", "text", "data"]), message: text });
export type Notice = v.InferOutput<typeof notice>;

/** A model in a file without a training. `view` is null if the model has an error or can't be computed; `problem` says why. */
const untrainedModel = object({ name: text, view: v.nullable(untrainedView), problem: text });
export type UntrainedModel = v.InferOutput<typeof untrainedModel>;

const runs = list(runId, 100);

/** A training in a file without runs. `problem` says why it can't be run yet, with its line from 1. */
const plannedTraining = object({
  run: text,
  model: text,
  problem: v.nullable(object({ line: count, message: text })),
  layers: list(layerFacts),
  settings: list(object({ name: text, value: text })),
});
export type PlannedTraining = v.InferOutput<typeof plannedTraining>;

/** The view of a debugged training that a panel requests. */
const debuggedView = v.picklist(["step", "network"]);
export type DebuggedView = v.InferOutput<typeof debuggedView>;

/** The content of One Step for a debugged training (engine/debug/followed.ts). `place` names where the training is. */
export const debuggedStep = object({ place: text, stages: walkStages, current: count, path: v.nullable(weightPath) });
export const debuggedNetwork = object({
  place: text,
  layers: list(layerFacts),
  snapshot: snapshotEntries,
  layer: v.nullable(text),
  isBackward: v.boolean(),
});

export type DebuggedStep = v.InferOutput<typeof debuggedStep>;
export type DebuggedNetwork = v.InferOutput<typeof debuggedNetwork>;

export const toPanelSchema = v.variant("kind", [
  /** The file in the panel, whether the panel is pinned to it, and the compared runs. */
  object({ kind: v.literal("file"), file: text, name: text, isPinned: v.boolean(), compared: runs }),
  /** The scale of the whole page; 1 is the editor's own. */
  object({ kind: v.literal("scale"), scale: v.pipe(number, v.minValue(1), v.maxValue(3)) }),
  /** The view to show, by its tab. */
  object({ kind: v.literal("tab"), tab: name }),
  /** The whole state of a run. It replaces the panel's. null if nothing has been trained yet. */
  object({ kind: v.literal("snapshot"), state: v.nullable(packedRun), isLatest: v.boolean() }),
  /** The trainings of a file without runs. */
  object({ kind: v.literal("planned"), file: text, trainings: list(plannedTraining) }),
  /** The events and epochs since the last message. */
  object({ kind: v.literal("events"), run: runId, epochs: v.nullable(delta), events: list(runEvent) }),
  /** The history of the file's runs, newest first. */
  object({ kind: v.literal("runs"), runs: list(runSummary) }),
  /** The knobs of the file's trainings, and their models' layers. */
  object({ kind: v.literal("knobs"), file: text, trainings: list(trainingKnobs, 1000) }),
  /** The result of an edit, or of a training that an edit should start: why it was refused, or "". */
  object({ kind: v.literal("edited"), problem: text }),
  object({ kind: v.literal("compared"), runs: list(object({ summary: runSummary, table: packedTable })) }),
  /** The recorded epochs in a range. The panel's own table has only some of them. `rows` as in events. */
  v.pipe(
    object({ kind: v.literal("stretch"), run: runId, layout, rows: float64Array, stride: positive }),
    v.check((value) => areRows(value), ROWS_ARE_WHOLE),
  ),
  /** `isFinal`: the answer uses the weights at the end of the run. It may arrive before the panel asks. */
  object({ kind: v.literal("answer"), run: runId, answer, isFinal: v.boolean() }),
  /** The run's data files have changed since its last answers. */
  object({ kind: v.literal("dataChanged"), run: runId }),
  /** All notices about the shown run. */
  object({ kind: v.literal("notices"), run: runId, notices: list(notice, 100) }),
  /** The models of a file without a training, as long as it has no run; empty if the file has a training or no model. */
  object({ kind: v.literal("untrained"), fileName: text, models: list(untrainedModel) }),
  /** A row's path through such a model. */
  object({ kind: v.literal("walkedRow"), model: count, row: count, stages: walkStages }),
  /** The file is being debugged and has stopped for the `stop`th time; null when debugging has ended. */
  object({ kind: v.literal("debugged"), stop: v.nullable(count) }),
  object({ kind: v.literal("debuggedStep"), stop: count, view: debuggedStep }),
  object({ kind: v.literal("debuggedNetwork"), stop: count, view: debuggedNetwork }),
  /** Why a question has no answer. */
  object({
    kind: v.literal("problem"),
    run: runId,
    question: v.picklist(["result", "planes", "row", "walk", "tensor", "rule", "snapshots"]),
    message: text,
  }),
]);
export type ToPanel = v.InferOutput<typeof toPanelSchema>;

/** The maximum number of characters of an exported picture in base64: enough for a large screen. */
export const MOST_PICTURE = 20_000_000;

export const fromPanelSchema = v.variant("kind", [
  /** The panel's script has started. It requests a snapshot and the previously compared runs, for the file that it showed. */
  object({ kind: v.literal("ready"), file: text, compared: runs }),
  /** Pins the panel to its file, or lets it follow the active editor. */
  object({ kind: v.literal("pin"), isPinned: v.boolean() }),
  /** The panel has drawn everything sent so far, up to this run and epoch count. The host then sends the next events. */
  object({ kind: v.literal("drawn"), run: v.nullable(runId), epochs: count }),
  object({ kind: v.literal("pause") }),
  object({ kind: v.literal("resume") }),
  object({ kind: v.literal("stop") }),
  object({ kind: v.literal("train") }),
  /** `pace` sets the pace of the trainings in the panel; `step` trains one epoch at the pace of one epoch per click. */
  object({ kind: v.literal("pace"), pace }),
  object({ kind: v.literal("step") }),
  object({ kind: v.literal("again"), how: retraining }),
  /** Reveals a part of the plan in the editor, by its key in the source map. */
  object({ kind: v.literal("reveal"), at: name }),
  object({ kind: v.literal("ask"), question }),
  /** Edits the file's text, as one undo step. */
  object({ kind: v.literal("edit"), edit: fileEdit }),
  /** Whether every edit of the plan starts a training. */
  object({ kind: v.literal("trainOnChange"), isOn: v.boolean() }),
  /** Like `reveal`, for a layer in a file without a training. */
  object({ kind: v.literal("revealIn"), model: count, at: name }),
  object({ kind: v.literal("walkRow"), model: count, row: count }),
  /** Requests a view's content for the training that is being debugged, at its current stop. */
  object({ kind: v.literal("askDebugged"), view: debuggedView, stop: count }),
  object({ kind: v.literal("compare"), runs }),
  /** Shows a run of the history; null for the file's newest. */
  object({ kind: v.literal("show"), run: v.nullable(runId) }),
  v.pipe(
    object({ kind: v.literal("stretch"), from: number, to: number }),
    v.check(({ from, to }) => from <= to, "a stretch does not end before it begins"),
  ),
  object({ kind: v.literal("exportHistory"), format: historyFormat }),
  /** Exports the run's network for another program. */
  object({ kind: v.literal("exportModel") }),
  object({ kind: v.literal("exportWeights") }),
  /** Exports the step in One Step as a page to print; the next mini-batch's if One Step has not shown the run. */
  object({ kind: v.literal("exportStep") }),
  /** Writes out the gradient of a weight in One Step's step; null if the user has not chosen a weight yet. */
  object({ kind: v.literal("writeGradient"), weight: v.nullable(weightPlace) }),
  object({
    kind: v.literal("exportPicture"),
    name,
    format: pictureFormat,
    base64: v.pipe(v.string(), v.maxLength(MOST_PICTURE), v.regex(/^[A-Za-z\d+/]*={0,2}$/)),
  }),
]);
export type FromPanel = v.InferOutput<typeof fromPanelSchema>;

/** `fromPanel` and `toPanel` return undefined if the message doesn't fit the schema. */
export const fromPanel = (message: unknown): FromPanel | undefined => read(fromPanelSchema, message);
export const toPanel = (message: unknown): ToPanel | undefined => read(toPanelSchema, message);
