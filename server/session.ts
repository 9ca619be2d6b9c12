/** One client's capabilities, options, folders and settings: as sent with `initialize`, and as changed since. */
import { type Connection, ErrorCodes, type InitializeParams, ResponseError, type WorkspaceFoldersChangeEvent } from "vscode-languageserver";
import { isInside } from "./locate.ts";
import { encodingFor, type PositionEncoding } from "./positionEncoding.ts";
import { optionsFrom, type ServerSettings, settingsFrom } from "./settings.ts";
import { onDisk, throughEditor, type WorkspaceFiles } from "./workspaceFiles.ts";

export interface Session {
  readonly encoding: PositionEncoding;
  /** Whether the client requests diagnostics. To any other client the server publishes them. */
  readonly pullsDiagnostics: boolean;
  readonly sendsFolders: boolean;
  /** Whether the client expands the placeholders of snippets. */
  readonly takesSnippets: boolean;
  readonly docs: string | undefined;
  readonly files: WorkspaceFiles;
  readonly folders: () => readonly string[];
  /** Returns the folders that a document may read from: the workspace's, the allowed ones and, for a document outside the workspace, its own. */
  readonly rootsOf: (uri: string) => string[];
  readonly changeFolders: (change: WorkspaceFoldersChangeEvent) => void;
  readonly settings: () => ServerSettings;
  readonly changeSettings: (message: unknown) => void;
  /** Ends the session. Called on `shutdown`. */
  readonly end: () => void;
  /** Throws the protocol's error if the session is over. */
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
    changeSettings(message) {
      settings = settingsFrom(message);
    },
    end() {
      isOver = true;
    },
    requireRunning() {
      if (isOver) throw new ResponseError(ErrorCodes.InvalidRequest, "The server was shut down.");
    },
  };
}
