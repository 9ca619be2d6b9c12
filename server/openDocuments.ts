/** The documents that are open in the client: one analysis for each version, and their diagnostics. */
import { type Connection, TextDocuments } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { dataReader } from "./dataFiles.ts";
import { documentsIn } from "./documents.ts";
import { type DiagnosticOptions, diagnostics } from "./features/diagnostics.ts";
import { rangesIn } from "./features/ranges.ts";
import type { Analysis } from "./language/analysis.ts";
import type { Session } from "./session.ts";

export interface OpenDocuments {
  readonly uris: () => string[];
  readonly get: (uri: string) => TextDocument | undefined;
  /** A document of a text that is not open, with positions as the client counts them. */
  readonly closed: (uri: string, text: string) => TextDocument;
  readonly analysisOf: (document: TextDocument) => Promise<Analysis>;
  /** The document's next analysis is made anew. */
  readonly forget: (uri: string) => void;
  /** Every document is analysed anew, and the client gets the new diagnostics. */
  readonly checkAgain: () => void;
  /** How the document's diagnostics are shown. */
  readonly shownIn: (document: TextDocument) => DiagnosticOptions;
}

interface Kept {
  readonly version: number;
  readonly analysis: Promise<Analysis>;
}

export function openDocuments(connection: Connection, session: Session): OpenDocuments {
  const kind = documentsIn(session.encoding);
  const documents = new TextDocuments(kind);
  const reader = dataReader(session.files.access);
  const kept = new Map<string, Kept>();
  const failed = (error: unknown): void => connection.console.error(String(error));

  const analysisOf: OpenDocuments["analysisOf"] = (document) => {
    const old = kept.get(document.uri);
    if (old?.version === document.version) return old.analysis;
    const analysis = reader.analyse(document.getText(), { uri: document.uri, roots: session.rootsOf(document.uri) });
    kept.set(document.uri, { version: document.version, analysis });
    return analysis;
  };
  const shownIn: OpenDocuments["shownIn"] = (document) => ({
    uri: document.uri,
    ranges: rangesIn(document),
    severities: session.settings().severities,
    docs: session.docs,
  });
  const publish = async (document: TextDocument): Promise<void> => {
    const { uri, version } = document;
    const analysis = await analysisOf(document);
    // A newer version publishes its own.
    if (document.version === version)
      await connection.sendDiagnostics({ uri, version, diagnostics: diagnostics(analysis, shownIn(document)) });
  };

  documents.onDidChangeContent(({ document }) => {
    if (!session.pullsDiagnostics) publish(document).catch(failed);
  });
  documents.onDidClose(({ document }) => kept.delete(document.uri));
  documents.listen(connection);
  return {
    uris: () => documents.keys(),
    get: (uri) => documents.get(uri),
    closed: (uri, text) => kind.create(uri, "nn", 0, text),
    analysisOf,
    forget: (uri) => void kept.delete(uri),
    checkAgain() {
      kept.clear();
      if (session.pullsDiagnostics) connection.languages.diagnostics.refresh().catch(failed);
      else for (const document of documents.all()) publish(document).catch(failed);
    },
    shownIn,
  };
}
