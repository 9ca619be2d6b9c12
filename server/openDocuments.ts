/** The client's open documents. Each version is analysed once. */
import { type Connection, type Diagnostic, TextDocuments } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { dataReader } from "./dataFiles.ts";
import { type DiagnosticOptions, diagnostics } from "./features/diagnostics.ts";
import { rangesIn } from "./features/ranges.ts";
import type { Analysis } from "./language/analysis.ts";
import { isTooLong, rest, tooLong } from "./longTexts.ts";
import { documentsIn } from "./positionEncoding.ts";
import type { Session } from "./session.ts";

export interface OpenDocuments {
  readonly uris: () => string[];
  readonly get: (uri: string) => TextDocument | undefined;
  /** Returns a document for a file that is not open, in the client's position encoding. */
  readonly closed: (uri: string, text: string) => TextDocument;
  readonly analysisOf: (document: TextDocument) => Promise<Analysis>;
  /** Returns the analysis of a possible text of the document, with its data files. */
  readonly analysisOfText: (document: TextDocument, text: string) => Promise<Analysis>;
  /** Discards the document's analysis, so that the next request creates a new one. */
  readonly forget: (uri: string) => void;
  /** Discards every analysis and sends the client new diagnostics. */
  readonly checkAgain: () => void;
  readonly diagnosticsOf: (document: TextDocument) => Promise<Diagnostic[]>;
  /** Returns the options for showing the document's diagnostics. */
  readonly diagnosticOptions: (document: TextDocument) => DiagnosticOptions;
}

interface CachedAnalysis {
  readonly version: number;
  readonly analysis: Promise<Analysis>;
}

export function openDocuments(connection: Connection, session: Session): OpenDocuments {
  const kind = documentsIn(session.encoding);
  const documents = new TextDocuments(kind);
  const reader = dataReader(session.files.access);
  const cache = new Map<string, CachedAnalysis>();
  const failed = (error: unknown): void => connection.console.error(String(error));

  const analysisOf: OpenDocuments["analysisOf"] = (document) => {
    const old = cache.get(document.uri);
    if (old?.version === document.version) return old.analysis;
    const { uri, version } = document;
    const analysis = rest(document).then(() =>
      // If the text has changed in the meantime, everyone waits for the newest version's analysis.
      document.version === version ? reader.analyse(document.getText(), { uri, roots: session.rootsOf(uri) }) : analysisOf(document),
    );
    cache.set(document.uri, { version: document.version, analysis });
    return analysis;
  };
  const diagnosticOptions: OpenDocuments["diagnosticOptions"] = (document) => ({
    uri: document.uri,
    ranges: rangesIn(document),
    severities: session.settings().severities,
    docs: session.docs,
  });
  const diagnosticsOf: OpenDocuments["diagnosticsOf"] = async (document) =>
    isTooLong(document) ? [tooLong(document)] : diagnostics(await analysisOf(document), diagnosticOptions(document));
  const publish = async (document: TextDocument): Promise<void> => {
    const { uri, version } = document;
    const found = await diagnosticsOf(document);
    // A newer version publishes its own diagnostics, and a closed document has none.
    if (document.version === version && documents.get(uri) === document)
      await connection.sendDiagnostics({ uri, version, diagnostics: found });
  };

  documents.onDidChangeContent(({ document }) => {
    if (!session.pullsDiagnostics) publish(document).catch(failed);
  });
  documents.onDidClose(({ document: { uri } }) => {
    cache.delete(uri);
    if (!session.pullsDiagnostics) connection.sendDiagnostics({ uri, diagnostics: [] }).catch(failed);
  });
  documents.listen(connection);
  return {
    uris: () => documents.keys(),
    get: (uri) => documents.get(uri),
    closed: (uri, text) => kind.create(uri, "nn", 0, text),
    analysisOf,
    analysisOfText: ({ uri }, text) => reader.analyse(text, { uri, roots: session.rootsOf(uri) }),
    forget: (uri) => void cache.delete(uri),
    checkAgain() {
      cache.clear();
      if (session.pullsDiagnostics) connection.languages.diagnostics.refresh().catch(failed);
      else for (const document of documents.all()) publish(document).catch(failed);
    },
    diagnosticsOf,
    diagnosticOptions,
  };
}
