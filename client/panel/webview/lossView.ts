/** Losses, metrics and the learning rate over the epochs, of this run and of others over it. */

import { short } from "../../format.ts";
import { columnOf, type HistoryTable } from "../../runs/history.ts";
import { nameOf, type RunState } from "../../runs/runState.ts";
import type { RunSummary } from "../../runs/stored.ts";
import { choice, element, link, slider, tick } from "./dom.ts";
import { type Line, lineChart } from "./lineChart.ts";
import type { Actions, Model, View } from "./model.ts";
import { lineColour } from "./theme.ts";

/** More lines than hues can't be told apart. */
const MOST_COMPARED = 6;

interface Drawn {
  readonly name: string;
  readonly table: HistoryTable;
}

export function lossView(actions: Actions): View {
  const charts = {
    zoom: actions.zoom,
    save: (name: string, format: "png" | "svg", base64: string): void => actions.say({ kind: "exportPicture", name, format, base64 }),
  };
  const smoothing = slider("Smoothing", { min: 0, max: 0.95, step: 0.05 }, (value) => actions.remember({ smoothing: value }));
  const logarithmic = tick("Logarithmic", (isOn) => actions.remember({ isLogarithmic: isOn }));
  const runs = choice("Run", (value) => actions.say({ kind: "show", run: value === "" ? null : value }));
  const controls = element("div", "controls", runs.element, smoothing.element, logarithmic.element);
  const loss = lineChart("Loss", charts, 260);
  const metrics = lineChart("Metrics", charts);
  const rate = lineChart("Learning rate", charts, 150);
  const others = element("fieldset", "compare");
  const grid = element("div", "charts", loss.element, metrics.element, rate.element);
  let listed = "";

  return {
    element: element("div", "tab", controls, grid, others),
    draw(model, memory, isNew) {
      const { state } = model;
      if (!state) return;
      smoothing.set(memory.smoothing, 0.95, memory.smoothing === 0 ? "none" : memory.smoothing.toFixed(2));
      logarithmic.set(memory.isLogarithmic);
      drawRuns(model, state);
      const tables = tablesOf(model, state);
      const settings = { smoothing: memory.smoothing, isLogarithmic: memory.isLogarithmic };
      const best = state.history?.best;
      const isValidated = (state.started?.rows.validation ?? 0) > 0;
      loss.draw(
        model,
        {
          ...settings,
          lines: lossLines(tables),
          mark: best && isValidated ? { epoch: best.epoch, label: `best, epoch ${best.epoch}: ${short(best.loss)}` } : null,
        },
        isNew,
      );
      const names = tables[0]?.table.layout.metrics ?? [];
      metrics.element.hidden = names.length === 0;
      if (names.length > 0) metrics.draw(model, { ...settings, lines: metricLines(tables) }, isNew);
      rate.draw(model, { lines: tables.map(({ name, table }, k) => rateLine(name, table, k)), smoothing: 0, isLogarithmic: false }, isNew);
    },
  };

  function drawRuns(model: Model, state: RunState): void {
    const shown = state.facts.id;
    runs.set(
      [{ value: "", label: "Newest" }, ...model.runs.map((run) => ({ value: run.id, label: title(run) }))],
      model.isLatest ? "" : shown,
    );
    const offered = model.runs.filter(({ id, epochs }) => id !== shown && epochs > 0).slice(0, 20);
    others.hidden = offered.length === 0;
    const chosen = model.compared.map(({ summary }) => summary.id);
    const key = JSON.stringify([offered.map(({ id, name, loss: last }) => [id, name, last]), chosen]);
    if (key === listed) return;
    listed = key;
    others.replaceChildren(
      element("legend", "", `Over it: other runs of ${state.facts.fileName}`),
      ...offered.map((run) => {
        const at = chosen.indexOf(run.id);
        const box = tick(title(run), (isOn) => {
          const next = isOn ? [...chosen, run.id].slice(-MOST_COMPARED + 1) : chosen.filter((id) => id !== run.id);
          actions.remember({ compared: next });
          actions.say({ kind: "compare", runs: next });
        });
        box.set(at >= 0);
        const swatch = element("span", "swatch");
        if (at >= 0) swatch.style.background = lineColour(at + 1);
        return element(
          "div",
          "row",
          swatch,
          box.element,
          link("Show alone", () => actions.say({ kind: "show", run: run.id })),
        );
      }),
    );
  }
}

export const title = ({ name, begun, epochs, loss, valLoss }: RunSummary): string => {
  const when = new Date(begun).toLocaleString("en", { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false });
  const best = valLoss ?? loss;
  return `${name} · ${when} · ${epochs} epoch${epochs === 1 ? "" : "s"}${best === null ? "" : ` · ${valLoss === null ? "loss" : "val loss"} ${short(best)}`}`;
};

function tablesOf({ compared }: Model, state: RunState): Drawn[] {
  const own = state.history ? [{ name: nameOf(state), table: state.history }] : [];
  return [...own, ...compared.map(({ summary, table }) => ({ name: summary.name, table }))];
}

/** One run: training and validation in two hues. Several: a hue a run, validation dashed. */
function lossLines(tables: readonly Drawn[]): Line[] {
  const several = tables.length > 1;
  return tables.flatMap(({ name, table }, k): Line[] => {
    const validationAt = columnOf.head("val_loss");
    const hasValidation = !Number.isNaN(table.last?.[validationAt] ?? Number.NaN);
    const label = (words: string): string => (several ? `${name}, ${words}` : words);
    return [
      { label: label("training"), column: columnOf.head("loss"), table, hue: several ? k : 0 },
      ...(hasValidation ? [{ label: label("validation"), column: validationAt, table, hue: several ? k : 1, isDashed: several }] : []),
    ];
  });
}

function metricLines(tables: readonly Drawn[]): Line[] {
  const several = tables.length > 1;
  return tables.flatMap(({ name, table }, k) =>
    table.layout.metrics.map((metric, j): Line => {
      const words = metric.replace(/^val_/, "validation ").replaceAll("_", " ");
      return {
        label: several ? `${name}, ${words}` : words,
        column: columnOf.metric(table.layout, metric),
        table,
        hue: several ? k : j,
        isDashed: several && metric.startsWith("val_"),
      };
    }),
  );
}

const rateLine = (name: string, table: HistoryTable, hue: number): Line => ({
  label: name,
  column: columnOf.head("learning_rate"),
  table,
  hue,
});
