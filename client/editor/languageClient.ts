/** The language client. It makes up most of the extension's code, so it is loaded after activation. */
import * as vscode from "vscode";
import { CloseAction, ErrorAction, type ErrorHandler, LanguageClient, State, TransportKind } from "vscode-languageclient/node";
import type { InitializationOptions } from "../../server/protocol.ts";
import { isOver } from "../runs/runState.ts";
import { settingsForServer } from "./editorSettings.ts";
import { answerFileRequests } from "./files.ts";
import { restartPolicy } from "./languageServer.ts";
import { showError } from "./notifications.ts";
import { lastRunLens } from "./trainings/lastRun.ts";
import type { Trainings } from "./trainings/trainings.ts";

export interface LanguageParts {
  /** Path of the server's bundle. */
  readonly server: string;
  /** Folder of the pages about diagnostic codes. */
  readonly docs: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly trainings: Trainings;
  /** Called when the server is running: after the start and after each restart. */
  readonly onRunning: () => void;
}

/** Lenses are refreshed at most this often. A training reports epochs more often than anyone reads a lens. */
const LENSES_EVERY_MS = 500;

/** Returns a client without starting its server. */
export function createClient({ server, docs, log, trainings, onRunning }: LanguageParts): LanguageClient {
  const options: InitializationOptions = { files: true, commands: true, settings: settingsForServer(), docs: docs.toString() };
  const client = new LanguageClient(
    "backprop",
    "Backprop",
    { module: server, transport: TransportKind.ipc },
    {
      documentSelector: [{ language: "nn" }],
      outputChannel: log,
      initializationOptions: options,
      errorHandler: errorHandler(),
      middleware: {
        async provideCodeLenses(document, token, next) {
          const lenses = (await next(document, token)) ?? [];
          // The server's lenses must appear even if the history can't be read.
          const run = await trainings.runOf(document.uri.toString()).catch((error: unknown) => void log.warn(String(error)));
          const text = document.getText();
          return lenses.flatMap((lens) => [lens, ...(lastRunLens(lens, run, text) ?? [])]);
        },
      },
      synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher("**/*.{csv,tsv,txt,gz,idx,data,safetensors}") },
    },
  );
  client.onDidChangeState(({ newState }) => {
    if (newState === State.Running) onRunning();
  });
  answerFileRequests(client);
  refreshLenses(client, trainings);
  return client;
}

/** Restarts a server that has died. If it dies repeatedly, the user decides instead. */
function errorHandler(): ErrorHandler {
  const mayRestart = restartPolicy();
  return {
    error: () => ({ action: ErrorAction.Continue, handled: true }),
    closed() {
      if (mayRestart()) return { action: CloseAction.Restart, handled: true };
      void offerRestart("Backprop's language server stopped five times within three minutes, so it is not started again by itself.");
      return { action: CloseAction.DoNotRestart, handled: true };
    },
  };
}

/** Shows the message with a button that restarts the server. */
export async function offerRestart(message: string): Promise<void> {
  const restart = "Restart Language Server";
  if ((await showError(message, restart)) === restart) await vscode.commands.executeCommand("backprop.restartServer");
}

/** Requests the lenses again when a run has a new loss, because they show it. */
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
