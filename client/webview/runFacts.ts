/** The run's numbers at the shown epoch, for the overview: losses, metrics, rows, parameters, speed, time and seed. */

import { metricTitle } from "../../engine/catalog/metrics.ts";
import { countText, durationText, numberText } from "../../engine/numberText.ts";
import { plainText } from "../../engine/safeText.ts";
import { epochAt } from "../runs/history.ts";
import { hasFile, type RunState } from "../runs/runState.ts";
import { element, setText, setWords } from "./dom.ts";
import { metricText } from "./metricText.ts";
import { type Model, shownEpoch } from "./model.ts";

export function runFacts() {
  const list = element("dl", "run-facts");
  return {
    element: list,
    draw(model: Model, state: RunState): void {
      const rows = factsOf(model, state);
      if (list.childElementCount !== rows.length) list.replaceChildren(...rows.map(() => element("div", "", element("dt"), element("dd"))));
      rows.forEach(([name, value], i) => {
        const [term, definition] = list.children[i]?.children ?? [];
        if (term) setText(term, name);
        if (definition) setWords(definition, value);
      });
    },
  };
}

/** Returns the facts. Another program may leave out some: they are 0, NaN or null here and not shown. */
function factsOf(model: Model, state: RunState): [string, string][] {
  const { started, facts } = state;
  const shown = epochAt(state.history, shownEpoch(model));
  const rows: [string, string][] = [];
  if (shown) {
    rows.push(["Loss", numberText(shown.loss)]);
    if (shown.valLoss !== null) rows.push(["Validation loss", numberText(shown.valLoss)]);
    for (const [name, value] of Object.entries(shown.metrics)) rows.push([metricTitle(name), metricText(name, value)]);
    if (!Number.isNaN(shown.learningRate)) rows.push(["Learning rate", numberText(shown.learningRate)]);
  }
  if (state.end?.kind === "finished" && state.end.restoredEpoch !== null)
    rows.push(["Final weights", `epoch ${countText(state.end.restoredEpoch)}, the best`]);
  if (state.end?.kind === "finished" && state.end.test) {
    const { loss, metrics } = state.end.test;
    for (const [name, value] of Object.entries({ loss, ...metrics }))
      rows.push([metricTitle(`val_${name}`).replace("Validation", "Test"), metricText(name, value)]);
  }
  if (started) {
    const { train, validation, test } = started.rows;
    if (train > 0) rows.push(["Training rows", countText(train)]);
    if (validation > 0) rows.push(["Validation rows", countText(validation)]);
    if (test > 0) rows.push(["Test rows", countText(test)]);
    rows.push(["Parameters", countText(started.layers.reduce((sum, layer) => sum + layer.parameters, 0))]);
  }
  // Our own engine trains unless this names another one.
  if (started?.kernels.startsWith("torch")) rows.push(["Engine", started.kernels]);
  rows.push(["Model", plainText(facts.model)]);
  if (facts.seed !== null) rows.push(["Seed", String(facts.seed)]);
  return [...rows, ...speedOf(state), [hasFile(state) ? "File" : "Folder", plainText(facts.fileName)]];
}

function speedOf({ progress, end, status, facts }: RunState): [string, string][] {
  const speed = (rate: number): [string, string][] => (rate > 0 ? [["Speed", `${countText(rate)} rows/s`]] : []);
  if (end?.kind === "finished")
    return [...speed(end.samplesPerSecond), ...(end.seconds > 0 ? [["Time", durationText(end.seconds)] as [string, string]] : [])];
  if (end || !progress) return [];
  const { samplesPerSecond, secondsLeft } = progress;
  if (facts.followed && secondsLeft === 0) return speed(samplesPerSecond);
  return [...speed(samplesPerSecond), ["Time left", status === "paused" ? "paused" : durationText(secondsLeft)]];
}
