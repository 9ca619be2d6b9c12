/** A run as files that other programs read. */
import Papa from "papaparse";
import { parseSafetensors, safetensorsFrom } from "../../engine/files/safetensors.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { columnNames, rowLength } from "./history.ts";
import type { RunState } from "./runState.ts";

/** Every recorded epoch as a line, under the columns' names; what an epoch does not have is empty. */
export function csvFrom({ history }: RunState, rows: Float64Array): string {
  if (!history) return "";
  const width = rowLength(history.layout);
  const data = Array.from({ length: Math.floor(rows.length / width) }, (_, i) =>
    Array.from(rows.subarray(i * width, (i + 1) * width), (n) => (Number.isNaN(n) ? null : n)),
  );
  return `${Papa.unparse({ fields: columnNames(history.layout), data }, { newline: "\n" })}\n`;
}

/** The run's facts, its plan and every recorded epoch as columns. */
export function jsonFrom({ facts, name, started, warnings, end, history }: RunState, plan: TrainingPlan, rows: Float64Array): string {
  const width = history ? rowLength(history.layout) : 0;
  const names = history ? columnNames(history.layout) : [];
  const epochs = Object.fromEntries(
    names.map((column, k) => [column, Array.from({ length: rows.length / width }, (_, i) => rows[i * width + k] ?? null)]),
  );
  const { id, fileName, run, model, begun, seed } = facts;
  return `${JSON.stringify({ id, file: fileName, name: name ?? run, run, model, begun: new Date(begun).toISOString(), seed, started, warnings, end, epochs, plan }, null, 1)}\n`;
}

/** A checkpoint's weights alone, as Keras, PyTorch or `nn predict` take them. */
export function weightsFrom(checkpoint: Uint8Array): Uint8Array {
  const { tensors } = parseSafetensors(checkpoint);
  return safetensorsFrom([...tensors.values()].filter(({ name }) => name !== "best" && !name.startsWith("optimizer/")));
}
