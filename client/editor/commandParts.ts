/** The objects that every command receives. */
import type * as vscode from "vscode";
import type { TrainingChoice, UntrainedChoice } from "../../server/protocol.ts";
import type { Panels } from "./panel/panels.ts";
import type { RunActions } from "./runs/runActions.ts";
import type { RunStore } from "./runs/runStore.ts";
import type { Samples } from "./samples.ts";
import type { TestExplorer } from "./tests/testExplorer.ts";
import type { Trainings } from "./trainings/trainings.ts";

export interface CommandParts {
  readonly trainings: Trainings;
  readonly panels: Panels;
  readonly store: RunStore;
  readonly runActions: RunActions;
  /** Asks the server for the trainings in the document's current text. */
  readonly choicesOf: (document: vscode.Uri) => Promise<readonly TrainingChoice[]>;
  /** Asks the server for the models of a document without a training. */
  readonly modelsOf: (document: vscode.Uri) => Promise<readonly UntrainedChoice[]>;
  readonly tests: Pick<TestExplorer, "test">;
  readonly restartServer: () => Promise<void>;
  /** Path of the bundled terminal command. */
  readonly program: string;
  readonly samples: Samples;
  /** Folder of the generated pages. */
  readonly docs: vscode.Uri;
}
