/**
 * The connection's state: documents, versions, settings, files. What a request means is in features/, which request asks for
 * which feature in requests.ts. A feature that throws is logged and answers with nothing, so that one mistake never takes
 * the editor's language down.
 */
import {
  type CancellationToken,
  type Connection,
  ErrorCodes,
  ResponseError,
  type SymbolInformation,
  TextDocumentSyncKind,
  TextDocuments,
} from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { type DataReader, dataReader } from "./dataFiles.ts";
import { documentsIn, encodingFor, type PositionEncoding } from "./documents.ts";
import { CODE_ACTION_KINDS } from "./features/codeActions.ts";
import { type DiagnosticOptions, diagnostics } from "./features/diagnostics.ts";
import { rangesIn } from "./features/ranges.ts";
import { LEGEND } from "./features/semanticTokens.ts";
import { workspaceSymbols } from "./features/workspaceSymbols.ts";
import { type Analysis, analyse } from "./language/analysis.ts";
import { isInside } from "./locate.ts";
import { SETTINGS, type ServerOptions, type ServerSettings } from "./protocol.ts";
import { answerRequests } from "./requests.ts";
import { onDisk, throughEditor, type WorkspaceFiles } from "./workspaceFiles.ts";

/** A search that finds more is no search yet. */
const MOST_SYMBOLS = 1000;

interface Kept {
  readonly version: number;
  readonly analysis: Promise<Analysis>;
}

