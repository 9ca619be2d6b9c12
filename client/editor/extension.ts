/** Activation: creates the language client, trainings, panels and commands and connects them. Their behaviour is in other files. */
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { notifyServer, serverOf, type TrainingChoice } from "../../server/protocol.ts";
import { Inspections } from "../node/inspections.ts";
import type { CommandParts } from "./commandParts.ts";
import { COMMANDS, reveal, trainDocument } from "./commands.ts";
import { affectsServer, settingsForServer } from "./editorSettings.ts";
import type { Rename } from "./fileNames.ts";
import type { LanguageParts } from "./languageClient.ts";
import { Panels } from "./panel/panels.ts";
import { RunActions } from "./runs/runActions.ts";
import { showRunMessages } from "./runs/runMessages.ts";
import { RunStore } from "./runs/runStore.ts";
import { runPlaces } from "./runs/runsFolder.ts";
import { showRuns } from "./runs/runsTree.ts";
import { provideTasks } from "./tasks.ts";
import { DocumentLines } from "./trainings/documentLines.ts";
import { showFindings } from "./trainings/findingDiagnostics.ts";
import { showGradientHints } from "./trainings/gradientHints.ts";
import { showStatus } from "./trainings/statusBar.ts";
import { Trainings } from "./trainings/trainings.ts";

/** `deactivate` stops these. The editor calls it without arguments, so they are stored here. */
let parts: Parts | undefined;

/** The extension's API, for tests and other extensions. */
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

interface Parts extends CommandParts {
  readonly log: vscode.LogOutputChannel;
  readonly inspections: Inspections;
  readonly documentLines: DocumentLines;
  readonly language: Promise<LanguageClient>;
}

export function activate(context: vscode.ExtensionContext): BackpropApi {
  const own = partsOf(context);
  parts = own;
  context.subscriptions.push(...subscriptions(own));
  return apiOf(own);
}

export async function deactivate(): Promise<void> {
  await Promise.all([parts?.trainings.close(), parts?.language.then((client) => client.stop()).catch(() => undefined)]);
}

function partsOf({ extensionUri, storageUri, globalStorageUri }: vscode.ExtensionContext): Parts {
  const log = vscode.window.createOutputChannel("Backprop", { log: true });
  const inDist = (name: string): string => vscode.Uri.joinPath(extensionUri, "dist", name).fsPath;
  const storage = vscode.Uri.joinPath(storageUri ?? globalStorageUri, "runs");
  const store = new RunStore(runPlaces(storage));
  const trainings = new Trainings(inDist("trainer.cjs"), store, log);
  const inspections = new Inspections(inDist("inspector.cjs"));
  const runActions = new RunActions(trainings, store);
  const language = startLanguage({
    server: inDist("server.cjs"),
    docs: vscode.Uri.joinPath(extensionUri, "dist/docs"),
    log,
    trainings,
  });
  // `startClient` reports a failure. Later users of the promise get the same rejection.
  language.catch(() => undefined);
  const choicesOf = async (document: vscode.Uri): Promise<readonly TrainingChoice[]> =>
    await serverOf(await language)("backprop/trainings", { uri: document.toString() });
  const documentLines = new DocumentLines(choicesOf);
  const panels = new Panels(extensionUri, {
    documentLines,
    trainings,
    store,
    inspections,
    runActions,
    train: (document, run) => void trainDocument(own, document, run),
    reveal: (document, line) => void reveal(document, line),
  });
  const own: Parts = {
    log,
    inspections,
    language,
    trainings,
    panels,
    store,
    runActions,
    program: inDist("nn.js"),
    samples: vscode.Uri.joinPath(extensionUri, "dist/samples"),
    choicesOf,
    documentLines,
  };
  return own;
}

const subscriptions = (own: Parts): vscode.Disposable[] => [
  own.log,
  own.store,
  own.trainings,
  own.inspections,
  own.panels,
  showFindings(own.trainings, own.documentLines),
  showStatus(own.trainings),
  showRuns(own.store, own.trainings),
  showRunMessages(own.trainings, own.store, own.runActions, own.log),
  showGradientHints(own.trainings, own.documentLines),
  provideTasks(own.program),
  vscode.workspace.onDidRenameFiles(async ({ files }) => {
    for (const { oldUri, newUri } of files) await followRename(own, { from: oldUri.toString(), to: newUri.toString() });
  }),
  // Another window may have changed the history.
  vscode.window.onDidChangeWindowState(({ focused }) => focused && own.store.refresh()),
  ...Object.entries(COMMANDS).map(([name, run]) => vscode.commands.registerCommand(name, (...args: unknown[]) => run(own, ...args))),
  vscode.workspace.onDidChangeConfiguration(async (change) => {
    if (affectsServer(change)) await notifyServer(await own.language, "backprop/settings", settingsForServer());
  }),
];

/** A renamed file takes its runs, its panel and its training along. */
async function followRename({ trainings, store, panels }: Parts, rename: Rename): Promise<void> {
  trainings.move(rename);
  panels.move(rename);
  await store.move(rename);
}

const apiOf = ({ panels, trainings, store, ...rest }: Parts): BackpropApi => ({
  onDrawn: panels.onDrawn,
  onChange: trainings.onChange,
  runOf: (file) => trainings.runOf(file),
  runs: () => store.list(),
  onRuns: store.onChange,
  train: (document) => trainDocument({ panels, trainings, store, ...rest }, document, undefined),
  pause: (file) => trainings.pause(file),
  resume: (file) => trainings.resume(file),
  stop: (file) => trainings.stop(file),
});

/** `activate` does not await this, so that loading the client's code and starting the server don't delay the editor. */
async function startLanguage(args: LanguageParts): Promise<LanguageClient> {
  await new Promise((resolve) => setImmediate(resolve));
  const { startClient } = await import("./languageClient.ts");
  return await startClient(args);
}
