/** The columns of the table of runs, by which runs are compared. */
import { isPartOfLoss, metricTitle } from "../../../engine/catalog/metrics.ts";
import { countText, durationText, numberText } from "../../../engine/numberText.ts";
import { timeText } from "../../runs/runNames.ts";
import type { RunSummary } from "../../runs/runSchemas.ts";

export interface Column {
  readonly title: string;
  readonly text: (run: RunSummary) => string;
  /** The sort key; undefined sorts last. */
  readonly value: (run: RunSummary) => number | string | undefined;
  readonly isNumber: boolean;
  readonly folded: Folded;
}

/** If there is no room for all columns, some are folded into a line below each run: first the least important ones, then further ones. */
export type Folded = "never" | "first" | "second";

export const NONE = "–";

const words = (title: string, value: (run: RunSummary) => string | undefined, folded: Folded = "never"): Column => ({
  title,
  text: (run) => value(run) ?? NONE,
  value,
  isNumber: false,
  folded,
});

type Value = (run: RunSummary) => number | null | undefined;

const numbers = (title: string, value: Value, text = numberText, folded: Folded = "never"): Column => ({
  title,
  text(run) {
    const own = value(run);
    return own == null ? NONE : text(own);
  },
  value(run) {
    const own = value(run);
    return own == null || Number.isNaN(own) ? undefined : own;
  },
  isNumber: true,
  folded,
});

export const STARTED = "Started";

/** Returns the columns in which at least one run has a value. The first column is the name. */
export function columnsOf(runs: readonly RunSummary[]): readonly Column[] {
  const metric = mainMetric(runs);
  const columns: readonly Column[] = [
    words("Run", ({ name }) => name),
    numbers("Loss", ({ loss }) => loss),
    numbers("Validation loss", ({ valLoss }) => valLoss),
    ...(metric === undefined ? [] : [numbers(metricTitle(metric), ({ metrics }) => metrics?.find(({ name }) => name === metric)?.value)]),
    words("Optimizer", ({ settings }) => settings?.optimizer, "second"),
    { ...numbers("Rate", ({ settings }) => settings?.learningRate), text: rateText, folded: "second" },
    { ...numbers("Batch", ({ settings }) => settings && (settings.batch ?? Number.POSITIVE_INFINITY)), text: batchText, folded: "second" },
    numbers("Epochs", ({ epochs }) => epochs, countText),
    words("State", ({ status }) => status, "first"),
    { ...numbers(STARTED, ({ begun }) => begun, timeText, "first"), isNumber: false },
    numbers("Time", ({ seconds }) => (seconds > 0 ? seconds : null), durationText, "first"),
    numbers("Seed", ({ seed }) => seed, String, "first"),
    words("Model", ({ model }) => model, "first"),
  ];
  return columns.filter(({ text }, k) => k === 0 || runs.some((run) => text(run) !== NONE));
}

/** Returns the first metric of the newest run that has one, from the validation part if available. */
function mainMetric(runs: readonly RunSummary[]): string | undefined {
  const names = runs.flatMap(({ metrics }) => metrics?.map(({ name }) => name).filter((name) => !isPartOfLoss(name)) ?? []);
  const [first] = names;
  return first === undefined ? undefined : (names.find((name) => name === `val_${first}`) ?? first);
}

const rateText = ({ settings }: RunSummary): string =>
  settings ? `${numberText(settings.learningRate)}${settings.schedule === null ? "" : `, ${settings.schedule}`}` : NONE;

const batchText = ({ settings }: RunSummary): string => (settings ? (settings.batch === null ? "all" : countText(settings.batch)) : NONE);

/** Returns the runs whose columns contain every word of the filter, sorted by a column. */
export function chosenRuns(
  runs: readonly RunSummary[],
  columns: readonly Column[],
  { filter, by, isDescending }: { readonly filter: string; readonly by: string; readonly isDescending: boolean },
): readonly RunSummary[] {
  const wanted = filter.toLowerCase().split(/\s+/);
  const found = runs.filter((run) => {
    const text = columns
      .map((column) => column.text(run))
      .join("\t")
      .toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
  const column = columns.find(({ title }) => title === by);
  if (!column) return found;
  return found.sort((a, b) => {
    const [x, y] = [column.value(a), column.value(b)];
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined);
    return (x < y ? -1 : x > y ? 1 : 0) * (isDescending ? -1 : 1);
  });
}

/** Returns each run's differences from the first one: optimizer, learning rate, batch, seed. The text is empty for equal settings. */
export function differences(runs: readonly RunSummary[]): readonly string[] {
  const [first] = runs;
  return runs.map((run) =>
    first
      ? COMPARED.filter(({ of }) => of(run) !== of(first) && of(run) !== NONE)
          .map(({ name, of }) => `${name} ${of(run)}`)
          .join(", ")
      : "",
  );
}

const COMPARED: readonly { readonly name: string; readonly of: (run: RunSummary) => string }[] = [
  { name: "optimizer", of: ({ settings }) => settings?.optimizer ?? NONE },
  { name: "rate", of: rateText },
  { name: "batch", of: batchText },
  { name: "seed", of: ({ seed }) => (seed === null ? NONE : String(seed)) },
];
