/** The objects passed to every command. */
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
  /** Requests the trainings in the document's current text from the server. */
  readonly choicesOf: (document: vscode.Uri) => Promise<readonly TrainingChoice[]>;
  /** Requests the models of a document without a training from the server. */
  readonly modelsOf: (document: vscode.Uri) => Promise<readonly UntrainedChoice[]>;
  readonly tests: Pick<TestExplorer, "test">;
  readonly restartServer: () => Promise<void>;
  /** Path of the bundled terminal command. */
  readonly program: string;
  readonly samples: Samples;
  /** Folder of the generated pages. */
  readonly docs: vscode.Uri;
}
