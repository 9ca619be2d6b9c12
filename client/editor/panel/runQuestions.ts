/** The panel's questions about its run: their answers, and whether the data have changed since the training. */
import type * as vscode from "vscode";
import type { ToPanel } from "../../messages/panelMessages.ts";
import type { Question } from "../../messages/questions.ts";
import { OtherDataError } from "../../node/inspections.ts";
import { isOver } from "../../runs/runState.ts";
import type { OpenRun } from "../trainings/savedRun.ts";
import { askRun } from "./askedRun.ts";
import { NEXT_BATCH, type PrintParts, printStep, type WalkQuestion } from "./printedStep.ts";

interface QuestionActions {
  readonly post: (message: ToPanel) => void;
  /** Called when the message about other data has changed. */
  readonly onOtherData: () => Promise<void>;
}

export class RunQuestions {
  readonly #parts: PrintParts;
  readonly #actions: QuestionActions;
  /** The step that One Step shows. */
  #walk: WalkQuestion = NEXT_BATCH;
  /** What there is to say about changed data, by the id of the run. */
  readonly #otherData = new Map<string, string>();

  constructor(parts: PrintParts, actions: QuestionActions) {
    this.#parts = parts;
    this.#actions = actions;
  }

  /** Returns a message if the run was trained on other data than there are now, by the last answer about it. */
  otherDataOf(id: string): string | undefined {
    return this.#otherData.get(id);
  }

  /** Begins with another run. */
  restart(): void {
    this.#otherData.clear();
    this.#walk = NEXT_BATCH;
  }

  /** Answers with the run's current weights, or its final ones if it has ended. */
  async answer(document: vscode.Uri, shown: OpenRun, question: Question): Promise<void> {
    const { id } = shown.run.facts;
    const { post } = this.#actions;
    const isFinal = isOver(shown.run) && !("epoch" in question && question.epoch !== undefined);
    if (question.kind === "walk") this.#walk = question;
    try {
      const { answer, otherData } = await askRun(this.#parts, document, shown, question);
      // That the data have changed is said before any number.
      await this.#setOtherData(id, otherData ?? undefined);
      if (answer.kind !== "derivation") post({ kind: "answer", run: id, answer, isFinal });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      await this.#setOtherData(id, error instanceof OtherDataError ? message : undefined);
      post({ kind: "problem", run: id, question: question.kind, message });
    }
  }

  /** Returns the step that One Step shows. */
  get walk(): WalkQuestion {
    return this.#walk;
  }

  /** Writes the step that One Step shows as a page to print. */
  async print(document: vscode.Uri, shown: OpenRun | undefined): Promise<void> {
    await printStep(this.#parts, document, shown, this.#walk);
  }

  async #setOtherData(id: string, message: string | undefined): Promise<void> {
    if (this.#otherData.get(id) === message) return;
    if (message === undefined) this.#otherData.delete(id);
    else this.#otherData.set(id, message);
    await this.#actions.onOtherData();
  }
}
