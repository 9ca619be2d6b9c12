/** The window's panels: one follows the active editor, and each of the others is pinned to a file. */
import * as vscode from "vscode";
import { plainText } from "../../../engine/safeText.ts";
import { type PageMemory, pageMemoryFrom } from "../../messages/panelMemory.ts";
import { isOver } from "../../runs/runState.ts";
import type { DebuggedFile } from "../debug/debuggedFiles.ts";
import { settingOf } from "../editorSettings.ts";
import { isOwnFile, type Rename, renamed, shownName } from "../fileNames.ts";
import { showInformation } from "../notifications.ts";
import { lockOwnGroup, PANEL_TYPE, panelColumn } from "./editorGroups.ts";
import { panelPage } from "./page.ts";
import { TrainingPanel } from "./panel.ts";
import type { PanelParts } from "./panelParts.ts";

export class Panels implements vscode.Disposable {
  readonly #drawn = new vscode.EventEmitter<{ readonly file: string; readonly epochs: number }>();
  /** Fires when a panel has drawn a message, with its file and the number of epochs drawn. */
  readonly onDrawn = this.#drawn.event;
  readonly #parts: PanelParts;
  /** The extension's folder. */
  readonly #extension: vscode.Uri;
  /** Each panel shows a different file. At most one is not pinned. */
  readonly #open = new Set<TrainingPanel>();
  readonly #listening: vscode.Disposable;
  /** The files being debugged, by URI. */
  readonly #debugged = new Map<string, DebuggedFile>();

