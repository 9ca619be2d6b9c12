/** `seeds 20` in a file, or `nn train --seeds 20`: the same training from several seeds, since the result depends on the starting point. */
import type { TrainingEvent, TrainingEventOf } from "../../engine/events.ts";
import { numberText, plural } from "../../engine/numberText.ts";
import { reachedLines, type SeedResult, valueNames } from "../runs/seedResults.ts";
import { table } from "./print.ts";

/** Collects a training's events into its result. */
export function seedResult(seed: number): { readonly add: (event: TrainingEvent) => void; readonly result: () => SeedResult } {
  let last: TrainingEvent | undefined;
  /** The values after each epoch, since early stopping may restore any of them at the end. */
  const values: Record<string, number>[] = [];
  const findings: string[] = [];
  return {
    add(event) {
      if (event.kind === "epoch") values[event.epoch] = valuesOf(event);
      if (event.kind === "warning") findings.push(event.code);
      if (event.kind !== "snapshot") last = event;
    },
    result() {
      const epochs = Math.max(0, values.length - 1);
      const restored = last?.kind === "finished" ? last.restoredEpoch : null;
      return { seed, epochs, end: last?.kind ?? "failed", values: values[restored ?? epochs] ?? {}, findings: [...new Set(findings)] };
    },
  };
}

const valuesOf = ({ loss, valLoss, metrics }: TrainingEventOf<"epoch">): Record<string, number> => ({
  loss,
  ...(valLoss !== null && { val_loss: valLoss }),
  ...metrics,
});

/** Returns the results as a table, and for each value how many seeds reach it. */
export function seedsText(results: readonly SeedResult[]): string {
  const names = valueNames(results);
  const rows = results.map(({ seed, epochs, end, values, findings }) => [
    String(seed),
    String(epochs),
    ...names.map((name) => textOf(values[name])),
    [...(end === "finished" ? [] : [end]), ...findings].join(" "),
  ]);
  return [table(["seed", "epochs", ...names, ""], rows, 0), "", plural(results.length, "seed"), ...reachedLines(results)].join("\n");
}

const textOf = (value: number | undefined): string => (value === undefined || Number.isNaN(value) ? "–" : numberText(value));
