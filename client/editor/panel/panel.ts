/**
 * The host side of one panel. The host owns the runs. The panel receives a snapshot when it reports that it is ready, and then changes. The host
 * sends each part only after the panel has drawn the previous one.
 */
import * as vscode from "vscode";
import type { TrainingChoice } from "../../../server/protocol.ts";
import type { PageMemory } from "../../messages/panelMemory.ts";
import { type FromPanel, fromPanel, type ToPanel } from "../../messages/panelMessages.ts";
import { MOST_ROWS, packedTable, rowLength } from "../../runs/history.ts";
import { isOver } from "../../runs/runState.ts";
import { settingOf } from "../editorSettings.ts";
import { baseName } from "../fileNames.ts";
import type { OpenRun } from "../trainings/savedRun.ts";
import type { RunChange } from "../trainings/trainings.ts";
import { Backlog } from "./backlog.ts";
import { comparedRuns } from "./comparedRuns.ts";
import { answerDebugged } from "./debuggedAnswer.ts";
import { FileKnobs } from "./fileKnobs.ts";
import { noticesOf } from "./notices.ts";
import type { PanelOwner, PanelParts } from "./panelParts.ts";
import { previewOf } from "./preview.ts";
import { controlRun } from "./runControls.ts";
import { RunQuestions } from "./runQuestions.ts";
import { writeStepGradient } from "./stepGradient.ts";
import { UntrainedFile } from "./untrainedFile.ts";

/** How long the text must be unchanged before it is read. Every reading sends a request to the language server. */
const TEXT_MS = 500;

export class TrainingPanel {
  readonly #view: vscode.WebviewPanel;
  #document: vscode.Uri;
  readonly #parts: PanelParts;
  readonly #owner: PanelOwner;
  readonly #backlog = new Backlog();
  #shown: OpenRun | undefined;
  /** The id of the shown run from the history; null to follow the file's newest run. */
  #chosen: string | null;
  #isPinned: boolean;
  #compared: readonly string[] = [];
  /** The trainings in a file without a run. */
  #planned: readonly TrainingChoice[] = [];
  readonly #questions: RunQuestions;
  /** True until the panel has drawn the last message, and while its script is not running. */
  #isBusy = true;
  #textTimer: NodeJS.Timeout | undefined;
  readonly #untrained: UntrainedFile;
  readonly #knobs: FileKnobs;

  constructor(view: vscode.WebviewPanel, { file, run, isPinned }: PageMemory, parts: PanelParts, owner: PanelOwner) {
    this.#view = view;
    this.#document = vscode.Uri.parse(file);
    this.#chosen = run;
    this.#isPinned = isPinned;
    this.#parts = parts;
    this.#owner = owner;
    this.#untrained = new UntrainedFile(parts);
    this.#knobs = new FileKnobs(parts, this.#post);
    this.#questions = new RunQuestions(parts, {
      post: this.#post,
      onOtherData: () => this.takeNotices(),
      visible: () => (this.#shown && view.visible ? { document: this.#document, shown: this.#shown } : undefined),
    });
    view.webview.onDidReceiveMessage((raw: unknown) => {
      const message = fromPanel(raw);
      if (message) void this.#receive(message);
    });
    // A hidden panel loses its script. When it is visible again, its script starts again and reports ready.
    view.onDidChangeViewState(() => {
      parts.trainings.watch(this.file, view.visible);
      if (!view.visible) this.#isBusy = true;
    });
    view.onDidDispose(() => {
      clearTimeout(this.#textTimer);
      this.#questions.dispose();
      parts.trainings.watch(this.file, false);
      this.#knobs.trainOnChange(false);
      this.#closeInspection();
    });
  }

  /** The document's URI. */
  get file(): string {
    return this.#document.toString();
  }

  /** Whether the panel stays on its file. Otherwise it follows the active editor. */
  get isPinned(): boolean {
    return this.#isPinned;
  }

  get isActive(): boolean {
    return this.#view.active;
  }

  get isVisible(): boolean {
    return this.#view.visible;
  }

  /** The group with the panel's tab. */
  get column(): vscode.ViewColumn | undefined {
    return this.#view.viewColumn;
  }

