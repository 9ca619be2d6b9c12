/**
 * The panel's host side: one webview beside each file that is trained. The host's runs are the truth; the panel gets a
 * snapshot when it says that it is ready, then what came since, the next part only when the last one is drawn.
 */
import * as vscode from "vscode";
import type { TrainingEvent } from "../../engine/events.ts";
import type { Trainings } from "../training/trainings.ts";
import { type FromPanel, fromPanel, type PanelMemory, type ToPanel } from "./messages.ts";
import type { RunState } from "./runState.ts";

export const PANEL_TYPE = "backprop.training";

export interface Panels extends vscode.Disposable {
  /** Opens or shows the panel of a file. */
  readonly show: (document: vscode.Uri) => void;
  /** Fires when a panel has drawn what it was sent: the file and the number of epochs on the screen. */
  readonly onDrawn: vscode.Event<{ readonly file: string; readonly epochs: number }>;
}

export interface PanelActions {
  readonly train: (document: vscode.Uri, run: string | undefined) => void;
  readonly reveal: (document: vscode.Uri, line: number) => void;
}

interface OpenPanel {
  readonly view: vscode.WebviewPanel;
  run: RunState | undefined;
  /** Events that the panel has not been sent. */
  waiting: TrainingEvent[];
  /** What was sent last is not drawn yet, or the panel's script does not run. */
  isBusy: boolean;
}

export function createPanels(extension: vscode.Uri, trainings: Trainings, actions: PanelActions): Panels {
  const open = new Map<string, OpenPanel>();
  const drawn = new vscode.EventEmitter<{ file: string; epochs: number }>();
  const root = vscode.Uri.joinPath(extension, "dist");
  const options: vscode.WebviewOptions = { enableScripts: true, localResourceRoots: [root] };

  const send = (panel: OpenPanel, message: ToPanel): void => {
    panel.isBusy = true;
    void panel.view.webview.postMessage(message);
  };
  const snapshot = (panel: OpenPanel): void => {
    panel.waiting = [];
    send(panel, { kind: "snapshot", state: panel.run ?? null });
  };

  const adopt = (view: vscode.WebviewPanel, document: vscode.Uri): void => {
    const file = document.toString();
    const panel: OpenPanel = { view, run: undefined, waiting: [], isBusy: true };
    open.set(file, panel);
    view.webview.options = options;
    view.webview.onDidReceiveMessage((raw: unknown) => {
      const message = fromPanel(raw);
      if (message) void receive(message, panel, document);
    });
    // A panel out of sight loses its script; it says ready again when it is back.
    view.onDidChangeViewState(() => {
      if (!view.visible) panel.isBusy = true;
    });
    view.onDidDispose(() => {
      if (open.get(file) === panel) open.delete(file);
    });
    view.webview.html = page(view.webview, root, { file });
  };

  const receive = async (message: FromPanel, panel: OpenPanel, document: vscode.Uri): Promise<void> => {
    const file = document.toString();
    switch (message.kind) {
      case "ready":
        panel.run = await trainings.runOf(file);
        snapshot(panel);
        return;
      case "drawn": {
        panel.isBusy = false;
        if (message.run === panel.run?.facts.id) drawn.fire({ file, epochs: message.epochs });
        const { waiting, run } = panel;
        if (waiting.length === 0 || !run) return;
        panel.waiting = [];
        send(panel, { kind: "events", run: run.facts.id, events: waiting });
        return;
      }
      case "pause":
        trainings.pause(file);
        return;
      case "resume":
        trainings.resume(file);
        return;
      case "stop":
        trainings.stop(file);
        return;
      case "train":
        actions.train(document, panel.run?.facts.run);
        return;
      case "reveal": {
        const line = panel.run?.facts.lines[message.at];
        if (line !== undefined) actions.reveal(document, line);
      }
    }
  };

  const listening = trainings.onChange(({ file, run, events }) => {
    const panel = open.get(file);
    if (!panel) return;
    if (panel.run !== run) {
      panel.run = run;
      if (panel.view.visible) snapshot(panel);
      return;
    }
    if (panel.isBusy) {
      // Out of sight nothing need be kept: the snapshot will have it.
      if (panel.view.visible) panel.waiting.push(...events);
      return;
    }
    send(panel, { kind: "events", run: run.facts.id, events });
  });

  const serializer = vscode.window.registerWebviewPanelSerializer(PANEL_TYPE, {
    deserializeWebviewPanel(view, memory: unknown) {
      const file = memory && typeof memory === "object" && "file" in memory ? memory.file : undefined;
      if (typeof file !== "string") view.dispose();
      else adopt(view, vscode.Uri.parse(file));
      return Promise.resolve();
    },
  });

  return {
    onDrawn: drawn.event,
    show(document) {
      const known = open.get(document.toString());
      if (known) {
        known.view.reveal(undefined, true);
        return;
      }
      const name = document.path.split("/").at(-1) ?? "";
      const view = vscode.window.createWebviewPanel(
        PANEL_TYPE,
        `Training: ${name}`,
        { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
        options,
      );
      adopt(view, document);
    },
    dispose() {
      listening.dispose();
      serializer.dispose();
      drawn.dispose();
      for (const { view } of open.values()) view.dispose();
    },
  };
}

/** The panel's page: scripts by nonce and style sheets of ours alone, nothing from any network. */
function page(webview: vscode.Webview, root: vscode.Uri, memory: PanelMemory): string {
  const nonce = crypto.randomUUID();
  const at = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(root, name)).toString();
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="UTF-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'; font-src ${webview.cspSource};">
  <meta name="backprop-memory" content="${escaped(JSON.stringify(memory))}">
  <link rel="stylesheet" href="${at("panel.css")}">
  <title>Training</title>
</head>
<body>
  <main id="panel"></main>
  <script nonce="${nonce}" src="${at("panel.js")}"></script>
</body>
</html>`;
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
