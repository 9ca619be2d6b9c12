/** Names in the whole workspace: of open documents as they stand, of all others as they are saved. */
import type { CancellationToken, SymbolInformation } from "vscode-languageserver";
import { rangesIn } from "./features/ranges.ts";
import { workspaceSymbols } from "./features/workspaceSymbols.ts";
import { analyse } from "./language/analysis.ts";
import type { OpenDocuments } from "./openDocuments.ts";
import type { Session } from "./session.ts";

/** A query that finds more is too short to be of use. */
const MOST_SYMBOLS = 1000;

export async function symbols(
  query: string,
  token: CancellationToken,
  session: Session,
  documents: OpenDocuments,
): Promise<SymbolInformation[]> {
  session.requireRunning();
  const open = documents.uris();
  const others = (await session.files.find(session.folders())).filter((uri) => !open.includes(uri));
  const found: SymbolInformation[] = [];
  for (const uri of [...open, ...others]) {
    if (token.isCancellationRequested || found.length >= MOST_SYMBOLS) break;
    try {
      const document = documents.get(uri) ?? documents.closed(uri, await session.files.text(uri));
      // Data files say nothing of names, so none is read.
      found.push(...workspaceSymbols(analyse(document.getText()), query, uri, rangesIn(document)));
    } catch {
      // A file that has been deleted since has no names.
    }
  }
  return found.slice(0, MOST_SYMBOLS);
}
