/**
 * One client's connection, from `initialize` to `shutdown`. The client's capabilities and settings are in session.ts, its documents in
 * openDocuments.ts, the request handlers in requests.ts.
 */
import { type Connection, ErrorCodes, ResponseError } from "vscode-languageserver";
import { CAPABILITIES } from "./capabilities.ts";
import { openDocuments } from "./openDocuments.ts";
import { onNotification } from "./protocol.ts";
import { answerRequests } from "./requests.ts";
import { sessionFrom } from "./session.ts";

export function serve(connection: Connection): void {
  const early = connection.onRequest(() => {
    throw new ResponseError(ErrorCodes.ServerNotInitialized, "The server is waiting for `initialize`.");
  });
  connection.onInitialize((params) => {
    early.dispose();
    const session = sessionFrom(params, connection);
    const documents = openDocuments(connection, session);
    const refreshHints = (): void => {
      connection.languages.inlayHint.refresh().catch((error: unknown) => connection.console.error(String(error)));
    };
    connection.onInitialized(() => {
      if (!session.sendsFolders) return;
      connection.workspace.onDidChangeWorkspaceFolders((change) => {
        session.changeFolders(change);
        documents.checkAgain();
      });
    });
    connection.onShutdown(session.end);
    connection.onDidChangeWatchedFiles(documents.checkAgain);
    onNotification(connection, "backprop/settings", (message) => {
      session.changeSettings(message);
      documents.checkAgain();
      refreshHints();
    });
    answerRequests(connection, session, documents);
    return { capabilities: { positionEncoding: session.encoding, ...CAPABILITIES }, serverInfo: { name: "Backprop" } };
  });
  connection.listen();
}
