/** Plays the timeline: advances its epoch at the chosen speed until the newest epoch. */
import { PACES } from "../../engine/training/pace.ts";
import type { PanelMemory } from "../messages/panelMemory.ts";
import { epochsDone } from "../runs/runState.ts";
import type { Actions, Model } from "./model.ts";

/** The seconds in which the whole run plays at full speed. */
const WHOLE_SECONDS = 8;

export function createPlayer(model: Model, memory: () => PanelMemory, redraw: () => void): Pick<Actions, "seek" | "play"> {
  /** The exact position, since a slow speed advances less than an epoch per frame. */
  let position = 0;
  let last = 0;
  const frame = (now: number): void => {
    const { state } = model;
    if (!model.isPlaying || !state) return;
    const end = epochsDone(state);
    const perSecond = PACES[memory().speed] ?? Math.max(10, end / WHOLE_SECONDS);
    // A frame's timestamp is its start, which may be before the click that started playback.
    position += (perSecond * Math.max(0, now - last)) / 1000;
    last = Math.max(last, now);
    if (position >= end) {
      model.isPlaying = false;
      model.answers.cursor = state.end ? end : null;
    } else model.answers.cursor = Math.floor(position);
    redraw();
    if (model.isPlaying) requestAnimationFrame(frame);
  };
  return {
    seek(epoch) {
      model.isPlaying = false;
      model.answers.cursor = epoch;
      redraw();
    },
    play(isPlaying) {
      const end = model.state ? epochsDone(model.state) : 0;
      const from = model.answers.cursor === null || model.answers.cursor >= end ? 0 : model.answers.cursor;
      if (isPlaying && memory().speed === "step") {
        model.answers.cursor = Math.min(end, model.answers.cursor === null ? 0 : from + 1);
        redraw();
        return;
      }
      model.isPlaying = isPlaying;
      position = model.answers.cursor = from;
      if (!isPlaying) model.answers.cursor = from;
      redraw();
      if (!isPlaying) return;
      last = performance.now();
      requestAnimationFrame(frame);
    },
  };
}