  get #id(): string | undefined {
    return this.#shown?.run.facts.id;
  }

  show(): void {
    this.#view.reveal(undefined, true);
  }

  showTab(tab: string): void {
    this.#post({ kind: "tab", tab });
  }

  dispose(): void {
    this.#view.dispose();
  }

  rename(title: string): void {
    if (this.#view.title !== title) this.#view.title = title;
  }

  pin(isPinned: boolean): void {
    this.#isPinned = isPinned;
    this.#sendFile();
  }

  /** Shows the newest run of another document. */
  async follow(document: vscode.Uri): Promise<void> {
    const { trainings } = this.#parts;
    this.#closeInspection();
    trainings.watch(this.file, false);
    this.#document = document;
    trainings.watch(this.file, this.#view.visible);
    this.#compared = [];
    this.#sendFile();
    this.takeDebugged();
    void this.#knobs.send(document);
    await this.#show(null);
    await this.#sendRuns();
  }

  /** Follows a renamed document. */
  move(document: vscode.Uri): void {
    this.#document = document;
    if (!this.#view.visible) return;
    this.#sendFile();
    this.#sendSnapshot();
  }

  /** Handles the deletion of a run. If it is shown, the file's newest run replaces it. */
  async forget(id: string): Promise<void> {
    if (this.#compared.includes(id)) {
      this.#compared = this.#compared.filter((one) => one !== id);
      await this.#sendCompared();
    }
    if (this.#id !== id && this.#chosen !== id) return;
    this.#closeInspection();
    await this.#show(null);
  }

  /** Handles a change of the document's text. */
  takeText(): void {
    clearTimeout(this.#textTimer);
    this.#textTimer = setTimeout(() => void this.#readText(), TEXT_MS);
  }

  /** Shows the current text's knobs and preview or notices, and trains it if each change starts a training. */
  async #readText(): Promise<void> {
    clearTimeout(this.#textTimer);
    const document = this.#document;
    void this.#knobs.send(document);
    const shown = this.#shown;
    if (await this.#knobs.retrain(document, shown, () => (this.#chosen = null))) return;
    await (shown ? this.takeNotices() : this.#sendPreview());
  }

  /** Shows a run from the history, or the file's newest run if `id` is null. */
  async choose(id: string | null): Promise<void> {
    if (id === this.#chosen) return;
    await this.#show(id);
  }

  /** Draws more runs over the panel's own run. */
  async compare(runs: readonly string[]): Promise<void> {
    this.#compared = [...new Set([...this.#compared, ...runs])];
    await this.#sendCompared();
  }

  /** Handles a change of one of the file's runs. */
  take({ run, events, epochs }: RunChange): void {
    if (this.#chosen !== null && this.#chosen !== run.facts.id) return;
    if (this.#shown?.run !== run) {
      this.#closeInspection();
      void this.#parts.trainings.open(run.facts.id).then((opened) => {
        if (run.facts.file !== this.file) return;
        this.#shown = opened;
        if (this.#view.visible) this.#sendSnapshot();
      });
      return;
    }
    // A hidden panel needs no backlog: its next snapshot contains everything.
    if (!this.#view.visible) return;
    this.#backlog.addEvents(events);
    if (epochs && run.history) this.#backlog.addEpochs(run.history, epochs.rows);
    if (!this.#isBusy) this.#sendWaiting();
    // The panel would ask this question after drawing the end.
    if (isOver(run) && this.#knobs.hasBegun(run)) void this.#questions.answer(this.#document, this.#shown, { kind: "result" });
  }

  /** Handles each stop, and the end, of the file's debug session. The page then requests the data it shows. */
  takeDebugged(): void {
    if (this.#view.visible) this.#post({ kind: "debugged", stop: this.#owner.debugged()?.stop ?? null });
  }

  /** Handles a change of the history of runs. */
  takeHistory(): void {
    if (!this.#view.visible) return;
    void this.#sendRuns();
    const run = this.#shown?.run;
    // A run that another window trains changes only on the disk.
    if (run && !isOver(run) && !this.#parts.trainings.isTraining(run.facts.id)) void this.#show(this.#chosen);
  }

  /** Handles a change that may affect the notices about the shown run. */
  async takeNotices(): Promise<void> {
    const shown = this.#shown;
    if (!shown) return;
    const notices = await noticesOf(shown, this.#parts, this.#questions.otherDataOf(shown.run.facts.id));
    if (shown === this.#shown) this.#post({ kind: "notices", run: shown.run.facts.id, notices });
  }

  async #sendRuns(): Promise<void> {
    const summaries = await this.#parts.trainings.runs();
    this.#post({ kind: "runs", runs: summaries.filter(({ file }) => file === this.file) });
  }

  async #receive(message: FromPanel): Promise<unknown> {
    const file = this.file;
    const id = this.#id;
    switch (message.kind) {
      case "ready":
        return await this.#begin(message.file === file ? message.compared : []);
      case "pin":
        return this.#owner.pin(message.isPinned);
      case "drawn":
        return this.#drawn(message.run, message.epochs);
      case "train":
        this.#chosen = null;
        return this.#parts.train(this.#document, this.#shown?.run.facts.run);
      case "again":
        this.#chosen = null;
        return id && (await this.#parts.runActions.again(id, message.how));
      case "reveal":
        return await this.#reveal(message.at);
      case "revealIn":
        return this.#revealLine(this.#untrained.lineOf(message.model, message.at));
      case "walkRow": {
        const walked = await this.#untrained.walk(this.#document, message.model, message.row);
        return walked && this.#post(walked);
      }
      case "askDebugged":
        return await answerDebugged(this.#owner.debugged(), message, (answer) => this.#post(answer));
      case "ask":
        return this.#shown && (await this.#questions.answer(this.#document, this.#shown, message.question));
      case "edit":
        return (await this.#knobs.edit(this.#document, message.edit)) && (await this.#readText());
      case "trainOnChange":
        return this.#knobs.trainOnChange(message.isOn);
      case "compare":
        this.#compared = message.runs;
        return await this.#sendCompared();
      case "show":
        return await this.#show(message.run);
      case "stretch":
        return await this.#sendStretch(message.from, message.to);
      case "exportStep":
        return await this.exportStep();
      case "writeGradient":
        return await writeStepGradient(this.#parts, this.#document, this.#shown, this.#questions.walk, message.weight);
      default:
        return await controlRun(this.#parts, file, id, message);
    }
  }

  async #begin(compared: readonly string[]): Promise<void> {
    this.#compared = [...new Set([...this.#compared, ...compared])];
    this.#sendFile();
    this.rescale();
    void this.#knobs.send(this.#document);
    await this.#show(this.#chosen);
    this.takeDebugged();
    await this.#sendRuns();
    if (this.#compared.length > 0) await this.#sendCompared();
  }

  #drawn(run: string | null, epochs: number): void {
    this.#isBusy = false;
    if (run === this.#id) this.#owner.drawn(epochs);
    this.#sendWaiting();
  }

  async #reveal(at: string): Promise<void> {
    const lines = this.#shown
      ? (await this.#parts.documentLines.of(this.#shown)).lines
      : this.#planned.find((one) => at in one.lines)?.lines;
    this.#revealLine(lines?.[at]);
  }

  #revealLine(line: number | undefined): void {
    if (line !== undefined) this.#parts.reveal(this.#document, line);
    else void vscode.window.setStatusBarMessage("The text has changed since this run was trained, and this line is no longer in it.", 5000);
  }

  async #show(id: string | null): Promise<void> {
    this.#chosen = id;
    this.#questions.restart();
    const { file } = this;
    const shown = await this.#runToShow();
    // The user may have chosen another file or run meanwhile.
    if (file !== this.file || id !== this.#chosen) return;
    this.#shown = shown;
    this.#sendSnapshot();
  }

  async #runToShow(): Promise<OpenRun | undefined> {
    const { trainings } = this.#parts;
    if (this.#chosen !== null) return await trainings.open(this.#chosen);
    const latest = await trainings.runOf(this.file);
    return latest && (await trainings.open(latest.facts.id));
  }

  #closeInspection(): void {
    if (this.#id) this.#parts.inspections.close(this.#id);
    this.#untrained.close(this.#document);
  }

  readonly #post = (message: ToPanel): void => void this.#view.webview.postMessage(message);

  /** Applies the setting for the panel's scale. */
  rescale(): void {
    this.#post({ kind: "scale", scale: settingOf("panel.scale") });
  }

  #sendFile(): void {
    const { file } = this;
    this.#post({ kind: "file", file, name: baseName(file), isPinned: this.#isPinned, compared: [...this.#compared] });
  }

  #sendSnapshot(): void {
    const run = this.#shown?.run;
    // The recorded snapshots of the network are large, so they are sent after the rest has been drawn.
    this.#backlog.restart(run?.snapshots ?? []);
    // A run that has not started is drawn at once, so the next message need not wait for the panel's answer.
    this.#isBusy = run?.started !== null;
    const state = run ? { ...run, snapshots: [], history: run.history && packedTable(run.history) } : null;
    this.#post({ kind: "snapshot", state, isLatest: this.#chosen === null });
    if (run) void this.takeNotices();
    else void this.#sendPreview();
  }

  /** Sends the trainings of a file without a run, or its models if the file has no training. */
  async #sendPreview(): Promise<void> {
    const document = this.#document;
    const isCurrent = (): boolean => !this.#shown && document === this.#document;
    const planned = await this.#parts.choicesOf(document).catch(() => []);
    if (!isCurrent()) return;
    this.#planned = planned;
    this.#post({ kind: "planned", file: this.file, trainings: [...previewOf(planned)] });
    if (planned.length > 0) return;
    const message = await this.#untrained.look(document);
    if (isCurrent()) this.#post(message);
  }

  /** Sends the backlog as the next part. */
  #sendWaiting(): void {
    const run = this.#shown?.run;
    if (!run || this.#backlog.isEmpty) return;
    if (this.#backlog.isTooLarge) {
      this.#sendSnapshot();
      return;
    }
    this.#isBusy = true;
    this.#post({ kind: "events", run: run.facts.id, ...this.#backlog.take(run.history) });
  }

  async #sendCompared(): Promise<void> {
    const asked = this.#compared;
    const runs = await comparedRuns(asked, this.#parts.trainings);
    // If the user chose other runs meanwhile, their answer may already have been sent.
    if (asked === this.#compared) this.#post({ kind: "compared", runs: [...runs] });
  }

  async #sendStretch(from: number, to: number): Promise<void> {
    const run = this.#shown?.run;
    if (!run?.history) return;
    const { layout } = run.history;
    const found = await this.#parts.store.stretch(run.facts.id, rowLength(layout), from, to, MOST_ROWS);
    if (found) this.#post({ kind: "stretch", run: run.facts.id, layout, ...found });
  }

  /** Writes the step shown in One Step as a page to print. */
  async exportStep(): Promise<void> {
    await this.#questions.print(this.#document, this.#shown);
  }
}
