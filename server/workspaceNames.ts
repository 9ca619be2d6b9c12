/** The names in the whole workspace, from open documents' text and otherwise from the saved files. */
import type { CancellationToken, SymbolInformation } from "vscode-languageserver";
import { rangesIn } from "./features/ranges.ts";
import { workspaceSymbols } from "./features/workspaceSymbols.ts";
import { analyse } from "./language/analysis.ts";
import { isTooLong } from "./longTexts.ts";
import type { OpenDocuments } from "./openDocuments.ts";
import type { Session } from "./session.ts";

/** The maximum number of names in an answer. A query with more matches is too short to be useful. */
const MOST_SYMBOLS = 1000;

export async function symbolsInWorkspace(
  query: string,
  token: CancellationToken,
  session: Session,
  documents: OpenDocuments,
): Promise<SymbolInformation[]> {
  session.requireRunning();
  const open = documents.uris();
  const folders = session.folders();
  const others = (await session.files.find(folders)).filter((uri) => !open.includes(uri));
  const found: SymbolInformation[] = [];
  for (const uri of [...open, ...others]) {
    if (token.isCancellationRequested || found.length >= MOST_SYMBOLS) break;
    try {
      const document = documents.get(uri) ?? documents.closed(uri, await session.files.text(uri, folders));
      if (isTooLong(document)) continue;
      // Names don't depend on data files, so none are read.
      found.push(...workspaceSymbols(analyse(document.getText()), query, uri, rangesIn(document)));
    } catch {
      // The file was deleted in the meantime.
    }
  }
  return found.slice(0, MOST_SYMBOLS);
}
