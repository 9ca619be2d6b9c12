/** The Test Explorer for `expect` blocks. The Test lens and command run the same code. */
import * as vscode from "vscode";
import type { ExpectBlocks, TestChoices } from "../../../server/protocol.ts";
import type { Inspections } from "../../node/inspections.ts";
import { isOwnFile } from "../fileNames.ts";
import type { Trainings } from "../trainings/trainings.ts";
import { isTrustedHere } from "../trust.ts";
import { debugRow } from "./debugRow.ts";
import { blockIds, ROW_TAG, showExpectations } from "./testItems.ts";
import { testFile } from "./testRun.ts";
import { TrainedNetworks } from "./trainedNetworks.ts";

export interface TestExplorerParts {
  /** Path of the bundled training worker. */
  readonly workerFile: string;
  readonly trainings: Trainings;
  readonly inspections: Inspections;
  /** Returns the path of a saved run's folder. */
  readonly pathOfRun: (id: string) => string;
  /** Requests a file's expectations from the language server. */
  readonly expectationsOf: (document: string) => Promise<ExpectBlocks>;
  /** Requests everything needed to test a document from the language server. The editor must have opened the document. */
  readonly testsOf: (document: string) => Promise<TestChoices>;
  readonly log: vscode.LogOutputChannel;
}

/** A changed text is read again once it has not changed for this long. */
const QUIET_MS = 300;

export class TestExplorer implements vscode.Disposable {
  readonly #parts: TestExplorerParts;
  readonly #controller = vscode.tests.createTestController("backprop", "Backprop");
  readonly #networks: TrainedNetworks;
  readonly #profile: vscode.TestRunProfile;
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  readonly #disposables: vscode.Disposable[] = [this.#controller];

