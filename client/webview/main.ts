/** The panel's script: takes messages, keeps the model that they describe, draws it. */
import "@vscode-elements/elements/dist/vscode-button/index.js";
import "@vscode-elements/elements/dist/vscode-checkbox/index.js";
import "@vscode-elements/elements/dist/vscode-context-menu/index.js";
import "@vscode-elements/elements/dist/vscode-option/index.js";
import "@vscode-elements/elements/dist/vscode-progress-bar/index.js";
import "@vscode-elements/elements/dist/vscode-single-select/index.js";
import "@vscode-elements/elements/dist/vscode-tab-header/index.js";
import "@vscode-elements/elements/dist/vscode-tab-panel/index.js";
import "@vscode-elements/elements/dist/vscode-tabs/index.js";
import "uplot/dist/uPlot.min.css";
import "./panel.css";
import { memoryFrom, type PanelMemory } from "../messages/panelMemory.ts";
import { type FromPanel, type ToPanel, toPanel } from "../messages/panelMessages.ts";
import { epochsDone, isOver } from "../runs/runState.ts";
import { readTheme } from "./charts/theme.ts";
import { oncePerFrame } from "./drawing.ts";
import { createFrame } from "./frame.ts";
import { type Actions, type Model, noAnswers, questionKey } from "./model.ts";
import { receive } from "./receive.ts";

const DRAWN = "backprop drawn";

interface Editor {
  postMessage(message: FromPanel): void;
  getState(): unknown;
  setState(memory: PanelMemory): void;
}
declare function acquireVsCodeApi(): Editor;

const root = document.getElementById("panel");
if (!root) throw new Error("The page has no place for the panel.");
const page = createPage(acquireVsCodeApi(), root);

window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
  const message = toPanel(data);
  if (message) page.take(message);
});
new MutationObserver(() => page.changeTheme()).observe(document.body, { attributes: true, attributeFilter: ["class"] });

performance.mark("backprop ready");
page.begin();

/** The page: what it knows, what it remembers, and what the host is owed. */
function createPage(editor: Editor, root: HTMLElement) {
  const memory = rememberedBy(editor);
  const model = emptyModel();
  /** Messages of the host that are not drawn yet: it waits for that. */
  let owes = false;
  const drawing = oncePerFrame((isNew) => {
    // Charts keep the colours that they were made with, so a change of theme makes them anew.
    if (isNew) model.theme = readTheme();
    frame.draw(model, memory.now(), isNew);
    if (!owes) return;
    owes = false;
    tellDrawn(editor, model);
  });
  const remember = (change: Partial<PanelMemory>): void => {
    memory.change(change);
    drawing.soon();
  };
  const frame = createFrame(root, actionsFor(model, editor, { remember, redraw: drawing.soon }));

  return {
    begin: () => editor.postMessage({ kind: "ready", compared: memory.now().compared }),
    changeTheme: drawing.anew,
    take(message: ToPanel): void {
      const shown = model.state?.facts.id;
      receive(model, message);
      owes ||= message.kind === "snapshot" || message.kind === "events";
      const own = model.state?.facts.id;
      if (message.kind === "snapshot") {
        const run = message.isLatest ? null : (own ?? null);
        if (own !== shown || memory.now().run !== run) memory.change({ run, stage: 0 });
      }
      if (own === shown) drawing.soon();
      else drawing.anew();
    },
  };
}

function emptyModel(): Model {
  return {
    state: null,
    isLatest: true,
    runs: [],
    compared: [],
    zoom: null,
    stretch: null,
    answers: noAnswers(),
    theme: readTheme(),
  };
}

/** The panel's memory, which the editor hands back when it restores the panel after a reload. */
function rememberedBy(editor: Editor): { readonly now: () => PanelMemory; readonly change: (change: Partial<PanelMemory>) => void } {
  const page: unknown = JSON.parse(document.querySelector<HTMLMetaElement>('meta[name="backprop-memory"]')?.content ?? "null");
  let memory = memoryFrom(page, editor.getState());
  editor.setState(memory);
  return {
    now: () => memory,
    change(change) {
      memory = { ...memory, ...change };
      editor.setState(memory);
    },
  };
}

function actionsFor(model: Model, editor: Editor, { remember, redraw }: Pick<Actions, "remember" | "redraw">): Actions {
  return {
    say: (message) => editor.postMessage(message),
    reveal: (at) => editor.postMessage({ kind: "reveal", at }),
    again: (how) => editor.postMessage({ kind: "again", how }),
    remember,
    ask(question) {
      const key = questionKey(question);
      const { asked, final, problems } = model.answers;
      if (asked.has(key)) return;
      asked.add(key);
      if (model.state && isOver(model.state)) final.add(key);
      problems.delete(question.kind);
      editor.postMessage({ kind: "ask", question });
      redraw();
    },
    zoom(range) {
      model.zoom = range;
      model.stretch = null;
      if (range && (model.state?.history?.stride ?? 1) > 1) editor.postMessage({ kind: "stretch", ...range });
      redraw();
    },
    redraw,
  };
}

/** The mark is for a benchmark, which reads how long the first drawing took. */
function tellDrawn(editor: Editor, { state }: Model): void {
  if (state?.history && performance.getEntriesByName(DRAWN).length === 0) performance.mark(DRAWN);
  editor.postMessage({ kind: "drawn", run: state?.facts.id ?? null, epochs: state ? epochsDone(state) : 0 });
}
