/** The file's runs as a table. Each can be shown, and several can be compared in the charts. */

import { metricTitle } from "../../../engine/catalog/metrics.ts";
import { timeText } from "../../runs/runNames.ts";
import type { RunSummary } from "../../runs/runSchemas.ts";
import { reachedLines, seriesResults } from "../../runs/seedResults.ts";
import { lineColour, type Theme } from "../charts/theme.ts";
import { element, link, scrollBox, setText } from "../dom.ts";
import type { Actions, View } from "../model.ts";
import { comparedRuns } from "./lossLines.ts";
import { type Column, chosenRuns, columnsOf, NONE, STARTED } from "./runColumns.ts";

/** More lines than hues would be indistinguishable. */
const MOST_COMPARED = 6;
/** With fewer runs there is no filter. */
const LEAST_FILTERED = 4;

interface Sorted {
  readonly by: string;
  readonly isDescending: boolean;
}

export function runsView(actions: Actions): View {
  let sorted: Sorted = { by: STARTED, isDescending: true };
  let drawn = "";
  const newest = link("Follow the newest run", () => actions.send({ kind: "show", run: null }));
  const note = element("p", "note", "Choose a name to show the run alone. Tick runs to draw their losses and metrics beside it.");
  const filter = element("input", "filter");
  filter.type = "search";
  filter.placeholder = "Filter runs";
  filter.setAttribute("aria-label", "Filter runs by any column");
  filter.addEventListener("input", actions.redraw);
  const series = element("div", "series");
  const none = element("p", "note");
  none.setAttribute("role", "status");
  const holder = scrollBox("Runs of this file");
  new ResizeObserver(() => fold(holder)).observe(holder);
  /** The ids of the ticked runs. The host sends their epochs later, and the user may tick several before they arrive. */
  let ticked: readonly string[] = [];
  let answered = "";
  const tick = (id: string, isTicked: boolean): void => {
    ticked = isTicked ? [...ticked, id].slice(-MOST_COMPARED + 1) : ticked.filter((one) => one !== id);
    actions.remember({ compared: ticked });
    actions.send({ kind: "compare", runs: ticked });
  };
  const sortBy = ({ title, isNumber }: Column): void => {
    sorted = { by: title, isDescending: sorted.by === title ? !sorted.isDescending : isNumber };
    actions.redraw();
  };
  return {
    element: element("div", "tab runs", element("div", "controls", filter, note, newest), series, holder, none),
    draw(model, _memory, mustRebuild) {
      const { state, runs, compared, theme } = model;
      if (!state) return;
      newest.hidden = model.isLatest;
      filter.hidden = runs.length < LEAST_FILTERED && filter.value === "";
      const own = state.facts.id;
      const key = JSON.stringify([own, runs, compared.map(({ summary }) => summary.id), sorted, filter.value]);
      if (key === drawn && !mustRebuild) return;
      drawn = key;
      const sent = comparedRuns(model).map(({ summary }) => summary.id);
      // The table is also redrawn for other reasons while an answer is pending.
      const answer = [own, ...sent].join();
      if (answer !== answered) ticked = sent;
      answered = answer;
      drawSeries(series, runs, own);
      const columns = columnsOf(runs);
      const shown = chosenRuns(runs, columns, { filter: filter.value, ...sorted });
      const table = element("table", "run-table");
      table.createTHead().append(headRow(columns, sorted, sortBy));
      const body = table.createTBody();
      for (const run of shown) body.append(runRow(run, columns, { own, chosen: ticked, theme, tick, actions }), detailsRow(run, columns));
      const focused = focusedHeader(holder);
      holder.replaceChildren(table);
      fold(holder);
      if (focused !== undefined) table.querySelectorAll<HTMLElement>("thead .link")[focused]?.focus();
      setText(none, shown.length < runs.length ? `${shown.length} of ${runs.length} runs.` : "");
    },
  };
}

