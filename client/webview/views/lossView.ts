/** Losses, metrics and the learning rate over the epochs, of this run and of runs compared with it. */

import { numberText, roundedText } from "../../../engine/numberText.ts";
import { columnOf, type HistoryTable } from "../../runs/history.ts";
import { distinctNames } from "../../runs/runNames.ts";
import type { RunSummary } from "../../runs/runSchemas.ts";
import { nameOf, type RunState } from "../../runs/runState.ts";
import type { Line } from "../charts/chartSettings.ts";
import { lineChart } from "../charts/lineChart.ts";
import { lineColour, type Theme } from "../charts/theme.ts";
import { checkbox, choice, element, link, slider } from "../dom.ts";
import type { Actions, Model, View } from "../model.ts";

/** More lines than hues would be indistinguishable. */
const MOST_COMPARED = 6;

interface Drawn {
  readonly name: string;
  readonly table: HistoryTable;
}

export function lossView(actions: Actions): View {
  const charts = {
    zoom: actions.zoom,
    save: (name: string, format: "png" | "svg", base64: string): void => actions.send({ kind: "exportPicture", name, format, base64 }),
  };
  const smoothing = slider("Smoothing", { min: 0, max: 0.95, step: 0.05 }, (value) => actions.remember({ smoothing: value }));
  const logarithmic = checkbox("Logarithmic", (isOn) => actions.remember({ isLogarithmic: isOn }));
  const runs = choice("Run", (value) => actions.send({ kind: "show", run: value === "" ? null : value }));
  const controls = element("div", "controls", runs.element, smoothing.element, logarithmic.element);
  const loss = lineChart("Loss", charts, 260);
  const metrics = lineChart("Metrics", charts);
  const rate = lineChart("Learning rate", charts, 150);
  const others = otherRuns(actions);
  const grid = element("div", "charts", loss.element, metrics.element, rate.element);

  return {
    element: element("div", "tab", controls, grid, others.element),
    draw(model, memory, mustRebuild) {
      const { state } = model;
      if (!state) return;
      smoothing.set(memory.smoothing, 0.95, memory.smoothing === 0 ? "none" : roundedText(memory.smoothing));
      logarithmic.set(memory.isLogarithmic);
      runs.set(
        [{ value: "", label: "Newest" }, ...model.runs.map((run) => ({ value: run.id, label: title(run) }))],
        model.isLatest ? "" : state.facts.id,
      );
      others.draw(model, state, mustRebuild);
      const tables = tablesOf(model, state);
      const settings = { smoothing: memory.smoothing, isLogarithmic: memory.isLogarithmic };
      loss.draw(model, { ...settings, lines: lossLines(tables), mark: bestOf(state) }, mustRebuild);
      const names = tables[0]?.table.layout.metrics ?? [];
      metrics.element.hidden = names.length === 0;
      if (names.length > 0) metrics.draw(model, { ...settings, lines: metricLines(tables) }, mustRebuild);
      rate.draw(
        model,
        { lines: tables.map(({ name, table }, k) => rateLine(name, table, k)), smoothing: 0, isLogarithmic: false },
        mustRebuild,
      );
    },
  };
}

/** The list of the file's other runs, which can be drawn over this one. */
function otherRuns(actions: Actions) {
  const list = element("fieldset", "compare");
  let listed = "";
  return {
    element: list,
    draw({ runs, compared, theme }: Model, { facts }: RunState, mustRebuild: boolean): void {
      const offered = runs.filter(({ id, epochs }) => id !== facts.id && epochs > 0).slice(0, 20);
      list.hidden = offered.length === 0;
      const chosen = compared.map(({ summary }) => summary.id);
      const key = JSON.stringify([offered.map(({ id, name, loss }) => [id, name, loss]), chosen]);
      if (key === listed && !mustRebuild) return;
      listed = key;
      list.replaceChildren(
        element("legend", "", `Compare with other runs of ${facts.fileName}`),
        ...offered.map((run) => otherRun(run, chosen, theme, actions)),
      );
    },
  };
}

function otherRun(run: RunSummary, chosen: readonly string[], theme: Theme, actions: Actions): HTMLElement {
  const at = chosen.indexOf(run.id);
  const box = checkbox(title(run), (isOn) => {
    const next = isOn ? [...chosen, run.id].slice(-MOST_COMPARED + 1) : chosen.filter((id) => id !== run.id);
    actions.remember({ compared: next });
    actions.send({ kind: "compare", runs: next });
  });
  box.set(at >= 0);
  const swatch = element("span", "swatch");
  if (at >= 0) swatch.style.background = lineColour(theme, at + 1);
  return element(
    "div",
    "row",
    swatch,
    box.element,
    link("Show alone", () => actions.send({ kind: "show", run: run.id })),
  );
}

function bestOf({ history, started }: RunState): { readonly epoch: number; readonly label: string } | null {
  const best = history?.best;
  const isValidated = (started?.rows.validation ?? 0) > 0;
  return best && isValidated ? { epoch: best.epoch, label: `best, epoch ${best.epoch}: ${numberText(best.loss)}` } : null;
}

export const title = ({ name, begun, epochs, loss, valLoss }: RunSummary): string => {
  const when = new Date(begun).toLocaleString("en", { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false });
  const best = valLoss ?? loss;
  return `${name} · ${when} · ${epochs} epoch${epochs === 1 ? "" : "s"}${best === null ? "" : ` · ${valLoss === null ? "loss" : "val loss"} ${numberText(best)}`}`;
};

function tablesOf({ compared }: Model, state: RunState): Drawn[] {
  const { seed, begun } = state.facts;
  const own = state.history ? [{ name: nameOf(state), seed, begun, table: state.history }] : [];
  const drawn = [...own, ...compared.map(({ summary, table }) => ({ ...summary, table }))];
  const names = distinctNames(drawn);
  return drawn.map(({ table }, k) => ({ name: names[k] ?? "", table }));
}

/** One run has training and validation in two hues. Several runs have a hue each, with validation dashed. */
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
