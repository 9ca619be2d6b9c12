/**
 * The panel's host side: one webview beside each file that is trained. The host's runs are the truth; the panel gets a
 * snapshot when it says that it is ready, then what came since, the next part only when the last one is drawn.
 */
import * as vscode from "vscode";
import { readDataFile } from "../files.ts";
import type { Inspections } from "../inspect/inspections.ts";
import type { Question } from "../inspect/messages.ts";
import type { RunActions } from "../runs/actions.ts";
import { type Delta, deltaOf, MOST_ROWS, type PackedTable, packedTable, rowLength } from "../runs/history.ts";
import type { RunEvent, RunState } from "../runs/runState.ts";
import type { RunStore } from "../runs/store.ts";
import type { OpenRun, Trainings } from "../training/trainings.ts";
import { shownIn } from "./memory.ts";
import { type ComparedRun, type FromPanel, fromPanel, type ToPanel } from "./messages.ts";
import { panelPage } from "./page.ts";

export const PANEL_TYPE = "backprop.training";

export interface Panels extends vscode.Disposable {
  /** Opens or shows the panel of a file; with a run's id, that run. */
  readonly show: (document: vscode.Uri, run?: string) => void;
  /** The file's panel, with more runs drawn over its own. */
  readonly compare: (document: vscode.Uri, runs: readonly string[]) => void;
  /** Fires when a panel has drawn what it was sent: the file and the number of epochs that it knows of. */
  readonly onDrawn: vscode.Event<{ readonly file: string; readonly epochs: number }>;
}

export interface PanelParts {
  readonly trainings: Trainings;
  readonly store: RunStore;
  readonly inspections: Inspections;
  readonly runActions: RunActions;
  readonly train: (document: vscode.Uri, run: string | undefined) => void;
  readonly reveal: (document: vscode.Uri, line: number) => void;
}

interface OpenPanel {
  readonly view: vscode.WebviewPanel;
  readonly document: vscode.Uri;
  shown: OpenRun | undefined;
  /** A run of the history that is shown; null: the file's newest. */
  pinned: string | null;
  compared: readonly string[];
  /** What the panel has not been sent. */
  waiting: { rows: Float64Array[]; events: RunEvent[]; numbers: number };
  /** What was sent last is not drawn yet, or the panel's script does not run. */
  isBusy: boolean;
  /** So much waits that a snapshot is less. */
  isBehind: boolean;
}

