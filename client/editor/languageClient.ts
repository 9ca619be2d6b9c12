/** The language client: loaded after activation, since it is most of the extension's code. */
import * as vscode from "vscode";
import { LanguageClient, TransportKind } from "vscode-languageclient/node";
import type { InitializationOptions } from "../../server/protocol.ts";
import { isOver } from "../runs/runState.ts";
import { settingsForServer } from "./editorSettings.ts";
import { answerFileRequests } from "./files.ts";
import { lastRunLens } from "./trainings/lastRun.ts";
import type { Trainings } from "./trainings/trainings.ts";

export interface LanguageParts {
  /** The server's file. */
  readonly server: string;
  /** The folder of the codes' pages. */
  readonly docs: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly trainings: Trainings;
}

/** A training tells its epochs more often than anyone reads a lens. */
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
    void vscode.window.showErrorMessage("Backprop's language server did not start; see the Backprop output for the reason.");
    throw error;
  }
  keepLensesFresh(client, trainings);
  return client;
}

/** A lens shows a run's last loss, so it is asked for again when there is a new one. */
function keepLensesFresh(client: LanguageClient, trainings: Trainings): void {
  let waiting: NodeJS.Timeout | undefined;
  trainings.onChange(({ run }) => {
    const refresh = (): void => {
      waiting = undefined;
      for (const document of vscode.workspace.textDocuments)
        if (document.languageId === "nn")
          client.getFeature("textDocument/codeLens").getProvider(document)?.onDidChangeCodeLensEmitter.fire();
    };
    if (isOver(run)) {
      clearTimeout(waiting);
      refresh();
    } else waiting ??= setTimeout(refresh, LENSES_EVERY_MS);
  });
}
