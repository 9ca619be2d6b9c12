/** The commands on runs in the side bar. */
import * as vscode from "vscode";
import type { Retraining } from "../../runs/runSchemas.ts";
import { isOver, nameOf } from "../../runs/runState.ts";
import type { CommandParts } from "../commandParts.ts";
import { debugRun } from "../debug/configurations.ts";
import { isConfirmed, showInformation } from "../notifications.ts";
import { isTrustedHere } from "../trust.ts";
import { openRunFolder } from "./openRunFolder.ts";
import { runIdOf } from "./runsTree.ts";

type Command = (parts: CommandParts, ...args: readonly unknown[]) => unknown;

/** Returns a command that acts on every selected run, or on the clicked run if at most one is selected. */
const onEach =
  (act: (parts: CommandParts, id: string) => unknown): Command =>
  async (parts, node, selected) => {
    for (const id of idsOf(node, selected)) await act(parts, id);
  };

const idsOf = (node: unknown, selected: unknown): string[] =>
  (Array.isArray(selected) && selected.length > 1 ? selected : [node]).map(runIdOf).filter((id) => id !== undefined);

async function again({ runActions, panels }: CommandParts, id: string, how: Retraining): Promise<void> {
  const run = await runActions.again(id, how);
  if (run) panels.show(vscode.Uri.parse(run.facts.file));
}

export const RUN_COMMANDS: Readonly<Record<`backprop.runs.${string}`, Command>> = {
  "backprop.runs.watch": openRunFolder,
  "backprop.runs.show": async ({ panels, trainings }, node) => {
    const open = await trainings.open(runIdOf(node) ?? "");
    if (!open) return;
    const { id, file } = open.run.facts;
    const newest = await trainings.runOf(file);
    panels.show(vscode.Uri.parse(file), newest?.facts.id === id ? undefined : id);
  },
  "backprop.runs.compare": async ({ panels, trainings }, node, selected) => {
    const opened = await Promise.all(idsOf(node, selected).map((id) => trainings.open(id)));
    const byFile = Map.groupBy(
      opened.filter((one) => one !== undefined),
      ({ run }) => run.facts.file,
    );
    for (const [file, runs] of byFile)
      panels.compare(
        vscode.Uri.parse(file),
        runs.map(({ run }) => run.facts.id),
      );
  },
  "backprop.runs.debug": async ({ store, trainings }, node) => {
    const id = runIdOf(node);
    const run = (await trainings.runs()).find((one) => one.id === id);
    if (run && isTrustedHere()) await debugRun(run, store);
  },
  "backprop.runs.rename": async ({ store, trainings }, node) => {
    if (!isTrustedHere()) return;
    const id = runIdOf(node);
    const summary = (await trainings.runs()).find((one) => one.id === id);
    if (!id || !summary) return;
    if (store.isElsewhere(id)) {
      // That window saves the run under the name it has in memory.
      void showInformation(`Another window is training ${summary.name} of ${summary.fileName}. Rename it there.`);
      return;
    }
    const name = await vscode.window.showInputBox({
      prompt: "Name of the run",
      value: summary.name,
      validateInput: (text) => (text.trim() === "" ? "Enter a name." : text.length > 100 ? "Enter at most 100 characters." : undefined),
    });
    if (name === undefined) return;
    // A run in progress is saved repeatedly, each time under the name in memory.
    trainings.rename(id, name.trim());
    await store.rename(id, name.trim());
  },
  "backprop.runs.delete": async ({ store, trainings }, node, selected) => {
    if (!isTrustedHere()) return;
    const ids = idsOf(node, selected);
    const opened = await Promise.all(ids.map((id) => trainings.open(id)));
    const running = opened.find((one) => one && (!isOver(one.run) || store.isElsewhere(one.run.facts.id)));
    if (running) {
      void showInformation(`${nameOf(running.run)} of ${running.run.facts.fileName} is still training. Stop it, then delete it.`);
      return;
    }
    const chosen = (await trainings.runs()).filter(({ id }) => ids.includes(id));
    const names = chosen.map(({ name }) => name);
    if (names.length === 0) return;
    const what = names.length === 1 ? `the run "${names[0] ?? ""}"` : `${names.length} runs`;
    if (!(await isConfirmed(`Delete ${what} with its history and weights? This can't be undone.`, "Delete"))) return;
    for (const { id, file } of chosen) {
      await store.remove(id);
      trainings.forget(id, file);
    }
  },
  "backprop.runs.openPlan": onEach(({ runActions }, id) => runActions.openPlan(id)),
  "backprop.runs.export": onEach(async (parts, id) => (await import("../exchange/exportRun.ts")).exportRun(parts, id)),
  "backprop.runs.exportWeights": onEach(({ runActions }, id) => runActions.exportWeights(id)),
  "backprop.runs.exportCsv": onEach(({ runActions }, id) => runActions.exportHistory(id, "csv")),
  "backprop.runs.exportJson": onEach(({ runActions }, id) => runActions.exportHistory(id, "json")),
  "backprop.runs.againSame": (parts, node) => again(parts, runIdOf(node) ?? "", "same"),
  "backprop.runs.againSeed": (parts, node) => again(parts, runIdOf(node) ?? "", "seed"),
  "backprop.runs.againSeeds": (parts, node) => again(parts, runIdOf(node) ?? "", "seeds"),
  "backprop.runs.againLonger": (parts, node) => again(parts, runIdOf(node) ?? "", "longer"),
};
