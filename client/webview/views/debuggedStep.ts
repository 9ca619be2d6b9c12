/** One Step of a debugged training: the stages up to the current one. Each stop shows the stage that comes next. */
import { element, setText } from "../dom.ts";
import type { Actions, DebuggedStop, View } from "../model.ts";
import { stepRow } from "./stepRow.ts";
import { type FilledIn, stageContent } from "./stepStage.ts";

export function debuggedStep(actions: Actions): View {
  let at = 0;
  let drawn: DebuggedStop["step"] = null;
  const row = stepRow((to) => {
    at = to;
    actions.redraw();
  });
  let shownAt = -1;
  const place = element("p", "note debugged-place");
  const stage = element("section", "stage");
  stage.setAttribute("aria-live", "polite");
  const filledIn: FilledIn = { isOn: false, solved: new Set() };
  return {
    element: element("div", "tab debugged-step", row.element, place, stage),
    draw({ debugged, theme }, _memory, mustRebuild) {
      actions.askDebugged("step");
      const step = debugged?.step;
      if (!step) return;
      if (step !== drawn) at = step.current;
      if (step === drawn && at === shownAt && !mustRebuild) return;
      drawn = step;
      shownAt = at;
      const { stages, path } = step;
      setText(
        place,
        `Debugging: ${step.place}.${stages.length === 0 ? " Nothing is drawn yet, or the mini-batch is computed in pieces." : ""}`,
      );
      row.element.hidden = stage.hidden = stages.length === 0;
      row.draw({ stages }, at);
      const current = stages[at];
      const showPath = (): void => {
        at = stages.length - 1;
        actions.redraw();
      };
      const context = { theme, actions, filledIn, path, showPath, redraw: () => undefined };
      if (current) stage.replaceChildren(...stageContent(current, String(at), context));
    },
  };
}
