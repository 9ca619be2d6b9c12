/** Activation: creates and connects the language client, trainings, panels and commands. Their behaviour is in other files. */
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { notifyServer, type UntrainedChoice } from "../../server/protocol.ts";
import { Inspections } from "../node/inspections.ts";
import type { CommandParts } from "./commandParts.ts";
import { COMMANDS, reveal, trainDocument } from "./commands.ts";
import { watchDebugging } from "./debug/debuggedFiles.ts";
import { provideDebugging } from "./debug/debugging.ts";
import { FindingLenses } from "./debug/findingLenses.ts";
import { provideDataBlocks } from "./droppedTables.ts";
import { affects, affectsServer, settingsForServer } from "./editorSettings.ts";
import type { Rename } from "./fileNames.ts";
import type { LanguageParts } from "./languageClient.ts";
import { LanguageServer } from "./languageServer.ts";
import { Panels } from "./panel/panels.ts";
import { followMovedFiles } from "./runs/movedFiles.ts";
import { RunActions } from "./runs/runActions.ts";
import { showRunMessages } from "./runs/runMessages.ts";
import { RunStore } from "./runs/runStore.ts";
import { runPlaces, workspaceStorage } from "./runs/runsFolder.ts";
import { showRuns } from "./runs/runsTree.ts";
import { Samples } from "./samples.ts";
import { showStarter } from "./starter.ts";
import { provideTasks } from "./tasks.ts";
import { TestExplorer } from "./tests/testExplorer.ts";
import { DocumentLines } from "./trainings/documentLines.ts";
import { showFindings } from "./trainings/findingDiagnostics.ts";
import { showGradientHints } from "./trainings/gradientHints.ts";
import { rememberedPace } from "./trainings/rememberedPace.ts";
import { showStatus } from "./trainings/statusBar.ts";
import { Trainings } from "./trainings/trainings.ts";
import { followWalkthrough } from "./walkthrough.ts";

/** The parts that `deactivate` stops. They are stored here because the editor calls it without arguments. */
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
  /** Path of the debugger's bundled worker. */
  readonly debugger: string;
  readonly findingLenses: FindingLenses;
  readonly log: vscode.LogOutputChannel;
  readonly inspections: Inspections;
  readonly documentLines: DocumentLines;
  readonly language: LanguageServer<LanguageClient>;
  readonly tests: TestExplorer;
}

export function activate(context: vscode.ExtensionContext): BackpropApi {
  const own = partsOf(context);
  parts = own;
  context.subscriptions.push(...subscriptions(own));
  return apiOf(own);
}

export async function deactivate(): Promise<void> {
  await Promise.all([parts?.trainings.close(), parts?.language.stop().catch(() => undefined)]);
}

