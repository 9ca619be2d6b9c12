/** The panel's frame: the top line, the tabs, the notes, the visible view, and the timeline shared by all views. */

import type { PanelMemory } from "../messages/panelMemory.ts";
import { epochsDone, isOver, nameOf, type RunState } from "../runs/runState.ts";
import { rowAsker } from "./askedRow.ts";
import { askForSnapshots } from "./askedSnapshots.ts";
import { element, setText } from "./dom.ts";
import { knobStrip } from "./knobStrip.ts";
import type { Actions, Model } from "./model.ts";
import { runNotes } from "./notes.ts";
import { filePreview } from "./preview.ts";
import { viewTabs } from "./tabs.ts";
import { timeline } from "./timeline.ts";
import { topLine } from "./topLine.ts";
import { untrainedView } from "./views/untrainedView.ts";

export interface Frame {
  readonly draw: (model: Model, memory: PanelMemory, mustRebuild: boolean) => void;
}

export function createFrame(root: HTMLElement, actions: Actions): Frame {
  const top = topLine(actions);
  const notes = runNotes(actions);
  const knobs = knobStrip(actions);
  const tabs = viewTabs(actions);
  const track = timeline(actions);
  const untrained = untrainedView(actions);
  const spoken = element("div", "spoken");
  spoken.setAttribute("aria-live", "polite");
  const preview = filePreview(actions);
  const askForRow = rowAsker(actions);
  /** The file that the tabs show, and whether nothing in them may be reused. They are not drawn before a run has started. */
  let tabsFile = "";
  let isStale = true;
  root.append(
    top.element,
    tabs.strip,
    notes.element,
    knobs.element,
    tabs.bodies,
    preview.element,
    untrained.element,
    track.element,
    spoken,
  );

  return {
    draw(model, memory, mustRebuild) {
      const { state } = model;
      const isDebugged = state === null && model.debugged !== null;
      const isUntrained = state === null && !isDebugged && (model.untrained?.models.length ?? 0) > 0;
      preview.element.hidden = state !== null || isUntrained || isDebugged;
      untrained.element.hidden = !isUntrained;
      const hasRun = state !== null && (state.started !== null || !isOver(state));
      // Until the run has started, the file's previous run may remain, but not another file's run.
      const isOthers = state?.started === null && tabsFile !== state.facts.file;
      track.element.hidden = !hasRun || isOthers;
      tabs.strip.hidden = !hasRun && !isDebugged;
      tabs.bodies.hidden = tabs.strip.hidden || isOthers;
      isStale ||= mustRebuild;
      const drawTabs = (file: string): void => {
        tabs.draw(model, memory, isStale);
        tabsFile = file;
        isStale = false;
      };
      top.draw(model, memory);
      knobs.draw(model, memory);
      if (!state) {
        notes.element.hidden = true;
        if (isDebugged) drawTabs(model.file);
        else if (isUntrained && model.untrained) untrained.draw(model.untrained, model.theme, mustRebuild);
        else preview.draw(model, mustRebuild);
        return;
      }
      notes.draw(model, state);
      setText(spoken, endText(state));
      if (!state.started) return;
      track.draw(model, memory, state);
      drawTabs(state.facts.file);
      askForSnapshots(model, actions);
      askForRow(model);
    },
  };
}

/** Returns the announcement of the run's end for screen readers. */
function endText(state: RunState): string {
  const { end } = state;
  if (!end) return "";
  const name = nameOf(state);
  switch (end.kind) {
    case "finished":
      return `${name} is trained: ${end.epochs} epochs.`;
    case "stopped":
      return `${name} stopped. Its last epoch is ${end.epoch}.`;
    default:
      // The message is announced together with the findings.
      return `${name} ended after ${epochsDone(state)} epochs.`;
  }
}
