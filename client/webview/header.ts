/** The panel's header: the shown run and the actions on it. */
import { countText } from "../../engine/numberText.ts";
import { epochsDone, isOver, nameOf, type RunState } from "../runs/runState.ts";
import { button, element, setText } from "./dom.ts";
import type { Actions } from "./model.ts";

export function runHeader(actions: Actions) {
  const title = element("h1");
  const subtitle = element("p", "subtitle");
  const pause = button("Pause", () => actions.send({ kind: pause.textContent === "Pause" ? "pause" : "resume" }));
  const stop = button("Stop", () => actions.send({ kind: "stop" }));
  const train = button("Train again", () => actions.send({ kind: "train" }), "primary");
  const more = moreMenu(actions);
  return {
    element: element("header", "", element("div", "titles", title, subtitle), element("div", "buttons", pause, stop, train, more)),
    draw(state: RunState): void {
      setText(title, nameOf(state));
      setText(subtitle, subtitleOf(state));
      const over = isOver(state);
      pause.hidden = over || state.status === "loading";
      setText(pause, state.status === "paused" ? "Resume" : "Pause");
      stop.hidden = over;
      train.hidden = !over;
      more.hidden = !over || epochsDone(state) === 0;
    },
  };
}

/** Returns the button "More" with the menu of less frequent actions. */
function moreMenu({ send, again }: Actions): HTMLElement {
  const entries = [
    { label: "Train again unchanged", act: () => again("same") },
    { label: "Train with another seed", act: () => again("seed") },
    { label: "Continue to twice the epochs", act: () => again("longer") },
    { label: "Export weights (safetensors)…", act: () => send({ kind: "exportWeights" }) },
    { label: "Export history (CSV)…", act: () => send({ kind: "exportHistory", format: "csv" }) },
    { label: "Export history (JSON)…", act: () => send({ kind: "exportHistory", format: "json" }) },
  ] as const;
  const menu = document.createElement("vscode-context-menu");
  menu.data = entries.map(({ label }, k) => ({ label, value: String(k), tabindex: 0 }));
  const open = button("More", () => {
    menu.show = !menu.show;
    open.setAttribute("aria-expanded", String(menu.show));
  });
  open.setAttribute("aria-haspopup", "menu");
  menu.addEventListener("vsc-context-menu-select", (event) => {
    const { value } = (event as CustomEvent<{ value: string }>).detail;
    entries[Number(value)]?.act();
  });
  return element("div", "more", open, menu);
}

function subtitleOf({ facts, started, status, end }: RunState): string {
  const what =
    end?.kind === "stopped"
      ? `stopped after epoch ${end.epoch}`
      : end?.kind === "finished" && end.restoredEpoch !== null
        ? `finished, with the weights of epoch ${end.restoredEpoch}, the best`
        : status;
  const rows = started
    ? `${countText(started.rows.train)} training rows${started.rows.validation > 0 ? `, ${countText(started.rows.validation)} validation rows` : ""}`
    : "";
  const parameters = started ? `${countText(started.layers.reduce((sum, layer) => sum + layer.parameters, 0))} parameters` : "";
  return [facts.fileName, what, parameters, rows, `seed ${facts.seed}`].filter((part) => part !== "").join(" · ");
}
