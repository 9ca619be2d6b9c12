/** The stack of a stop: the layer, its batch, its epoch, its training, each with its own line. */

import { basename } from "node:path";
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { Place } from "../../engine/debug/places.ts";
import type { Instant, Timeline } from "../../engine/debug/timeline.ts";
import type { Program } from "./program.ts";

const FRAME = { place: 1, batch: 2, epoch: 3, train: 4 } as const;

export const isLayerFrame = (frameId: number): boolean => frameId === FRAME.place;

/** Returns the frames, the innermost first. `isEdited`: the file has another text by now, so the client asks for the one of the start. */
export function framesOf(program: Program, isEdited: boolean): DebugProtocol.StackFrame[] {
  const { stepper, planned, lineOf, lineOfKey, trainLine } = program;
  const { timeline } = stepper;
  const { plan } = planned;
  const name = basename(program.path);
  const source = isEdited ? { name: `${name} (as debugged)`, sourceReference: 1, origin: "before the edit" } : { name, path: program.path };
  const frame = (id: number, name: string, line: number): DebugProtocol.StackFrame => ({ id, name, line, column: 1, source });
  const place = timeline.place();
  const { epoch, batch, isDone } = timeline.now();
  const train = frame(FRAME.train, `train ${plan.network.name} on ${plan.data.name}`, trainLine);
  if (!place) return [{ ...frame(FRAME.place, "the end of the training", trainLine), presentationHint: "normal" }];
  const own = frame(FRAME.place, `${placeName(program, place)}${isDone ? ", computed" : ""}`, lineOf(place));
  return [
    own,
    frame(FRAME.batch, `batch ${batch + 1} of ${timeline.cursor.layout.batches}`, planned.sources["data"] ? lineOfKey("data") : trainLine),
    frame(FRAME.epoch, `epoch ${epoch} of ${plan.training.epochs}`, planned.sources["epochs"] ? lineOfKey("epochs") : trainLine),
    train,
  ];
}

/** Returns the name of a place: `hidden (reverse)`, and which copy it is of a line in `repeat`. */
function placeName({ planned }: Program, { phase, layer }: Place): string {
  const { layers } = planned.plan.network;
  const own = layers[layer];
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

/** Returns where a frame begins. */
export function frameInstant(frameId: number, timeline: Timeline): Instant {
  const now = timeline.now();
  if (frameId === FRAME.train) return timeline.first;
  if (frameId === FRAME.epoch) return { ...now, batch: 0, index: 0, isDone: false };
  return { ...now, index: 0, isDone: false };
}
