/** The interfaces between a panel and the rest of the extension. */
import type * as vscode from "vscode";
import type { Pace } from "../../../engine/training/pace.ts";
import type { TrainingChoice } from "../../../server/protocol.ts";
import type { Inspections } from "../../node/inspections.ts";
import type { DebuggedFile } from "../debug/debuggedFiles.ts";
import type { RunActions } from "../runs/runActions.ts";
import type { RunStore } from "../runs/runStore.ts";
import type { DocumentLines } from "../trainings/documentLines.ts";
import type { Trainings } from "../trainings/trainings.ts";
import type { KnobParts } from "./fileKnobs.ts";
import type { UntrainedParts } from "./untrainedFile.ts";

export interface RememberedPace {
  readonly now: () => Pace;
  readonly set: (pace: Pace) => void;
}

/** The parts of the extension that a panel uses. */
export interface PanelParts extends Pick<UntrainedParts, "untrainedOf">, Omit<KnobParts, "trainings" | "inspections" | "choicesOf"> {
  readonly trainings: Trainings;
  readonly store: RunStore;
  readonly inspections: Inspections;
  readonly runActions: RunActions;
  /** The trainings' pace, remembered across windows. */
  readonly pace: RememberedPace;
  readonly documentLines: Pick<DocumentLines, "of">;
  /** Requests the trainings in the document's current text. Rejects if the language server is not running. */
  readonly choicesOf: (document: vscode.Uri) => Promise<readonly TrainingChoice[]>;
  readonly train: (document: vscode.Uri, run: string | undefined) => void;
  readonly reveal: (document: vscode.Uri, line: number) => void;
}

/** The services of the window's panels for a single panel. */
export interface PanelOwner {
  /** Called when the panel has drawn a message, with the number of epochs drawn. */
  readonly drawn: (epochs: number) => void;
  /** Called when the user pins the panel to its file or lets it follow the active editor. */
  readonly pin: (isPinned: boolean) => void;
  /** Returns the debug session of the panel's file, if there is one. */
  readonly debugged: () => DebuggedFile | undefined;
}
