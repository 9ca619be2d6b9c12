/** Losses, metrics and the learning rate over the epochs, of this run and the compared runs. Each metric has its own chart. */

import { metricTitle } from "../../../engine/catalog/metrics.ts";
import { roundedText } from "../../../engine/numberText.ts";
import { distinctNames } from "../../runs/runNames.ts";
import { nameOf, type RunState } from "../../runs/runState.ts";
import { type LineChart, lineChart } from "../charts/lineChart.ts";
import { savePicture } from "../charts/pictureFiles.ts";
import { lineColour } from "../charts/theme.ts";
import { checkbox, element, link, setText, slider } from "../dom.ts";
import type { Actions, Model, View } from "../model.ts";
import { bestOf, comparedRuns, lossLines, lossScale, metricLines, metricNames, rateLines, tablesOf } from "./lossLines.ts";
import { differences } from "./runColumns.ts";

export function lossView(actions: Actions): View {
  const charts = { zoom: actions.zoom, seek: actions.seek, save: savePicture(actions) };
  const smoothing = slider("Smoothing", { min: 0, max: 0.95, step: 0.05 }, (value) => actions.remember({ smoothing: value }));
  const logarithmic = checkbox("Logarithmic", (isOn) => actions.remember({ isLogarithmic: isOn }));
  const compare = link("Compare with…", () => actions.remember({ tab: "runs" }));
  const controls = element("div", "controls", smoothing.element, logarithmic.element, compare);
  const others = comparedLegend();
  const loss = lineChart("Loss", charts, () => 260);
  const rate = lineChart("Learning rate", charts, () => 150);
  const metrics = new Map<string, LineChart>();
  const grid = element("div", "charts", loss.element, rate.element);

  return {
    element: element("div", "tab", controls, others.element, grid),
    draw(model, memory, mustRebuild) {
      const { state } = model;
      if (!state) return;
      smoothing.set(memory.smoothing, 0.95, memory.smoothing === 0 ? "none" : roundedText(memory.smoothing));
      logarithmic.set(memory.isLogarithmic);
      const { length: count } = comparedRuns(model);
      compare.hidden = model.runs.length < 2 && count === 0;
      setText(compare, count === 0 ? "Compare with…" : `Compared with ${count} of ${model.runs.length - 1} runs…`);
      others.draw(model, state);
      const tables = tablesOf(model, state);
      const settings = {
        smoothing: memory.smoothing,
        isLogarithmic: memory.isLogarithmic,
        cursor: model.answers.cursor,
      };
      const lines = lossLines(tables);
      loss.draw(model, { ...settings, ...lossScale(lines, memory.isLogarithmic), lines, mark: bestOf(state) }, mustRebuild);
      const names = metricNames(tables);
      for (const [name, chart] of metrics) chart.element.hidden = !names.includes(name);
      for (const name of names) {
        const chart = metrics.get(name) ?? lineChart(metricTitle(name), charts);
        if (!metrics.has(name)) {
          metrics.set(name, chart);
          rate.element.before(chart.element);
        }
        chart.draw(model, { ...settings, isLogarithmic: false, lines: metricLines(tables, name) }, mustRebuild);
      }
      const rates = rateLines(tables);
      rate.element.hidden = rates.length === 0;
      if (rates.length > 0) rate.draw(model, { ...settings, smoothing: 0, isLogarithmic: false, lines: rates }, mustRebuild);
    },
  };
}

/** Lists the compared runs with their colours and their differences from the shown run. */
function comparedLegend() {
  const list = element("p", "legend");
  let drawn = "";
  return {
    element: list,
    draw(model: Model, state: RunState): void {
      const shown = model.runs.find(({ id }) => id === state.facts.id);
      const compared = comparedRuns(model).map(({ summary }) => summary);
      list.hidden = compared.length === 0;
      const names = distinctNames([{ ...state.facts, name: nameOf(state) }, ...compared]);
      const texts = shown ? differences([shown, ...compared]) : names.map(() => "");
      const wanted = JSON.stringify([names, texts, model.theme.colours]);
      if (wanted === drawn) return;
      drawn = wanted;
      list.replaceChildren(
        ...names.map((name, k) => {
          const swatch = element("span", "swatch");
          swatch.style.background = lineColour(model.theme, k);
          const differs = texts[k] ? element("span", "faint", texts[k]) : "";
          return element("span", "item", swatch, name, differs);
        }),
      );
    },
  };
}
