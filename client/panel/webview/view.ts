/** The panel's frame: which run, how far it is, what is wrong, and the views, of which one is seen at a time. */
import { duration, grouped, short } from "../../format.ts";
import { epochsDone, isOver, lastEpoch, nameOf, type RunState } from "../../runs/runState.ts";
import type { PanelMemory } from "../memory.ts";
import { distributionsView } from "./distributionsView.ts";
import { button, element, link, setText, withCode } from "./dom.ts";
import { gradientsView } from "./gradientsView.ts";
import { lossView } from "./lossView.ts";
import type { Actions, Model, View } from "./model.ts";
import { networkView } from "./networkView.ts";
import { resultView } from "./resultView.ts";
import { stepView } from "./stepView.ts";

const TABS = [
  { id: "loss", label: "Loss", make: lossView },
  { id: "gradients", label: "Gradients", make: gradientsView },
  { id: "distributions", label: "Distributions", make: distributionsView },
  { id: "network", label: "Network", make: networkView },
  { id: "result", label: "Result", make: resultView },
  { id: "step", label: "One Step", make: stepView },
] as const;

export interface Frame {
  readonly draw: (model: Model, memory: PanelMemory, isNew: boolean) => void;
}

export function createFrame(root: HTMLElement, actions: Actions): Frame {
  const title = element("h1");
  const subtitle = element("p", "subtitle");
  const pause = button("Pause", () => actions.say({ kind: pause.textContent === "Pause" ? "pause" : "resume" }));
  const stop = button("Stop", () => actions.say({ kind: "stop" }));
  const train = button("Train again", () => actions.say({ kind: "train" }), "primary");
  const more = moreMenu(actions);
  const header = element(
    "header",
    "",
    element("div", "titles", title, subtitle),
    element("div", "buttons", pause, stop, train, more.element),
  );

  const bar = document.createElement("vscode-progress-bar");
  bar.setAttribute("aria-label", "Epochs done");
  const figures = element("dl", "figures");
  const message = element("div", "message");
  message.setAttribute("role", "status");
  const tabs = document.createElement("vscode-tabs");
  const views: View[] = TABS.map(({ label, make }) => {
    const view = make(actions);
    const head = document.createElement("vscode-tab-header");
    head.slot = "header";
    head.textContent = label;
    const body = document.createElement("vscode-tab-panel");
    body.append(view.element);
    tabs.append(head, body);
    return view;
  });
  // Its own style has no answer to a narrow panel.
  void tabs.updateComplete.then(() => {
    const wrapping = new CSSStyleSheet();
    wrapping.replaceSync(".tablist { flex-wrap: wrap; }");
    tabs.shadowRoot?.adoptedStyleSheets.push(wrapping);
  });
  tabs.addEventListener("vsc-tabs-select", (event) => {
    const { selectedIndex } = (event as CustomEvent<{ selectedIndex: number }>).detail;
    const chosen = TABS[selectedIndex];
    if (chosen) actions.remember({ tab: chosen.id });
  });
  const content = element("div", "content", bar, figures, tabs);
  const empty = element("p", "empty");
  empty.textContent =
    "Nothing has been trained yet. Train Model, over the train block or in the editor's title bar, shows its losses and gradients here.";
  root.append(header, message, content, empty);

  return {
    draw(model, memory, isNew) {
      const { state } = model;
      empty.hidden = state !== null;
      header.hidden = content.hidden = state === null;
      if (!state) {
        message.hidden = true;
        return;
      }
      setText(title, nameOf(state));
      setText(subtitle, subtitleOf(state));
      drawButtons(state);
      drawProgress(state);
      drawMessage(state);
      content.hidden = !state.started && isOver(state);
      if (!state.started) return;
      const shown = Math.max(
        0,
        TABS.findIndex(({ id }) => id === memory.tab),
      );
      if (tabs.selectedIndex !== shown) tabs.selectedIndex = shown;
      // What is not seen is drawn when it is.
      if (isNew) stale.fill(true);
      views[shown]?.draw(model, memory, stale[shown] ?? true);
      stale[shown] = false;
    },
  };

  function drawButtons(state: RunState): void {
    const over = isOver(state);
    pause.hidden = over || state.status === "loading";
    setText(pause, state.status === "paused" ? "Resume" : "Pause");
    stop.hidden = over;
    train.hidden = !over;
    more.element.hidden = !over || epochsDone(state) === 0;
  }

  function drawProgress(state: RunState): void {
    const { started, end } = state;
    const total = started?.epochs ?? 1;
    const last = lastEpoch(state);
    // Epochs are told in groups; progress knows the present one.
    const done = Math.max(last?.epoch ?? 0, end ? 0 : (state.progress?.epoch ?? 1) - 1);
    bar.hidden = end !== null && end.kind !== "finished";
    bar.max = total;
    // Early stopping ends before the last epoch, and is as finished as can be.
    bar.value = end?.kind === "finished" ? total : done;
    const rows: [string, string][] = [["Epoch", started ? `${grouped(done)} of ${grouped(total)}` : loadingText(state)]];
    if (last) {
      rows.push(["Loss", short(last.loss)]);
      if (last.valLoss !== null) rows.push(["Validation loss", short(last.valLoss)]);
      for (const [name, value] of Object.entries(last.metrics)) rows.push([metricTitle(name), short(value)]);
    }
    rows.push(...speedOf(state));
    if (figures.childElementCount !== rows.length)
      figures.replaceChildren(...rows.map(() => element("div", "", element("dt"), element("dd"))));
    rows.forEach(([name, value], i) => {
      const [term, definition] = figures.children[i]?.children ?? [];
      if (term) setText(term, name);
      if (definition) setText(definition, value);
    });
  }

  function drawMessage({ facts, end, warnings }: RunState): void {
    const notes = [...warnings, ...(end?.kind === "failed" || end?.kind === "diverged" ? [end] : [])];
    message.hidden = notes.length === 0;
    // Made anew only where there is news: a button under the pointer must not go away with each epoch.
    const shown = `${facts.id} ${notes.length}`;
    if (message.dataset["shown"] === shown) return;
    message.dataset["shown"] = shown;
    message.classList.toggle("error", end?.kind === "failed" || end?.kind === "diverged");
    message.replaceChildren(
      ...notes.map((note) => {
        const text = element("span");
        text.append(...withCode(`${note.code ? `${note.code}: ` : ""}${note.message} `));
        return element(
          "p",
          "",
          text,
          link("Show the line", () => actions.reveal(note.at)),
        );
      }),
    );
  }
}

