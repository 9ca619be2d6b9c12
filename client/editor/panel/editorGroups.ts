/** The editor groups around the panels: a panel's own group is locked, so that files open in another one. */
import * as vscode from "vscode";

export const PANEL_TYPE = "backprop.training";

/** Returns the group in which a file can be shown without covering a panel: the first one that has something other than panels, or a new one. */
export const fileColumn = (): vscode.ViewColumn =>
  vscode.window.tabGroups.all.find(({ tabs }) => tabs.length === 0 || !tabs.every(isPanel))?.viewColumn ?? vscode.ViewColumn.Beside;

/**
 * Returns the group in which a panel opens: an empty one beside the active one, else the next one. A locked group stays when its panel
 * disappears, for example with a killed extension host, and the editor opens nothing in it unless its column is named.
 */
export const panelColumn = (): vscode.ViewColumn => emptyGroup()?.viewColumn ?? vscode.ViewColumn.Beside;

const emptyGroup = (): vscode.TabGroup | undefined => {
  const { all, activeTabGroup } = vscode.window.tabGroups;
  return all.find(({ tabs, viewColumn }) => tabs.length === 0 && viewColumn !== activeTabGroup.viewColumn);
};

/** Creates a panel. If it opens in a group of its own, locks the group; the focus is in the group for a moment, because the command acts on the active group. */
export function lockOwnGroup(create: () => vscode.WebviewPanel): vscode.WebviewPanel {
  const { all, activeTabGroup } = vscode.window.tabGroups;
  // Without an empty group the panel opens beside the active group: in a new one only if that is the last one.
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
    // The user has gone to another editor meanwhile.
    vscode.window.onDidChangeActiveTextEditor((other) => other && end()),
  );
  view.reveal(undefined, false);
  return view;
}

export const isPanel = ({ input }: vscode.Tab): boolean => input instanceof vscode.TabInputWebview && input.viewType.endsWith(PANEL_TYPE);
