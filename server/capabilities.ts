/** The server's announced capabilities. requests.ts handles the requests of each entry. */
import { type ServerCapabilities, TextDocumentSyncKind } from "vscode-languageserver";
import { CODE_ACTION_KINDS } from "./features/codeActions.ts";
import { LEGEND } from "./features/semanticTokens.ts";

export const CAPABILITIES: ServerCapabilities = {
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
};
