/** One training step in stages: forward pass, loss, reverse pass, update. The arrow keys move between the stages. */
import type { Walk } from "../../../engine/inspect/views.ts";
import { countText, plural } from "../../../engine/numberText.ts";
import { button, checkbox, element, setText } from "../dom.ts";
import type { Actions, Model, View } from "../model.ts";
import { askedStep } from "./askedStep.ts";
import { ruleView } from "./ruleView.ts";
import { stepChoices } from "./stepChoices.ts";
import { stepRow } from "./stepRow.ts";
import { isSummary, stageContent, type WeightPlace } from "./stepStage.ts";

export function stepView(actions: Actions): View {
  let at = 0;
  let walk: Walk | undefined;
  let run: string | undefined;
  const asked = askedStep(actions);
  const go = (to: number): void => {
    if (!walk) return;
    // Set immediately, because the next key may arrive before the stage is drawn.
    at = Math.max(0, Math.min(walk.stages.length - 1, to));
    actions.remember({ stage: at });
  };
  const stage = shownStage(actions, (weight) => {
    asked.want({ weight });
    go(walk?.stages.findIndex(isSummary) ?? at);
  });
  const back = button("← Previous", () => go(at - 1));
  const on = button("Next →", () => go(at + 1), "primary");
  const next = button("Show the next step", asked.again);
  const choices = stepChoices(asked.want, () => walk);
  const row = stepRow(go);
  const rule = ruleView(actions);
  const position = element("p", "note");
  const controls = element("div", "controls", back, on, next, stage.fill, choices.element);
  const tab = element("div", "tab step", row.element, controls, position, rule.element, stage.element);
  moveByKeys(tab, (by) => go(at + by));

  return {
    element: tab,
    draw(model, memory, mustRebuild) {
      const { state, answers } = model;
      if (!state) return;
      if (run !== state.facts.id) {
        run = state.facts.id;
        asked.begin();
      }
      rule.draw(model);
      next.hidden = !asked.ask(state, answers);
      walk = answers.walk;
      const problem = answers.problems.get("walk");
      for (const one of [back, on, row.element, stage.element, choices.element, stage.fill]) one.hidden = !walk;
      if (!walk) {
        // Another run, or changed data: the next step may have the same epoch and row, but it has other numbers.
        stage.forget();
        setText(position, problem ?? "Computing a mini-batch…");
        return;
      }
      choices.set(asked.wanted(), walk);
      at = Math.max(0, Math.min(walk.stages.length - 1, memory.stage));
      setText(position, problem ?? positionText(walk, at));
      if (stage.draw(model, state.facts.id, walk, at, mustRebuild)) row.draw(walk, at);
    },
  };
}

/** The content of the chosen stage, and the numbers filled in by a student. */
function shownStage(actions: Actions, showPath: (weight: WeightPlace) => void) {
  const stage = element("section", "stage");
  stage.setAttribute("aria-live", "polite");
  let drawn = "";
  let filledIn = { isOn: false, solved: new Set<string>() };
  const fill = checkbox("You fill in", (isOn) => {
    filledIn = { ...filledIn, isOn };
    drawn = "";
    actions.redraw();
  });
  const show = (theme: Model["theme"], { stages, path }: Pick<Walk, "stages" | "path">, at: number, says: string): void => {
    const current = stages[at];
    if (!current) return;
    const redraw = (answer: string): void => show(theme, { stages, path }, at, answer);
    stage.replaceChildren(...stageContent(current, String(at), { theme, actions, filledIn, path, showPath, redraw }, says));
    // After filling in a number, a student continues with the next one.
    if (says !== "") stage.querySelector<HTMLInputElement>("form.answer:not([hidden]) input")?.focus();
  };
  return {
    element: stage,
    fill: fill.element,
    /** Clears the filled-in numbers and draws the next step anew. */
    forget(): void {
      drawn = "";
      filledIn = { ...filledIn, solved: new Set() };
    },
    /** Draws the stage. Returns false if it is already drawn. */
    draw({ theme }: Model, run: string, walk: Walk, at: number, mustRebuild: boolean): boolean {
      fill.set(filledIn.isOn);
      const step = `${run} ${walk.epoch} ${walk.row} `;
      const key = `${step}${at} ${walk.path?.title}`;
      if (key === drawn && !mustRebuild) return false;
      if (drawn !== "" && !drawn.startsWith(step)) filledIn.solved.clear();
      drawn = key;
      show(theme, walk, at, "");
      return true;
    },
  };
}

function moveByKeys(tab: HTMLElement, go: (by: number) => void): void {
  tab.tabIndex = 0;
  tab.setAttribute("aria-label", "One step in stages: the arrow keys move between the stages");
  tab.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    go(by);
  });
}

function positionText({ stages, epoch, row, rows, note }: Walk, at: number): string {
  const what = row === null ? `the first mini-batch of the next epoch (${plural(rows, "row")})` : `a step with row ${countText(row)} alone`;
  const weights = epoch === 0 ? "the start weights" : `the weights after epoch ${countText(epoch)}`;
  return `${note}${note === "" ? "" : " "}Stage ${at + 1} of ${stages.length}: ${what}, computed in float64 with ${weights}. The run's weights do not change.`;
}