/** Folds as few table columns as necessary for the table to fit its box. */
function fold(holder: HTMLElement): void {
  const { firstElementChild: table, clientWidth } = holder;
  if (!table || clientWidth === 0) return;
  for (const folds of ["", "folds-first", "folds-first folds-second"]) {
    table.className = `run-table ${folds}`;
    if (table.clientWidth <= clientWidth) return;
  }
}

/** Shows the results of the shown run's series of seeds. Hidden for a run without a series. */
function drawSeries(into: HTMLElement, runs: readonly RunSummary[], own: string): void {
  const shown = runs.find(({ id }) => id === own);
  const results = shown?.series === undefined ? [] : seriesResults(runs, shown.series);
  into.hidden = results.length < 2;
  into.replaceChildren(
    element("h2", "", `${results.length} seeds, from ${results[0]?.seed} to ${results.at(-1)?.seed}`),
    element("ul", "", ...reachedLines(results, metricTitle).map((line) => element("li", "", line))),
  );
}

/** Returns the index of the focused header, so that a key can sort again after the table is redrawn. */
function focusedHeader(holder: HTMLElement): number | undefined {
  const at = [...holder.querySelectorAll("thead .link")].indexOf(document.activeElement as Element);
  return at < 0 ? undefined : at;
}

function headRow(columns: readonly Column[], { by, isDescending }: Sorted, sortBy: (column: Column) => void): HTMLTableRowElement {
  const row = element("tr", "", element("th", "", element("span", "spoken", "Compare")));
  for (const column of columns) {
    const { title } = column;
    const arrow = element("span", "", by === title ? (isDescending ? " ↓" : " ↑") : "");
    arrow.setAttribute("aria-hidden", "true");
    const sort = link(title, () => sortBy(column));
    sort.append(arrow);
    const head = element("th", cellClass(column), sort);
    head.scope = "col";
    head.setAttribute("aria-sort", by === title ? (isDescending ? "descending" : "ascending") : "none");
    row.append(head);
  }
  return row;
}

interface RowContext {
  /** The id of the shown run. */
  readonly own: string;
  /** The ids of the compared runs, in the order of their colours. */
  readonly chosen: readonly string[];
  readonly theme: Theme;
  readonly tick: (id: string, isTicked: boolean) => void;
  readonly actions: Actions;
}

function runRow(run: RunSummary, [name, ...columns]: readonly Column[], context: RowContext): HTMLTableRowElement {
  const isOwn = run.id === context.own;
  const show = link(name?.text(run) ?? "", () => context.actions.send({ kind: "show", run: run.id }));
  if (isOwn) show.setAttribute("aria-current", "true");
  const head = element("th", "", show);
  head.scope = "row";
  return element(
    "tr",
    isOwn ? "own" : "",
    element("td", "", comparison(run, context)),
    head,
    ...columns.map((column) => element("td", cellClass(column), column.text(run))),
  );
}

const cellClass = ({ isNumber, folded }: Column): string => `${isNumber ? "number " : ""}folded-${folded}`;

/** Returns the line below a run, with the values of the folded columns. */
function detailsRow(run: RunSummary, columns: readonly Column[]): HTMLTableRowElement {
  const items = columns
    .filter((column) => column.folded !== "never" && column.text(run) !== NONE)
    .map(({ title, text, folded }) => element("span", `folded-${folded}`, `${title} `, element("strong", "", text(run))));
  const cell = element("td", "", element("div", "", ...items));
  cell.colSpan = columns.length;
  return element("tr", "details", element("td"), cell);
}

function comparison(run: RunSummary, { own, chosen, theme, tick }: RowContext): HTMLElement {
  const at = chosen.indexOf(run.id);
  const isOwn = run.id === own;
  const swatch = element("span", "swatch");
  if (isOwn) swatch.style.background = lineColour(theme, 0);
  if (at >= 0) swatch.style.background = lineColour(theme, at + 1);
  if (isOwn || run.epochs === 0) return swatch;
  const box = element("input");
  box.type = "checkbox";
  box.checked = at >= 0;
  box.setAttribute("aria-label", `Compare with ${run.name}, ${timeText(run.begun)}`);
  box.addEventListener("change", () => tick(run.id, box.checked));
  return element("span", "comparison", box, swatch);
}
