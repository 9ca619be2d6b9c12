/** One training step in stages: forward pass, loss, reverse pass, update. The arrow keys move between the stages. */
import type { Walk, WalkMatrix, WalkStage } from "../../../engine/inspect/views.ts";
import { countText, numberText } from "../../../engine/numberText.ts";
import { layerKey } from "../../../engine/plan.ts";
import { css, signed, type Theme } from "../charts/theme.ts";
import { button, element, link, setText } from "../dom.ts";
import { type Actions, isStale, type View } from "../model.ts";

const PASSES: { readonly [P in WalkStage["pass"]]: string } = {
  data: "Data",
  forward: "Forward",
  loss: "Loss",
  error: "Loss",
  backward: "Backward",
  update: "Update",
};

export function stepView(actions: Actions): View {
  let at = 0;
  let walk: Walk | undefined;
  let drawn = "";
  const go = (to: number): void => {
    if (!walk) return;
    // Set immediately, because the next key may arrive before the stage is drawn.
    at = Math.max(0, Math.min(walk.stages.length - 1, to));
    actions.remember({ stage: at });
  };
  const back = button("← Previous", () => go(at - 1));
  const on = button("Next →", () => go(at + 1), "primary");
  const next = button("Show the next step", () => actions.ask({ kind: "walk" }));
  const position = element("p", "note");
  const list = element("ol", "stages");
  const stage = element("section", "stage");
  stage.setAttribute("aria-live", "polite");
  const tab = element(
    "div",
    "tab step",
    element("div", "controls", back, on, next, position),
    element("div", "walk", element("nav", "", list), stage),
  );
  moveByKeys(tab, (by) => go(at + by));

  return {
    element: tab,
    draw({ state, answers, theme }, memory, mustRebuild) {
      if (!state) return;
      walk = answers.walk;
      const problem = answers.problems.get("walk");
      if (!walk && !problem && state.started) actions.ask({ kind: "walk" });
      for (const one of [back, on, list, stage]) one.hidden = !walk;
      next.hidden = !problem && !(walk && isStale(state, answers, { kind: "walk" }, walk.epoch));
      if (!walk) {
        setText(position, problem ?? "Computing a mini-batch…");
        return;
      }
      at = Math.max(0, Math.min(walk.stages.length - 1, memory.stage));
      setText(position, positionText(walk, at));
      const key = `${state.facts.id} ${walk.epoch} ${at}`;
      if (key === drawn && !mustRebuild) return;
      drawn = key;
      list.replaceChildren(...stageItems(walk, at, go));
      list.querySelector(".current")?.scrollIntoView({ block: "nearest" });
      const current = walk.stages[at];
      if (current) stage.replaceChildren(...stageContent(current, theme, actions));
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

const positionText = ({ stages, epoch }: Walk, at: number): string =>
  `Stage ${at + 1} of ${stages.length}: the first mini-batch of the next epoch, computed in float64 with the weights after epoch ${countText(epoch)}. The run's weights do not change.`;

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

function stageContent({ title, formula, words, matrices, layer }: WalkStage, theme: Theme, actions: Actions): HTMLElement[] {
  const heading = element("h2", "", title);
  if (layer !== null)
    heading.append(
      " ",
      link("Show the line", () => actions.reveal(layerKey(layer))),
    );
  const working = element("p", "working");
  working.setAttribute("role", "status");
  const hasWorkings = matrices.some(({ workings }) => workings);
  setText(working, hasWorkings ? "Point at a number, or move to it with Tab, to see how it is computed." : "");
  const explain = (text: string): void => setText(working, text);
  // Shows the working of the first number that has one.
  const first = matrices.find(({ workings }) => workings)?.workings?.[0]?.[0];
  if (first !== undefined) explain(first);
  return [
    heading,
    ...(formula ? [element("p", "formula", formula)] : []),
    element("p", "", words),
    ...(hasWorkings ? [working] : []),
    element("div", "matrices", ...matrices.map((matrix) => matrixTable(matrix, theme, explain))),
  ];
}

function matrixTable(
  { name, shape, rows, columns, values, workings }: WalkMatrix,
  theme: Theme,
  explain: (text: string) => void,
): HTMLElement {
  const table = element("table", "matrix");
  const caption = table.createCaption();
  const shownRows = rows.length < (shape[0] ?? 0) ? `, ${rows.length} of ${countText(shape[0] ?? 0)} rows` : "";
  const shownColumns = columns.length < (shape[1] ?? 0) ? `, ${columns.length} of ${countText(shape[1] ?? 0)} columns` : "";
  caption.append(element("strong", "", name), ` ${shape.map(countText).join(" × ")}${shownRows}${shownColumns}`);
  const head = table.createTHead().insertRow();
  head.append(element("th", ""), ...columns.map((label) => header(label, "col")));
  const most = Math.max(...values.flat().map(Math.abs), 1e-300);
  const body = table.createTBody();
  values.forEach((row, i) => {
    const line = body.insertRow();
    line.append(header(rows[i] ?? "", "row"));
    row.forEach((value, j) => {
      const cell = line.insertCell();
      cell.textContent = numberText(value);
      cell.style.background = css(signed(theme, (value / most) * 0.4));
      const working = workings?.[i]?.[j];
      if (working === undefined) return;
      cell.tabIndex = 0;
      cell.className = "explained";
      const show = (): void => {
        table.closest(".stage")?.querySelector(".explained.chosen")?.classList.remove("chosen");
        cell.classList.add("chosen");
        explain(working);
      };
      cell.addEventListener("pointerenter", show);
      cell.addEventListener("focus", show);
    });
  });
  return element("div", "scroll", table);
}

function header(label: string, scope: "row" | "col"): HTMLElement {
  const made = element("th", "", label);
  made.scope = scope;
  return made;
}
