/** The editor groups for panels. A panel's own group is locked, so that files open in another group. */
import * as vscode from "vscode";

export const PANEL_TYPE = "backprop.training";

/** Returns a group where a file does not cover a panel: the first group that does not consist of panels, or else a new one. */
export const fileColumn = (): vscode.ViewColumn =>
  vscode.window.tabGroups.all.find(({ tabs }) => tabs.length === 0 || !tabs.every(isPanel))?.viewColumn ?? vscode.ViewColumn.Beside;

/**
 * Returns the group in which a panel opens: an empty group, or else the one beside the active group. A locked group remains when its panel
 * disappears, for example with a killed extension host. The editor then opens nothing in it unless the caller names its column.
 */
export const panelColumn = (): vscode.ViewColumn => emptyGroup()?.viewColumn ?? vscode.ViewColumn.Beside;

const emptyGroup = (): vscode.TabGroup | undefined => {
  const { all, activeTabGroup } = vscode.window.tabGroups;
  return all.find(({ tabs, viewColumn }) => tabs.length === 0 && viewColumn !== activeTabGroup.viewColumn);
};

/** Creates a panel. Locks its group if it opens in a separate one. Focuses that group briefly, because the command acts on the active group. */
export function lockOwnGroup(create: () => vscode.WebviewPanel): vscode.WebviewPanel {
  const { all, activeTabGroup } = vscode.window.tabGroups;
  // Without an empty group, the panel opens beside the active group: in a new group only if the active group is the last one.
  const opensGroup = emptyGroup() !== undefined || (activeTabGroup.viewColumn === all.length && activeTabGroup.tabs.length > 0);
  const editor = vscode.window.activeTextEditor;
  const view = create();
  if (!opensGroup) return view;
  const listening: vscode.Disposable[] = [];
  const end = (): void => vscode.Disposable.from(...listening).dispose();
  const lock = async (): Promise<void> => {
    const group = vscode.window.tabGroups.activeTabGroup;
    if (!view.active || !group.activeTab || !isPanel(group.activeTab)) return;
    end();
    if (group.tabs.length === 1) await vscode.commands.executeCommand("workbench.action.lockEditorGroup");
    if (editor?.viewColumn) await vscode.window.showTextDocument(editor.document, { viewColumn: editor.viewColumn });
  };
  listening.push(
    view.onDidChangeViewState(lock),
    vscode.window.tabGroups.onDidChangeTabs(lock),
    vscode.window.tabGroups.onDidChangeTabGroups(lock),
    view.onDidDispose(end),
    // The user has switched to another editor meanwhile.
    vscode.window.onDidChangeActiveTextEditor((other) => other && end()),
  );
  view.reveal(undefined, false);
  return view;
}

export const isPanel = ({ input }: vscode.Tab): boolean => input instanceof vscode.TabInputWebview && input.viewType.endsWith(PANEL_TYPE);
