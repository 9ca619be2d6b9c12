/** The editor settings `backprop.*` with their types, defaults and scopes. Only this file reads them. A test compares the table with package.json. */
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
  "panel.scale": setting("window", v.pipe(v.number(), v.minValue(1), v.maxValue(3)), 1),
  "panel.lockGroup": setting("window", v.boolean(), true),
  engine: setting("machine", v.picklist(["backprop", "torch"]), "backprop"),
  python: setting("machine", v.string(), ""),
  threads: setting("machine-overridable", v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8)), 0),
  "runs.folder": setting("resource", v.string(), ""),
  "runs.keep": setting("resource", v.pipe(v.number(), v.minValue(1), v.maxValue(1000)), 50),
  gradientHints: setting("window", v.boolean(), true),
} satisfies SettingTable;

export type Settings = ValuesOf<typeof SETTINGS>;
type SettingName = keyof Settings;

/** `SETTINGS`, typed so that a name determines its value's type. */
const table: { readonly [Name in SettingName]: Setting<Settings[Name]> } = SETTINGS;

const configuration = (scope?: vscode.ConfigurationScope): vscode.WorkspaceConfiguration =>
  vscode.workspace.getConfiguration("backprop", scope);

/** Returns the setting's value for a document or folder, or the default if the configured value has the wrong type. */
export const settingOf = <Name extends SettingName>(name: Name, scope?: vscode.ConfigurationScope): Settings[Name] =>
  readSetting(table[name], configuration(scope).get(name));

/** Returns the value from the user's settings. Ignores the workspace's. */
export const userSetting = <Name extends SettingName>(name: Name): Settings[Name] | undefined =>
  validSetting(table[name], configuration().inspect(name)?.globalValue);

/** Returns the value from the settings of the workspace or of the workspace folder `scope`. Ignores the user's. */
export function workspaceSetting<Name extends SettingName>(name: Name, scope?: vscode.ConfigurationScope): Settings[Name] | undefined {
  const found = configuration(scope).inspect(name);
  return validSetting(table[name], found?.workspaceFolderValue ?? found?.workspaceValue);
}

export const affects = (change: vscode.ConfigurationChangeEvent, name: SettingName): boolean =>
  change.affectsConfiguration(`backprop.${name}`);

/** Returns the URIs of folders outside the workspace that the user allows. A workspace can't allow any itself. */
export const allowedFolders = (): string[] => (userSetting("dataFolders") ?? []).map((folder) => vscode.Uri.file(folder).toString());

/** Returns the settings to send to the server. */
export const settingsForServer = (): ServerSettings =>
  readServerSettings((name) => (name === "dataFolders" ? allowedFolders() : settingOf(name)));

export const affectsServer = (change: vscode.ConfigurationChangeEvent): boolean =>
  (Object.keys(serverSettings) as (keyof ServerSettings)[]).some((name) => affects(change, name));