  constructor(parts: TestExplorerParts) {
    this.#parts = parts;
    this.#networks = new TrainedNetworks(parts.workerFile, parts.trainings);
    const run = (request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> => this.#handle(request, token);
    this.#profile = this.#controller.createRunProfile("Run Expectations", vscode.TestRunProfileKind.Run, run, true, undefined, true);
    const debug = async (request: vscode.TestRunRequest): Promise<void> => {
      if (!isTrustedHere()) return;
      await debugRow(request, { networks: this.#networks, pathOfRun: parts.pathOfRun, choicesOf: (file) => this.#choicesOf(file) });
    };
    this.#controller.createRunProfile("Debug a Row", vscode.TestRunProfileKind.Debug, debug, true, ROW_TAG);
    this.#controller.resolveHandler = async (item) => {
      if (!item) await this.#findFiles();
    };
    this.#controller.refreshHandler = () => this.#findFiles();
    this.#disposables.push(...this.#listen());
    for (const document of vscode.workspace.textDocuments) this.#readSoon(document, 0);
  }

  /** Tests one block of the document, or all blocks. Returns whether there is anything to test. */
  async test(document: vscode.Uri, block: number | undefined): Promise<boolean> {
    if (!isTrustedHere()) return true;
    const { blocks } = await this.#choicesOf(document);
    const file = this.#controller.items.get(document.toString());
    const item = block === undefined ? file : file?.children.get(blockIds(file.id, blocks)[block] ?? "");
    if (!item) return false;
    await this.#run(new vscode.TestRunRequest([item], undefined, this.#profile));
    return true;
  }

  dispose(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#networks.dispose();
    vscode.Disposable.from(...this.#disposables).dispose();
  }

  #listen(): vscode.Disposable[] {
    const files = vscode.workspace.createFileSystemWatcher("**/*.nn");
    const read = (file: vscode.Uri): void => void this.#read(file);
    return [
      files,
      files.onDidCreate(read),
      files.onDidChange(read),
      files.onDidDelete((file) => this.#controller.items.delete(file.toString())),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => uri.scheme === "untitled" && this.#controller.items.delete(uri.toString())),
      vscode.workspace.onDidOpenTextDocument((document) => this.#readSoon(document, 0)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.#readSoon(document, QUIET_MS)),
    ];
  }

  #readSoon(document: vscode.TextDocument, delay: number): void {
    if (!isOwnFile(document)) return;
    const { uri } = document;
    const file = uri.toString();
    clearTimeout(this.#waiting.get(file));
    const read = (): void => {
      this.#waiting.delete(file);
      void this.#read(uri);
    };
    this.#waiting.set(file, setTimeout(read, delay));
  }

  /** Shows a file's current expectations. */
  async #read(file: vscode.Uri): Promise<void> {
    try {
      showExpectations(this.#controller, file, await this.#parts.expectationsOf(file.toString()));
    } catch (error) {
      this.#parts.log.warn(`The expectations of ${file.toString()} can't be listed: ${String(error)}`);
    }
  }

  async #findFiles(): Promise<void> {
    const files = await vscode.workspace.findFiles("**/*.nn", "**/node_modules/**");
    await Promise.all(files.map((file) => this.#read(file)));
  }

  async #choicesOf(document: vscode.Uri): Promise<TestChoices> {
    // The server knows only documents that the editor has opened.
    await vscode.workspace.openTextDocument(document);
    const choices = await this.#parts.testsOf(document.toString());
    showExpectations(this.#controller, document, choices);
    return choices;
  }

  async #handle(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    if (!isTrustedHere()) return;
    // A run of all tests. Until the Testing view is opened, only opened files have items.
    if (!request.include) await this.#findFiles();
    if (request.continuous) this.#runOnSave(request, token);
    else await this.#run(request);
  }

  /** Runs the tests whenever a file is saved, until the token is cancelled. Each save cancels the previous save's test run. */
  #runOnSave(request: vscode.TestRunRequest, token: vscode.CancellationToken): void {
    let running: vscode.CancellationTokenSource | undefined;
    const saving = vscode.workspace.onDidSaveTextDocument((document) => {
      const chosen = request.include ?? this.#files();
      // Any other saved file may contain the data of any of them.
      const items = document.languageId === "nn" ? chosen.filter(({ uri }) => uri?.toString() === document.uri.toString()) : chosen;
      if (items.length === 0) return;
      running?.cancel();
      running = new vscode.CancellationTokenSource();
      void this.#run(new vscode.TestRunRequest(items, request.exclude, request.profile, true), running.token);
    });
    token.onCancellationRequested(() => {
      saving.dispose();
      running?.cancel();
    });
  }

  #files(): vscode.TestItem[] {
    const files: vscode.TestItem[] = [];
    for (const [, item] of this.#controller.items) files.push(item);
    return files;
  }

  async #run(request: vscode.TestRunRequest, token?: vscode.CancellationToken): Promise<void> {
    const run = this.#controller.createTestRun(request);
    const included = request.include ?? this.#files();
    const isIn = (items: readonly vscode.TestItem[], item: vscode.TestItem | undefined): boolean =>
      item !== undefined && (items.includes(item) || isIn(items, item.parent));
    const isChosen = (item: vscode.TestItem): boolean => isIn(included, item) && !isIn(request.exclude ?? [], item);
    const parts = {
      networks: this.#networks,
      inspections: this.#parts.inspections,
      choicesOf: (file: vscode.Uri) => this.#choicesOf(file),
    };
    const source = new vscode.CancellationTokenSource();
    const ending = [run.token, ...(token ? [token] : [])].map((one) => one.onCancellationRequested(() => source.cancel()));
    for (const file of new Set(included.map(fileOf)))
      if (!source.token.isCancellationRequested) await testFile(parts, { run, token: source.token }, file, isChosen);
    vscode.Disposable.from(...ending, source).dispose();
    run.end();
  }
}

const fileOf = (item: vscode.TestItem): vscode.TestItem => (item.parent ? fileOf(item.parent) : item);
