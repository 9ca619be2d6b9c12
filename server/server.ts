/**
 * One client's connection, from `initialize` to `shutdown`. session.ts has the client's capabilities and settings, openDocuments.ts its
 * documents, requests.ts the request handlers.
 */
import { type Connection, DidChangeWatchedFilesNotification, ErrorCodes, ResponseError } from "vscode-languageserver";
import { CAPABILITIES } from "./capabilities.ts";
import { answerCommands } from "./commands.ts";
import { openDocuments } from "./openDocuments.ts";
import { onNotification } from "./protocol.ts";
import { answerRequests } from "./requests.ts";
import { sessionFrom } from "./session.ts";

/** `nn` is the path of the `nn` program. It trains and tests for clients that can't. */
export function serve(connection: Connection, nn: string): void {
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
    const changeSettings = async (message: unknown): Promise<void> => {
      if (!session.changeSettings(message) && session.hasConfiguration)
        session.changeSettings(await connection.workspace.getConfiguration("backprop"));
      documents.checkAgain();
      refreshHints();
    };
    connection.onDidChangeConfiguration(({ settings }) => {
      changeSettings(settings).catch((error: unknown) => connection.console.error(String(error)));
    });
    connection.onInitialized(() => {
      if (session.watchesFiles) watchDataFiles(connection);
      if (!session.sendsFolders) return;
      connection.workspace.onDidChangeWorkspaceFolders((change) => {
        session.changeFolders(change);
        documents.checkAgain();
      });
    });
    connection.onDidChangeWatchedFiles(documents.checkAgain);
    onNotification(connection, "backprop/settings", (message) => {
      session.replaceSettings(message);
      documents.checkAgain();
      refreshHints();
    });
    answerRequests(connection, session, documents);
    const runs = session.commands === "server" ? answerCommands(connection, session, nn) : undefined;
    connection.onShutdown(() => {
      runs?.end();
      session.end();
    });
    return {
      capabilities: {
        positionEncoding: session.encoding,
        ...CAPABILITIES,
        ...(runs && { executeCommandProvider: { commands: [...runs.commands] } }),
      },
      serverInfo: { name: "Backprop" },
    };
  });
  connection.listen();
}

/** Asks the client to report changed data files, so that their documents are checked again. */
function watchDataFiles(connection: Connection): void {
  const watchers = ["**/*.{csv,tsv,txt,gz,idx,data}", "**/*ubyte"].map((globPattern) => ({ globPattern }));
  connection.client
    .register(DidChangeWatchedFilesNotification.type, { watchers })
    .catch((error: unknown) => connection.console.error(String(error)));
}
