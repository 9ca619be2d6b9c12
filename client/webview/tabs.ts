/** The tabs, one for each view. */
import type { PanelMemory } from "../messages/panelMemory.ts";
import type { Actions, Model } from "./model.ts";
import { distributionsView } from "./views/distributionsView.ts";
import { gradientsView } from "./views/gradientsView.ts";
import { lossView } from "./views/lossView.ts";
import { networkView } from "./views/networkView.ts";
import { resultView } from "./views/resultView.ts";
import { stepView } from "./views/stepView.ts";

const TABS = [
  { id: "loss", label: "Loss", make: lossView },
  { id: "gradients", label: "Gradients", make: gradientsView },
  { id: "distributions", label: "Distributions", make: distributionsView },
  { id: "network", label: "Network", make: networkView },
  { id: "result", label: "Result", make: resultView },
  { id: "step", label: "One Step", make: stepView },
] as const;

export function viewTabs(actions: Actions) {
  const tabs = document.createElement("vscode-tabs");
  const views = TABS.map(({ label, make }) => {
    const view = make(actions);
    const head = document.createElement("vscode-tab-header");
    head.slot = "header";
    head.textContent = label;
    const body = document.createElement("vscode-tab-panel");
    body.append(view.element);
    tabs.append(head, body);
    return { view, isStale: true };
  });
  // The component's own style doesn't wrap the tabs in a narrow panel.
  void tabs.updateComplete.then(() => {
    const wrapping = new CSSStyleSheet();
    wrapping.replaceSync(".tablist { flex-wrap: wrap; }");
    tabs.shadowRoot?.adoptedStyleSheets.push(wrapping);
  });
  tabs.addEventListener("vsc-tabs-select", (event) => {
    const { selectedIndex } = (event as CustomEvent<{ selectedIndex: number }>).detail;
    const chosen = TABS[selectedIndex];
    if (!chosen) return;
    // A data file that was missing may be back.
    actions.forgetProblems();
    actions.remember({ tab: chosen.id });
  });

  return {
    element: tabs,
    /** Draws the visible view. The others are drawn when they become visible. */
    draw(model: Model, memory: PanelMemory, mustRebuild: boolean): void {
      const at = Math.max(
        0,
        TABS.findIndex(({ id }) => id === memory.tab),
      );
      if (tabs.selectedIndex !== at) tabs.selectedIndex = at;
      if (mustRebuild) for (const one of views) one.isStale = true;
      const shown = views[at];
      if (!shown) return;
      shown.view.draw(model, memory, shown.isStale);
      shown.isStale = false;
    },
  };
}
