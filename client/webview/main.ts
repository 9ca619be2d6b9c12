/** The panel's script: receives messages, updates the model from them, and draws it. */
import "@vscode-elements/elements/dist/vscode-button/index.js";
import "@vscode-elements/elements/dist/vscode-checkbox/index.js";
import "@vscode-elements/elements/dist/vscode-option/index.js";
import "@vscode-elements/elements/dist/vscode-single-select/index.js";
import "uplot/dist/uPlot.min.css";
import "./panel.css";
import { memoryFrom, type PanelMemory } from "../messages/panelMemory.ts";
import { type FromPanel, type ToPanel, toPanel } from "../messages/panelMessages.ts";
import type { Question } from "../messages/questions.ts";
import { epochsDone } from "../runs/runState.ts";
import { readTheme } from "./charts/theme.ts";
import { oncePerFrame } from "./drawing.ts";
import { createFrame, type Frame } from "./frame.ts";
import { type Actions, type Model, noAnswers, questionKey } from "./model.ts";
import { createPlayer } from "./player.ts";
import { receive } from "./receive.ts";

const DRAWN = "backprop drawn";

interface Editor {
  postMessage(message: FromPanel): void;
  getState(): unknown;
  setState(memory: PanelMemory): void;
}
declare function acquireVsCodeApi(): Editor;

const root = document.getElementById("panel");
if (!root) throw new Error("The page has no element #panel.");
const page = createPage(acquireVsCodeApi(), root);

window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
  const message = toPanel(data);
  if (message) page.receive(message);
});
new MutationObserver(() => page.changeTheme()).observe(document.body, { attributes: true, attributeFilter: ["class"] });

performance.mark("backprop ready");
page.begin();

/** Creates the page: its model, its memory, and its replies to the host. */
function createPage(editor: Editor, root: HTMLElement) {
  const memory = rememberedBy(editor);
  const model = emptyModel();
  /** Whether the host is waiting for a report that its last message is drawn. */
  let mustReport = false;
  /** Created at the first drawing, after the host's answer is requested, so that the page and the answer are prepared at the same time. */
  let frame: Frame | undefined;
  const drawing = oncePerFrame((mustRebuild) => {
    frame ??= createFrame(root, actionsFor(model, editor, { remember, redraw: drawing.schedule, ...player }));
    // Charts use the colours they were created with, so a theme change rebuilds them.
    if (mustRebuild) model.theme = readTheme();
    frame.draw(model, memory.now(), mustRebuild);
    if (!mustReport) return;
    mustReport = false;
    reportDrawn(editor, model);
  });
  const remember = (change: Partial<PanelMemory>): void => {
    memory.change(change);
    drawing.schedule();
  };
  const player = createPlayer(model, memory.now, drawing.schedule);

  return {
    begin(): void {
      const { file, compared, trainsOnChange } = memory.now();
      if (trainsOnChange) editor.postMessage({ kind: "trainOnChange", isOn: true });
      editor.postMessage({ kind: "ready", file, compared });
      drawing.schedule();
    },
    changeTheme: drawing.rebuild,
    receive(message: ToPanel): void {
      const shown = model.state?.facts.id;
      receive(model, message);
      mustReport ||= message.kind === "snapshot" || message.kind === "events";
      const own = model.state?.facts.id;
      if (message.kind === "snapshot") {
        const run = message.isLatest ? null : (own ?? null);
        if (own !== shown || memory.now().run !== run) memory.change({ run, stage: 0 });
      }
      if (message.kind === "scale") {
        document.body.style.zoom = String(message.scale);
        drawing.rebuild();
      }
      if (message.kind === "tab") memory.change({ tab: message.tab });
      if (message.kind === "file") memory.change({ file: message.file, isPinned: message.isPinned, compared: [...message.compared] });
      if (own === shown && message.kind !== "untrained") drawing.schedule();
      else drawing.rebuild();
    },
  };
}

function emptyModel(): Model {
  return {
    file: "",
    fileName: "",
    isPinned: false,
    planned: null,
    state: null,
    untrained: null,
    debugged: null,
    isLatest: true,
    runs: [],
    compared: [],
    isPlaying: false,
    zoom: null,
    stretch: null,
    answers: noAnswers(),
    knobs: [],
    editProblem: "",
    asked: null,
    notices: [],
    theme: readTheme(),
  };
}

/** Returns the panel's memory. The editor saves it and restores it after a reload. */
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

function actionsFor(
  model: Model,
  editor: Editor,
  { remember, redraw, seek, play }: Pick<Actions, "remember" | "redraw" | "seek" | "play">,
): Actions {
  return {
    send: (message) => editor.postMessage(message),
    reveal: (at) => editor.postMessage({ kind: "reveal", at }),
    again: (how) => editor.postMessage({ kind: "again", how }),
    remember,
    edit: (edit) => editor.postMessage({ kind: "edit", edit }),
    ask(question) {
      const key = questionKey(question);
      const { answers } = model;
      const { asked, problems } = answers;
      if (asked.has(key)) return;
      asked.add(key);
      problems.delete(question.kind);
      editor.postMessage({ kind: "ask", question: aboutCursor(question, answers.cursor) });
      redraw();
    },
    askRow(asked) {
      model.asked = asked;
      redraw();
    },
    askDebugged(view) {
      const { debugged } = model;
      if (!debugged || debugged.asked.has(view)) return;
      debugged.asked.add(view);
      editor.postMessage({ kind: "askDebugged", view, stop: debugged.stop });
    },
    forgetProblems: () => model.answers.problems.clear(),
    zoom(range) {
      model.zoom = range;
      model.stretch = null;
      if (range && (model.state?.history?.stride ?? 1) > 1) editor.postMessage({ kind: "stretch", ...range });
      redraw();
    },
    redraw,
    seek,
    play,
  };
}

/** Returns the question for the timeline's epoch. */
const aboutCursor = (question: Question, cursor: number | null): Question =>
  cursor === null || question.kind === "snapshots" || question.kind === "rule" ? question : { ...question, epoch: cursor };

/** Reports to the host that its last message is drawn. A benchmark reads the time of the first drawing from the performance mark. */
function reportDrawn(editor: Editor, { state }: Model): void {
  if (state?.history && performance.getEntriesByName(DRAWN).length === 0) performance.mark(DRAWN);
  editor.postMessage({ kind: "drawn", run: state?.facts.id ?? null, epochs: state ? epochsDone(state) : 0 });
}
