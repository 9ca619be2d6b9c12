/** Where the trainings of one plan from several seeds ended, and how many seeds reached which value. Shared by the terminal and the panel. */
import { trainDirectives } from "../../engine/catalog/directives.ts";
import { direction } from "../../engine/catalog/metrics.ts";
import { numberText } from "../../engine/numberText.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import type { RunSummary } from "./runSchemas.ts";

/** Where a training from one seed ended. */
export interface SeedResult {
  readonly seed: number;
  readonly epochs: number;
  /** The end's kind: `finished`, `diverged`, … */
  readonly end: string;
  /** The loss and the metrics of the last epoch; empty without an epoch. */
  readonly values: Readonly<Record<string, number>>;
  /** The codes of the training's findings. */
  readonly findings: readonly string[];
}

/** Returns the plans of `count` trainings, starting at the plan's seed. After the largest seed comes 0. */
export const seededPlans = (plan: TrainingPlan, count: number): TrainingPlan[] =>
  Array.from({ length: count }, (_, k) => {
    const seed = (plan.training.seed + k) % (trainDirectives.seed.takes.max + 1);
    return { ...plan, training: { ...plan.training, seed } };
  });

/** The number of seeds in a series that is started with a click. */
export const USUAL_SEEDS = 20;

/** Returns the name of a run in a series. */
export const seedName = (run: string, seed: number): string => `${run}, seed ${seed}`;

/** Up to this many different values of a metric are counted one by one. */
const MOST_VALUES = 4;

/** Returns the names of the results' values, in their order of appearance. */
export const valueNames = (results: readonly SeedResult[]): string[] => [...new Set(results.flatMap(({ values }) => Object.keys(values)))];

/** Returns a line per value with how many seeds reach it, and a line per finding. `titleOf` returns a value's title. */
export function reachedLines(results: readonly SeedResult[], titleOf = (name: string): string => name): string[] {
  const codes = [...new Set(results.flatMap(({ findings }) => findings))].sort();
  return [
    ...valueNames(results).map((name) => `${titleOf(name)}: ${reachedText(name, results)}`),
    ...codes.map((code) => `${code}: found in ${results.filter(({ findings }) => findings.includes(code)).length} of ${results.length}`),
  ];
}

/** Returns how many seeds reach the best value and where the others end. If there are many different values, returns their range and median. */
function reachedText(name: string, results: readonly SeedResult[]): string {
  const isLower = direction(name) === "lower";
  const sorted = results
    .map(({ values }) => values[name] ?? Number.NaN)
    .filter(Number.isFinite)
    .sort((a, b) => (isLower ? a - b : b - a));
  const counts = new Map<string, number>();
  for (const value of sorted) counts.set(numberText(value), (counts.get(numberText(value)) ?? 0) + 1);
  const [best, ...others] = counts;
  if (!best) return "no value";
  const missing = results.length - sorted.length;
  const without = missing === 0 ? "" : `, ${missing} without a value`;
  if (counts.size <= MOST_VALUES && (counts.size === 1 || counts.size <= results.length / 2)) {
    const rest = others.map(([text, count], k) => `${count}${k === 0 ? ` ${count === 1 ? "ends" : "end"} at` : " at"} ${text}`);
    return `${best[1]} of ${results.length} reach ${best[0]}${rest.map((one) => `, ${one}`).join("")}${without}`;
  }
  const middle = (sorted.length - 1) / 2;
  const at = (place: number): number => sorted[place] ?? Number.NaN;
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
  return `best ${numberText(at(0))}, median ${numberText(median)}, worst ${numberText(at(sorted.length - 1))}${without}`;
}

/** Returns the results of the runs in a series, in the order of their seeds. */
export const seriesResults = (runs: readonly RunSummary[], series: string): SeedResult[] =>
  runs
    .filter((run) => run.series === series)
    .sort((a, b) => a.begun - b.begun)
    .map(({ seed: own, epochs, status, loss, valLoss, metrics = [], findings = [] }) => ({
      // Only our own trainings, which have seeds, are in a series.
      seed: own ?? 0,
      epochs,
      end: status,
      values: {
        ...(loss !== null && { loss }),
        ...(valLoss !== null && { val_loss: valLoss }),
        ...Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
      },
      findings,
    }));
