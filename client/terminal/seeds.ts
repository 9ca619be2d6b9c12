/** `nn train --seeds N`: the same training from several seeds, since where it ends depends on where it begins. */
import type { TrainingEvent, TrainingEventOf } from "../../engine/events.ts";
import { numberText, plural } from "../../engine/numberText.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { table } from "./print.ts";

/** Where a training from one seed ended. */
export interface SeedResult {
  readonly seed: number;
  readonly epochs: number;
  /** The end's kind: `finished`, `diverged`, … */
  readonly end: string;
  /** The loss and the metrics of the last epoch; empty without an epoch. */
  readonly values: Readonly<Record<string, number>>;
}

/** At most so many different values of a metric are counted one by one, if several seeds share them. */
const MOST_VALUES = 4;

/** Returns the plans of `count` trainings from the plan's seed on. */
export const seededPlans = (plan: TrainingPlan, count: number): TrainingPlan[] =>
  Array.from({ length: count }, (_, k) => ({ ...plan, training: { ...plan.training, seed: plan.training.seed + k } }));

/** Collects a training's events into its result. */
export function seedResult(seed: number): { readonly add: (event: TrainingEvent) => void; readonly result: () => SeedResult } {
  let last: TrainingEvent | undefined;
  let epoch: TrainingEventOf<"epoch"> | undefined;
  return {
    add(event) {
      if (event.kind === "epoch") epoch = event;
      if (event.kind !== "snapshot") last = event;
    },
    result() {
      const values = epoch && { loss: epoch.loss, ...(epoch.valLoss === null ? {} : { val_loss: epoch.valLoss }), ...epoch.metrics };
      return { seed, epochs: epoch?.epoch ?? 0, end: last?.kind ?? "failed", values: values ?? {} };
    },
  };
}

/** Returns the results as a table, and for each value how many seeds reach what. */
export function seedsText(results: readonly SeedResult[]): string {
  const names = Object.keys(results.find(({ values }) => Object.keys(values).length > 0)?.values ?? {});
  const rows = results.map(({ seed, epochs, end, values }) => [
    String(seed),
    String(epochs),
    ...names.map((name) => textOf(values[name])),
    end === "finished" ? "" : end,
  ]);
  const reached = names.map((name) => `${name}: ${reachedText(results.map(({ values }) => values[name] ?? Number.NaN))}`);
  return `${table(["seed", "epochs", ...names, ""], rows, 0)}\n\n${plural(results.length, "seed")}\n${reached.join("\n")}`;
}

const textOf = (value: number | undefined): string => (value === undefined || Number.isNaN(value) ? "–" : numberText(value));

/** Returns how many seeds reach each value, or, of many different values, the range and the middle one. */
function reachedText(values: readonly number[]): string {
  const counts = new Map<string, number>();
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  for (const value of sorted) counts.set(numberText(value), (counts.get(numberText(value)) ?? 0) + 1);
  if (sorted.length === 0) return "none";
  if (counts.size <= MOST_VALUES && counts.size <= values.length / 2)
    return [...counts].map(([text, count]) => `${text} from ${plural(count, "seed")}`).join(", ");
  const at = (share: number): string => textOf(sorted[Math.round(share * (sorted.length - 1))]);
  return `${at(0)} to ${at(1)}, in the middle ${at(0.5)}`;
}
