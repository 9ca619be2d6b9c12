/** The run history in the side bar, grouped by file, newest first. */
import * as v from "valibot";
import * as vscode from "vscode";
import { countText, durationText, numberText, plural } from "../../../engine/numberText.ts";
import { markdownText, plainText } from "../../../engine/safeText.ts";
import { read } from "../../messages/valueSchemas.ts";
import { timeText } from "../../runs/runNames.ts";
import { type RunSummary, runId } from "../../runs/runSchemas.ts";
import { epochsDone, isOver } from "../../runs/runState.ts";
import { folderIfAmbiguous } from "../fileNames.ts";
import type { Trainings } from "../trainings/trainings.ts";
import type { RunStore } from "./runStore.ts";

export const RUNS_VIEW = "backprop.runs";

export type RunNode =
  | {
      readonly kind: "file";
      readonly file: string;
      readonly fileName: string;
      /** The folder's path if another file has the same name; otherwise "". */
      readonly folder: string;
      readonly runs: readonly RunSummary[];
    }
  | { readonly kind: "run"; readonly run: RunSummary };

/** Returns the run's id from a menu's or click's argument. */
export const runIdOf = (node: unknown): string | undefined => read(runId, node) ?? read(namedRun, node)?.run.id;

/** An item of the tree, or any object with a run. */
const namedRun = v.object({ run: v.object({ id: runId }) });

export function showRuns(store: RunStore, trainings: Trainings): vscode.Disposable {
  const changed = new vscode.EventEmitter<undefined>();
  const provider: vscode.TreeDataProvider<RunNode> = {
    onDidChangeTreeData: changed.event,
    async getChildren(node) {
      if (node?.kind === "run") return [];
      if (node) return node.runs.map((run) => ({ kind: "run", run }));
      const files = Map.groupBy(await trainings.runs(), ({ file }) => file);
      return [...files].map(([file, runs]) => {
        const folder = folderIfAmbiguous(file, files.keys());
        return { kind: "file", file, fileName: runs[0]?.fileName ?? file, folder, runs };
      });
    },
    getTreeItem: treeItem,
  };
  const view = vscode.window.createTreeView(RUNS_VIEW, { treeDataProvider: provider, canSelectMany: true });
  let shown = 0;
  return vscode.Disposable.from(
    changed,
    view,
    store.onChange(() => changed.fire(undefined)),
    trainings.onChange(({ run }) => {
      // A training in progress updates the tree at most once a second.
      if (!isOver(run) && epochsDone(run) > 0 && Date.now() - shown < 1000) return;
      shown = Date.now();
      changed.fire(undefined);
    }),
  );
}

export const treeItem = (node: RunNode): vscode.TreeItem => (node.kind === "file" ? fileItem(node) : runItem(node.run));

function fileItem({ file, fileName, folder, runs }: Extract<RunNode, { kind: "file" }>): vscode.TreeItem {
  const item = new vscode.TreeItem(plainText(fileName), vscode.TreeItemCollapsibleState.Expanded);
  item.id = file;
  item.description = [plainText(folder), plural(runs.length, "run")].filter((part) => part !== "").join(" · ");
  item.resourceUri = vscode.Uri.parse(file);
  item.contextValue = "file";
  return item;
}

const ICONS: { readonly [S in RunSummary["status"]]: string } = {
  loading: "sync~spin",
  training: "sync~spin",
  paused: "debug-pause",
  finished: "pass",
  stopped: "stop-circle",
  diverged: "flame",
  failed: "error",
};

function runItem(run: RunSummary): vscode.TreeItem {
  const name = plainText(run.name);
  const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.None);
  item.id = run.id;
  item.contextValue = "run";
  item.iconPath = new vscode.ThemeIcon(ICONS[run.status]);
  const loss = run.valLoss === null ? (run.loss === null ? "" : `loss ${numberText(run.loss)}`) : `val loss ${numberText(run.valLoss)}`;
  item.description = [loss, timeText(run.begun)].filter((part) => part !== "").join(" · ");
  item.tooltip = new vscode.MarkdownString(
    [
      `**${markdownText(run.name)}**, ${run.status}`,
      `model ${markdownText(run.model)}${run.seed === null ? "" : `, seed ${run.seed}`}`,
      `${countText(run.epochs)} epochs${run.seconds > 0 ? ` in ${durationText(run.seconds)}` : ""}${run.restored === undefined ? "" : `, weights of epoch ${countText(run.restored)}, the best`}`,
      ...(run.metrics?.length ? [run.metrics.map(({ name, value }) => `${markdownText(name)} ${numberText(value)}`).join(", ")] : []),
      ...(run.settings ? [settingsText(run.settings)] : []),
      ...(run.loss === null
        ? []
        : [`loss ${numberText(run.loss)}${run.valLoss === null ? "" : `, validation ${numberText(run.valLoss)}`}`]),
    ].join("  \n"),
  );
  item.command = { command: "backprop.runs.show", title: "Show", arguments: [{ kind: "run", run }] };
  item.accessibilityInformation = { label: `${name}, ${run.status}, ${item.description}` };
  return item;
}

const settingsText = ({ optimizer, learningRate, schedule, batch }: NonNullable<RunSummary["settings"]>): string =>
  `${markdownText(optimizer)}, learning rate ${numberText(learningRate)}${schedule === null ? "" : ` by ${markdownText(schedule)}`}, batch ${batch === null ? "all" : countText(batch)}`;