  constructor(extension: vscode.Uri, parts: PanelParts) {
    this.#parts = parts;
    this.#extension = extension;
    const takeText = (uri: vscode.Uri): void => this.#of(uri.toString())?.takeText();
    // A file that is not open in an editor may also change, for example by switching branches.
    const files = vscode.workspace.createFileSystemWatcher("**/*.nn");
    this.#listening = vscode.Disposable.from(
      files,
      files.onDidCreate(takeText),
      files.onDidChange(takeText),
      files.onDidDelete(takeText),
      parts.trainings.onChange((change) => {
        const panel = this.#of(change.file);
        panel?.take(change);
        if (isOver(change.run)) panel?.takeHistory();
      }),
      parts.trainings.onSavingProblem(({ run }) => void this.#of(run.facts.file)?.takeNotices()),
      parts.trainings.onForgotten(({ file, id }) => void this.#of(file)?.forget(id)),
      vscode.window.onDidChangeActiveTextEditor((editor) => this.#follow(editor)),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) takeText(document.uri);
      }),
      parts.store.onChange(() => {
        for (const panel of this.#open) panel.takeHistory();
      }),
      vscode.window.registerWebviewPanelSerializer(PANEL_TYPE, {
        deserializeWebviewPanel: async (view, memory: unknown) => this.#restore(view, memory),
      }),
    );
  }

  /** Opens or reveals a file's panel. It shows the given run, or else the file's newest run. */
  show(document: vscode.Uri, run?: string): void {
    // Without an id, the panel follows the newest run, so a new training replaces a run from the history.
    void this.#panelOf(document).choose(run ?? null);
  }

  /** Opens or reveals a file's panel and selects a tab. The editor delivers the message as soon as the page is loaded. */
  showTab(document: vscode.Uri, tab: string): void {
    this.#panelOf(document).showTab(tab);
  }

  /** Shows the file's panel with more runs drawn over its own run. */
  compare(document: vscode.Uri, runs: readonly string[]): void {
    void this.#panelOf(document).compare(runs);
  }

  /** Pins the panel in use to its file, or lets it follow the active editor again. */
  pin(): void {
    const panel = this.#inUse();
    if (panel) this.#pin(panel, !panel.isPinned);
    else void showInformation("No training panel is open.");
  }

  /** Lets the file's panel follow its debug session. Called at each stop; `debugged` is undefined at the session's end. */
  debug(file: string, debugged: DebuggedFile | undefined): void {
    if (debugged) this.#debugged.set(file, debugged);
    else this.#debugged.delete(file);
    this.#of(file)?.takeDebugged();
  }

  /** Writes the step shown in the panel in use as a page to print. */
  async exportStep(): Promise<void> {
    const panel = this.#inUse();
    if (panel) await panel.exportStep();
    else void showInformation("No training panel is open.");
  }

  /** Returns the focused panel's file. */
  activeFile(): string | undefined {
    return [...this.#open].find(({ isActive }) => isActive)?.file;
  }

  /** Returns the files of the visible panels. */
  visibleFiles(): string[] {
    return [...this.#open].filter(({ isVisible }) => isVisible).map(({ file }) => file);
  }

  /** Applies a change of the setting for the panels' scale. */
  rescale(): void {
    for (const panel of this.#open) panel.rescale();
  }

  /** Moves the panels of a renamed file or folder to the new name. */
  move(rename: Rename): void {
    for (const panel of this.#open) {
      const to = renamed(panel.file, rename);
      if (to !== undefined) panel.move(vscode.Uri.parse(to));
    }
    this.#nameAll();
  }

  dispose(): void {
    this.#listening.dispose();
    this.#drawn.dispose();
    for (const panel of this.#open) panel.dispose();
  }

  #of(file: string): TrainingPanel | undefined {
    return [...this.#open].find((panel) => panel.file === file);
  }

  #inUse(): TrainingPanel | undefined {
    const panels = [...this.#open];
    return panels.find(({ isActive }) => isActive) ?? this.#follower() ?? panels.find(({ isVisible }) => isVisible);
  }

  #follower(): TrainingPanel | undefined {
    return [...this.#open].find(({ isPinned }) => !isPinned);
  }

  /** Shows the active editor's file, unless a panel is pinned to it. */
  #follow(editor: vscode.TextEditor | undefined): void {
    if (!editor || !isOwnFile(editor.document) || this.#of(editor.document.uri.toString())) return;
    this.#turn(this.#follower(), editor.document.uri);
  }

  #turn(panel: TrainingPanel | undefined, document: vscode.Uri): void {
    void panel?.follow(document);
    this.#nameAll();
  }

  #pin(panel: TrainingPanel, isPinned: boolean): void {
    // Only one panel follows the editor: the one that the user has just chosen.
    if (!isPinned) this.#follower()?.dispose();
    panel.pin(isPinned);
  }

  /** Reveals and returns the panel for the file: the file's own, else the one that follows the editor, else a new one. */
  #panelOf(document: vscode.Uri): TrainingPanel {
    const file = document.toString();
    // A short training could end before the editor reports that the panel is visible.
    this.#parts.trainings.watch(file, true);
    const known = this.#of(file) ?? this.#follower();
    if (!known) return this.#create(document);
    if (known.file !== file) this.#turn(known, document);
    known.show();
    return known;
  }

  #create(document: vscode.Uri): TrainingPanel {
    const file = document.toString();
    const [other] = this.#open;
    const viewColumn = other?.column ?? panelColumn();
    const create = (): vscode.WebviewPanel =>
      vscode.window.createWebviewPanel(PANEL_TYPE, titleOf(file, []), { viewColumn, preserveFocus: true });
    const view = other || !settingOf("panel.lockGroup") ? create() : lockOwnGroup(create);
    return this.#adopt(view, { file, isPinned: false, run: null, speed: this.#parts.pace.now() });
  }

  #restore(view: vscode.WebviewPanel, memory: unknown): void {
    const shown = pageMemoryFrom(memory);
    if (!shown || this.#of(shown.file)) {
      view.dispose();
      return;
    }
    this.#adopt(view, { ...shown, isPinned: shown.isPinned || this.#follower() !== undefined });
    this.#follow(vscode.window.activeTextEditor);
  }

  #adopt(view: vscode.WebviewPanel, memory: PageMemory): TrainingPanel {
    const panel = new TrainingPanel(view, memory, this.#parts, {
      drawn: (epochs) => this.#drawn.fire({ file: panel.file, epochs }),
      pin: (isPinned) => this.#pin(panel, isPinned),
      debugged: () => this.#debugged.get(panel.file),
    });
    this.#open.add(panel);
    this.#nameAll();
    view.onDidDispose(() => {
      this.#open.delete(panel);
      this.#nameAll();
    });
    const built = vscode.Uri.joinPath(this.#extension, "dist");
    const icon = (theme: string): vscode.Uri => vscode.Uri.joinPath(this.#extension, "syntaxes", `panel-${theme}.svg`);
    view.iconPath = { light: icon("light"), dark: icon("dark") };
    view.webview.options = { enableScripts: true, localResourceRoots: [built] };
    view.webview.html = panelPage(view.webview, built, memory);
    return panel;
  }

  /** Sets the panels' titles. Panels of files with the same name show the folders, too. */
  #nameAll(): void {
    const files = [...this.#open].map(({ file }) => file);
    for (const panel of this.#open) panel.rename(titleOf(panel.file, files));
  }
}

const titleOf = (file: string, files: Iterable<string>): string => plainText(`Training: ${shownName(file, files)}`);
