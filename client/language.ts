/** The language client: loaded after activation, since it is most of the extension's code. */
import * as vscode from "vscode";
import { LanguageClient, TransportKind } from "vscode-languageclient/node";
import type { ServerOptions } from "../server/protocol.ts";
import { answerFileRequests } from "./files.ts";
import { serverSettings } from "./settings.ts";

/** `docs`: the folder of the codes' pages. */
export async function startClient(server: string, docs: vscode.Uri, log: vscode.LogOutputChannel): Promise<LanguageClient> {
  const options: ServerOptions = { files: true, settings: serverSettings(), docs: docs.toString() };
  const client = new LanguageClient(
    "backprop",
    "Backprop",
    { module: server, transport: TransportKind.ipc },
    {
      documentSelector: [{ language: "nn" }],
      outputChannel: log,
      initializationOptions: options,
      synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher("**/*.{csv,tsv,txt,gz,idx,data}") },
    },
  );
  answerFileRequests(client);
  try {
    await client.start();
  } catch (error) {
    log.error(`The language server did not start: ${String(error)}`);
    void vscode.window.showErrorMessage("Backprop's language server did not start; see the Backprop output for the reason.");
    throw error;
  }
  return client;
}
