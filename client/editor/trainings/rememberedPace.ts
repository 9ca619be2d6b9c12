/** The pace of watched trainings, remembered across windows. */
import type * as vscode from "vscode";
import { isPace, type Pace } from "../../../engine/training/pace.ts";
import type { Trainings } from "./trainings.ts";

const KEY = "backprop.pace";

export function rememberedPace(trainings: Pick<Trainings, "setPace">, memento: Pick<vscode.Memento, "get" | "update">) {
  const saved: unknown = memento.get(KEY);
  let pace: Pace = typeof saved === "string" && isPace(saved) ? saved : "full";
  trainings.setPace(pace);
  return {
    now: (): Pace => pace,
    set(next: Pace): void {
      pace = next;
      trainings.setPace(next);
      void memento.update(KEY, next);
    },
  };
}
