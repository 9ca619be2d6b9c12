/** The tabs, one per view. A view is created when first shown, so that a panel opens fast. */
import type { PanelMemory } from "../messages/panelMemory.ts";
import { element } from "./dom.ts";
import type { Actions, Model, View } from "./model.ts";
import { tabStrip } from "./tabStrip.ts";
import { debuggedNetwork } from "./views/debuggedNetwork.ts";
import { debuggedStep } from "./views/debuggedStep.ts";
import { distributionsView } from "./views/distributionsView.ts";
import { followingDebugger } from "./views/followingDebugger.ts";
import { gradientsView } from "./views/gradientsView.ts";
import { lossView } from "./views/lossView.ts";
import { networkView } from "./views/networkView.ts";
import { overview } from "./views/overview.ts";
import { resultView } from "./views/resultView.ts";
import { runsView } from "./views/runsView.ts";
import { stepView } from "./views/stepView.ts";

const TABS = [
  { id: "overview", label: "Overview", make: overview },
  { id: "loss", label: "Loss", make: lossView },
  { id: "gradients", label: "Gradients", make: gradientsView },
  { id: "distributions", label: "Distributions", make: distributionsView },
  { id: "network", label: "Network", make: followingDebugger(networkView, debuggedNetwork) },
  { id: "result", label: "Result", make: resultView },
  { id: "step", label: "One Step", make: followingDebugger(stepView, debuggedStep) },
  { id: "runs", label: "Runs", make: runsView },
] as const;

/** The tabs of a debugged file without a run. */
const DEBUGGED: readonly string[] = ["step", "network"];

export function viewTabs(actions: Actions) {
  const views = TABS.map(({ id, label, make }) => {
    const body = element("section", "view");
    let made: View | undefined;
    const view = (): View => {
      if (made) return made;
      made = make(actions);
      body.append(made.element);
      return made;
    };
    return { id, label, body, view, isStale: true };
  });
  const strip = tabStrip(views, (id) => {
    // A missing data file may be back.
    actions.forgetProblems();
    actions.remember({ tab: id });
  });
  const bodies = element("div", "views", ...views.map(({ body }) => body));
  let shownId = "";
  return {
    strip: strip.element,
    bodies,
    /** Draws the visible view. The others are drawn when they become visible. */
    draw(model: Model, memory: PanelMemory, mustRebuild: boolean): void {
      if (mustRebuild) for (const one of views) one.isStale = true;
      const offered = views.filter(({ id }) => model.state !== null || DEBUGGED.includes(id));
      const shown = offered.find(({ id }) => id === memory.tab) ?? offered.at(model.state ? 0 : -1);
      if (!shown) return;
      strip.offer(offered.map(({ id }) => id));
      strip.choose(shown.id);
      if (shownId !== shown.id) bodies.scrollTop = 0;
      shownId = shown.id;
      shown.view().draw(model, memory, shown.isStale);
      shown.isStale = false;
    },
  };
}
