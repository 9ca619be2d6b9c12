/** The panel's script: takes messages, keeps the state they describe, draws it at most once a frame. */
import "@vscode-elements/elements/dist/vscode-button/index.js";
import "@vscode-elements/elements/dist/vscode-progress-bar/index.js";
import "uplot/dist/uPlot.min.css";
import "./panel.css";
import { type FromPanel, type PanelMemory, toPanel } from "../messages.ts";
import { addEvent, type RunState } from "../runState.ts";
import { createView } from "./view.ts";

interface Editor {
  postMessage(message: FromPanel): void;
  setState(memory: PanelMemory): void;
}
declare function acquireVsCodeApi(): Editor;

const editor = acquireVsCodeApi();
const memory = document.querySelector<HTMLMetaElement>('meta[name="backprop-memory"]')?.content;
// What the editor hands back when it restores the panel after a reload.
if (memory) editor.setState(JSON.parse(memory) as PanelMemory);

let state: RunState | null = null;
let isDue = false;
let isFirst = true;

const root = document.getElementById("panel");
if (!root) throw new Error("The page has no place for the panel.");
const view = createView(root, {
  pause: () => editor.postMessage({ kind: "pause" }),
  resume: () => editor.postMessage({ kind: "resume" }),
  stop: () => editor.postMessage({ kind: "stop" }),
  train: () => editor.postMessage({ kind: "train" }),
  reveal: (at) => editor.postMessage({ kind: "reveal", at }),
});

function drawSoon(): void {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    view.draw(state, isFirst);
    isFirst = false;
    editor.postMessage({ kind: "drawn", run: state?.facts.id ?? null, epochs: state?.epochs.length ?? 0 });
  });
}

window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
  const message = toPanel(data);
  if (!message) return;
  if (message.kind === "snapshot") {
    state = message.state;
    isFirst = true;
  } else if (state && state.facts.id === message.run) {
    for (const event of message.events) addEvent(state, event);
  }
  drawSoon();
});

// The theme's colours are read when a chart is made, so a change of theme makes the charts anew.
new MutationObserver(() => {
  isFirst = true;
  drawSoon();
}).observe(document.body, { attributes: true, attributeFilter: ["class"] });

editor.postMessage({ kind: "ready" });
