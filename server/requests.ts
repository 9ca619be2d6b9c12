/**
 * Maps each request to its feature. If a feature throws, the error is logged and the request gets an empty answer, so a single failure
 * never ends the server.
 */
import {
  type CancellationToken,
  type CompletionContext,
  type CompletionItem,
  type Connection,
  type Diagnostic,
  ErrorCodes,
  type MarkupContent,
  type Position,
  type Range,
  ResponseError,
  type SemanticTokens,
} from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { SERVER_COMMANDS } from "./commands.ts";
import { codeActions } from "./features/codeActions.ts";
import { codeLens, serverLens } from "./features/codeLens.ts";
import { completion, pathPrefix } from "./features/completion.ts";
import { documentLinks } from "./features/documentLinks.ts";
import { documentSymbols } from "./features/documentSymbols.ts";
import { droppedData, readingText } from "./features/droppedData.ts";
import { expectBlocks, testChoices } from "./features/expectations.ts";
import { folding } from "./features/folding.ts";
import { formatting, formattingOnType } from "./features/formatting.ts";
import { hover } from "./features/hover.ts";
import { inlayHints } from "./features/inlayHints.ts";
import { edited, knobs } from "./features/knobs.ts";
import { linkedEditing } from "./features/linkedEditing.ts";
import { plainTextOf, withoutPictures } from "./features/markdown.ts";
import { rangesIn } from "./features/ranges.ts";
import { definition, highlights, references } from "./features/references.ts";
import { rename, renameRange } from "./features/rename.ts";
import { selectionRange } from "./features/selectionRanges.ts";
import { encoded, semanticTokens } from "./features/semanticTokens.ts";
import { signatureHelp } from "./features/signatureHelp.ts";
import { trainings, untrained } from "./features/trainings.ts";
import { type Analysis, analyse } from "./language/analysis.ts";
import type { Span } from "./language/syntax/span.ts";
import { locate, relativePath } from "./locate.ts";
import { isTooLong } from "./longTexts.ts";
import type { OpenDocuments } from "./openDocuments.ts";
import { answerWith, type EditResult, type ExpectBlocks, type ServerRequests } from "./protocol.ts";
import type { Session, TextFormat } from "./session.ts";
import { showMessage } from "./showMessage.ts";
import { symbolsInWorkspace } from "./workspaceNames.ts";

/** Answers a request about a document. Returns `fallback` if the document is not open, the request was cancelled or the feature throws. */
type Answer = <Result>(
  uri: string,
  token: CancellationToken,
  fallback: Result,
  feature: (analysis: Analysis, document: TextDocument) => Result | Promise<Result>,
) => Promise<Result>;

/** Shared by the groups of request handlers below. */
interface Answering {
  readonly connection: Connection;
  readonly session: Session;
  readonly documents: OpenDocuments;
  readonly answer: Answer;
  /** Also answers for documents that are too long to be checked. */
  readonly answerForAny: Answer;
}

export function answerRequests(connection: Connection, session: Session, documents: OpenDocuments): void {
  const answering = {
    connection,
    session,
    documents,
    answer: answerFrom(connection, session, documents, isTooLong),
    answerForAny: answerFrom(connection, session, documents, () => false),
  };
  answerFindings(answering);
  answerTyping(answering);
  answerReading(answering);
  answerNames(answering);
  answerStructure(answering);
  answerFormatting(answering);
}

/** `isLeftOut` returns true for documents that always get the fallback. */
function answerFrom(
  connection: Connection,
  session: Session,
  documents: OpenDocuments,
  isLeftOut: (document: TextDocument) => boolean,
): Answer {
  return async (uri, token, fallback, feature) => {
    session.requireRunning();
    const document = documents.get(uri);
    if (!document || token.isCancellationRequested || isLeftOut(document)) return fallback;
    try {
      const analysis = await documents.analysisOf(document);
      return token.isCancellationRequested ? fallback : await feature(analysis, document);
    } catch (error) {
      connection.console.error(`${uri}: ${error instanceof Error ? error.stack : String(error)}`);
      return fallback;
    }
  };
}

const spanIn = (document: TextDocument, { start, end }: Range): Span => ({ start: document.offsetAt(start), end: document.offsetAt(end) });

