/** A row's forward pass through a model without a training: all layers one below the other. Numbers can be filled in as in One Step. */
import type { WalkStage } from "../../../engine/inspect/views.ts";
import type { Theme } from "../charts/theme.ts";
import { checkbox, element } from "../dom.ts";
import type { Actions } from "../model.ts";
import { type FilledIn, stageContent } from "./stepStage.ts";

export interface RowWalk {
  readonly element: HTMLElement;
  readonly draw: (stages: readonly WalkStage[], title: string, theme: Theme) => void;
}

/** `reveal` reveals a layer's line by its key. */
export function rowWalk(actions: Actions, reveal: (at: string) => void): RowWalk {
  const heading = element("h3");
  const stages = element("div", "row-stages");
  let filledIn: FilledIn = { isOn: false, solved: new Set() };
  let drawn: { readonly stages: readonly WalkStage[]; readonly theme: Theme } | undefined;
  const fill = checkbox("You fill in", (isOn) => {
    filledIn = { isOn, solved: new Set() };
    drawStages();
  });
  const own = element("section", "row-walk", element("div", "controls", heading, fill.element), stages);
  const drawStages = (): void => {
    if (!drawn) return;
    stages.replaceChildren(...drawn.stages.map((stage, k) => stageOf(stage, k, drawn?.theme)));
  };
  const stageOf = (stage: WalkStage, k: number, theme: Theme | undefined): HTMLElement => {
    const section = element("section", "stage");
    const show = (says: string): void => {
      if (!theme) return;
      const context = { theme, actions: { ...actions, reveal }, filledIn, path: null, showPath: () => undefined, redraw: show };
      section.replaceChildren(...stageContent(stage, String(k), context, says));
      if (says !== "") section.querySelector<HTMLInputElement>("form.answer:not([hidden]) input")?.focus();
    };
    show("");
    return section;
  };
  return {
    element: own,
    draw(shown, title, theme) {
      heading.textContent = title;
      fill.set(filledIn.isOn);
      filledIn.solved.clear();
      drawn = { stages: shown, theme };
      drawStages();
      if (shown.length === 0)
        stages.replaceChildren(
          element("p", "note", "A layer of this model computes otherwise while it is trained, so its numbers are not written out."),
        );
    },
  };
}