function partsOf({ extensionUri, globalStorageUri, globalState }: vscode.ExtensionContext): Parts {
  const log = vscode.window.createOutputChannel("Backprop", { log: true });
  const inDist = (name: string): string => vscode.Uri.joinPath(extensionUri, "dist", name).fsPath;
  const store = new RunStore(runPlaces(workspaceStorage(globalStorageUri)));
  const trainings = new Trainings(inDist("trainer.js"), store, log);
  const inspections = new Inspections(inDist("inspector.js"));
  const runActions = new RunActions(trainings, store);
  const docs = vscode.Uri.joinPath(extensionUri, "dist/docs");
  const language = new LanguageServer(() =>
    loadClient({ server: inDist("server.js"), docs, log, trainings, onRunning: () => documentLines.refresh() }),
  );
  const documentLines = new DocumentLines((document) => language.trainings(document.toString()));
  void startLanguage(language, log);
  const modelsOf = async (document: vscode.Uri): Promise<readonly UntrainedChoice[]> => {
    // The server knows only documents that the editor has opened.
    await vscode.workspace.openTextDocument(document);
    return await language.untrained(document.toString());
  };
  const panels = new Panels(extensionUri, {
    documentLines,
    choicesOf: async (document) => {
      await vscode.workspace.openTextDocument(document);
      return await language.trainingsForCertain(document.toString());
    },
    trainings,
    store,
    inspections,
    untrainedOf: modelsOf,
    async knobsOf(document) {
      await vscode.workspace.openTextDocument(document);
      return await language.knobs(document.toString());
    },
    async editOf(document, edit) {
      await vscode.workspace.openTextDocument(document);
      return await language.edit(document.toString(), edit);
    },
    async applyEdit(document, { edit, version }) {
      if ((await vscode.workspace.openTextDocument(document)).version !== version) return false;
      const { protocol2CodeConverter } = await language.running();
      return await vscode.workspace.applyEdit(await protocol2CodeConverter.asWorkspaceEdit(edit));
    },
    runActions,
    pace: rememberedPace(trainings, globalState),
    train: (document, run) => void trainDocument(own, document, run),
    reveal: (document, line) => void reveal(document, line),
  });
  const own: Parts = {
    log,
    inspections,
    language,
    trainings,
    panels,
    tests: new TestExplorer({
      pathOfRun: (id) => store.pathOf(id),
      workerFile: inDist("trainer.js"),
      trainings,
      inspections,
      expectationsOf: (file) => language.expectations(file),
      testsOf: (document) => language.testsForCertain(document),
      log,
    }),
    store,
    runActions,
    program: inDist("nn.js"),
    debugger: inDist("debugger.js"),
    findingLenses: new FindingLenses(),
    samples: new Samples(vscode.Uri.joinPath(extensionUri, "dist/samples"), vscode.Uri.joinPath(globalStorageUri, "samples")),
    docs,
    choicesOf: (document) => language.trainingsForCertain(document.toString()),
    modelsOf,
    restartServer: () => language.restart(),
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
  own.tests,
  own.documentLines,
  showFindings(own.trainings, own.documentLines, own.findingLenses),
  vscode.languages.registerCodeLensProvider({ language: "nn" }, own.findingLenses),
  showStatus(own.trainings),
  followWalkthrough(own),
  own.samples.showCopies(),
  provideDataBlocks((drop) => own.language.dataBlock(drop)),
  showStarter(),
  showRuns(own.store, own.trainings),
  showRunMessages(own.trainings, own.store, own.runActions, own.log),
  showGradientHints(own.trainings, own.documentLines),
  vscode.window.registerCustomEditorProvider("backprop.model", {
    openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
    async resolveCustomEditor({ uri }, panel) {
      const { showModelFile } = await import("./exchange/modelEditor.ts");
      await showModelFile(uri, panel, own);
    },
  }),
  provideTasks(own.program),
  provideDebugging(own.debugger, own),
  watchDebugging((file, debugged) => own.panels.debug(file, debugged)),
  vscode.workspace.onDidRenameFiles(async ({ files }) => {
    for (const { oldUri, newUri } of files)
      await followRename(own, { from: oldUri.toString(), to: newUri.toString() }).catch((error: unknown) => own.log.warn(String(error)));
  }),
  own.store.onMove((rename) => void followRename(own, rename).catch((error: unknown) => own.log.warn(String(error)))),
  followMovedFiles(own.trainings, own.store, (rename) => followRename(own, rename), own.log),
  // Another window may have changed the history.
  vscode.window.onDidChangeWindowState(({ focused }) => focused && own.store.refresh()),
  ...Object.entries(COMMANDS).map(([name, run]) => vscode.commands.registerCommand(name, (...args: unknown[]) => run(own, ...args))),
  vscode.workspace.onDidChangeConfiguration(async (change) => {
    if (affects(change, "panel.scale")) own.panels.rescale();
    const client = affectsServer(change) ? await own.language.ifRunning() : undefined;
    if (client) await notifyServer(client, "backprop/settings", settingsForServer()).catch((error: unknown) => own.log.warn(String(error)));
  }),
];

/** Moves a renamed file's runs, panel and training to the new name. */
async function followRename({ trainings, store, panels, documentLines }: Parts, rename: Rename): Promise<void> {
  trainings.move(rename);
  panels.move(rename);
  await store.move(rename);
  // The file's editor may already be open, without its runs' hints.
  documentLines.refresh();
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

async function loadClient(args: LanguageParts): Promise<LanguageClient> {
  // Loading the client's code must not delay the editor.
  await new Promise((resolve) => setImmediate(resolve));
  const { createClient } = await import("./languageClient.ts");
  return createClient(args);
}

async function startLanguage(language: LanguageServer<LanguageClient>, log: vscode.LogOutputChannel): Promise<void> {
  try {
    await language.running();
  } catch (error) {
    log.error(`The language server did not start: ${String(error)}`);
    const { offerRestart } = await import("./languageClient.ts");
    await offerRestart("Backprop's language server did not start. The Backprop output channel shows the reason.");
  }
}
