/** The settings that the language server needs to know. */
import * as vscode from "vscode";
import type { ServerSettings } from "../server/protocol.ts";
import { allowedFolders } from "./files.ts";

export function serverSettings(): ServerSettings {
  const severities = vscode.workspace.getConfiguration("backprop").get<Record<string, string>>("severities");
  return { dataFolders: allowedFolders(), severities: typeof severities === "object" && severities !== null ? severities : {} };
}

export const concernsServer = (change: vscode.ConfigurationChangeEvent): boolean =>
  change.affectsConfiguration("backprop.dataFolders") || change.affectsConfiguration("backprop.severities");
