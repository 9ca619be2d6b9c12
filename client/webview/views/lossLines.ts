/** The lines in the charts of losses, metrics and the learning rate, for this run and the compared runs. */
import { numberText } from "../../../engine/numberText.ts";
import { columnOf, type HistoryTable } from "../../runs/history.ts";
import { distinctNames } from "../../runs/runNames.ts";
import { nameOf, type RunState } from "../../runs/runState.ts";
import type { Line } from "../charts/chartSettings.ts";
import type { Model } from "../model.ts";

export interface Drawn {
  readonly name: string;
  readonly table: HistoryTable;
}

export function bestOf({ history, started }: RunState): { readonly epoch: number; readonly label: string } | null {
  const best = history?.best;
  const isValidated = (started?.rows.validation ?? 0) > 0;
  return best && isValidated ? { epoch: best.epoch, label: `best, epoch ${best.epoch}: ${numberText(best.loss)}` } : null;
}

/** Returns the compared runs without the shown one. It may have been compared before it replaced a deleted run. */
export const comparedRuns = ({ compared, state }: Model): Model["compared"] =>
  compared.filter(({ summary }) => summary.id !== state?.facts.id);

export function tablesOf(model: Model, state: RunState): Drawn[] {
  const { seed, begun } = state.facts;
  const own = state.history ? [{ name: nameOf(state), seed, begun, table: state.history }] : [];
  const drawn = [...own, ...comparedRuns(model).map(({ summary, table }) => ({ ...summary, table }))];
  const names = distinctNames(drawn);
  return drawn.map(({ table }, k) => ({ name: names[k] ?? "", table }));
}

/** A single run has training and validation in two hues. Several runs have one hue each. Validation is dashed. */
export function lossLines(tables: readonly Drawn[]): Line[] {
  const several = tables.length > 1;
  return tables.flatMap(({ name, table }, k): Line[] => {
    const validationAt = columnOf.head("val_loss");
    const hasValidation = !Number.isNaN(table.last?.[validationAt] ?? Number.NaN);
    const label = (words: string): string => (several ? `${name}, ${words}` : words);
    return [
      { label: label("training"), column: columnOf.head("loss"), table, hue: several ? k : 0 },
      ...(hasValidation ? [{ label: label("validation"), column: validationAt, table, hue: several ? k : 1, isDashed: true }] : []),
    ];
  });
}

/** Returns the metrics' names without `val_`. A metric and its validation value share a chart; different metrics never do. */
export function metricNames(tables: readonly Drawn[]): string[] {
  return [...new Set(tables.flatMap(({ table }) => table.layout.metrics.map((name) => name.replace(/^val_/, ""))))];
}

export function metricLines(tables: readonly Drawn[], metric: string): Line[] {
  const several = tables.length > 1;
  return tables.flatMap(({ name, table }, k) =>
    [metric, `val_${metric}`]
      .filter((own) => table.layout.metrics.includes(own))
      .map((own): Line => {
        const isValidation = own.startsWith("val_");
        const words = isValidation ? "validation" : "training";
        return {
          label: several ? `${name}, ${words}` : words,
          column: columnOf.metric(table.layout, own),
          table,
          hue: several ? k : Number(isValidation),
          isDashed: isValidation,
        };
      }),
  );
}

const rateColumn = columnOf.head("learning_rate");

/** Returns the lines of the learning rate; none if it is constant in every run. */
export function rateLines(tables: readonly Drawn[]): Line[] {
  if (tables.every(({ table }) => isConstant(table))) return [];
  return tables.map(({ name, table }, hue) => ({ label: tables.length > 1 ? name : "learning rate", column: rateColumn, table, hue }));
}

function isConstant({ columns, rows, last }: HistoryTable): boolean {
  const rates = columns[rateColumn]?.subarray(0, rows) ?? [];
  return last === null || rates.every((rate) => rate === last[rateColumn]);
}

/** Losses with a larger ratio than this are drawn on a logarithmic axis, so that a diverged run does not flatten the others. */
const MOST_SPAN = 1e4;

/** Returns the scale of the losses: the user's choice, or a logarithmic scale with a remark if a linear one would show only one line. */
export function lossScale(lines: readonly Line[], chosen: boolean): { readonly isLogarithmic: boolean; readonly remark?: string } {
  if (chosen) return { isLogarithmic: true };
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (const { table, column } of lines)
    for (const value of table.columns[column]?.subarray(0, table.rows) ?? [])
      if (Number.isFinite(value) && value > 0) [least, most] = [Math.min(least, value), Math.max(most, value)];
  // A loss close to 0 is not enough: the largest loss must be large.
  const isWide = most > MOST_SPAN * Math.max(least, 1e-2);
  return isWide
    ? { isLogarithmic: true, remark: "logarithmic axis, because the losses span many powers of ten" }
    : { isLogarithmic: false };
}
