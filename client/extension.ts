/** Wiring: the language server, the trainings, the panels, the commands. What they do is elsewhere. */
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { notifyServer, serverOf } from "../server/protocol.ts";
import { COMMANDS, type CommandParts, reveal, trainDocument } from "./commands.ts";
import { createInspections } from "./inspect/inspections.ts";
import type { LanguageParts } from "./language.ts";
import { createPanels } from "./panel/panel.ts";
import { createRunActions } from "./runs/actions.ts";
import { runSettings } from "./runs/settings.ts";
import { RunStore } from "./runs/store.ts";
import { showRuns } from "./runs/tree.ts";
import { concernsServer, settingsForServer } from "./settings.ts";
import { provideTasks } from "./tasks.ts";
import { showFindings } from "./training/findings.ts";
import { showGradientHints } from "./training/gradientHints.ts";
import { showStatus } from "./training/statusBar.ts";
import { createTrainings } from "./training/trainings.ts";

let client: LanguageClient | undefined;
let closeTrainings: (() => Promise<void>) | undefined;

/** What tests and other extensions may look at. */
export interface BackpropApi {
  readonly onDrawn: CommandParts["panels"]["onDrawn"];
  readonly onChange: CommandParts["trainings"]["onChange"];
  readonly runOf: CommandParts["trainings"]["runOf"];
  readonly runs: CommandParts["store"]["list"];
  readonly onRuns: CommandParts["store"]["onChange"];
  readonly train: (document: vscode.Uri) => ReturnType<typeof trainDocument>;
  readonly pause: CommandParts["trainings"]["pause"];
  readonly resume: CommandParts["trainings"]["resume"];
  readonly stop: CommandParts["trainings"]["stop"];
}

export function activate(context: vscode.ExtensionContext): BackpropApi {
  const log = vscode.window.createOutputChannel("Backprop", { log: true });
  const inDist = (name: string): string => vscode.Uri.joinPath(context.extensionUri, "dist", name).fsPath;
  const storage = vscode.Uri.joinPath(context.storageUri ?? context.globalStorageUri, "runs");
  const store = new RunStore(() => runSettings.folder(storage), runSettings.keep);
  const trainings = createTrainings(inDist("trainer.cjs"), store, log);
  closeTrainings = trainings.close;
  const inspections = createInspections(inDist("inspector.cjs"));
  const runActions = createRunActions(trainings, store);
  const language = startLanguage({
    server: inDist("server.cjs"),
    docs: vscode.Uri.joinPath(context.extensionUri, "dist/docs"),
    log,
    trainings,
  });
  // Its failure is said where it happens; who needs the server meets it again.
  language.catch(() => undefined);
  const panels = createPanels(context.extensionUri, {
    trainings,
    store,
    inspections,
    runActions,
    train: (document, run) => void trainDocument(parts, document, run),
    reveal: (document, line) => void reveal(document, line),
  });
  const parts: CommandParts = {
    trainings,
    panels,
    store,
    runActions,
    program: inDist("nn.js"),
    samples: vscode.Uri.joinPath(context.extensionUri, "dist/samples"),
    async choicesOf(document) {
      const ask = serverOf(await language);
      return await ask("backprop/trainings", { uri: document.toString() });
    },
  };
  context.subscriptions.push(
    log,
    store,
    trainings,
    inspections,
    panels,
    showFindings(trainings),
    showStatus(trainings),
    showRuns(store, trainings),
    showGradientHints(trainings),
    provideTasks(parts.program),
    ...Object.entries(COMMANDS).map(([name, run]) => vscode.commands.registerCommand(name, (...given: unknown[]) => run(parts, ...given))),
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (concernsServer(change)) await notifyServer(await language, "backprop/settings", settingsForServer());
    }),
  );
  return {
    onDrawn: panels.onDrawn,
    onChange: trainings.onChange,
    runOf: trainings.runOf,
    runs: () => store.list(),
    onRuns: store.onChange,
    train: (document) => trainDocument(parts, document, undefined),
    pause: trainings.pause,
    resume: trainings.resume,
    stop: trainings.stop,
  };
}

export async function deactivate(): Promise<void> {
  await Promise.all([closeTrainings?.(), client?.stop()]);
}

/** Not awaited by `activate`: the editor goes on while the client's code is loaded and the server starts. */
async function startLanguage(parts: LanguageParts): Promise<LanguageClient> {
  await new Promise((resolve) => setImmediate(resolve));
  const { startClient } = await import("./language.ts");
  client = await startClient(parts);
  return client;
}
