/** The panel's first line: the run, its state, epoch and losses, and its actions. */
import { countText, numberText, progressText } from "../../engine/numberText.ts";
import { plainText } from "../../engine/safeText.ts";
import type { PanelMemory } from "../messages/panelMemory.ts";
import { epochAt } from "../runs/history.ts";
import { epochsDone, hasFile, hasPlan, isOver, nameOf, type RunState, type RunStatus, restoredEpoch } from "../runs/runState.ts";
import { USUAL_SEEDS } from "../runs/seedResults.ts";
import { button, element, iconButton, setIcon, setText } from "./dom.ts";
import { type MenuEntry, menuOf } from "./menu.ts";
import { type Actions, type Model, shownEpoch } from "./model.ts";

const STATUS_WORDS: { readonly [S in RunStatus]: string } = {
  loading: "loading the data",
  training: "training",
  paused: "paused",
  finished: "finished",
  stopped: "stopped",
  diverged: "diverged",
  failed: "failed",
};

export function topLine(actions: Actions) {
  const dot = element("span", "dot");
  dot.setAttribute("aria-hidden", "true");
  const title = element("h1");
  const status = element("span", "status");
  const epoch = fact("epoch");
  const loss = fact("loss");
  const validation = fact("val");
  const pause = button("Pause", () => actions.send({ kind: pause.textContent === "Pause" ? "pause" : "resume" }));
  const stop = button("Stop", () => actions.send({ kind: "stop" }));
  const train = button("Train Again", () => actions.send({ kind: "train" }), "primary");
  let showsKnobs = false;
  const knobs = iconButton("knobs", "Knobs of the file's numbers", () => actions.remember({ showsKnobs: !showsKnobs }));
  let isPinned = false;
  const pin = iconButton("pin", "", () => actions.send({ kind: "pin", isPinned: !isPinned }));
  const more = menuOf(iconButton("more", "More actions", () => undefined));
  return {
    element: element(
      "header",
      "top",
      dot,
      title,
      status,
      element("span", "facts", epoch.element, loss.element, validation.element),
      element("span", "buttons", pause, stop, train, knobs, pin, more.element),
    ),
    draw(model: Model, memory: PanelMemory): void {
      const { state, fileName } = model;
      ({ showsKnobs } = memory);
      knobs.hidden = model.knobs.length === 0;
      knobs.setAttribute("aria-expanded", String(showsKnobs));
      ({ isPinned } = model);
      setIcon(pin, "pin", `Stay with ${fileName}`);
      pin.setAttribute("aria-pressed", String(isPinned));
      setText(train, state ? "Train Again" : "Train Model");
      if (state) drawRun(model, state);
      else drawFile(model);
    },
  };

  function drawFile({ fileName, planned }: Model): void {
    const hasTraining = planned?.length !== 0;
    setText(title, plainText(fileName));
    title.title = "";
    dot.className = "dot";
    setText(status, hasTraining ? "not trained yet" : "nothing to train");
    for (const one of [epoch, loss, validation]) one.set("");
    pause.hidden = stop.hidden = more.element.hidden = true;
    train.hidden = !hasTraining;
  }

  function drawRun(model: Model, state: RunState): void {
    setText(title, plainText(nameOf(state)));
    title.title = plainText(`${nameOf(state)}, model ${state.facts.model}, ${state.facts.fileName}`);
    dot.className = `dot ${state.status}`;
    setText(status, statusText(state));
    drawFacts(model, state);
    const over = isOver(state);
    const { followed } = state.facts;
    pause.hidden = over || followed === true || state.status === "loading";
    setText(pause, state.status === "paused" ? "Resume" : "Pause");
    stop.hidden = over;
    setText(stop, followed ? "Stop Following" : "Stop");
    // Without a .nn file there is no text to train.
    train.hidden = !over || !hasFile(state);
    more.set(menuEntries(actions, hasPlan(state)));
    more.element.hidden = !over || epochsDone(state) === 0;
  }

  function drawFacts(model: Model, state: RunState): void {
    const shown = shownEpoch(model);
    const own = epochAt(state.history, shown);
    const best = model.answers.cursor === null && restoredEpoch(state) !== null ? " (best)" : "";
    epoch.set(state.started ? countText(shown) : "", state.started ? `${best} of ${countText(state.started.epochs)}` : "");
    loss.set(own ? numberText(own.loss) : "");
    validation.set(own?.valLoss != null ? numberText(own.valLoss) : "");
  }
}

/** Returns a name with its value. It is hidden while there is no value. */
function fact(name: string) {
  const first = element("span");
  const more = element("span", "more");
  const own = element("span", "fact", `${name} `, element("span", "value", first, more));
  own.dataset["fact"] = name;
  return {
    element: own,
    /** `rest` follows the text if the window is wide enough. */
    set(text: string, rest = ""): void {
      setText(first, text);
      setText(more, rest);
      own.hidden = text === "";
    },
  };
}

function statusText({ status, end, loading }: RunState): string {
  if (end?.kind === "stopped") return `stopped after epoch ${countText(end.epoch)}`;
  if (status === "loading" && loading) return `${STATUS_WORDS.loading}, ${progressText(loading.share)}`;
  return STATUS_WORDS[status];
}

/** Returns the menu's entries. Without a plan, a run can't be trained again or computed with. */
function menuEntries({ send, again }: Actions, isPlanned: boolean): readonly MenuEntry[] {
  const all: readonly (MenuEntry & { readonly needsPlan?: true })[] = [
    { label: "Train again unchanged", act: () => again("same"), needsPlan: true },
    { label: "Train with another seed", act: () => again("seed"), needsPlan: true },
    { label: `Train with ${USUAL_SEEDS} seeds`, act: () => again("seeds"), needsPlan: true },
    { label: "Continue to twice the epochs", act: () => again("longer"), needsPlan: true },
    { label: "Export for Keras, ONNX and others…", act: () => send({ kind: "exportModel" }), needsPlan: true },
    { label: "Export weights (safetensors)…", act: () => send({ kind: "exportWeights" }) },
    { label: "One Step as a page to print…", act: () => send({ kind: "exportStep" }), needsPlan: true },
    { label: "Write out a gradient of One Step…", act: () => send({ kind: "writeGradient", weight: null }), needsPlan: true },
    { label: "Export history (CSV)…", act: () => send({ kind: "exportHistory", format: "csv" }) },
    { label: "Export history (JSON)…", act: () => send({ kind: "exportHistory", format: "json" }) },
  ];
  return all.filter(({ needsPlan }) => isPlanned || !needsPlan);
}
