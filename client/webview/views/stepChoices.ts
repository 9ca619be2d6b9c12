/** The controls that choose the step: the weights, and a mini-batch or a row. */
import type { Walk } from "../../../engine/inspect/views.ts";
import { countText } from "../../../engine/numberText.ts";
import { button, choice, element, setText } from "../dom.ts";
import type { WalkQuestion } from "./askedStep.ts";

export interface StepChoices {
  readonly element: HTMLElement;
  readonly set: (wanted: WalkQuestion, walk: Walk) => void;
}

const NEXT = { classes: "Next wrong row", numbers: "Row with the next largest error" } as const;

export function stepChoices(want: (change: Partial<WalkQuestion>) => void, walkNow: () => Walk | undefined): StepChoices {
  const weights = choice("Weights", (value) => want({ weights: value === "start" ? "start" : "current", ...sameRow(walkNow()) }));
  const rows = choice("Rows", (value) => want(value === "row" ? { rows: "row", row: walkNow()?.row ?? 1 } : { rows: "batch", row: 0 }));
  const row = element("input");
  row.type = "number";
  row.min = "1";
  row.setAttribute("aria-label", "Number of the row");
  row.addEventListener("change", () => {
    const value = Math.floor(Number(row.value));
    if (value >= 1) want({ rows: "row", row: value });
  });
  row.addEventListener("keydown", (event) => event.stopPropagation());
  const wrong = button(NEXT.classes, () => want({ rows: "wrong", row: walkNow()?.row ?? 0 }));
  return {
    element: element("div", "step-choices", weights.element, rows.element, row, wrong),
    set({ weights: chosen }, walk): void {
      weights.set(
        [
          { value: "current", label: chosen === "current" ? `after epoch ${countText(walk.epoch)}` : "of the run" },
          { value: "start", label: "start weights (epoch 0)" },
        ],
        chosen,
      );
      rows.set(
        [
          { value: "batch", label: "the mini-batch" },
          { value: "row", label: "one row" },
        ],
        walk.row === null ? "batch" : "row",
      );
      row.hidden = walk.row === null;
      if (walk.row !== null && document.activeElement !== row) row.value = String(walk.row);
      setText(wrong, walk.row === null && walk.judges === "numbers" ? "Row with the largest error" : NEXT[walk.judges]);
    },
  };
}

/** The rows stay the same when the weights change. A wrong row may be right with other weights, so it is kept by its number. */
const sameRow = (walk: Walk | undefined): Pick<WalkQuestion, "rows" | "row"> =>
  walk?.row == null ? { rows: "batch", row: 0 } : { rows: "row", row: walk.row };