export function createPanels(extension: vscode.Uri, parts: PanelParts): Panels {
  const { trainings, store, inspections, runActions } = parts;
  const open = new Map<string, OpenPanel>();
  const drawn = new vscode.EventEmitter<{ file: string; epochs: number }>();
  const root = vscode.Uri.joinPath(extension, "dist");
  const options: vscode.WebviewOptions = { enableScripts: true, localResourceRoots: [root] };

  const post = (panel: OpenPanel, message: ToPanel): void => void panel.view.webview.postMessage(message);
  const nothing = (): OpenPanel["waiting"] => ({ rows: [], events: [], numbers: 0 });
  const snapshot = (panel: OpenPanel): void => {
    const run = panel.shown?.run;
    // What happened inside is much, and comes when the rest is drawn.
    panel.waiting = { ...nothing(), events: [...(run?.snapshots ?? [])] };
    panel.isBusy = true;
    panel.isBehind = false;
    const state = run ? { ...run, snapshots: [], history: run.history && packedTable(run.history) } : null;
    post(panel, { kind: "snapshot", state, isLatest: panel.pinned === null });
  };
  /** What waits, as the next part. */
  const sendWaiting = (panel: OpenPanel): void => {
    const { shown, waiting, isBehind } = panel;
    if (!shown || (waiting.rows.length === 0 && waiting.events.length === 0)) return;
    if (isBehind) {
      snapshot(panel);
      return;
    }
    panel.waiting = nothing();
    panel.isBusy = true;
    post(panel, { kind: "events", run: shown.run.facts.id, epochs: deltaFrom(shown.run, waiting.rows), events: waiting.events });
  };
  const sendRuns = async (panel: OpenPanel): Promise<void> => {
    const file = panel.document.toString();
    post(panel, { kind: "runs", runs: (await store.list()).filter((one) => one.file === file) });
  };
  const sendCompared = async (panel: OpenPanel): Promise<void> => {
    const summaries = await store.list();
    const loaded = await Promise.all(
      panel.compared.map(async (id): Promise<ComparedRun<PackedTable> | undefined> => {
        const summary = summaries.find((one) => one.id === id);
        const table = summary && (await trainings.open(id))?.run.history;
        return summary && table ? { summary, table: packedTable(table) } : undefined;
      }),
    );
    post(panel, { kind: "compared", runs: loaded.filter((one) => one !== undefined) });
  };
  const shownRun = async ({ document, pinned }: OpenPanel): Promise<OpenRun | undefined> => {
    if (pinned !== null) return await trainings.open(pinned);
    const latest = await trainings.runOf(document.toString());
    return latest && (await trainings.open(latest.facts.id));
  };
  const pin = async (panel: OpenPanel, id: string | null): Promise<void> => {
    panel.pinned = id;
    panel.shown = await shownRun(panel);
    snapshot(panel);
  };

  const adopt = (view: vscode.WebviewPanel, document: vscode.Uri, pinned: string | null): OpenPanel => {
    const file = document.toString();
    const panel: OpenPanel = {
      view,
      document,
      shown: undefined,
      pinned,
      compared: [],
      waiting: nothing(),
      isBusy: true,
      isBehind: false,
    };
    open.set(file, panel);
    view.webview.options = options;
    view.webview.onDidReceiveMessage((raw: unknown) => {
      const message = fromPanel(raw);
      if (message) void receive(message, panel);
    });
    // A panel out of sight loses its script; it says ready again when it is back.
    view.onDidChangeViewState(() => {
      trainings.watch(file, view.visible);
      if (!view.visible) panel.isBusy = true;
    });
    view.onDidDispose(() => {
      trainings.watch(file, false);
      if (panel.shown) inspections.close(panel.shown.run.facts.id);
      if (open.get(file) === panel) open.delete(file);
    });
    view.webview.html = panelPage(view.webview, root, { file, run: pinned });
    return panel;
  };

  const receive = async (message: FromPanel, panel: OpenPanel): Promise<void> => {
    const { document } = panel;
    const file = document.toString();
    const id = panel.shown?.run.facts.id;
    switch (message.kind) {
      case "ready":
        panel.compared = [...new Set([...panel.compared, ...message.compared])];
        panel.shown = await shownRun(panel);
        snapshot(panel);
        await sendRuns(panel);
        if (panel.compared.length > 0) await sendCompared(panel);
        return;
      case "drawn":
        panel.isBusy = false;
        if (message.run === id) drawn.fire({ file, epochs: message.epochs });
        sendWaiting(panel);
        return;
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
        panel.pinned = null;
        parts.train(document, panel.shown?.run.facts.run);
        return;
      case "again":
        panel.pinned = null;
        if (id) await runActions.again(id, message.how);
        return;
      case "reveal": {
        const line = panel.shown?.run.facts.lines[message.at];
        if (line !== undefined) parts.reveal(document, line);
        return;
      }
      case "ask":
        await answer(panel, message.question);
        return;
      case "compare":
        panel.compared = message.runs;
        await sendCompared(panel);
        return;
      case "show":
        await pin(panel, message.run);
        return;
      case "stretch":
        await sendStretch(panel, message.from, message.to);
        return;
      case "exportHistory":
        if (id) await runActions.exportHistory(id, message.format);
        return;
      case "exportWeights":
        if (id) await runActions.exportWeights(id);
        return;
      case "exportPicture":
        if (id) await runActions.exportPicture(id, message.name, message.format, Buffer.from(message.base64, "base64"));
    }
  };

  /** With the weights as they are now, or were at the run's end. */
  const answer = async (panel: OpenPanel, question: Question): Promise<void> => {
    const { shown, document } = panel;
    if (!shown) return;
    const { id } = shown.run.facts;
    const problem = (message: string): void => post(panel, { kind: "problem", run: id, question: question.kind, message });
    if (!vscode.workspace.isTrusted) {
      problem("Networks are run only in workspaces that you trust.");
      return;
    }
    try {
      const checkpoint = await trainings.checkpointOf(id);
      if (!checkpoint) {
        problem("This run kept no weights: it ended before its data were read.");
        return;
      }
      const read = (path: string): Promise<Uint8Array> => readDataFile(path, document);
      post(panel, { kind: "answer", run: id, answer: await inspections.ask({ id, ...shown, read }, question, checkpoint) });
    } catch (error) {
      problem(error instanceof Error ? error.message : String(error));
    }
  };

  const sendStretch = async (panel: OpenPanel, from: number, to: number): Promise<void> => {
    const run = panel.shown?.run;
    if (!run?.history) return;
    const { layout } = run.history;
    const found = await store.stretch(run.facts.id, rowLength(layout), from, to, MOST_ROWS);
    if (found) post(panel, { kind: "stretch", run: run.facts.id, layout, ...found });
  };

  const listening = vscode.Disposable.from(
    trainings.onChange(({ file, run, events, epochs }) => {
      const panel = open.get(file);
      if (!panel || (panel.pinned !== null && panel.pinned !== run.facts.id)) return;
      if (panel.shown?.run !== run) {
        if (panel.shown) inspections.close(panel.shown.run.facts.id);
        void trainings.open(run.facts.id).then((opened) => {
          panel.shown = opened;
          if (panel.view.visible) snapshot(panel);
        });
        return;
      }
      // Out of sight nothing need be kept: the snapshot will have it.
      if (!panel.view.visible) return;
      const { waiting } = panel;
      waiting.events.push(...events);
      if (epochs && run.history) {
        // Events are thinned here: only what the table keeps goes on.
        const { rows } = deltaOf(run.history, epochs.rows);
        waiting.rows.push(rows);
        waiting.numbers += rows.length;
        if (waiting.numbers > MOST_ROWS * rowLength(epochs.layout)) panel.isBehind = true;
        if (panel.isBehind) waiting.rows = [rows];
      }
      if (!panel.isBusy) sendWaiting(panel);
    }),
    store.onChange(() => {
      for (const panel of open.values()) if (panel.view.visible) void sendRuns(panel);
    }),
  );

  const serializer = vscode.window.registerWebviewPanelSerializer(PANEL_TYPE, {
    deserializeWebviewPanel(view, memory: unknown) {
      const shown = shownIn(memory);
      if (shown) adopt(view, vscode.Uri.parse(shown.file), shown.run);
      else view.dispose();
      return Promise.resolve();
    },
  });

  const show = (document: vscode.Uri, run: string | null): OpenPanel => {
    const known = open.get(document.toString());
    // A short training would be over before the editor says that the panel is seen.
    trainings.watch(document.toString(), true);
    if (known) {
      known.view.reveal(undefined, true);
      return known;
    }
    const name = document.path.split("/").at(-1) ?? "";
    const column = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    return adopt(vscode.window.createWebviewPanel(PANEL_TYPE, `Training: ${name}`, column, options), document, run);
  };

  return {
    onDrawn: drawn.event,
    show(document, run) {
      const known = open.get(document.toString());
      show(document, run ?? null);
      // A training that begins is shown, whatever was; a run of the history when it is asked for.
      if (known && (run ?? null) !== known.pinned) void pin(known, run ?? null);
    },
    compare(document, runs) {
      const panel = show(document, null);
      panel.compared = [...new Set([...panel.compared, ...runs])];
      void sendCompared(panel);
    },
    dispose() {
      listening.dispose();
      serializer.dispose();
      drawn.dispose();
      for (const { view } of open.values()) view.dispose();
    },
  };
}

/** Rows that came in several parts, as one. */
function deltaFrom({ history }: RunState, parts: readonly Float64Array[]): Delta | null {
  if (!history || parts.length === 0) return null;
  const rows = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    rows.set(part, at);
    at += part.length;
  }
  return deltaOf(history, rows);
}
