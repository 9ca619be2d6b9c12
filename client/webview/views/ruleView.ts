/** Rosenblatt's rule row by row: whether the row is a mistake, the weights before and after, the line, and the mistakes next to their bound. */
import type { RuleStep, RuleTrace } from "../../../engine/inspect/views.ts";
import { countText, formulaText, plural } from "../../../engine/numberText.ts";
import { ruleChart } from "../charts/ruleChart.ts";
import type { Theme } from "../charts/theme.ts";
import { button, element, iconButton, scrollBox, setIcon, setText } from "../dom.ts";
import type { Actions, Model } from "../model.ts";

/** Milliseconds per row during playback. */
const EVERY_MS = 150;

export function ruleView(actions: Actions) {
  let trace: RuleTrace | undefined;
  let theme: Theme | undefined;
  /** The number of rows so far; 0 is the start. */
  let at = 0;
  let timer: number | undefined;
  const go = (to: number): void => {
    at = Math.max(0, Math.min(trace?.steps.length ?? 0, to));
    draw();
  };
  const stop = (): void => {
    window.clearInterval(timer);
    timer = undefined;
    setIcon(play, "play", "Play row by row");
  };
  const play = iconButton("play", "Play row by row", () => {
    if (timer !== undefined) return stop();
    if (at >= (trace?.steps.length ?? 0)) at = 0;
    timer = window.setInterval(() => {
      go(at + 1);
      if (at >= (trace?.steps.length ?? 0) || !own.checkVisibility()) stop();
    }, EVERY_MS);
    setIcon(play, "pause", "Pause");
  });
  const slider = element("input");
  slider.type = "range";
  slider.min = "0";
  slider.setAttribute("aria-label", "Row of the training");
  slider.addEventListener("input", () => go(Number(slider.value)));
  // The arrow keys move the slider, not the stages.
  slider.addEventListener("keydown", (event) => event.stopPropagation());
  const nextMistake = (): void => go((trace?.steps.findIndex(({ change }, k) => k >= at && change !== null) ?? -1) + 1 || at);
  const says = element("p", "rule-says");
  const lines = element("p", "rule-working");
  const count = element("p", "rule-count");
  const bound = element("p", "note");
  const picture = scrollBox("The line in the plane of the two inputs");
  const outside = element("p", "note");
  const body = element(
    "div",
    "rule",
    element(
      "div",
      "controls",
      play,
      button("← Row", () => go(at - 1)),
      button("Row →", () => go(at + 1)),
      button("Next mistake", nextMistake),
      slider,
    ),
    element("div", "figures", element("div", "", picture, outside), element("div", "rule-text", says, lines, count, bound)),
  );
  const own = element("details", "rule-rows", element("summary", "", "The rule, row by row"), body);
  own.addEventListener("toggle", actions.redraw);

  const draw = (): void => {
    if (!trace || !theme) return;
    const { steps, plane, start, weightNames } = trace;
    const step = steps[at - 1];
    const lineAfter = (rows: number) => steps.slice(0, rows).findLast(({ change }) => change)?.change?.line ?? plane?.startLine ?? [];
    slider.max = String(steps.length);
    slider.value = String(at);
    const mistakes = steps.slice(0, at).filter(({ change }) => change).length;
    setText(
      says,
      step ? rowText(step) : `Before the first row. ${weightNames.map((name, k) => `${name} = ${formulaText(start[k] ?? 0)}`).join(", ")}.`,
    );
    lines.hidden = !step;
    setText(outside, plane && lineAfter(at).length < 2 ? "The line does not cross the picture." : "");
    setText(lines, step?.change ? step.change.lines.join("\n") : "The output is right, so the weights stay as they are.");
    setText(count, countOf(mistakes, trace));
    setText(bound, [...trace.bound.lines, trace.bound.says].join("\n"));
    picture.hidden = !plane;
    if (!plane) return;
    const isMistake = Boolean(step?.change);
    picture.replaceChildren(ruleChart(plane, { before: lineAfter(at - 1), now: lineAfter(at), row: step?.row ?? null, isMistake }, theme));
  };
  return {
    element: own,
    draw(model: Model): void {
      const { state, answers } = model;
      own.hidden = !answers.walk?.hasRule;
      if (own.hidden || !own.open || !state?.started) return;
      ({ theme } = model);
      if (trace !== answers.rule) {
        trace = answers.rule;
        at = 0;
        if (timer !== undefined) stop();
      }
      const problem = answers.problems.get("rule");
      if (!trace && problem === undefined) actions.ask({ kind: "rule" });
      if (!trace) {
        setText(says, problem ?? "Watching the rows…");
        for (const one of [lines, count, bound, outside]) setText(one, "");
        picture.replaceChildren();
      }
      draw();
    },
  };
}

function rowText({ epoch, row, z, a, t, change }: RuleStep): string {
  const where = `Epoch ${countText(epoch)}, row ${countText(row)}: z = ${formulaText(z)}, so a = ${formulaText(a)}`;
  return change ? `${where}, but t = ${formulaText(t)}: a mistake.` : `${where}, and t = ${formulaText(t)}: right.`;
}

function countOf(mistakes: number, { steps, isCut, bound: { fromZero } }: RuleTrace): string {
  const all = steps.filter(({ change }) => change).length;
  const last = steps.at(-1)?.epoch ?? 0;
  const total = `${plural(mistakes, "mistake")} so far, ${countText(all)} in all ${isCut ? `of the first ${countText(steps.length)} rows` : `until epoch ${countText(last)}`}.`;
  return fromZero === null ? total : `${total} The bound (R/γ)² is ${formulaText(fromZero, 5)}.`;
}