/** Diagnostics, code actions, code lenses, and the trainings of a document. */
function answerFindings({ connection, session, documents, answer, answerForAny }: Answering): void {
  connection.languages.diagnostics.on(async ({ textDocument: { uri } }, token) => {
    session.requireRunning();
    const document = documents.get(uri);
    if (document && isTooLong(document)) return { kind: "full", items: await documents.diagnosticsOf(document) };
    return await answer(uri, token, { kind: "full" as const, items: [] as Diagnostic[] }, async (_analysis, open) => ({
      kind: "full",
      items: await documents.diagnosticsOf(open),
    }));
  });
  connection.onCodeAction(({ textDocument: { uri }, range, context }, token) =>
    answer(uri, token, [], (analysis, document) =>
      codeActions(analysis, spanIn(document, range), documents.diagnosticOptions(document), context.only),
    ),
  );
  connection.onCodeLens(({ textDocument: { uri } }, token) =>
    answer(uri, token, [], (analysis, document) => {
      const ranges = rangesIn(document);
      if (session.commands === "none") return [];
      return session.commands === "client" ? codeLens(analysis, uri, ranges) : serverLens(analysis, uri, ranges, SERVER_COMMANDS);
    }),
  );
  answerWith<ServerRequests>(connection, {
    "backprop/trainings"({ uri }, token) {
      // The data files may have changed since the last edit.
      documents.forget(uri);
      return answerForAny(uri, token, [], (analysis, document) => trainings(analysis, (offset) => document.positionAt(offset).line));
    },
    "backprop/untrained"({ uri }, token) {
      documents.forget(uri);
      return answerForAny(uri, token, [], (analysis, document) => untrained(analysis, (offset) => document.positionAt(offset).line));
    },
    async "backprop/expectations"({ uri }, token) {
      if (documents.get(uri))
        return await answer(uri, token, NO_BLOCKS, (analysis, document) => expectBlocks(analysis, rangesIn(document)));
      session.requireRunning();
      return await blocksOfClosed(uri, session, documents);
    },
    "backprop/dataBlock"({ uri, table, position }, token) {
      const path = relativePath(uri, table);
      return answerForAny(uri, token, null, async (analysis, document) =>
        droppedData(analysis, document, position, await documents.analysisOfText(document, readingText(path)), path),
      );
    },
    "backprop/tests"({ uri }, token) {
      documents.forget(uri);
      return answerForAny(uri, token, { ...NO_BLOCKS, blocks: [], trainings: [] }, (analysis, document) =>
        testChoices(analysis, rangesIn(document), (offset) => document.positionAt(offset).line),
      );
    },
    "backprop/knobs": ({ uri }, token) => answer(uri, token, [], knobs),
    "backprop/edit"({ uri, edit }, token) {
      const { version = 0 } = documents.get(uri) ?? {};
      return answer<EditResult>(uri, token, { problem: "The language server does not know this file." }, async (analysis, document) => {
        const result = await edited(analysis, edit, (text) => documents.analysisOfText(document, text));
        if ("problem" in result) return result;
        const ranges = rangesIn(document);
        const edits = result.changes.map(({ span, text }) => ({ range: ranges.of(span), newText: text }));
        return { version, edit: { documentChanges: [{ textDocument: { uri, version }, edits }] } };
      });
    },
  });
}

/** The answer for a document without expectations. */
const NO_BLOCKS: ExpectBlocks = { blocks: [], isDamaged: false };

/** Returns the `expect` blocks in a closed file of the workspace; none if it can't be read. */
async function blocksOfClosed(uri: string, session: Session, documents: OpenDocuments): Promise<ExpectBlocks> {
  const text = await session.files.text(uri, session.folders()).catch(() => "");
  const document = documents.closed(uri, text);
  return isTooLong(document) ? NO_BLOCKS : expectBlocks(analyse(text), rangesIn(document));
}

/** Help during typing. */
function answerTyping({ connection, session, answer }: Answering): void {
  connection.onCompletion(({ textDocument: { uri }, position, context }, token) =>
    answer(uri, token, [], (analysis, document) => completionItems(analysis, document, position, context, session)),
  );
  connection.onSignatureHelp(({ textDocument: { uri }, position }, token) =>
    answer(uri, token, null, (analysis, document) => signatureHelp(analysis, document.offsetAt(position))),
  );
  connection.languages.onLinkedEditingRange(({ textDocument: { uri }, position }, token) =>
    answer(uri, token, null, (analysis, document) => linkedEditing(analysis, document.offsetAt(position), rangesIn(document))),
  );
}

async function completionItems(
  analysis: Analysis,
  document: TextDocument,
  position: Position,
  context: CompletionContext | undefined,
  session: Session,
): Promise<CompletionItem[]> {
  const offset = document.offsetAt(position);
  const prefix = pathPrefix(analysis, offset);
  const files = prefix === undefined ? [] : await pathsBelow(prefix, document.uri, session);
  const ranges = rangesIn(document);
  const isOpenedByItself = context?.triggerCharacter === " " || context?.triggerCharacter === ",";
  return completion(analysis, offset, { files, isOpenedByItself, takesSnippets: session.takesSnippets }).map(({ item, span }) => {
    const { insertText, label, documentation, ...rest } = item;
    const text = typeof documentation === "object" ? shown(documentation.value, session.documentationFormat) : documentation;
    return {
      label,
      ...rest,
      ...(text !== undefined && { documentation: text }),
      textEdit: { range: ranges.of(span), newText: insertText ?? label },
    };
  });
}

