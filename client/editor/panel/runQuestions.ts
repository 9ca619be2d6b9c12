/**
 * Answers the panel's questions about its run, and notices whether the data have changed since the training. While the panel shows answers, it
 * checks the data files repeatedly, because the editor does not report every change, for example on a network drive.
 */
import type * as vscode from "vscode";
import type { ToPanel } from "../../messages/panelMessages.ts";
import type { Question } from "../../messages/questions.ts";
import { type InspectedAnswer, OtherDataError } from "../../node/inspections.ts";
import { dataFilesOf } from "../../node/planOrigin.ts";
import { isOver } from "../../runs/runState.ts";
import { versionOfDataFile } from "../files.ts";
import type { OpenRun } from "../trainings/savedRun.ts";
import { askRun } from "./askedRun.ts";
import { NEXT_BATCH, type PrintParts, printStep, type WalkQuestion } from "./printedStep.ts";

interface QuestionActions {
  readonly post: (message: ToPanel) => void;
  /** Called when the message about changed data has changed. */
  readonly onOtherData: () => Promise<void>;
  /** Returns the shown run and its document; undefined if the panel is hidden or shows no run. */
  readonly visible: () => { readonly document: vscode.Uri; readonly shown: OpenRun } | undefined;
}

/** Milliseconds between two checks of the data files. */
const LOOK_MS = 1000;

export class RunQuestions {
  readonly #parts: PrintParts;
  readonly #actions: QuestionActions;
  /** The step shown in One Step. */
  #walk: WalkQuestion = NEXT_BATCH;
  /** Messages about changed data, by run id. */
  readonly #otherData = new Map<string, string>();
  /** The versions of the data files before the newest question, by run id. */
  readonly #versions = new Map<string, string>();
  /** Questions and looks in progress. */
  #pending = 0;
  readonly #looking: NodeJS.Timeout;

  constructor(parts: PrintParts, actions: QuestionActions) {
    this.#parts = parts;
    this.#actions = actions;
    this.#looking = setInterval(() => void this.#look(), LOOK_MS);
    this.#looking.unref();
  }

  dispose(): void {
    clearInterval(this.#looking);
  }

  /** Returns a message if, according to the run's last answer, its data have changed since the training. */
  otherDataOf(id: string): string | undefined {
    return this.#otherData.get(id);
  }

  /** Starts over for another run. */
  restart(): void {
    this.#otherData.clear();
    this.#versions.clear();
    this.#walk = NEXT_BATCH;
  }

  /** Answers with the run's current weights, or its final ones if it has ended. */
  async answer(document: vscode.Uri, shown: OpenRun, question: Question): Promise<void> {
    const { id } = shown.run.facts;
    const { post } = this.#actions;
    const isFinal = isOver(shown.run) && !("epoch" in question && question.epoch !== undefined);
    if (question.kind === "walk") this.#walk = question;
    this.#pending++;
    try {
      const { answer, otherData } = await this.#ask(document, shown, question);
      // The notice about changed data must appear before any number.
      await this.#setOtherData(id, otherData ?? undefined);
      if (answer.kind !== "derivation") post({ kind: "answer", run: id, answer, isFinal });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      await this.#setOtherData(id, error instanceof OtherDataError ? message : undefined);
      post({ kind: "problem", run: id, question: question.kind, message });
    } finally {
      this.#pending--;
    }
  }

  /** Asks again if a later question found that the data files have changed meanwhile. */
  async #ask(document: vscode.Uri, shown: OpenRun, question: Question): Promise<InspectedAnswer> {
    const versions = await this.#readVersions(document, shown);
    const answered = await askRun(this.#parts, document, shown, question);
    const newest = this.#versions.get(shown.run.facts.id) ?? versions;
    return newest === versions ? answered : await this.#ask(document, shown, question);
  }

  /** Tells the panel if the data files have changed since its answers. It then asks again. An answer in progress is awaited first. */
  async #look(): Promise<void> {
    const { document, shown } = this.#actions.visible() ?? {};
    if (!document || !shown || this.#pending > 0 || !this.#versions.has(shown.run.facts.id)) return;
    this.#pending++;
    await this.#readVersions(document, shown).finally(() => this.#pending--);
  }

  /** Returns the version of the run's data files: a text that differs after a file changes, disappears or returns. Tells the panel if it is new. */
  async #readVersions(document: vscode.Uri, { run, plan }: OpenRun): Promise<string> {
    const { id } = run.facts;
    const all = await Promise.all(dataFilesOf(plan).map((path) => versionOfDataFile(path, document).catch(() => "")));
    const versions = all.join("\n");
    const before = this.#versions.get(id) ?? versions;
    this.#versions.set(id, versions);
    if (before !== versions) this.#actions.post({ kind: "dataChanged", run: id });
    return versions;
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
