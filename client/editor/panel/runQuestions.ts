/** Answers the panel's questions about its run, and notices whether the data have changed since the training. */
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
  /** Called when the message about changed data has changed. */
  readonly onOtherData: () => Promise<void>;
}

export class RunQuestions {
  readonly #parts: PrintParts;
  readonly #actions: QuestionActions;
  /** The step shown in One Step. */
  #walk: WalkQuestion = NEXT_BATCH;
  /** Messages about changed data, by run id. */
  readonly #otherData = new Map<string, string>();

  constructor(parts: PrintParts, actions: QuestionActions) {
    this.#parts = parts;
    this.#actions = actions;
  }

  /** Returns a message if, according to the run's last answer, its data have changed since the training. */
  otherDataOf(id: string): string | undefined {
    return this.#otherData.get(id);
  }

  /** Starts over for another run. */
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
      // The notice about changed data must appear before any number.
      await this.#setOtherData(id, otherData ?? undefined);
      if (answer.kind !== "derivation") post({ kind: "answer", run: id, answer, isFinal });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      await this.#setOtherData(id, error instanceof OtherDataError ? message : undefined);
      post({ kind: "problem", run: id, question: question.kind, message });
    }
  }

  /** Returns the step shown in One Step. */
  get walk(): WalkQuestion {
    return this.#walk;
  }

  /** Writes the step shown in One Step as a page to print. */
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
