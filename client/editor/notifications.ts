/** The editor's notifications and questions. Only this file shows them, because links in their text can run commands. */
import * as vscode from "vscode";
import { notificationText } from "../../engine/safeText.ts";

type Show = (text: string, ...actions: readonly string[]) => Thenable<string | undefined>;

/** These functions show the text literally, with a button for each action, and return the chosen action. */
export const showInformation: Show = (text, ...actions) => vscode.window.showInformationMessage(notificationText(text), ...actions);
export const showWarning: Show = (text, ...actions) => vscode.window.showWarningMessage(notificationText(text), ...actions);
export const showError: Show = (text, ...actions) => vscode.window.showErrorMessage(notificationText(text), ...actions);

/** Asks in a dialog before an action that can't be undone. Returns whether the user agreed. */
export async function isConfirmed(text: string, action: string): Promise<boolean> {
  return (await vscode.window.showWarningMessage(notificationText(text), { modal: true }, action)) === action;
}

/** Asks in a dialog with lines below the question. Returns whether the user agreed. */
export async function isConfirmedWith(text: string, lines: readonly string[], action: string): Promise<boolean> {
  const detail = lines.map(notificationText).join("\n\n");
  return (await vscode.window.showInformationMessage(notificationText(text), { modal: true, detail }, action)) === action;
}
