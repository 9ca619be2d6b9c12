/** `seeds 20` in a file, or `nn train --seeds 20`: the same training from several seeds, since the result depends on the starting point. */
import type { TrainingEvent, TrainingEventOf } from "../../engine/events.ts";
import { numberText, plural } from "../../engine/numberText.ts";
import { reachedLines, type SeedResult, valueNames } from "../runs/seedResults.ts";
import { table } from "./print.ts";

/** Collects a training's events into its result. */
export function seedResult(seed: number): { readonly add: (event: TrainingEvent) => void; readonly result: () => SeedResult } {
  let last: TrainingEvent | undefined;
  let epoch: TrainingEventOf<"epoch"> | undefined;
  const findings: string[] = [];
  return {
    add(event) {
      if (event.kind === "epoch") epoch = event;
      if (event.kind === "warning") findings.push(event.code);
      if (event.kind !== "snapshot") last = event;
    },
    result() {
      const values = epoch && { loss: epoch.loss, ...(epoch.valLoss === null ? {} : { val_loss: epoch.valLoss }), ...epoch.metrics };
      return { seed, epochs: epoch?.epoch ?? 0, end: last?.kind ?? "failed", values: values ?? {}, findings: [...new Set(findings)] };
    },
  };
}

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
