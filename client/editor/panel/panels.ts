/** The window's panels: one webview beside each trained file. */
import * as vscode from "vscode";
import { pageMemoryFrom } from "../../messages/panelMemory.ts";
import { isOver } from "../../runs/runState.ts";
import { type Rename, renamed, shownName } from "../fileNames.ts";
import { panelPage } from "./page.ts";
import { type PanelParts, TrainingPanel } from "./panel.ts";

const PANEL_TYPE = "backprop.training";

export class Panels implements vscode.Disposable {
  readonly #drawn = new vscode.EventEmitter<{ readonly file: string; readonly epochs: number }>();
  /** Fires when a panel has drawn a message, with its file and the number of epochs that it has. */
  readonly onDrawn = this.#drawn.event;
  readonly #parts: PanelParts;
  /** Folder of the built files. */
  readonly #root: vscode.Uri;
  /** By the document's URI. */
  readonly #open = new Map<string, TrainingPanel>();
  readonly #listening: vscode.Disposable;

  constructor(extension: vscode.Uri, parts: PanelParts) {
    this.#parts = parts;
    this.#root = vscode.Uri.joinPath(extension, "dist");
    const takeText = (uri: vscode.Uri): void => this.#open.get(uri.toString())?.takeText();
    // A file that is not open in an editor may change, too, for example by another branch.
    const files = vscode.workspace.createFileSystemWatcher("**/*.nn");
    this.#listening = vscode.Disposable.from(
      files,
      files.onDidCreate(takeText),
      files.onDidChange(takeText),
      files.onDidDelete(takeText),
      parts.trainings.onChange((change) => {
        const panel = this.#open.get(change.file);
        panel?.take(change);
        if (isOver(change.run)) panel?.takeHistory();
      }),
      parts.trainings.onSavingProblem(({ run }) => void this.#open.get(run.facts.file)?.takeNotices()),
      parts.trainings.onForgotten(({ file, id }) => void this.#open.get(file)?.forget(id)),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) takeText(document.uri);
      }),
      parts.store.onChange(() => {
        for (const panel of this.#open.values()) panel.takeHistory();
      }),
      vscode.window.registerWebviewPanelSerializer(PANEL_TYPE, {
        deserializeWebviewPanel: async (view, memory: unknown) => this.#restore(view, memory),
      }),
    );
  }

  /** Opens or reveals the panel of a file. It shows the given run, or else the file's newest. */
  show(document: vscode.Uri, run?: string): void {
    // Without an id the panel follows the newest run, so a training that begins replaces a run of the history.
    void this.#panelOf(document, run ?? null).pin(run ?? null);
  }

  /** Shows the file's panel with further runs drawn over its own. */
  compare(document: vscode.Uri, runs: readonly string[]): void {
    void this.#panelOf(document, null).compare(runs);
  }

  /** Takes the panels along with a renamed file or folder. */
  move(rename: Rename): void {
    for (const [file, panel] of [...this.#open]) {
      const to = renamed(file, rename);
      if (to === undefined) continue;
      this.#open.delete(file);
      this.#open.set(to, panel);
      panel.move(vscode.Uri.parse(to));
    }
    this.#nameAll();
  }

  dispose(): void {
    this.#listening.dispose();
    this.#drawn.dispose();
    for (const panel of this.#open.values()) panel.dispose();
  }

  /** Returns the file's panel after revealing it. A new panel shows the run. */
  #panelOf(document: vscode.Uri, run: string | null): TrainingPanel {
    const file = document.toString();
    // A short training could end before the editor reports that the panel is visible.
    this.#parts.trainings.watch(file, true);
    const known = this.#open.get(file);
    if (known) {
      known.show();
      return known;
    }
    const column = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    return this.#adopt(vscode.window.createWebviewPanel(PANEL_TYPE, titleOf(file, []), column), document, run);
  }

  #restore(view: vscode.WebviewPanel, memory: unknown): void {
    const shown = pageMemoryFrom(memory);
    if (shown) this.#adopt(view, vscode.Uri.parse(shown.file), shown.run);
    else view.dispose();
  }

  #adopt(view: vscode.WebviewPanel, document: vscode.Uri, run: string | null): TrainingPanel {
    const file = document.toString();
    const panel = new TrainingPanel(view, document, run, this.#parts, (own, epochs) => this.#drawn.fire({ file: own, epochs }));
    this.#open.set(file, panel);
    this.#nameAll();
    view.onDidDispose(() => {
      if (this.#open.get(panel.file) === panel) this.#open.delete(panel.file);
      this.#nameAll();
    });
    view.webview.options = { enableScripts: true, localResourceRoots: [this.#root] };
    view.webview.html = panelPage(view.webview, this.#root, { file, run, speed: this.#parts.pace.now() });
    return panel;
  }

  /** Two panels of files with the same name have the folders in their titles. */
  #nameAll(): void {
    for (const [file, panel] of this.#open) panel.rename(titleOf(file, this.#open.keys()));
  }
}

const titleOf = (file: string, files: Iterable<string>): string => `Training: ${shownName(file, files)}`;
