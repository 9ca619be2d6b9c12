/** One line a request: which feature answers it. */
import {
  type CancellationToken,
  type CompletionItem,
  type Connection,
  ErrorCodes,
  type Position,
  type Range,
  ResponseError,
  type SemanticTokens,
  type SymbolInformation,
} from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { codeActions } from "./features/codeActions.ts";
import { codeLens } from "./features/codeLens.ts";
import { completion, wantsFiles } from "./features/completion.ts";
import { type DiagnosticOptions, diagnostics } from "./features/diagnostics.ts";
import { documentLinks } from "./features/documentLinks.ts";
import { documentSymbols } from "./features/documentSymbols.ts";
import { folding } from "./features/folding.ts";
import { formatting, formattingOnType } from "./features/formatting.ts";
import { hover } from "./features/hover.ts";
import { inlayHints } from "./features/inlayHints.ts";
import { linkedEditing } from "./features/linkedEditing.ts";
import { definition, highlights, references, rename, renameRange } from "./features/names.ts";
import { rangesIn } from "./features/ranges.ts";
import { selectionRange } from "./features/selectionRanges.ts";
import { encoded, semanticTokens } from "./features/semanticTokens.ts";
import { signatureHelp } from "./features/signatureHelp.ts";
import { trainings } from "./features/trainings.ts";
import type { Analysis } from "./language/analysis.ts";
import type { Span } from "./language/span.ts";
import { locate } from "./locate.ts";
import { type ServerSettings, TRAININGS, type TrainingsParams } from "./protocol.ts";

/** What the requests need of the connection's state. */
export interface ServerState {
  /** Looks the document up, waits for its analysis, and turns an exception into a logged line and the fallback. */
  readonly answer: <T>(
    uri: string,
    token: CancellationToken | undefined,
    fallback: T,
    feature: (analysis: Analysis, document: TextDocument) => T | Promise<T>,
  ) => Promise<T>;
  readonly shownIn: (document: TextDocument) => DiagnosticOptions;
  /** A document's folders to read from. */
  readonly rootsOf: (uri: string) => string[];
  readonly hints: () => ServerSettings["hints"];
  readonly list: (folder: string) => Promise<readonly string[]>;
  /** The document's analysis is made anew. */
  readonly forget: (uri: string) => void;
  readonly symbols: (query: string, token: CancellationToken) => Promise<SymbolInformation[]>;
}

const spanIn = (document: TextDocument, { start, end }: Range): Span => ({ start: document.offsetAt(start), end: document.offsetAt(end) });

export function answerRequests(connection: Connection, { answer, shownIn, rootsOf, hints, list, forget, symbols }: ServerState): void {
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
  connection.onCodeAction(({ textDocument: { uri }, range, context }, token) =>
    answer(uri, token, [], (analysis, document) => codeActions(analysis, spanIn(document, range), shownIn(document), context.only)),
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
    answer(uri, token, [], (analysis, document) => inlayHints(analysis, spanIn(document, range), rangesIn(document), hints())),
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
    answer(uri, token, null, (analysis, document) => signatureHelp(analysis, document.offsetAt(position))),
  );
  connection.onDocumentFormatting(({ textDocument: { uri } }, token) =>
    answer(uri, token, [], ({ text }, document) => formatting(text, rangesIn(document))),
  );
  connection.onDocumentRangeFormatting(({ textDocument: { uri }, range }, token) =>
    answer(uri, token, [], ({ text }, document) => formatting(text, rangesIn(document), spanIn(document, range))),
  );
  connection.onDocumentOnTypeFormatting(({ textDocument: { uri }, position, ch }, token) =>
    answer(uri, token, [], ({ text }, document) => formattingOnType(text, document.offsetAt(position), ch, rangesIn(document))),
  );
  connection.languages.onLinkedEditingRange(({ textDocument: { uri }, position }, token) =>
    answer(uri, token, null, (analysis, document) => linkedEditing(analysis, document.offsetAt(position), rangesIn(document))),
  );
  const tokens = (uri: string, token: CancellationToken, range?: Range): Promise<SemanticTokens> =>
    answer(uri, token, { data: [] }, (analysis, document) => ({
      data: encoded(semanticTokens(analysis, range && spanIn(document, range)), (offset) => document.positionAt(offset)),
    }));
  connection.languages.semanticTokens.on(({ textDocument: { uri } }, token) => tokens(uri, token));
  connection.languages.semanticTokens.onRange(({ textDocument: { uri }, range }, token) => tokens(uri, token, range));
  connection.onWorkspaceSymbol(({ query }, token) => symbols(query, token));
  connection.onRequest(TRAININGS, ({ uri }: TrainingsParams, token: CancellationToken) => {
    // The data may have changed since the last keystroke.
    forget(uri);
    return answer(uri, token, [], (analysis, document) => trainings(analysis, (offset) => document.positionAt(offset).line));
  });

  async function offers(analysis: Analysis, document: TextDocument, position: Position): Promise<CompletionItem[]> {
    const offset = document.offsetAt(position);
    const files = wantsFiles(analysis, offset) ? await list(document.uri.slice(0, document.uri.lastIndexOf("/"))) : [];
    const ranges = rangesIn(document);
    return completion(analysis, offset, files).map(({ item, span }) => {
      const { insertText, label, ...rest } = item;
      return { label, ...rest, textEdit: { range: ranges.of(span), newText: insertText ?? label } };
    });
  }
}
