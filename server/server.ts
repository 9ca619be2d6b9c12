/**
 * The connection: one line a request. It knows documents and versions; what a request means is in features/.
 * A feature that throws is logged and answers with nothing, so that one mistake never takes the editor's language down.
 */
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import {
  type CancellationToken,
  type CompletionItem,
  type Connection,
  ErrorCodes,
  type Position,
  ResponseError,
  TextDocumentSyncKind,
  TextDocuments,
} from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { type DataReader, dataReader, type FileAccess } from "./dataFiles.ts";
import { codeActions } from "./features/codeActions.ts";
import { codeLens } from "./features/codeLens.ts";
import { completion, wantsFiles } from "./features/completion.ts";
import { type DiagnosticOptions, diagnostics } from "./features/diagnostics.ts";
import { documentLinks } from "./features/documentLinks.ts";
import { documentSymbols } from "./features/documentSymbols.ts";
import { folding } from "./features/folding.ts";
import { formatting } from "./features/formatting.ts";
import { hover } from "./features/hover.ts";
import { inlayHints } from "./features/inlayHints.ts";
import { definition, highlights, references, rename, renameRange } from "./features/names.ts";
import { rangesIn } from "./features/ranges.ts";
import { selectionRange } from "./features/selectionRanges.ts";
import { signatureHelp } from "./features/signatureHelp.ts";
import { trainings } from "./features/trainings.ts";
import type { Analysis } from "./language/analysis.ts";
import { isInside, locate } from "./locate.ts";
import { nodeFiles } from "./nodeFiles.ts";
import {
  LIST,
  READ,
  type ReadResult,
  SETTINGS,
  type ServerOptions,
  type ServerSettings,
  STAT,
  type StatResult,
  TRAININGS,
  type TrainingsParams,
} from "./protocol.ts";

interface Kept {
  readonly version: number;
  readonly analysis: Promise<Analysis>;
}

