/** The stack at a stop: layer, batch, epoch and training, each with its own line. */

import { basename } from "node:path";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { formulasOf } from "../../engine/debug/formulas.ts";
import type { Place } from "../../engine/debug/places.ts";
import type { Instant, Timeline } from "../../engine/debug/timeline.ts";
import type { Program } from "./program.ts";

const FRAME = { place: 1, batch: 2, epoch: 3, train: 4, formula: 5 } as const;

/** The source reference with which the client requests the debugged text. */
export const DEBUGGED_TEXT = 1;

export const isLayerFrame = (frameId: number): boolean => frameId === FRAME.place || frameId === FRAME.formula;

/** Returns the file or, once it is edited, the debugged text. */
export function sourceOf({ path }: Program, isEdited: boolean): DebugProtocol.Source {
  if (!isEdited) return { name: basename(path), path };
  return { name: `${basename(path, ".nn")} (as debugged).nn`, sourceReference: DEBUGGED_TEXT, origin: "before the edit" };
}

/** Returns the name of the only thread. */
export const threadName = ({ rows, planned }: Program): string => `${rows ? "Rows of" : "Training"} ${planned.plan.training.run}`;

/** Returns the frames, innermost first. If `isEdited`, the file's text has changed, and the frames refer to the debugged text instead. */
export function framesOf(program: Program, isEdited: boolean): DebugProtocol.StackFrame[] {
  const { stepper, planned, lineOf, lineOfKey, blockLine, rows } = program;
  const { timeline } = stepper;
  const { plan } = planned;
  const source = sourceOf(program, isEdited);
  const frame = (id: number, name: string, line: number): DebugProtocol.StackFrame => ({ id, name, line, column: 1, source });
  const place = timeline.place();
  const { epoch, batch, isDone, part } = timeline.now();
  if (!place)
    return [{ ...frame(FRAME.place, rows ? "the end of the rows" : "the end of the training", blockLine), presentationHint: "normal" }];
  const own = frame(FRAME.place, `${placeName(program, place)}${isDone ? ", computed" : ""}`, lineOf(place));
  if (rows) {
    const row = frame(FRAME.batch, `row ${place.piece + 1} of ${rows.count}`, lineOf({ ...place, phase: "batch", layer: -1 }));
    return [own, row, frame(FRAME.train, `expect ${plan.network.name}`, blockLine)];
  }
  const formula = part === undefined ? undefined : formulasOf(timeline.learner, place)[part];
  return [
    ...(formula ? [frame(FRAME.formula, formula.text, lineOf(place))] : []),
    own,
    frame(FRAME.batch, `batch ${batch + 1} of ${timeline.cursor.layout.batches}`, planned.sources["data"] ? lineOfKey("data") : blockLine),
    frame(FRAME.epoch, `epoch ${epoch} of ${plan.training.epochs}`, planned.sources["epochs"] ? lineOfKey("epochs") : blockLine),
    frame(FRAME.train, `train ${plan.network.name} on ${plan.data.name}`, blockLine),
  ];
}

/** Returns where the training is: "hidden (reverse), batch 3 of 10, epoch 7 of 100". */
export const placeText = (program: Program): string =>
  framesOf(program, false)
    .slice(0, -1)
    .map(({ name }) => name)
    .join(", ") || "the end";

/** Returns the name of a place: `hidden (reverse)`, or `hidden (reverse, 2 of 3)` for the second copy of a line in `repeat`. */
export function placeName({ planned, rows }: Program, { phase, layer, piece }: Place): string {
  const { layers } = planned.plan.network;
  const own = layers[layer];
  if (!own && rows) return phase === "batch" ? "the next row" : rows.resultOf(piece);
  if (!own) return NAMES[phase];
  const span = planned.sources[`layer:${own.id}`];
  const copies = layers.filter(({ id }) => planned.sources[`layer:${id}`]?.start === span?.start);
  const copy = copies.length > 1 ? `, ${copies.indexOf(own) + 1} of ${copies.length}` : "";
  return `${own.id} (${phase}${copy})`;
}

const NAMES: { readonly [P in Place["phase"]]: string } = {
  batch: "the next mini-batch",
  forward: "forward pass",
  loss: "loss",
  reverse: "reverse pass",
  update: "update of the weights",
  epoch: "end of the epoch",
};

/** Returns the instant at which a frame starts. */
export function frameInstant(frameId: number, timeline: Timeline): Instant {
  const { epoch, batch, index: present } = timeline.now();
  if (frameId === FRAME.train) return timeline.first;
  if (frameId === FRAME.epoch) return { epoch, batch: 0, index: 0, isDone: false };
  if (isLayerFrame(frameId)) return { epoch, batch, index: present, isDone: false };
  // Debugged rows are pieces of one mini-batch, each with its own `batch` place.
  const places = timeline.cursor.layout.placesOf(batch).slice(0, present + 1);
  const index = Math.max(
    0,
    places.findLastIndex(({ phase }) => phase === "batch"),
  );
  return { epoch, batch, index, isDone: false };
}
