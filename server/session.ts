/** A client's capabilities, options, folders and settings: as sent with `initialize` and changed since. */
import {
  type ClientCapabilities,
  type Connection,
  ErrorCodes,
  type InitializeParams,
  type MarkupKind,
  ResponseError,
  type WorkspaceFoldersChangeEvent,
} from "vscode-languageserver";
import { isInside } from "./locate.ts";
import { encodingFor, type PositionEncoding } from "./positionEncoding.ts";
import { changedSettings, optionsFrom, type ServerSettings, settingsFrom } from "./settings.ts";
import { onDisk, throughEditor, type WorkspaceFiles } from "./workspaceFiles.ts";

/** `pictures` is Markdown with images. Only clients that name their Markdown parser are certain to show them. */
export type TextFormat = "plaintext" | "markdown" | "pictures";

export interface Session {
  readonly encoding: PositionEncoding;
  /** Whether the client requests diagnostics. If not, the server publishes them. */
  readonly pullsDiagnostics: boolean;
  readonly sendsFolders: boolean;
  /** Whether the client expands the placeholders of snippets. */
  readonly takesSnippets: boolean;
  /** Who runs the lenses' commands: the client itself, the server on its behalf, or nobody. */
  readonly commands: "client" | "server" | "none";
  /** Whether the server may ask the client to watch files. */
  readonly watchesFiles: boolean;
  /** Whether the server may ask the client for its settings. */
  readonly hasConfiguration: boolean;
  /** How the client shows hovers and a completion list's documentation. */
  readonly hoverFormat: TextFormat;
  readonly documentationFormat: TextFormat;
  readonly docs: string | undefined;
  readonly files: WorkspaceFiles;
  readonly folders: () => readonly string[];
  /** Returns the folders from which a document may read: the workspace's, the allowed ones and, for a document outside the workspace, its own. */
  readonly rootsOf: (uri: string) => string[];
  readonly changeFolders: (change: WorkspaceFoldersChangeEvent) => void;
  readonly settings: () => ServerSettings;
  /** Sets every setting. A setting missing in the message gets its default. */
  readonly replaceSettings: (message: unknown) => void;
  /** Like `replaceSettings`, but the message may contain no settings at all. Returns whether it contains any. */
  readonly changeSettings: (message: unknown) => boolean;
  /** Ends the session. Called on `shutdown`. */
  readonly end: () => void;
  /** Throws the protocol's error if the session has ended. */
  readonly requireRunning: () => void;
}

export function sessionFrom({ capabilities, workspaceFolders, initializationOptions }: InitializeParams, connection: Connection): Session {
  const options = optionsFrom(initializationOptions);
  let { settings } = options;
  let isOver = false;
  let folders = (workspaceFolders ?? []).map(({ uri }) => uri);
  return {
    encoding: encodingFor(capabilities.general?.positionEncodings),
    pullsDiagnostics: capabilities.textDocument?.diagnostic !== undefined,
    takesSnippets: capabilities.textDocument?.completion?.completionItem?.snippetSupport === true,
    sendsFolders: capabilities.workspace?.workspaceFolders === true,
    commands: options.commands ? "client" : options.trusted ? "server" : "none",
    watchesFiles: !options.files && capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    hasConfiguration: capabilities.workspace?.configuration === true,
    hoverFormat: formatFor(capabilities.textDocument?.hover?.contentFormat, capabilities),
    documentationFormat: formatFor(capabilities.textDocument?.completion?.completionItem?.documentationFormat, capabilities),
    docs: options.docs,
    files: options.files ? throughEditor(connection) : onDisk,
    folders: () => folders,
    rootsOf(uri) {
      const isInWorkspace = isInside(uri, folders);
      return [...folders, ...(isInWorkspace ? [] : [uri.slice(0, uri.lastIndexOf("/"))]), ...settings.dataFolders];
    },
    changeFolders({ added, removed }) {
      folders = [...folders.filter((uri) => !removed.some((folder) => folder.uri === uri)), ...added.map(({ uri }) => uri)];
    },
    settings: () => settings,
    replaceSettings(message) {
      settings = settingsFrom(message);
    },
    changeSettings(message) {
      const changed = changedSettings(message);
      if (!changed) return false;
      settings = changed;
      return true;
    },
    end() {
      isOver = true;
    },
    requireRunning() {
      if (isOver) throw new ResponseError(ErrorCodes.InvalidRequest, "The server was shut down.");
    },
  };
}

/** The client's first format is its preferred one. */
function formatFor(formats: readonly MarkupKind[] | undefined, { general }: ClientCapabilities): TextFormat {
  if (formats?.[0] === "plaintext") return "plaintext";
  return general?.markdown ? "pictures" : "markdown";
}
