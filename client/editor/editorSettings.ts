/**
 * The editor's settings `backprop.*`, read from here alone: each with its type, its default and its scope. A test compares the table
 * with package.json.
 */
import * as v from "valibot";
import * as vscode from "vscode";
import {
  readServerSettings,
  readSetting,
  type ServerSettings,
  type Setting,
  type SettingTable,
  serverSettings,
  setting,
  type ValuesOf,
  validSetting,
} from "../../server/settings.ts";

export const SETTINGS = {
  ...serverSettings,
  precision: setting("resource", v.picklist(["float32", "float64"]), "float32"),
  "panel.openOnTrain": setting("window", v.boolean(), true),
  threads: setting("machine-overridable", v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8)), 0),
  "runs.folder": setting("resource", v.string(), ""),
  "runs.keep": setting("resource", v.pipe(v.number(), v.minValue(1), v.maxValue(1000)), 50),
  gradientHints: setting("window", v.boolean(), true),
} satisfies SettingTable;

export type Settings = ValuesOf<typeof SETTINGS>;
type SettingName = keyof Settings;

/** The same table, with each type found by its name. */
const table: { readonly [Name in SettingName]: Setting<Settings[Name]> } = SETTINGS;

const written = (scope?: vscode.ConfigurationScope): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration("backprop", scope);

/** Returns the setting as it applies to a document or folder, or its default if what is written has another type. */
export const settingOf = <Name extends SettingName>(name: Name, scope?: vscode.ConfigurationScope): Settings[Name] =>
  readSetting(table[name], written(scope).get(name));

/** Returns what the user's own settings say, whatever a workspace says. */
export const userSetting = <Name extends SettingName>(name: Name): Settings[Name] | undefined =>
  validSetting(table[name], written().inspect(name)?.globalValue);

/** Returns what the workspace or its folder says, whatever the user says. */
export function workspaceSetting<Name extends SettingName>(name: Name): Settings[Name] | undefined {
  const found = written().inspect(name);
  return validSetting(table[name], found?.workspaceFolderValue ?? found?.workspaceValue);
}

export const concerns = (change: vscode.ConfigurationChangeEvent, name: SettingName): boolean =>
  change.affectsConfiguration(`backprop.${name}`);

/** Folders outside the workspace that the user allows, as URIs. Only the user's own settings count, never a workspace's. */
export const allowedFolders = (): string[] => (userSetting("dataFolders") ?? []).map((folder) => vscode.Uri.file(folder).toString());

/** What the server is told. */
export const settingsForServer = (): ServerSettings =>
  readServerSettings((name) => (name === "dataFolders" ? allowedFolders() : settingOf(name)));

export const concernsServer = (change: vscode.ConfigurationChangeEvent): boolean =>
  (Object.keys(serverSettings) as (keyof ServerSettings)[]).some((name) => concerns(change, name));
