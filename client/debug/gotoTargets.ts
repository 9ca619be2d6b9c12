/** The targets of Jump to Cursor: a line's places in this mini-batch or at the end of this epoch. Targets are numbered from 1. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { Position } from "../../engine/debug/places.ts";
import type { Instant, Timeline } from "../../engine/debug/timeline.ts";
import type { EditedText } from "./editedText.ts";
import { DEBUGGED_TEXT, placeName } from "./frames.ts";
import type { Program } from "./program.ts";
import { Refusal } from "./refusal.ts";
import type { Arguments } from "./requests.ts";

/** Returns the targets on a line of the file or of the debugged text. */
export function gotoTargets(
  program: Program,
  edited: EditedText,
  { sourceReference }: Arguments<"gotoTargets">["source"],
  line: number,
): DebugProtocol.GotoTarget[] {
  const { timeline } = program.stepper;
  const own = sourceReference === DEBUGGED_TEXT ? line : edited.startLine(line);
  return positionsOf(timeline).flatMap((position, k) => {
    const place = timeline.placeAt(position);
    return place && program.lineOf(place) === own ? [{ id: k + 1, label: placeName(program, place), line }] : [];
  });
}

/** Returns the instant of a target. Throws `Refusal`. */
export function targetInstant(timeline: Timeline, targetId: number): Instant {
  const position = positionsOf(timeline)[targetId - 1];
  if (!position) throw new Refusal("There is no such place in this mini-batch.");
  return { ...position, isDone: false };
}

/** Returns the positions in this mini-batch and, last, the end of the epoch. */
function positionsOf({ cursor: { layout, position }, now, place, before }: Timeline): Position[] {
  // At the end of the training, "this mini-batch" is the last one.
  const { epoch, batch } = place() ? now() : (before(position()) ?? position());
  const last = layout.batches - 1;
  const own = layout.placesOf(batch).map((_place, index) => ({ epoch, batch, index }));
  return batch === last ? own : [...own, { epoch, batch: last, index: layout.placesOf(last).length - 1 }];
}
