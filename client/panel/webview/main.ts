/** The panel's script: takes messages, keeps the model that they describe, draws it at most once a frame. */
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
import type { Question } from "../../inspect/messages.ts";
import { tableFromPacked } from "../../runs/history.ts";
import { addEpochDelta, addEvent, epochsDone, isOver } from "../../runs/runState.ts";
import { memoryFrom, type PanelMemory } from "../memory.ts";
import { type FromPanel, type ToPanel, toPanel } from "../messages.ts";
import { type Actions, type Model, noAnswers, questionKey } from "./model.ts";
import { forgetColours } from "./theme.ts";
import { createFrame } from "./view.ts";

interface Editor {
  postMessage(message: FromPanel): void;
  getState(): unknown;
  setState(memory: PanelMemory): void;
}
declare function acquireVsCodeApi(): Editor;

const editor = acquireVsCodeApi();
const page: unknown = JSON.parse(document.querySelector<HTMLMetaElement>('meta[name="backprop-memory"]')?.content ?? "null");
let kept: PanelMemory = memoryFrom(page, editor.getState());
// What the editor hands back when it restores the panel after a reload.
editor.setState(kept);

const model: Model = { state: null, isLatest: true, runs: [], compared: [], zoom: null, stretch: null, answers: noAnswers() };
let isDue = false;
let isNew = true;
/** Messages of the host that are not drawn yet: it waits for that. */
let owes = false;
/** A benchmark reads how long the first drawing took. */
let isMarked = false;

const actions: Actions = {
  say: (message) => editor.postMessage(message),
  reveal: (at) => editor.postMessage({ kind: "reveal", at }),
  again: (how) => editor.postMessage({ kind: "again", how }),
  remember(change) {
    kept = { ...kept, ...change };
    editor.setState(kept);
    drawSoon();
  },
  ask(question: Question) {
    const key = questionKey(question);
    if (model.answers.asked.has(key)) return;
    model.answers.asked.add(key);
    if (model.state && isOver(model.state)) model.answers.final.add(key);
    model.answers.problems.delete(question.kind);
    editor.postMessage({ kind: "ask", question });
    drawSoon();
  },
  zoom(range) {
    model.zoom = range;
    model.stretch = null;
    if (range && (model.state?.history?.stride ?? 1) > 1) editor.postMessage({ kind: "stretch", ...range });
    drawSoon();
  },
  redraw: () => drawSoon(),
};

const root = document.getElementById("panel");
if (!root) throw new Error("The page has no place for the panel.");
const frame = createFrame(root, actions);

function drawSoon(): void {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    frame.draw(model, kept, isNew);
    isNew = false;
    if (!owes) return;
    owes = false;
    const { state } = model;
    if (state?.history && !isMarked) {
      isMarked = true;
      performance.mark("backprop drawn");
    }
    editor.postMessage({ kind: "drawn", run: state?.facts.id ?? null, epochs: state ? epochsDone(state) : 0 });
  });
}

function receive(message: ToPanel): void {
  switch (message.kind) {
    case "snapshot": {
      const { state } = message;
      const isOther = state?.facts.id !== model.state?.facts.id;
      model.state = state && { ...state, history: state.history && tableFromPacked(state.history) };
      model.isLatest = message.isLatest;
      const run = message.isLatest ? null : (state?.facts.id ?? null);
      if (isOther || kept.run !== run) {
        kept = { ...kept, run, stage: 0 };
        editor.setState(kept);
      }
      if (isOther) {
        model.answers = noAnswers();
        model.zoom = model.stretch = null;
      }
      isNew ||= isOther;
      owes = true;
      return;
    }
    case "events":
      owes = true;
      if (!model.state || model.state.facts.id !== message.run) return;
      if (message.epochs) addEpochDelta(model.state, message.epochs);
      for (const event of message.events) addEvent(model.state, event);
      return;
    case "runs":
      model.runs = message.runs;
      return;
    case "compared":
      model.compared = message.runs.map(({ summary, table }) => ({ summary, table: tableFromPacked(table) }));
      return;
    case "stretch":
      if (model.state?.facts.id === message.run && model.zoom) model.stretch = message;
      return;
    case "answer": {
      if (model.state?.facts.id !== message.run) return;
      const { answer } = message;
      const { answers } = model;
      if (answer.kind === "tensor") {
        const { layer, name } = answer.tensor;
        answers.asked.delete(questionKey({ kind: "tensor", layer, name }));
        answers.tensors.set(questionKey({ kind: "tensor", layer, name }), answer.tensor);
        return;
      }
      answers.asked.delete(answer.kind);
      if (answer.kind === "result") answers.result = answer.result;
      else answers.walk = answer.walk;
      return;
    }
    case "problem":
      if (model.state?.facts.id !== message.run) return;
      for (const key of model.answers.asked) if (key.split(" ")[0] === message.question) model.answers.asked.delete(key);
      model.answers.problems.set(message.question, message.message);
  }
}

window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
  const message = toPanel(data);
  if (!message) return;
  receive(message);
  drawSoon();
});

// The theme's colours are read when a chart is made, so a change of theme makes the charts anew.
new MutationObserver(() => {
  forgetColours();
  isNew = true;
  drawSoon();
}).observe(document.body, { attributes: true, attributeFilter: ["class"] });

performance.mark("backprop ready");
editor.postMessage({ kind: "ready", compared: kept.compared });
