/** The language client. It is most of the extension's code, so it is loaded after activation. */
import * as vscode from "vscode";
import { LanguageClient, TransportKind } from "vscode-languageclient/node";
import type { InitializationOptions } from "../../server/protocol.ts";
import { isOver } from "../runs/runState.ts";
import { settingsForServer } from "./editorSettings.ts";
import { answerFileRequests } from "./files.ts";
import { lastRunLens } from "./trainings/lastRun.ts";
import type { Trainings } from "./trainings/trainings.ts";

export interface LanguageParts {
  /** Path of the server's bundle. */
  readonly server: string;
  /** Folder of the diagnostic codes' pages. */
  readonly docs: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly trainings: Trainings;
}

/** A training reports epochs more often than anyone reads a lens. */
const LENSES_EVERY_MS = 500;

export async function startClient({ server, docs, log, trainings }: LanguageParts): Promise<LanguageClient> {
  const options: InitializationOptions = { files: true, settings: settingsForServer(), docs: docs.toString() };
  const client = new LanguageClient(
    "backprop",
    "Backprop",
    { module: server, transport: TransportKind.ipc },
    {
      documentSelector: [{ language: "nn" }],
      outputChannel: log,
      initializationOptions: options,
      middleware: {
        async provideCodeLenses(document, token, next) {
          const lenses = (await next(document, token)) ?? [];
          const run = await trainings.runOf(document.uri.toString());
          return lenses.flatMap((lens) => [lens, ...(lastRunLens(lens, run) ?? [])]);
        },
      },
      synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher("**/*.{csv,tsv,txt,gz,idx,data}") },
    },
  );
  answerFileRequests(client);
  try {
    await client.start();
  } catch (error) {
    log.error(`The language server did not start: ${String(error)}`);
    void vscode.window.showErrorMessage("Backprop's language server did not start. The Backprop output channel shows the reason.");
    throw error;
  }
  refreshLenses(client, trainings);
  return client;
}

/** Requests the lenses again when a run has a new loss, which they show. */
function refreshLenses(client: LanguageClient, trainings: Trainings): void {
  let waiting: NodeJS.Timeout | undefined;
  const refresh = (): void => {
    waiting = undefined;
    for (const document of vscode.workspace.textDocuments)
      if (document.languageId === "nn") client.getFeature("textDocument/codeLens").getProvider(document)?.onDidChangeCodeLensEmitter.fire();
  };
  trainings.onForgotten(refresh);
  trainings.onChange(({ run }) => {
    if (isOver(run)) {
      clearTimeout(waiting);
      refresh();
    } else waiting ??= setTimeout(refresh, LENSES_EVERY_MS);
  });
}