/** Converts Markdown to the client's format. */
function shown(markdown: string, format: TextFormat): MarkupContent {
  return format === "plaintext"
    ? { kind: "plaintext", value: plainTextOf(markdown) }
    : { kind: "markdown", value: format === "pictures" ? markdown : withoutPictures(markdown) };
}

/** Returns the paths of the data files in a folder that the document may read, and the path of the parent folder. */
async function pathsBelow(prefix: string, uri: string, { files, rootsOf }: Session): Promise<string[]> {
  const roots = rootsOf(uri);
  const located = locate(`${prefix}.`, uri, roots);
  if (!("uri" in located)) return [];
  const found = (await files.list(located.uri.replace(/\/$/, ""))).map((name) => prefix + name);
  const isAbove = /^(?:\.\.\/)*$/.test(prefix) && "uri" in locate(`${prefix}../.`, uri, roots);
  return isAbove ? [...found, `${prefix}../`] : found;
}

/** Information shown in and over the text. */
function answerReading({ connection, session, answer }: Answering): void {
  connection.onHover(({ textDocument: { uri }, position }, token) =>
    answer(uri, token, null, (analysis, document) => {
      const found = hover(analysis, document.offsetAt(position), session.hoverFormat === "plaintext" ? undefined : session.docs);
      return found ? { contents: shown(found.markdown, session.hoverFormat), range: rangesIn(document).of(found.span) } : null;
    }),
  );
  connection.languages.inlayHint.on(({ textDocument: { uri }, range }, token) =>
    answer(uri, token, [], (analysis, document) => {
      const { "inlayHints.shapes": shapes, "inlayHints.totals": totals } = session.settings();
      return inlayHints(analysis, spanIn(document, range), rangesIn(document), { shapes, totals });
    }),
  );
  connection.onDocumentLinks(({ textDocument: { uri } }, token) =>
    answer(uri, token, [], (analysis, document) =>
      documentLinks(analysis, rangesIn(document), (path) => {
        const located = locate(path, uri, session.rootsOf(uri));
        return "uri" in located ? located.uri : undefined;
      }),
    ),
  );
  const tokens = (uri: string, token: CancellationToken, range?: (document: TextDocument) => Span): Promise<SemanticTokens> =>
    answer(uri, token, { data: [] }, (analysis, document) => ({
      data: encoded(semanticTokens(analysis, range?.(document)), (offset) => document.positionAt(offset)),
    }));
  connection.languages.semanticTokens.on(({ textDocument: { uri } }, token) => tokens(uri, token));
  connection.languages.semanticTokens.onRange(({ textDocument: { uri }, range }, token) =>
    tokens(uri, token, (document) => spanIn(document, range)),
  );
}

function answerNames({ connection, session, documents, answer }: Answering): void {
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
    const renamed = await answer(uri, token, null, (analysis, document) =>
      rename(analysis, document.offsetAt(position), newName, rangesIn(document)),
    );
    // The editor shows the message of the error next to the input box.
    if (renamed && "problem" in renamed) throw new ResponseError(ErrorCodes.InvalidParams, renamed.problem);
    if (renamed?.hint !== undefined) showMessage(connection, "info", renamed.hint);
    return renamed && { changes: { [uri]: renamed.edits } };
  });
  connection.onWorkspaceSymbol(({ query }, token) => symbolsInWorkspace(query, token, session, documents));
}

/** The structure of the text: outline, folding and expanding selections. */
function answerStructure({ connection, answer }: Answering): void {
  connection.onDocumentSymbol(({ textDocument: { uri } }, token) =>
    answer(uri, token, [], (analysis, document) => documentSymbols(analysis, rangesIn(document))),
  );
  connection.onFoldingRanges(({ textDocument: { uri } }, token) =>
    answer(uri, token, [], (analysis, document) => folding(analysis, (offset) => document.positionAt(offset).line)),
  );
  connection.onSelectionRanges(({ textDocument: { uri }, positions }, token) =>
    answer(uri, token, [], (analysis, document) =>
      positions.map((position) => selectionRange(analysis, document.offsetAt(position), rangesIn(document))),
    ),
  );
}

function answerFormatting({ connection, answer }: Answering): void {
  connection.onDocumentFormatting(({ textDocument: { uri } }, token) =>
    answer(uri, token, [], ({ text }, document) => formatting(text, rangesIn(document))),
  );
  connection.onDocumentRangeFormatting(({ textDocument: { uri }, range }, token) =>
    answer(uri, token, [], ({ text }, document) => formatting(text, rangesIn(document), spanIn(document, range))),
  );
  connection.onDocumentOnTypeFormatting(({ textDocument: { uri }, position, ch }, token) =>
    answer(uri, token, [], ({ text }, document) => formattingOnType(text, document.offsetAt(position), ch, rangesIn(document))),
  );
}
