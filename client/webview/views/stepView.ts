/** One training step in stages: forward pass, loss, reverse pass, update. The arrow keys move between the stages. */
import type { Walk, WalkStage } from "../../../engine/inspect/views.ts";
import { countText, plural } from "../../../engine/numberText.ts";
import type { Question } from "../../messages/questions.ts";
import { isOver } from "../../runs/runState.ts";
import { button, checkbox, choice, element, link, setText } from "../dom.ts";
import { type Actions, isStale, type View } from "../model.ts";
import { isSummary, stageContent, type WeightPlace } from "./stepStage.ts";

const PASSES: { readonly [P in WalkStage["pass"]]: string } = {
  data: "Data",
  forward: "Forward",
  loss: "Loss",
  error: "Loss",
  backward: "Backward",
  update: "Update",
};

type WalkQuestion = Extract<Question, { kind: "walk" }>;
const NEXT_BATCH: WalkQuestion = { kind: "walk", weights: "current", rows: "batch", row: 0 };
const isSame = (a: WalkQuestion, b: WalkQuestion | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

export function stepView(actions: Actions): View {
  let at = 0;
  let walk: Walk | undefined;
  let drawn = "";
  let run: string | undefined;
  /** The step that the user wants, and the one that was asked for last. */
  let wanted = NEXT_BATCH;
  let asked: WalkQuestion | undefined;
  let filledIn = { isOn: false, solved: new Set<string>() };
  const go = (to: number): void => {
    if (!walk) return;
    // Set immediately, because the next key may arrive before the stage is drawn.
    at = Math.max(0, Math.min(walk.stages.length - 1, to));
    actions.remember({ stage: at });
  };
  const want = (change: Partial<WalkQuestion>): void => {
    wanted = { ...wanted, ...change };
    actions.redraw();
  };
  const showPath = (weight: WeightPlace): void => {
    want({ weight });
    go(walk?.stages.findIndex(isSummary) ?? at);
  };
  const back = button("← Previous", () => go(at - 1));
  const on = button("Next →", () => go(at + 1), "primary");
  const next = button("Show the next step", () => {
    asked = undefined;
    actions.redraw();
  });
  const choices = stepChoices(want, () => walk);
  const fill = checkbox("You fill in", (isOn) => {
    filledIn = { ...filledIn, isOn };
    drawn = "";
    actions.redraw();
  });
  const position = element("p", "note");
  const list = element("ol", "stages");
  const stage = element("section", "stage");
  stage.setAttribute("aria-live", "polite");
  const tab = element(
    "div",
    "tab step",
    element("div", "controls", back, on, next, choices.element, fill.element),
    position,
    element("div", "walk", element("nav", "", list), stage),
  );
  moveByKeys(tab, (by) => go(at + by));

  return {
    element: tab,
    draw({ state, answers, theme }, memory, mustRebuild) {
      if (!state) return;
      if (run !== state.facts.id) {
        run = state.facts.id;
        wanted = NEXT_BATCH;
        asked = undefined;
        filledIn = { ...filledIn, solved: new Set() };
      }
      walk = answers.walk;
      const problem = answers.problems.get("walk");
      const isPending = answers.asked.has("walk");
      // The step of a finished run, or at an epoch of the timeline, follows its epoch. A training's steps are asked for by the user.
      const follows = wanted.weights === "current" && !problem && (answers.cursor !== null || isOver(state));
      const isElsewhere = follows && walk !== undefined && isStale(state, answers, wanted, walk.epoch);
      if (!isPending && state.started && (isElsewhere || !isSame(wanted, asked))) {
        asked = wanted;
        actions.ask(wanted);
      }
      for (const one of [back, on, list, stage, choices.element, fill.element]) one.hidden = !walk;
      next.hidden = !problem && !(walk && wanted.weights === "current" && isStale(state, answers, wanted, walk.epoch));
      if (!walk) {
        setText(position, problem ?? "Computing a mini-batch…");
        return;
      }
      choices.set(wanted, walk);
      fill.set(filledIn.isOn);
      at = Math.max(0, Math.min(walk.stages.length - 1, memory.stage));
      setText(position, problem ?? positionText(walk, at));
      const key = `${state.facts.id} ${walk.epoch} ${walk.row} ${at} ${walk.path?.title}`;
      if (key === drawn && !mustRebuild) return;
      const isOtherStep = !drawn.startsWith(`${state.facts.id} ${walk.epoch} ${walk.row} `);
      if (isOtherStep && drawn !== "") filledIn.solved.clear();
      drawn = key;
      list.replaceChildren(...stageItems(walk, at, go));
      list.querySelector(".current")?.scrollIntoView({ block: "nearest" });
      const current = walk.stages[at];
      const show = (says: string): void => {
        if (!current) return;
        stage.replaceChildren(
          ...stageContent(current, String(at), { theme, actions, filledIn, path: walk?.path ?? null, showPath, redraw: show }, says),
        );
        // A student who has filled in a number goes on with the next one.
        if (says !== "") stage.querySelector<HTMLInputElement>("form.answer:not([hidden]) input")?.focus();
      };
      show("");
    },
  };
}

/** Returns the controls that choose the step: the weights, and the mini-batch or a row. */
function stepChoices(want: (change: Partial<WalkQuestion>) => void, walkNow: () => Walk | undefined) {
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
  const wrong = button("Next wrong row", () => want({ rows: "wrong", row: walkNow()?.row ?? 0 }));
  return {
    element: element("div", "step-choices", weights.element, rows.element, row, wrong),
    set({ weights: chosen }: WalkQuestion, walk: Walk): void {
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
    },
  };
}

/** The rows stay when the weights change. A wrong row may be right with other weights, so it stays by its number. */
const sameRow = (walk: Walk | undefined): Pick<WalkQuestion, "rows" | "row"> =>
  walk?.row == null ? { rows: "batch", row: 0 } : { rows: "row", row: walk.row };

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

/** Returns the items of the list of stages. Each pass has its name before its first stage. */
function stageItems({ stages }: Walk, at: number, go: (to: number) => void): HTMLElement[] {
  return stages.map((one, k) => {
    const item = element("li", `${one.pass}${k === at ? " current" : ""}`);
    const pass = PASSES[one.pass];
    const before = stages[k - 1];
    if (!before || PASSES[before.pass] !== pass) item.append(element("span", "pass", pass));
    const choose = link(one.title, () => go(k));
    if (k === at) choose.setAttribute("aria-current", "step");
    item.append(choose);
    return item;
  });
}
