/** Exports of a run to files for other programs. */
import Papa from "papaparse";
import type { TrainingPlan } from "../../engine/plan.ts";
import { eventJson } from "../messages/eventLines.ts";
import { columnNames, rowLength } from "./history.ts";
import { missingEpochs } from "./recordedEpochs.ts";
import type { RunEvent, RunState } from "./runState.ts";

/** Returns a CSV file with a header line and a line for each recorded epoch. A missing number is an empty cell. */
export function csvFrom({ history }: RunState, rows: Float64Array): string {
  if (!history) return "";
  const width = rowLength(history.layout);
  const data = Array.from({ length: Math.floor(rows.length / width) }, (_, i) =>
    Array.from(rows.subarray(i * width, (i + 1) * width), (n) => (Number.isNaN(n) ? null : n)),
  );
  return `${Papa.unparse({ fields: columnNames(history.layout), data }, { newline: "\n" })}\n`;
}

/** Returns a JSON file with the run's facts, its plan, its other events as in docs/events.md, and the recorded epochs by column. `missing_epochs` has the first and last epoch of each gap in the record. */
export function jsonFrom({ facts, name, started, warnings, end, history }: RunState, plan: TrainingPlan, rows: Float64Array): string {
  const width = history ? rowLength(history.layout) : 0;
  const names = history ? columnNames(history.layout) : [];
  const epochs = Object.fromEntries(
    names.map((column, k) => [column, Array.from({ length: rows.length / width }, (_, i) => rows[i * width + k] ?? null)]),
  );
  const { id, fileName, run, model, begun, seed, lines } = facts;
  const json = (event: RunEvent): object => eventJson(event, (key) => (lines[key] ?? 0) + 1);
  const events = { started: started && json(started), warnings: warnings.map(json), end: end && json(end) };
  const about = { id, file: fileName, name: name ?? run, run, model, begun: new Date(begun).toISOString(), seed };
  const missing = history ? missingEpochs(history, rows) : [];
  return `${JSON.stringify({ ...about, ...events, epochs, missing_epochs: missing, plan }, null, 1)}\n`;
}
