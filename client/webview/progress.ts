/** The run's progress and its newest loss, metrics and speed. */
import { countText, durationText, numberText, progressText } from "../../engine/numberText.ts";
import { lastEpoch, type RunState } from "../runs/runState.ts";
import { element, setText } from "./dom.ts";
import { metricText, metricTitle } from "./metricText.ts";

export function runProgress() {
  const bar = document.createElement("vscode-progress-bar");
  bar.setAttribute("aria-label", "Completed epochs");
  const numbers = element("dl", "progress-numbers");
  return {
    elements: [bar, numbers],
    draw(state: RunState): void {
      const { started, end } = state;
      const total = started?.epochs ?? 1;
      bar.hidden = end !== null && end.kind !== "finished";
      bar.max = total;
      // A run that early stopping ended is complete, although it did not reach its last epoch.
      bar.value = end?.kind === "finished" ? total : doneOf(state);
      const rows = numbersOf(state);
      if (numbers.childElementCount !== rows.length)
        numbers.replaceChildren(...rows.map(() => element("div", "", element("dt"), element("dd"))));
      rows.forEach(([name, value], i) => {
        const [term, definition] = numbers.children[i]?.children ?? [];
        if (term) setText(term, name);
        if (definition) setText(definition, value);
      });
    },
  };
}

/** Returns the number of completed epochs. Epochs arrive in groups, so the progress event may be ahead of the last one. */
const doneOf = (state: RunState): number => Math.max(lastEpoch(state)?.epoch ?? 0, state.end ? 0 : (state.progress?.epoch ?? 1) - 1);

function numbersOf(state: RunState): [string, string][] {
  const { started } = state;
  const last = lastEpoch(state);
  const rows: [string, string][] = [
    ["Epoch", started ? `${countText(doneOf(state))} of ${countText(started.epochs)}` : loadingText(state)],
  ];
  if (last) {
    rows.push(["Loss", numberText(last.loss)]);
    if (last.valLoss !== null) rows.push(["Validation loss", numberText(last.valLoss)]);
    for (const [name, value] of Object.entries(last.metrics)) rows.push([metricTitle(name), metricText(name, value)]);
  }
  return [...rows, ...speedOf(state)];
}

const loadingText = ({ loading }: RunState): string =>
  loading ? `loading the data… ${progressText(loading.share)} (${countText(loading.rows)} rows)` : "loading the data…";

function speedOf({ progress, end, status }: RunState): [string, string][] {
  if (end?.kind === "finished")
    return [
      ["Speed", `${countText(end.samplesPerSecond)} samples/s`],
      ["Time", durationText(end.seconds)],
    ];
  if (end || !progress) return [];
  return [
    ["Speed", `${countText(progress.samplesPerSecond)} samples/s`],
    ["Time left", status === "paused" ? "paused" : durationText(progress.secondsLeft)],
  ];
}
