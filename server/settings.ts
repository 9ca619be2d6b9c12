/**
 * The editor's settings that concern the server, by their names without `backprop.`: each with its type, its default and its scope,
 * as package.json declares them. What a user or another editor writes is checked here; a value of another type counts as missing.
 */
import * as v from "valibot";

export interface Setting<Value> {
  readonly schema: v.GenericSchema<unknown, Value>;
  readonly default: Value;
  /** Where the editor lets it be written. */
  readonly scope: "application" | "machine-overridable" | "window" | "resource";
}
export type SettingTable = Readonly<Record<string, Setting<unknown>>>;
export type ValuesOf<Table extends SettingTable> = { readonly [Name in keyof Table]: Table[Name]["default"] };

export const setting = <Value>(
  scope: Setting<Value>["scope"],
  schema: v.GenericSchema<unknown, Value>,
  byDefault: NoInfer<Value>,
): Setting<Value> => ({ schema, default: byDefault, scope });

/** The strings of a list; whatever else stands in it is left out. */
const strings = v.pipe(
  v.array(v.unknown()),
  v.transform((items): readonly string[] => items.filter((item): item is string => typeof item === "string" && item !== "")),
);

/** What is no severity counts as not set. */
const severity = v.fallback(v.optional(v.picklist(["error", "warning", "information", "hint", "off"])), undefined);

export const serverSettings = {
  /** Absolute paths for the user; the server receives URIs. */
  dataFolders: setting("application", strings, []),
  /** By code. */
  severities: setting("window", v.record(v.string(), severity), {}),
  "inlayHints.shapes": setting("window", v.boolean(), true),
  "inlayHints.totals": setting("window", v.boolean(), true),
} satisfies SettingTable;

export type ServerSettings = ValuesOf<typeof serverSettings>;

/** Returns undefined if the value is missing or has another type. */
export function validSetting<Value>({ schema }: Setting<Value>, given: unknown): Value | undefined {
  const { success, output } = v.safeParse(schema, given);
  return success ? output : undefined;
}

/** Returns the setting's default if the value is missing or has another type. */
export const readSetting = <Value>(one: Setting<Value>, given: unknown): Value => validSetting(one, given) ?? one.default;

export function readServerSettings(given: (name: keyof ServerSettings) => unknown): ServerSettings {
  return {
    dataFolders: readSetting(serverSettings.dataFolders, given("dataFolders")),
    severities: readSetting(serverSettings.severities, given("severities")),
    "inlayHints.shapes": readSetting(serverSettings["inlayHints.shapes"], given("inlayHints.shapes")),
    "inlayHints.totals": readSetting(serverSettings["inlayHints.totals"], given("inlayHints.totals")),
  };
}

/** An object of unknown shape as its properties; of anything else there are none. */
const properties = v.fallback(v.record(v.string(), v.unknown()), {});

/** Settings as a message carries them: all, some or none of them. */
export function settingsFrom(message: unknown): ServerSettings {
  const all = v.parse(properties, message);
  return readServerSettings((name) => all[name]);
}

/** What a client may say when it starts the server. */
export interface ServerOptions {
  readonly settings: ServerSettings;
  /** Whether the client answers requests for files. */
  readonly files: boolean;
  /** The URI of the folder that has a page for each code. */
  readonly docs: string | undefined;
}

/** The initialization options of any client: what is missing or has another type is its default. */
export function optionsFrom(initializationOptions: unknown): ServerOptions {
  const { settings, files, docs } = v.parse(properties, initializationOptions);
  return { settings: settingsFrom(settings), files: files === true, docs: typeof docs === "string" ? docs : undefined };
}
