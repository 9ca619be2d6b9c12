/** The panel's frame: the run's header, notes and progress, and the tabs, which show one view at a time. */

import type { PanelMemory } from "../messages/panelMemory.ts";
import { isOver } from "../runs/runState.ts";
import { element } from "./dom.ts";
import { runHeader } from "./header.ts";
import type { Actions, Model } from "./model.ts";
import { runNotes } from "./notes.ts";
import { runProgress } from "./progress.ts";
import { viewTabs } from "./tabs.ts";

export interface Frame {
  readonly draw: (model: Model, memory: PanelMemory, mustRebuild: boolean) => void;
}

export function createFrame(root: HTMLElement, actions: Actions): Frame {
  const header = runHeader(actions);
  const notes = runNotes(actions);
  const progress = runProgress();
  const tabs = viewTabs(actions);
  const content = element("div", "content", ...progress.elements, tabs.element);
  const empty = element("p", "empty");
  empty.textContent =
    "Nothing has been trained yet. Choose Train Model, above the train block or in the editor's title bar, to see losses and gradients here.";
  root.append(header.element, notes.element, content, empty);

  return {
    draw(model, memory, mustRebuild) {
      const { state } = model;
      empty.hidden = state !== null;
      header.element.hidden = content.hidden = state === null;
      if (!state) {
        notes.element.hidden = true;
        return;
      }
      header.draw(state);
      progress.draw(state);
      notes.draw(state, model.notices);
      content.hidden = !state.started && isOver(state);
      if (state.started) tabs.draw(model, memory, mustRebuild);
    },
  };
}
