/** The knobs of a panel's file. Edits the text in the order of the requests, and trains whenever the plan has changed. */
import * as vscode from "vscode";
import { countText } from "../../../engine/numberText.ts";
import { parameterCount, type TrainingPlan } from "../../../engine/plan.ts";
import type { EditResult, FileEdit, TrainingChoice, TrainingKnobs } from "../../../server/protocol.ts";
import type { ToPanel } from "../../messages/panelMessages.ts";
import type { Inspections } from "../../node/inspections.ts";
import type { RunState } from "../../runs/runState.ts";
import { isSamePlan } from "../../runs/samePlan.ts";
import { textHash } from "../../runs/textHash.ts";
import type { OpenRun } from "../trainings/savedRun.ts";
import type { Trainings } from "../trainings/trainings.ts";

export interface KnobParts {
  readonly trainings: Pick<Trainings, "start" | "discard" | "keepReady">;
  readonly inspections: Pick<Inspections, "keepReady">;
  readonly choicesOf: (document: vscode.Uri) => Promise<readonly TrainingChoice[]>;
  /** Requests the knobs of a document's trainings from the language server. */
  readonly knobsOf: (document: vscode.Uri) => Promise<readonly TrainingKnobs[]>;
  /** Requests an edit's changes to the document's text from the language server. */
  readonly editOf: (document: vscode.Uri, edit: FileEdit) => Promise<EditResult>;
  /** Applies the changes as one undo step. Returns false if the text has changed since, or can't be changed. */
  readonly applyEdit: (document: vscode.Uri, edit: Exclude<EditResult, { readonly problem: string }>) => Promise<boolean>;
}

/** Larger networks take too long to train at each change. */
const MOST_PARAMETERS = 20_000;

const UNTRUSTED = "Backprop changes files and trains only in workspaces that you trust.";

export class FileKnobs {
  readonly #parts: KnobParts;
  readonly #post: (message: ToPanel) => void;
  #trainsOnChange = false;
  /** The run that the last edit started. The next run replaces it. */
  #live: string | undefined;
  #edits: Promise<void> = Promise.resolve();

  constructor(parts: KnobParts, post: (message: ToPanel) => void) {
    this.#parts = parts;
    this.#post = post;
  }

  /** Sets whether each change of the plan starts a training. */
  trainOnChange(isOn: boolean): void {
    if (this.#trainsOnChange === isOn) return;
    this.#trainsOnChange = isOn;
    // Starting two threads would take most of the time between turning a knob and seeing the result.
    this.#parts.trainings.keepReady(isOn);
    this.#parts.inspections.keepReady(isOn);
  }

  /** Sends the knobs of the document's current text. */
  async send(document: vscode.Uri): Promise<void> {
    const trainings = await this.#parts.knobsOf(document).catch(() => []);
    this.#post({ kind: "knobs", file: document.toString(), trainings: [...trainings] });
  }

  /** Edits the document after all earlier edits. Returns whether the edit was applied. If not, the panel receives the reason. */
  edit(document: vscode.Uri, edit: FileEdit): Promise<boolean> {
    const edited = this.#edits.then(async () => {
      const problem = await this.#changed(document, edit).catch((error: unknown) =>
        error instanceof Error ? error.message : String(error),
      );
      this.#post({ kind: "edited", problem: problem ?? "" });
      // A refused edit, or a typed number that the file already has, changes no text, but the controls must show the file's values again.
      await this.send(document);
      return problem === undefined;
    });
    this.#edits = edited.then(() => undefined);
    return edited;
  }

  async #changed(document: vscode.Uri, edit: FileEdit): Promise<string | undefined> {
    if (!vscode.workspace.isTrusted) return UNTRUSTED;
    const result = await this.#parts.editOf(document, edit);
    if ("problem" in result) return result.problem;
    return (await this.#parts.applyEdit(document, result))
      ? undefined
      : "The text could not be changed; it may be read-only, or have changed since.";
  }

  /** Returns whether the last edit started this run. */
  hasBegun({ facts }: RunState): boolean {
    return facts.id === this.#live;
  }

  /**
   * Trains the document's current text if its plan differs from the shown run's. Calls `onStart` just before. Returns whether a training was started.
   */
  async retrain(document: vscode.Uri, shown: OpenRun | undefined, onStart: () => void): Promise<boolean> {
    if (!this.#trainsOnChange || !vscode.workspace.isTrusted) return false;
    const choices = await this.#parts.choicesOf(document).catch(() => []);
    const choice = choices.find(({ run }) => run === shown?.run.facts.run) ?? choices[0];
    const plan = choice?.planned?.plan;
    if (!choice || !plan || (shown && isSamePlan(shown.plan, plan))) return false;
    const size = sizeOf(plan);
    if (size > MOST_PARAMETERS) {
      const problem = `A network of ${countText(size)} parameters is not trained at each change; press Train Again.`;
      this.#post({ kind: "edited", problem });
      return false;
    }
    onStart();
    const { facts } = await this.#parts.trainings.start(document, choice, choice.text === undefined ? {} : { text: textHash(choice.text) });
    if (this.#live !== undefined) void this.#parts.trainings.discard(this.#live, document.toString());
    this.#live = facts.id;
    return true;
  }
}

const sizeOf = ({ network }: TrainingPlan): number => network.layers.reduce((sum, layer) => sum + parameterCount(layer), 0);
