/**
 * The server's settings, named without `backprop.`, each with its type, default and scope from package.json. Values from a user or another
 * editor are checked here. A value of the wrong type counts as missing.
 */
import * as v from "valibot";

export interface Setting<Value> {
  readonly schema: v.GenericSchema<unknown, Value>;
  readonly default: Value;
  /** Where the editor lets the user set it. */
  readonly scope: "machine" | "machine-overridable" | "window" | "resource";
}
export type SettingTable = Readonly<Record<string, Setting<unknown>>>;
export type ValuesOf<Table extends SettingTable> = { readonly [Name in keyof Table]: Table[Name]["default"] };

export const setting = <Value>(
  scope: Setting<Value>["scope"],
  schema: v.GenericSchema<unknown, Value>,
  byDefault: NoInfer<Value>,
): Setting<Value> => ({ schema, default: byDefault, scope });

/** The strings in a list. Other items are ignored. */
const strings = v.pipe(
  v.array(v.unknown()),
  v.transform((items): readonly string[] => items.filter((item): item is string => typeof item === "string" && item !== "")),
);

/** A value that is not a severity counts as absent. */
const severity = v.fallback(v.optional(v.picklist(["error", "warning", "information", "hint", "off"])), undefined);

export const serverSettings = {
  /** Absolute paths for the user; the server receives URIs. The paths are specific to a machine, so the scope excludes them from Settings Sync. */
  dataFolders: setting("machine", strings, []),
  /** By code. */
  severities: setting("window", v.record(v.string(), severity), {}),
  "inlayHints.shapes": setting("window", v.boolean(), true),
  "inlayHints.totals": setting("window", v.boolean(), true),
} satisfies SettingTable;

export type ServerSettings = ValuesOf<typeof serverSettings>;

/** Returns the value, or undefined if it is missing or has the wrong type. */
export function validSetting<Value>({ schema }: Setting<Value>, given: unknown): Value | undefined {
  const { success, output } = v.safeParse(schema, given);
  return success ? output : undefined;
}

/** Returns the value, or the setting's default if it is missing or has the wrong type. */
export const readSetting = <Value>(one: Setting<Value>, given: unknown): Value => validSetting(one, given) ?? one.default;

export function readServerSettings(given: (name: keyof ServerSettings) => unknown): ServerSettings {
  return {
    dataFolders: readSetting(serverSettings.dataFolders, given("dataFolders")),
    severities: readSetting(serverSettings.severities, given("severities")),
    "inlayHints.shapes": readSetting(serverSettings["inlayHints.shapes"], given("inlayHints.shapes")),
    "inlayHints.totals": readSetting(serverSettings["inlayHints.totals"], given("inlayHints.totals")),
  };
}

/** The properties of an object of unknown shape. Any other value has none. */
const properties = v.fallback(v.record(v.string(), v.unknown()), {});

/** Returns the settings in a message, which may contain all, some or none of them. */
export function settingsFrom(message: unknown): ServerSettings {
  const all = v.parse(properties, message);
  return readServerSettings((name) => all[name] ?? nested(all, name));
}

/** Returns `{ inlayHints: { shapes } }` as `inlayHints.shapes`: some editors send a setting's parts as objects. */
function nested(all: Readonly<Record<string, unknown>>, name: string): unknown {
  const [group = "", part] = name.split(".");
  return part === undefined ? undefined : v.parse(properties, all[group])[part];
}

/**
 * Returns the settings sent with `workspace/didChangeConfiguration`, which contains all of a client's settings or only ours. undefined if
 * there are none.
 */
export function changedSettings(message: unknown): ServerSettings | undefined {
  const all = v.parse(v.fallback(v.nullable(v.record(v.string(), v.unknown())), null), message);
  return all === null || Object.keys(all).length === 0 ? undefined : settingsFrom(all["backprop"] ?? all);
}

/** The options with which a client may start the server. */
export interface ServerOptions {
  readonly settings: ServerSettings;
  /** Whether the client answers the server's requests for files. */
  readonly files: boolean;
  /** The URI of the folder with a documentation page for each diagnostic code. */
  readonly docs: string | undefined;
  /** Whether the client itself has the lenses' commands. */
  readonly commands: boolean;
  /** Whether the user trusts the workspace, so that the server may start trainings in it. */
  readonly trusted: boolean;
}

/** Returns any client's options. An option that is missing or has the wrong type gets its default. */
export function optionsFrom(initializationOptions: unknown): ServerOptions {
  const options = v.parse(properties, initializationOptions);
  const { settings, backprop, files, docs, commands, trusted } = options;
  return {
    settings: settingsFrom(settings ?? backprop ?? options),
    files: files === true,
    docs: typeof docs === "string" ? docs : undefined,
    commands: commands === true,
    trusted: trusted === true,
  };
}
