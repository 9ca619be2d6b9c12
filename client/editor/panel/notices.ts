/** What the panel says about a run apart from its events: that it can't be saved, which of its files are damaged, that its data have changed. */
import type { Notice } from "../../messages/panelMessages.ts";
import { nameOf } from "../../runs/runState.ts";
import { unsavedText } from "../runs/runMessages.ts";
import type { OpenRun } from "../trainings/savedRun.ts";
import type { Trainings } from "../trainings/trainings.ts";

export function noticesOf({ run, damages = [] }: OpenRun, trainings: Trainings, otherData: string | undefined): readonly Notice[] {
  const reason = trainings.savingProblemOf(run.facts.id);
  return [
    ...(reason === undefined ? [] : [{ kind: "unsaved", message: unsavedText(nameOf(run), reason) } as const]),
    ...(otherData === undefined ? [] : [{ kind: "data", message: otherData } as const]),
    ...damages.map((message) => ({ kind: "damage", message }) as const),
  ];
}
