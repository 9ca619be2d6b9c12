/** What a panel needs from the rest of the extension. */
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
  /** The pace of trainings that is remembered from window to window. */
  readonly pace: RememberedPace;
  readonly documentLines: Pick<DocumentLines, "of">;
  /** Asks the server for the trainings in the document's current text. Rejects if the server does not run. */
  readonly choicesOf: (document: vscode.Uri) => Promise<readonly TrainingChoice[]>;
  readonly train: (document: vscode.Uri, run: string | undefined) => void;
  readonly reveal: (document: vscode.Uri, line: number) => void;
}

/** What the window's panels do for one of them. */
export interface PanelOwner {
  /** Called when the panel has drawn a message, with its number of epochs. */
  readonly drawn: (epochs: number) => void;
  /** Called when the user pins the panel to its file, or lets it follow the active editor. */
  readonly pin: (isPinned: boolean) => void;
  /** Returns the debug session of the panel's file. */
  readonly debugged: () => DebuggedFile | undefined;
}
