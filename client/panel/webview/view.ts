/** What the panel shows of a run: how far it is, its figures, two charts, the table of layers. */

import { duration, grouped, short } from "../../format.ts";
import { isOver, type RunState } from "../runState.ts";
import { type Chart, gradientChart, lossChart } from "./charts.ts";
import { layerTable } from "./layerTable.ts";

export interface ViewActions {
  readonly pause: () => void;
  readonly resume: () => void;
  readonly stop: () => void;
  readonly train: () => void;
  readonly reveal: (at: string) => void;
}

export interface View {
  /** `anew`: nothing of what is on the screen may be kept: another run, or another theme. */
  readonly draw: (state: RunState | null, anew: boolean) => void;
}

export function createView(root: HTMLElement, actions: ViewActions): View {
  const title = element("h1");
  const subtitle = element("p", "subtitle");
  const pause = button("Pause", () => (pause.textContent === "Pause" ? actions.pause() : actions.resume()));
  const stop = button("Stop", actions.stop);
  const again = button("Train again", actions.train);
  const buttons = element("div", "buttons", pause, stop, again);
  const header = element("header", "", element("div", "titles", title, subtitle), buttons);

  const bar = document.createElement("vscode-progress-bar");
  bar.setAttribute("aria-label", "Epochs done");
  const figures = element("dl", "figures");
  const message = element("div", "message");
  message.setAttribute("role", "status");
  const charts: Chart[] = [lossChart(), gradientChart()];
  const table = layerTable(actions.reveal);
  const content = element("div", "content", bar, figures, element("div", "charts", ...charts.map((chart) => chart.element)), table.element);
  const empty = element("p", "empty");
  empty.textContent =
    "Nothing has been trained yet. Train Model, over the train block or in the editor's title bar, shows its losses and gradients here.";
  root.append(header, message, content, empty);

  return {
    draw(state, anew) {
      empty.hidden = state !== null;
      header.hidden = content.hidden = state === null;
      message.hidden = true;
      if (!state) return;
      title.textContent = state.facts.run;
      subtitle.textContent = subtitleOf(state);
      drawButtons(state);
      drawProgress(state);
      drawMessage(state);
      if (!state.started) {
        content.hidden = isOver(state);
        return;
      }
      for (const chart of charts) chart.draw(state, anew);
      table.draw(state, anew);
    },
  };

  function drawButtons(state: RunState): void {
    const over = isOver(state);
    pause.hidden = over || state.status === "loading";
    setText(pause, state.status === "paused" ? "Resume" : "Pause");
    stop.hidden = over;
    again.hidden = !over;
  }

  function drawProgress(state: RunState): void {
    const { started, epochs, end } = state;
    const total = started?.epochs ?? 1;
    // Of very many epochs not each is told; progress knows the present one.
    const done = Math.max(epochs.at(-1)?.epoch ?? 0, end ? 0 : (state.progress?.epoch ?? 1) - 1);
    bar.hidden = end !== null && end.kind !== "finished";
    bar.max = total;
    // Early stopping ends before the last epoch, and is as finished as can be.
    bar.value = end?.kind === "finished" ? total : done;
    const last = epochs.at(-1);
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
    // Made anew only where there is news: a button under the pointer must not go away with each epoch.
    const shown = `${facts.id} ${notes.length}`;
    if (message.dataset["shown"] === shown) return;
    message.dataset["shown"] = shown;
    message.hidden = notes.length === 0;
    message.classList.toggle("error", end?.kind === "failed" || end?.kind === "diverged");
    message.replaceChildren(
      ...notes.map((note) => {
        const go = element("button", "link");
        go.textContent = "Show the line";
        go.addEventListener("click", () => actions.reveal(note.at));
        const text = element("span");
        text.append(...withCode(`${note.code ? `${note.code}: ` : ""}${note.message} `));
        return element("p", "", text, go);
      }),
    );
  }
}

const loadingText = ({ loading }: RunState): string =>
  loading ? `loading the data… ${Math.floor(100 * loading.share)} % (${grouped(loading.rows)} rows)` : "loading the data…";

function subtitleOf({ facts, started, status, end }: RunState): string {
  const what =
    end?.kind === "stopped"
      ? `stopped after epoch ${end.epoch}`
      : end?.kind === "finished" && end.restoredEpoch !== null
        ? `finished, with the weights of epoch ${end.restoredEpoch}, its best`
        : STATUS[status];
  const rows = started
    ? `${grouped(started.rows.train)} rows${started.rows.validation > 0 ? `, ${grouped(started.rows.validation)} to validate` : ""}`
    : "";
  const parameters = started ? `${grouped(started.layers.reduce((sum, layer) => sum + layer.parameters, 0))} parameters` : "";
  return [facts.fileName, what, parameters, rows].filter((part) => part !== "").join(" · ");
}

const STATUS: { readonly [S in RunState["status"]]: string } = {
  loading: "loading",
  training: "training",
  paused: "paused",
  finished: "finished",
  stopped: "stopped",
  diverged: "diverged",
  failed: "failed",
};

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

/** What a message has between backticks is the language's own words. */
function withCode(message: string): Node[] {
  return message.split("`").map((part, i) => {
    if (i % 2 === 0) return document.createTextNode(part);
    const code = document.createElement("code");
    code.textContent = part;
    return code;
  });
}

/** val_accuracy → Validation accuracy */
function metricTitle(name: string): string {
  const own = name.replace(/^val_/, "").replaceAll("_", " ");
  return name.startsWith("val_") ? `Validation ${own}` : `${own[0]?.toUpperCase() ?? ""}${own.slice(1)}`;
}

function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

function element(tag: string, className = "", ...children: Node[]): HTMLElement {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function button(label: string, act: () => void): HTMLElement {
  const made = document.createElement("vscode-button");
  made.textContent = label;
  if (label !== "Train again") made.setAttribute("secondary", "");
  made.addEventListener("click", act);
  return made;
}