export function serve(connection: Connection): void {
  let encoding: PositionEncoding = "utf-16";
  const documentKind = documentsIn(() => encoding);
  const documents = new TextDocuments(documentKind);
  const kept = new Map<string, Kept>();
  let folders: readonly string[] = [];
  let settings: ServerSettings = { dataFolders: [], severities: {}, hints: { shapes: true, totals: true } };
  let docs: string | undefined;
  let pulls = false;
  let phase: "new" | "running" | "over" = "new";
  let files: WorkspaceFiles = onDisk;
  let reader: DataReader = dataReader(files.access);

  connection.onInitialize(({ capabilities, workspaceFolders, initializationOptions }) => {
    const options: ServerOptions = initializationOptions ?? {};
    phase = "running";
    folders = (workspaceFolders ?? []).map(({ uri }) => uri);
    settings = options.settings ?? settings;
    docs = options.docs;
    pulls = capabilities.textDocument?.diagnostic !== undefined;
    encoding = encodingFor(capabilities.general?.positionEncodings);
    if (options.files) {
      files = throughEditor(connection);
      reader = dataReader(files.access);
    }
    return {
      capabilities: {
        positionEncoding: encoding,
        textDocumentSync: TextDocumentSyncKind.Incremental,
        diagnosticProvider: { interFileDependencies: false, workspaceDiagnostics: false },
        completionProvider: { triggerCharacters: [" ", "(", ",", "=", '"', "/"] },
        hoverProvider: true,
        documentSymbolProvider: true,
        documentFormattingProvider: true,
        documentRangeFormattingProvider: true,
        documentOnTypeFormattingProvider: { firstTriggerCharacter: "}", moreTriggerCharacter: ["\n"] },
        linkedEditingRangeProvider: true,
        workspaceSymbolProvider: true,
        semanticTokensProvider: { legend: LEGEND, full: true, range: true },
        definitionProvider: true,
        referencesProvider: true,
        documentHighlightProvider: true,
        renameProvider: { prepareProvider: true },
        foldingRangeProvider: true,
        selectionRangeProvider: true,
        inlayHintProvider: true,
        documentLinkProvider: {},
        signatureHelpProvider: { triggerCharacters: ["(", ",", " ", "="] },
        codeLensProvider: {},
        codeActionProvider: { codeActionKinds: [...CODE_ACTION_KINDS] },
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
      serverInfo: { name: "Backprop" },
    };
  });
  connection.onShutdown(() => {
    phase = "over";
  });
  connection.onInitialized(() => {
    connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
      folders = [...folders.filter((uri) => !removed.some((folder) => folder.uri === uri)), ...added.map(({ uri }) => uri)];
      checkAgain();
    });
  });

  /** A document's folders to read from; a document outside all of them may read beside itself. */
  const rootsOf = (uri: string): string[] => {
    const own = folders.some((folder) => isInside(uri, [folder])) ? [] : [uri.slice(0, uri.lastIndexOf("/"))];
    return [...folders, ...own, ...settings.dataFolders];
  };

  const analysisOf = (document: TextDocument): Promise<Analysis> => {
    const old = kept.get(document.uri);
    if (old?.version === document.version) return old.analysis;
    const analysis = reader.analyse(document.getText(), { uri: document.uri, roots: rootsOf(document.uri) });
    kept.set(document.uri, { version: document.version, analysis });
    return analysis;
  };

  const checkAgain = (): void => {
    kept.clear();
    const failed = (error: unknown): void => connection.console.error(String(error));
    if (pulls) connection.languages.diagnostics.refresh().catch(failed);
    else for (const document of documents.all()) publish(document).catch(failed);
  };

  const shownIn = (document: TextDocument): DiagnosticOptions => ({
    uri: document.uri,
    ranges: rangesIn(document),
    severities: settings.severities,
    docs,
  });

  const publish = async (document: TextDocument): Promise<void> => {
    const { version } = document;
    const analysis = await analysisOf(document);
    if (document.version === version)
      await connection.sendDiagnostics({
        uri: document.uri,
        version,
        diagnostics: diagnostics(analysis, shownIn(document)),
      });
  };

  /** Looks the document up, waits for its analysis, and turns an exception into a logged line and the fallback. */
  async function answer<T>(
    uri: string,
    token: CancellationToken | undefined,
    fallback: T,
    feature: (analysis: Analysis, document: TextDocument) => T | Promise<T>,
  ): Promise<T> {
    if (phase !== "running")
      throw phase === "new"
        ? new ResponseError(ErrorCodes.ServerNotInitialized, "The server waits for `initialize`.")
        : new ResponseError(ErrorCodes.InvalidRequest, "The server was shut down.");
    const document = documents.get(uri);
    if (!document || token?.isCancellationRequested) return fallback;
    try {
      const analysis = await analysisOf(document);
      return token?.isCancellationRequested ? fallback : await feature(analysis, document);
    } catch (error) {
      connection.console.error(`${uri}: ${error instanceof Error ? error.stack : String(error)}`);
      return fallback;
    }
  }

  documents.onDidChangeContent(({ document }) => {
    if (!pulls) publish(document).catch((error: unknown) => connection.console.error(String(error)));
  });
  documents.onDidClose(({ document }) => kept.delete(document.uri));
  connection.onDidChangeWatchedFiles(checkAgain);
  connection.onNotification(SETTINGS, (changed: ServerSettings) => {
    settings = changed;
    checkAgain();
    connection.languages.inlayHint.refresh().catch((error: unknown) => connection.console.error(String(error)));
  });

  answerRequests(connection, {
    answer,
    shownIn,
    rootsOf,
    hints: () => settings.hints,
    list: (folder) => files.list(folder),
    forget: (uri) => kept.delete(uri),
    symbols,
  });

  /** Of open documents as they stand, of all others as they are saved; a file's data say nothing of its names. */
  async function symbols(query: string, token: CancellationToken): Promise<SymbolInformation[]> {
    const open = documents.keys();
    const others = (await files.find(folders)).filter((uri) => !open.includes(uri));
    const found: SymbolInformation[] = [];
    for (const uri of [...open, ...others]) {
      if (token.isCancellationRequested || found.length >= MOST_SYMBOLS) break;
      try {
        const document = documents.get(uri) ?? documentKind.create(uri, "nn", 0, await files.text(uri));
        found.push(...workspaceSymbols(analyse(document.getText()), query, uri, rangesIn(document)));
      } catch {
        // A file that is gone by now has no names.
      }
    }
    return found.slice(0, MOST_SYMBOLS);
  }

  documents.listen(connection);
  connection.listen();
}
