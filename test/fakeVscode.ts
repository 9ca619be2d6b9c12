/** The part of the `vscode` module that trainings, the run store and panels use, with real files, real events, and webviews that a test reads. */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { linesOfSameText } from "../client/editor/trainings/matchedLines.ts";
import type { RunState } from "../client/runs/runState.ts";

class Uri {
  static parse = (text: string): Uri => new Uri(text);
  static file = (path: string): Uri => new Uri(pathToFileURL(path).href);
  static joinPath = (base: Uri, ...parts: string[]): Uri =>
    new Uri(pathToFileURL(join(base.fsPath, ...parts)).href.replace("file:", `${base.scheme}:`));
  readonly #href: string;
  constructor(href: string) {
    this.#href = href;
  }
  get scheme(): string {
    return new URL(this.#href).protocol.slice(0, -1);
  }
  get path(): string {
    return decodeURIComponent(new URL(this.#href).pathname);
  }
  get fsPath(): string {
    // A URI of another scheme stands for another machine, whose files are here too.
    return fileURLToPath(this.#href.replace(/^\w+:/, "file:"));
  }
  toString(): string {
    return this.#href;
  }
}

class EventEmitter<T> {
  readonly #listeners = new Set<(event: T) => unknown>();
  event = (listener: (event: T) => unknown): Disposable => {
    this.#listeners.add(listener);
    return new Disposable(() => this.#listeners.delete(listener));
  };
  fire(event: T): void {
    for (const listener of this.#listeners) listener(event);
  }
  dispose(): void {
    this.#listeners.clear();
  }
}

class Disposable {
  static from = (...all: { dispose(): unknown }[]): Disposable =>
    new Disposable(() => {
      for (const one of all) one.dispose();
    });
  readonly dispose: () => unknown;
  constructor(dispose: () => unknown) {
    this.dispose = dispose;
  }
}

class TreeItem {
  readonly label: string;
  readonly collapsibleState: number;
  constructor(label: string, collapsibleState: number) {
    this.label = label;
    this.collapsibleState = collapsibleState;
  }
}

class MarkdownString {
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
}

class ThemeIcon {
  readonly id: string;
  constructor(id: string) {
    this.id = id;
  }
}

class TabInputWebview {
  readonly viewType: string;
  constructor(viewType: string) {
    this.viewType = viewType;
  }
}

/** A webview panel. The test acts as its page. */
export class FakeView {
  /** The origin of the page and of everything it loads, for a browser. */
  static readonly ORIGIN = "https://panel.test";
  readonly #received = new EventEmitter<unknown>();
  readonly #disposed = new EventEmitter<void>();
  readonly #changed = new EventEmitter<void>();
  visible = true;
  active = false;
  /** The column that it was created in. */
  viewColumn = 2;
  title = "";
  readonly onDidDispose = this.#disposed.event;
  readonly onDidChangeViewState = this.#changed.event;
  /** Handles a message of the host as the page receives it: the editor sends JSON, and typed arrays beside it. */
  onMessage: (message: unknown) => void = () => undefined;
  readonly webview = {
    options: {},
    html: "",
    cspSource: FakeView.ORIGIN,
    asWebviewUri: (uri: Uri) => `${FakeView.ORIGIN}${uri.path}`,
    onDidReceiveMessage: this.#received.event,
    postMessage: async (message: unknown): Promise<boolean> => {
      const sent = asSent(message);
      if (this.visible) setImmediate(() => this.onMessage(sent));
      return this.visible;
    },
  };
  reveal(): void {
    this.turn(true);
  }
  /** Shows or hides the panel. */
  turn(visible: boolean): void {
    this.visible = visible;
    this.#changed.fire();
  }
  dispose(): void {
    this.visible = false;
    this.#disposed.fire();
  }
  /** Sends a message from the page to the host. */
  say(message: unknown): void {
    this.#received.fire(asSent(message));
  }
}

function asSent(message: unknown): unknown {
  const arrays: ArrayBufferView[] = [];
  const json = JSON.stringify(message, (_key, value) => (ArrayBuffer.isView(value) ? { array: arrays.push(value) - 1 } : value));
  return JSON.parse(json, (_key, value) => (value && typeof value.array === "number" ? structuredClone(arrays[value.array]) : value));
}

interface Serializer {
  readonly deserializeWebviewPanel: (view: FakeView, memory: unknown) => Promise<void>;
}

/** Returns the places of a run store with one folder. */
export const placesIn = <Folder>(folder: Folder, keep: number) => ({
  of: () => ({ folder, keep, group: "" }),
  folders: () => [folder],
});

/** The parts of a panel whose file has no knobs. */
export const noKnobs = {
  knobsOf: async () => [],
  editOf: async () => ({ problem: "There is no language server." }),
  applyEdit: async () => false,
};

/** The lines of runs whose text has not changed. */
export const trainedText = { of: async ({ run }: { readonly run: RunState }) => linesOfSameText(run.facts) };

/** Returns a fake `vscode` module, the panels that it has created, and a function that restores a panel. */
export function fakeVscode() {
  const views: FakeView[] = [];
  const serializers: Serializer[] = [];
  const fs = {
    createDirectory: async ({ fsPath }: Uri) => void (await mkdir(fsPath, { recursive: true })),
    readFile: async ({ fsPath }: Uri) => new Uint8Array(await readFile(fsPath)),
    writeFile: async ({ fsPath }: Uri, bytes: Uint8Array) => await writeFile(fsPath, bytes),
    rename: async (from: Uri, to: Uri) => await rename(from.fsPath, to.fsPath),
    delete: async ({ fsPath }: Uri) => await rm(fsPath, { recursive: true }),
    stat: async ({ fsPath }: Uri) => await stat(fsPath),
    // Older versions of a file come from a file system of their own.
    isWritableFileSystem: (scheme: string) => scheme === "file",
    readDirectory: async ({ fsPath }: Uri) => (await readdir(fsPath)).map((name) => [name, 2] as const),
  };
  const [created, changed, deleted] = [new EventEmitter<Uri>(), new EventEmitter<Uri>(), new EventEmitter<Uri>()];
  const activated = new EventEmitter<unknown>();
  const edited = new EventEmitter<{ document: unknown; contentChanges: readonly unknown[] }>();
  const tabs = new EventEmitter<unknown>();
  /** The user's settings by their names, and the editor's commands that were run. */
  const settings = new Map<string, unknown>();
  const commands: string[] = [];
  const vscode = {
    Uri,
    EventEmitter,
    Disposable,
    TreeItem,
    TreeItemCollapsibleState: { None: 0, Collapsed: 1, Expanded: 2 },
    MarkdownString,
    ThemeIcon,
    TabInputWebview,
    commands: { executeCommand: async (command: string): Promise<void> => void commands.push(command) },
    ViewColumn: { Beside: -2 },
    workspace: {
      fs,
      isTrusted: true,
      workspaceFolders: [],
      onDidChangeTextDocument: edited.event,
      createFileSystemWatcher: () => ({
        onDidCreate: created.event,
        onDidChange: changed.event,
        onDidDelete: deleted.event,
        dispose: () => undefined,
      }),
      asRelativePath: ({ path }: Uri) => path.split("/").slice(-2).join("/"),
      getConfiguration: () => ({
        get: (name: string, fallback: unknown) => settings.get(name) ?? fallback,
        inspect: () => undefined,
      }),
    },
    window: {
      activeTextEditor: undefined as unknown,
      onDidChangeActiveTextEditor: activated.event,
      tabGroups: {
        all: [] as object[],
        activeTabGroup: { viewColumn: 1, tabs: [] } as object,
        onDidChangeTabs: tabs.event,
        onDidChangeTabGroups: tabs.event,
      },
      createWebviewPanel: (_type: string, _title: string, { viewColumn }: { readonly viewColumn: number }) => {
        const view = new FakeView();
        view.viewColumn = viewColumn;
        views.push(view);
        return view;
      },
      registerWebviewPanelSerializer: (_type: string, serializer: Serializer) => {
        serializers.push(serializer);
        return new Disposable(() => serializers.splice(serializers.indexOf(serializer), 1));
      },
    },
  };
  /** Restores a panel of an earlier window. */
  const restore = async (memory: unknown): Promise<FakeView> => {
    const view = new FakeView();
    await serializers.at(-1)?.deserializeWebviewPanel(view, memory);
    return view;
  };
  /** Makes the document the active editor's. */
  const activate = (uri: Uri, languageId = "nn"): void => {
    vscode.window.activeTextEditor = { document: { uri, languageId } };
    activated.fire(vscode.window.activeTextEditor);
  };
  return { vscode, views, restore, activate, edited, created, deleted, settings, commands };
}
