/** The epochs of a folder, and their comparison to 1e-10. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { historyFrom } from "../../client/messages/eventReader.ts";
import type { TrainingEventOf } from "../../engine/events.ts";
import { epochsOf } from "../fixtures.ts";

const BOUND = 1e-10;

export type Epoch = TrainingEventOf<"epoch">;

export const epochsIn = (folder: string): Epoch[] => epochsOf(historyFrom(readFileSync(join(folder, "history.jsonl"), "utf8")));

export function expectEqual(theirs: readonly Epoch[], ours: readonly Epoch[]): void {
  expect(theirs.map(({ epoch }) => epoch)).toEqual(ours.map(({ epoch }) => epoch));
  const differences = ours.flatMap((epoch, k) => {
    const other = theirs[k];
    const compared: [string, number | null | undefined, number | null | undefined][] = [
      ["loss", other?.loss, epoch.loss],
      ["val_loss", other?.valLoss, epoch.valLoss],
      ["rate", other?.learningRate, epoch.learningRate],
      ...Object.entries(epoch.metrics).map(([name, value]): [string, number | undefined, number] => [name, other?.metrics[name], value]),
      ...epoch.layers.flatMap((layer, at): [string, number | null | undefined, number | null][] => {
        const own = other?.layers[at];
        return [
          [`${layer.layer} gradient`, own?.gradient.norm, layer.gradient.norm],
          [`${layer.layer} spread`, own?.gradient.spread, layer.gradient.spread],
          [`${layer.layer} largest`, own?.gradient.max, layer.gradient.max],
          [`${layer.layer} update`, own?.updateRatio, layer.updateRatio],
          [`${layer.layer} weights`, own?.weightNorm, layer.weightNorm],
          [`${layer.layer} dead units`, own?.deadUnits, layer.deadUnits],
        ];
      }),
    ];
    return compared.flatMap(([name, a, b]) => (isClose(a, b) ? [] : [`epoch ${epoch.epoch}, ${name}: ${a} and ${b}`]));
  });
  expect(differences).toEqual([]);
}

function isClose(a: number | null | undefined, b: number | null | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  if (a === null || b === null) return a === b;
  return Number.isNaN(a) === Number.isNaN(b) && !(Math.abs(a - b) > BOUND * Math.max(1, Math.abs(b)));
}
