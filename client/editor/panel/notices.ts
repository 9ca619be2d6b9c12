/** The panel's notices about a run: it can't be saved or is damaged, its file is gone, or its text or data have changed. */
import type { Notice } from "../../messages/panelMessages.ts";
import { isGone } from "../files.ts";
import { unsavedText } from "../runs/runMessages.ts";
import type { RunStore } from "../runs/runStore.ts";
import type { DocumentLines } from "../trainings/documentLines.ts";
import type { OpenRun } from "../trainings/savedRun.ts";
import type { Trainings } from "../trainings/trainings.ts";

interface Parts {
  readonly trainings: Trainings;
  readonly store: RunStore;
  readonly documentLines: Pick<DocumentLines, "of">;
}

/** `otherData` is the message about changed data, if any. */
export async function noticesOf(
  open: OpenRun,
  { trainings, store, documentLines }: Parts,
  otherData: string | undefined,
): Promise<readonly Notice[]> {
  const { run, damages = [] } = open;
  const { id } = run.facts;
  const reason = trainings.savingProblemOf(id);
  const notices: Notice[] = damages.map((message) => ({ kind: "damage", message }));
  if (reason !== undefined) notices.unshift({ kind: "unsaved", message: unsavedText(run, reason) });
  if (otherData !== undefined) notices.push({ kind: "data", message: otherData });
  if (store.isElsewhere(id))
    notices.push({ kind: "text", message: "Another window is training this run. It can be paused and stopped there." });
  if (await isGone(run.facts.file))
    notices.push({ kind: "text", message: `${run.facts.fileName} was deleted or moved. Its runs stay in the history.` });
  else if (run.facts.text !== undefined && !(await documentLines.of(open)).isSameText)
    notices.push({ kind: "text", message: TEXT_CHANGED });
  return notices;
}

const TEXT_CHANGED = "The text has changed since this run was trained. Hints and findings are shown where their layers are the same.";
