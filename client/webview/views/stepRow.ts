/** The stages of a step as a row of buttons, grouped by pass. A long row wraps, so that every stage is visible. */
import type { Walk, WalkStage } from "../../../engine/inspect/views.ts";
import { element } from "../dom.ts";

const PASSES: { readonly [P in WalkStage["pass"]]: string } = {
  data: "Data",
  forward: "Forward",
  loss: "Loss",
  error: "Loss",
  backward: "Backward",
  update: "Update",
};

export interface StepRow {
  readonly element: HTMLElement;
  readonly draw: (walk: Pick<Walk, "stages">, at: number) => void;
}

export function stepRow(go: (to: number) => void): StepRow {
  const row = element("nav", "stages");
  row.setAttribute("aria-label", "Stages of the step");
  return {
    element: row,
    draw({ stages }, at) {
      const items = stages.map((stage, k) => ({ pass: PASSES[stage.pass], item: itemOf(stage, k === at, () => go(k)) }));
      const passes = [...Map.groupBy(items, ({ pass }) => pass)];
      row.replaceChildren(
        ...passes.map(([pass, own]) =>
          element("div", "", element("span", "pass", pass), element("ol", "", ...own.map(({ item }) => item))),
        ),
      );
      row.querySelector(".current")?.scrollIntoView({ block: "nearest" });
    },
  };
}

function itemOf({ title, label }: WalkStage, isCurrent: boolean, choose: () => void): HTMLElement {
  const chip = element("button", "chip", label);
  chip.type = "button";
  chip.title = title;
  chip.setAttribute("aria-label", title);
  if (isCurrent) chip.setAttribute("aria-current", "step");
  chip.addEventListener("click", choose);
  return element("li", isCurrent ? "current" : "", chip);
}