export function serve(connection: Connection): void {
  const documents = new TextDocuments(TextDocument);
  const kept = new Map<string, Kept>();
  let folders: readonly string[] = [];
  let settings: ServerSettings = { dataFolders: [], severities: {}, hints: { shapes: true, totals: true } };
  let docs: string | undefined;
  let pulls = false;
  let reader: DataReader = dataReader(nodeFiles);
  let list: (uri: string) => Promise<string[]> = listNode;

  connection.onInitialize(({ capabilities, workspaceFolders, initializationOptions }) => {
    const options: ServerOptions = initializationOptions ?? {};
    folders = (workspaceFolders ?? []).map(({ uri }) => uri);
    settings = options.settings ?? settings;
    docs = options.docs;
    pulls = capabilities.textDocument?.diagnostic !== undefined;
    if (options.files) {
      reader = dataReader(filesThrough(connection));
      list = async (uri) => (uri.startsWith("file:") ? listNode(uri) : await connection.sendRequest<string[]>(LIST, { uri }));
    }
    return {
      capabilities: {
        textDocumentSync: TextDocumentSyncKind.Incremental,
        diagnosticProvider: { interFileDependencies: false, workspaceDiagnostics: false },
        completionProvider: { triggerCharacters: [" ", "(", ",", "=", '"', "/"] },
        hoverProvider: true,
        documentSymbolProvider: true,
        documentFormattingProvider: true,
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
        codeActionProvider: { codeActionKinds: ["quickfix"] },
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
      serverInfo: { name: "Backprop" },
    };
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

  connection.languages.diagnostics.on(({ textDocument: { uri } }, token) =>
    answer(uri, token, { kind: "full" as const, items: [] as ReturnType<typeof diagnostics> }, (analysis, document) => ({
      kind: "full",
      items: diagnostics(analysis, shownIn(document)),
    })),
  );
  connection.onCompletion(({ textDocument: { uri }, position }, token) =>
    answer(uri, token, [], (analysis, document) => offers(analysis, document, position)),
  );
  connection.onHover(({ textDocument: { uri }, position }, token) =>
    answer(uri, token, null, (analysis, document) => {
      const found = hover(analysis, document.offsetAt(position));
      return found ? { contents: { kind: "markdown" as const, value: found.markdown }, range: rangesIn(document).of(found.span) } : null;
    }),
  );
  connection.onDocumentSymbol(({ textDocument: { uri } }, token) =>
    answer(uri, token, [], (analysis, document) => documentSymbols(analysis, rangesIn(document))),
  );
  connection.onCodeLens(({ textDocument: { uri } }, token) =>
    answer(uri, token, [], (analysis, document) => codeLens(analysis, uri, rangesIn(document))),
  );
  connection.onCodeAction(({ textDocument: { uri }, range }, token) =>
    answer(uri, token, [], (analysis, document) =>
      codeActions(analysis, { start: document.offsetAt(range.start), end: document.offsetAt(range.end) }, shownIn(document)),
    ),
  );
  connection.onDefinition(({ textDocument: { uri }, position }, token) =>
    answer(uri, token, null, (analysis, document) => definition(analysis, document.offsetAt(position), uri, rangesIn(document))),
  );
  connection.onReferences(({ textDocument: { uri }, position, context }, token) =>
    answer(uri, token, [], (analysis, document) =>
      references(analysis, document.offsetAt(position), context.includeDeclaration, uri, rangesIn(document)),
    ),
  );
  connection.onDocumentHighlight(({ textDocument: { uri }, position }, token) =>
    answer(uri, token, [], (analysis, document) => highlights(analysis, document.offsetAt(position), rangesIn(document))),
  );
  connection.onPrepareRename(({ textDocument: { uri }, position }, token) =>
    answer(uri, token, null, (analysis, document) => renameRange(analysis, document.offsetAt(position), rangesIn(document))),
  );
  connection.onRenameRequest(async ({ textDocument: { uri }, position, newName }, token) => {
    const edits = await answer(uri, token, null, (analysis, document) =>
      rename(analysis, document.offsetAt(position), newName, rangesIn(document)),
    );
    // The reason is shown beside the box that the name was typed into.
    if (edits && "problem" in edits) throw new ResponseError(ErrorCodes.InvalidParams, edits.problem);
    return edits && { changes: { [uri]: edits } };
  });
  connection.onFoldingRanges(({ textDocument: { uri } }, token) =>
    answer(uri, token, [], (analysis, document) => folding(analysis, (offset) => document.positionAt(offset).line)),
  );
  connection.onSelectionRanges(({ textDocument: { uri }, positions }, token) =>
    answer(uri, token, [], (analysis, document) =>
      positions.map((position) => selectionRange(analysis, document.offsetAt(position), rangesIn(document))),
    ),
  );
  connection.languages.inlayHint.on(({ textDocument: { uri }, range }, token) =>
    answer(uri, token, [], (analysis, document) =>
      inlayHints(
        analysis,
        { start: document.offsetAt(range.start), end: document.offsetAt(range.end) },
        rangesIn(document),
        settings.hints,
      ),
    ),
  );
  connection.onDocumentLinks(({ textDocument: { uri } }, token) =>
    answer(uri, token, [], (analysis, document) =>
      documentLinks(analysis, rangesIn(document), (path) => {
        const located = locate(path, uri, rootsOf(uri));
        return "uri" in located ? located.uri : undefined;
      }),
    ),
  );
  connection.onSignatureHelp(({ textDocument: { uri }, position }, token) =>
    answer(uri, token, null, ({ text }, document) => signatureHelp(text, document.offsetAt(position))),
  );
  connection.onDocumentFormatting(({ textDocument: { uri } }, token) =>
    answer(uri, token, [], ({ text }, document) => formatting(text, rangesIn(document))),
  );
  connection.onRequest(TRAININGS, ({ uri }: TrainingsParams, token: CancellationToken) => {
    // The data may have changed since the last keystroke.
    kept.delete(uri);
    return answer(uri, token, [], (analysis, document) => trainings(analysis, (offset) => document.positionAt(offset).line));
  });

  async function offers(analysis: Analysis, document: TextDocument, position: Position): Promise<CompletionItem[]> {
    const offset = document.offsetAt(position);
    const files = wantsFiles(analysis.text, offset) ? await list(document.uri.slice(0, document.uri.lastIndexOf("/"))) : [];
    const ranges = rangesIn(document);
    return completion(analysis, offset, files).map(({ item, span }) => {
      const { insertText, label, ...rest } = item;
      return { label, ...rest, textEdit: { range: ranges.of(span), newText: insertText ?? label } };
    });
  }

  documents.listen(connection);
  connection.listen();
}

const DATA_FILE = /\.(?:csv|tsv|txt|gz|idx|data)$|ubyte$/i;

/** Data files in a folder and one below, as paths from it. */
async function listNode(uri: string): Promise<string[]> {
  const folder = fileURLToPath(uri);
  const names = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const below = await Promise.all(
    names
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules")
      .slice(0, 50)
      .map(async ({ name }) => (await readdir(`${folder}/${name}`).catch(() => [])).map((inner) => `${name}/${inner}`)),
  );
  return [...names.filter((entry) => entry.isFile()).map(({ name }) => name), ...below.flat()]
    .filter((name) => DATA_FILE.test(name))
    .sort()
    .slice(0, 200);
}

/** The disk for files on it, the editor for all other places: remote and virtual workspaces. */
function filesThrough(connection: Connection): FileAccess {
  return {
    stat: async (uri, roots) =>
      uri.startsWith("file:") ? await nodeFiles.stat(uri, roots) : await connection.sendRequest<StatResult>(STAT, { uri }),
    async read(uri, from, to) {
      if (uri.startsWith("file:")) return await nodeFiles.read(uri, from, to);
      const { base64 } = await connection.sendRequest<ReadResult>(READ, { uri });
      return new Uint8Array(Buffer.from(base64, "base64")).subarray(from, to);
    },
  };
}