const stale: boolean[] = TABS.map(() => true);

/** What is asked for seldom, behind one button. */
function moreMenu({ say, again }: Actions): { readonly element: HTMLElement } {
  const entries = [
    { label: "Train the same once more", act: () => again("same") },
    { label: "Train with another seed", act: () => again("seed") },
    { label: "Train longer, on from here", act: () => again("longer") },
    { label: "Export weights (safetensors)…", act: () => say({ kind: "exportWeights" }) },
    { label: "Export history (CSV)…", act: () => say({ kind: "exportHistory", format: "csv" }) },
    { label: "Export history (JSON)…", act: () => say({ kind: "exportHistory", format: "json" }) },
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
  return { element: element("div", "more", open, menu) };
}

const loadingText = ({ loading }: RunState): string =>
  loading ? `loading the data… ${Math.floor(100 * loading.share)} % (${grouped(loading.rows)} rows)` : "loading the data…";

function subtitleOf({ facts, started, status, end }: RunState): string {
  const what =
    end?.kind === "stopped"
      ? `stopped after epoch ${end.epoch}`
      : end?.kind === "finished" && end.restoredEpoch !== null
        ? `finished, with the weights of epoch ${end.restoredEpoch}, its best`
        : status;
  const rows = started
    ? `${grouped(started.rows.train)} rows${started.rows.validation > 0 ? `, ${grouped(started.rows.validation)} to validate` : ""}`
    : "";
  const parameters = started ? `${grouped(started.layers.reduce((sum, layer) => sum + layer.parameters, 0))} parameters` : "";
  return [facts.fileName, what, parameters, rows, `seed ${facts.seed}`].filter((part) => part !== "").join(" · ");
}

function speedOf({ progress, end, status }: RunState): [string, string][] {
  if (end?.kind === "finished")
    return [
      ["Speed", `${grouped(end.samplesPerSecond)} samples/s`],
      ["Time", duration(end.seconds)],
    ];
  if (end || !progress) return [];
  return [
    ["Speed", `${grouped(progress.samplesPerSecond)} samples/s`],
    ["Time left", status === "paused" ? "paused" : duration(progress.secondsLeft)],
  ];
}

/** val_accuracy → Validation accuracy */
function metricTitle(name: string): string {
  const own = name.replace(/^val_/, "").replaceAll("_", " ");
  return name.startsWith("val_") ? `Validation ${own}` : `${own[0]?.toUpperCase() ?? ""}${own.slice(1)}`;
}
