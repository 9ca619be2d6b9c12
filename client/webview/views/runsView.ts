/** The file's runs as a table: each can be shown, and several can be compared in the charts. */
import { countText, durationText, numberText } from "../../../engine/numberText.ts";
import type { RunSummary } from "../../runs/runSchemas.ts";
import { lineColour, type Theme } from "../charts/theme.ts";
import { element, link } from "../dom.ts";
import type { Actions, Model, View } from "../model.ts";
import { comparedRuns } from "./lossLines.ts";

/** More lines than hues would be indistinguishable. */
const MOST_COMPARED = 6;

interface Column {
  readonly title: string;
  readonly text: (run: RunSummary) => string;
  /** What the column is sorted by. */
  readonly value: (run: RunSummary) => number | string;
  readonly isNumber: boolean;
}

const COLUMNS: readonly Column[] = [
  { title: "Run", text: ({ name }) => name, value: ({ name }) => name, isNumber: false },
  { title: "Loss", text: ({ loss }) => lossText(loss), value: ({ loss }) => loss ?? Number.POSITIVE_INFINITY, isNumber: true },
  {
    title: "Val loss",
    text: ({ valLoss }) => lossText(valLoss),
    value: ({ valLoss }) => valLoss ?? Number.POSITIVE_INFINITY,
    isNumber: true,
  },
  { title: "Epochs", text: ({ epochs }) => countText(epochs), value: ({ epochs }) => epochs, isNumber: true },
  { title: "State", text: ({ status }) => status, value: ({ status }) => status, isNumber: false },
  { title: "Begun", text: ({ begun }) => timeText(begun), value: ({ begun }) => begun, isNumber: false },
  { title: "Time", text: ({ seconds }) => (seconds > 0 ? durationText(seconds) : "–"), value: ({ seconds }) => seconds, isNumber: true },
  { title: "Seed", text: ({ seed }) => String(seed), value: ({ seed }) => seed, isNumber: true },
  { title: "Model", text: ({ model }) => model, value: ({ model }) => model, isNumber: false },
];

const lossText = (loss: number | null): string => (loss === null ? "–" : numberText(loss));

/** Returns a time as `2026-11-25 14:03`. */
export function timeText(milliseconds: number): string {
  const at = new Date(milliseconds);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

export function runsView(actions: Actions): View {
  let sorted = { column: COLUMNS.findIndex(({ title }) => title === "Begun"), isDescending: true };
  let drawn = "";
  const newest = link("Follow the newest run", () => actions.send({ kind: "show", run: null }));
  const note = element("p", "note", "Choose a name to show the run alone. Tick runs to draw their losses and metrics beside it.");
  const holder = element("div", "scroll");
  holder.tabIndex = 0;
  holder.setAttribute("role", "group");
  holder.setAttribute("aria-label", "Runs of this file");
  const sortBy = (column: number): void => {
    sorted = { column, isDescending: sorted.column === column ? !sorted.isDescending : COLUMNS[column]?.isNumber === true };
    actions.redraw();
  };
  return {
    element: element("div", "tab runs", element("div", "controls", note, newest), holder),
    draw(model, _memory, mustRebuild) {
      const { state, runs, compared, theme } = model;
      if (!state) return;
      newest.hidden = model.isLatest;
      const own = state.facts.id;
      const key = JSON.stringify([own, runs, compared.map(({ summary }) => summary.id), sorted]);
      if (key === drawn && !mustRebuild) return;
      drawn = key;
      const column = COLUMNS[sorted.column];
      const order = [...runs].sort((a, b) => {
        const [x, y] = [column?.value(a) ?? 0, column?.value(b) ?? 0];
        return (x < y ? -1 : x > y ? 1 : 0) * (sorted.isDescending ? -1 : 1);
      });
      const table = element("table", "run-table");
      table.createTHead().append(headRow(sorted, sortBy));
      const body = table.createTBody();
      for (const run of order) body.append(runRow(run, own, model, theme, actions));
      holder.replaceChildren(table);
    },
  };
}

function headRow(
  sorted: { readonly column: number; readonly isDescending: boolean },
  sortBy: (column: number) => void,
): HTMLTableRowElement {
  const row = element("tr", "", element("th", "", element("span", "spoken", "Compare")));
  COLUMNS.forEach(({ title, isNumber }, k) => {
    const arrow = sorted.column === k ? (sorted.isDescending ? " ↓" : " ↑") : "";
    const head = element(
      "th",
      isNumber ? "number" : "",
      link(`${title}${arrow}`, () => sortBy(k)),
    );
    head.scope = "col";
    head.setAttribute("aria-sort", sorted.column === k ? (sorted.isDescending ? "descending" : "ascending") : "none");
    row.append(head);
  });
  return row;
}

function runRow(run: RunSummary, own: string, model: Model, theme: Theme, actions: Actions): HTMLTableRowElement {
  const isOwn = run.id === own;
  const row = element(
    "tr",
    isOwn ? "own" : "",
    element(
      "td",
      "",
      comparison(
        run,
        isOwn,
        comparedRuns(model).map(({ summary }) => summary.id),
        theme,
        actions,
      ),
    ),
  );
  COLUMNS.forEach(({ text, isNumber }, k) => {
    if (k > 0) {
      row.append(element("td", isNumber ? "number" : "", text(run)));
      return;
    }
    const show = link(text(run), () => actions.send({ kind: "show", run: run.id }));
    if (isOwn) show.setAttribute("aria-current", "true");
    const head = element("th", "", show);
    head.scope = "row";
    row.append(head);
  });
  return row;
}

function comparison(run: RunSummary, isOwn: boolean, chosen: readonly string[], theme: Theme, actions: Actions): HTMLElement {
  const at = chosen.indexOf(run.id);
  const swatch = element("span", "swatch");
  if (isOwn) swatch.style.background = lineColour(theme, 0);
  if (at >= 0) swatch.style.background = lineColour(theme, at + 1);
  if (isOwn || run.epochs === 0) return swatch;
  const box = element("input");
  box.type = "checkbox";
  box.checked = at >= 0;
  box.setAttribute("aria-label", `Compare with ${run.name}, ${timeText(run.begun)}`);
  box.addEventListener("change", () => {
    const next = box.checked ? [...chosen, run.id].slice(-MOST_COMPARED + 1) : chosen.filter((id) => id !== run.id);
    actions.remember({ compared: next });
    actions.send({ kind: "compare", runs: next });
  });
  return element("span", "comparison", box, swatch);
}
