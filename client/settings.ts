/** The settings that the language server needs to know. */
import * as vscode from "vscode";
import type { ServerSettings } from "../server/protocol.ts";
import { allowedFolders } from "./files.ts";

export function serverSettings(): ServerSettings {
  const severities = vscode.workspace.getConfiguration("backprop").get<Record<string, string>>("severities");
  const settings = vscode.workspace.getConfiguration("backprop");
  return {
    dataFolders: allowedFolders(),
    severities: typeof severities === "object" && severities !== null ? severities : {},
    hints: { shapes: settings.get("inlayHints.shapes") !== false, totals: settings.get("inlayHints.totals") !== false },
  };
}

export const concernsServer = (change: vscode.ConfigurationChangeEvent): boolean =>
  change.affectsConfiguration("backprop.dataFolders") ||
  change.affectsConfiguration("backprop.severities") ||
  change.affectsConfiguration("backprop.inlayHints");
