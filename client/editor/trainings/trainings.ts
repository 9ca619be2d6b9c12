/** The window's trainings: starts, follows and stops them, knows each file's last run, and saves runs. */
import * as vscode from "vscode";
import type { TrainingPlan } from "../../../engine/plan.ts";
import { plainText } from "../../../engine/safeText.ts";
import type { Pace } from "../../../engine/training/pace.ts";
import type { TrainingChoice } from "../../../server/protocol.ts";
import type { EpochRows } from "../../messages/trainerMessages.ts";
import { FollowedRun } from "../../node/followedRun.ts";
import type { ReadyWorkers } from "../../node/readyWorkers.ts";
import { type Session, startSession, trainingWorkers } from "../../node/trainingSession.ts";
import { RecordedStates } from "../../runs/recordedStates.ts";
import { newId } from "../../runs/runFolder.ts";
import type { RunSummary } from "../../runs/runSchemas.ts";
import { addEpochs, addEvent, isOver, newRun, type RunEvent, type RunFacts, type RunState } from "../../runs/runState.ts";
import { summaryOf } from "../../runs/storedRun.ts";
import { settingOf, userSetting } from "../editorSettings.ts";
import { baseName, type Rename, renamed } from "../fileNames.ts";
import { readDataFile } from "../files.ts";
import { showInformation } from "../notifications.ts";
import { byBegin, type RunStore } from "../runs/runStore.ts";
import { EndedRuns } from "./endedRuns.ts";
import { type Clock, type OpenRun, SavedRun, systemClock } from "./savedRun.ts";
import { type SavingProblem, SavingProblems } from "./savingProblems.ts";

export interface RunChange {
  readonly file: string;
  readonly run: RunState;
  /** The new events, already contained in `run`; empty for a new run. */
  readonly events: readonly RunEvent[];
  readonly epochs: EpochRows | null;
}

/** The parts of a new run besides its plan. Some come from an earlier run. */
export interface Beginning {
  /** The hash of the plan's source text. */
  readonly text?: string;
  readonly name?: string;
  readonly checkpoint?: Uint8Array;
  /** The id of the run's series of seeds. */
  readonly series?: string;
}

/** Another program's run, in the folder that the program writes to. */
export interface ForeignRun {
  readonly folder: string;
  readonly facts: Pick<RunFacts, "run" | "model" | "seed" | "lines">;
  readonly plan: TrainingPlan;
  readonly precision: OpenRun["precision"];
  /** Called once when the program has not written for this many seconds, and with null when it continues or is no longer followed. */
  readonly onQuiet: (seconds: number | null) => void;
}

type OwnSession = Pick<Session, "ended" | "pause" | "resume" | "stop" | "watch" | "setPace" | "step" | "checkpoint">;

interface TrainingInProgress extends OpenRun {
  readonly session: OwnSession;
}

export class Trainings implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<RunChange>();
  /** Fires when a run starts and for its events. */
  readonly onChange: vscode.Event<RunChange> = this.#changed.event;
  readonly #savingProblems: SavingProblems;
  /** Fires once when a run can't be saved, and when it can be saved again. */
  readonly onSavingProblem: vscode.Event<SavingProblem>;
  readonly #forgotten = new vscode.EventEmitter<{ readonly file: string; readonly id: string }>();
  /** Fires after a run was deleted. */
  readonly onForgotten: vscode.Event<{ readonly file: string; readonly id: string }> = this.#forgotten.event;
  readonly #storeListeners: vscode.Disposable;
  readonly #workerFile: string;
  readonly #workers: ReadyWorkers;
  readonly #store: RunStore;
  readonly #clock: Clock;
  /** Each file's newest run, by file. */
  readonly #latest = new Map<string, OpenRun>();
  /** Trainings in progress, by run id. */
  readonly #sessions = new Map<string, TrainingInProgress>();
  /** Files whose trainings a panel shows. */
  readonly #watched = new Set<string>();
  /** Runs of this window that are not completely saved yet, by id. A run that can't be saved stays here until the window closes. */
  readonly #unsaved = new Map<string, OpenRun>();
  readonly #lastWeights = new Map<string, Uint8Array>();
  /** The recorded states of this window's runs, by run id. */
  readonly #states = new Map<string, RecordedStates>();
  readonly #ended: EndedRuns;
  #pace: Pace = "full";

  constructor(workerFile: string, store: RunStore, log: vscode.LogOutputChannel, clock: Clock = systemClock) {
    this.#workerFile = workerFile;
    this.#workers = trainingWorkers(workerFile);
    this.#store = store;
    this.#savingProblems = new SavingProblems(log);
    this.onSavingProblem = this.#savingProblems.onChange;
    this.#clock = clock;
    this.#ended = new EndedRuns(clock);
    this.#storeListeners = vscode.Disposable.from(
      store.onDiscard(({ run: { id, file } }) => this.forget(id, file)),
      store.onChange(() => void this.#forgetDeleted()),
    );
  }

  /** Returns the file's current or last run, from this window or an earlier one. */
  async runOf(file: string): Promise<RunState | undefined> {
    return (await this.latestOf(file))?.run;
  }

  /** Returns the file's current or last run with its plan. */
  async latestOf(file: string): Promise<OpenRun | undefined> {
    const known = this.#latest.get(file);
    if (known && !this.#store.isElsewhere(known.run.facts.id)) return known;
    const newest = (await this.#store.list()).find((one) => one.file === file);
    const loaded = newest && (await this.#store.load(newest.id));
    // A run that another window trains changes on the disk, so it is not remembered.
    if (loaded && this.#store.isElsewhere(newest.id)) return loaded;
    if (loaded && !this.#latest.has(file)) this.#latest.set(file, loaded);
    return this.#latest.get(file);
  }

  /** Returns the summaries of all runs, newest first. This window's runs have current summaries, because the saved ones lag behind. */
  async runs(): Promise<readonly RunSummary[]> {
    const before = [...this.#unsaved.keys()];
    const saved = await this.#store.list();
    // A run whose last save ended meanwhile may be listed with an older state.
    if (before.some((id) => !this.#unsaved.has(id))) return await this.runs();
    const unsaved = [...this.#unsaved.values()].map(({ run }) => summaryOf(run));
    return byBegin([...unsaved, ...saved.filter(({ id }) => !this.#unsaved.has(id))]);
  }

  /** Returns a run of this window, in progress or ended, or else a run from the history. */
  async open(id: string): Promise<OpenRun | undefined> {
    const own = [...this.#latest.values()].find(({ run }) => run.facts.id === id);
    return own ?? this.#unsaved.get(id) ?? (await this.#store.load(id));
  }

  /** Stops the file's current training, if any, and starts this one. Throws an Error if the choice has no plan. */
  async start(document: vscode.Uri, choice: TrainingChoice, from: Beginning = {}): Promise<RunState> {
    const file = document.toString();
    if (!choice.planned) throw new Error("A training without a plan can't be started.");
    while (this.#at(file)) await this.#stopped(file);
    const { plan } = choice.planned;
    const { text, series } = from;
    const run = newRun({
      ...factsOf(document, choice, plan),
      ...(text !== undefined && { text }),
      ...(series !== undefined && { series }),
    });
    if (from.name !== undefined) run.name = from.name;
    const open: OpenRun = { run, plan, precision: settingOf("precision", document) };
    const previous = this.#latest.get(file);
    if (previous) this.#states.delete(previous.run.facts.id);
    const saved = this.#begin(open);
    const states = new RecordedStates();
    this.#states.set(run.facts.id, states);
    const session = startSession({
      workerFile: this.#workerFile,
      workers: this.#workers,
      plan,
      precision: open.precision,
      threads: settingOf("threads", document),
      checkpoint: from.checkpoint,
      python: pythonOfTrainings(),
      onNote: (note) => void showInformation(plainText(note)),
      text: choice.text ?? null,
      isWatched: this.#watched.has(file),
      // Nobody sees slow motion without a visible panel, so the training runs at full speed.
      pace: this.#watched.has(file) ? this.#pace : "full",
      read: (path) => readDataFile(path, vscode.Uri.parse(run.facts.file)),
      onWeights: (bytes) => this.#lastWeights.set(run.facts.id, bytes),
      onState: (epoch, bytes) => states.add(epoch, bytes),
      onEvents: (events, epochs) => this.#take(open, saved, events, epochs),
    });
    this.#sessions.set(run.facts.id, { ...open, session });
    return run;
  }

  /** Sets whether a worker is started in advance for the next training. */
  keepReady(isKept: boolean): void {
    this.#workers.keep(isKept);
  }

  /** Follows another program's run as the document's training. Pausing does not affect the run, and stopping only ends the following. */
  async follow(document: vscode.Uri, foreign: ForeignRun): Promise<RunState> {
    const file = document.toString();
    while (this.#at(file)) await this.#stopped(file);
    const { folder, facts, plan, precision, onQuiet } = foreign;
    const begun = Date.now();
    const run = newRun({ id: newId(begun), file, fileName: baseName(file), begun, followed: true, ...facts });
    const open: OpenRun = { run, plan, precision };
    const saved = this.#begin(open);
    const session = new FollowedRun({
      folder,
      ...this.#clock,
      onQuiet,
      onWeights: (bytes) => this.#lastWeights.set(run.facts.id, bytes),
      onEvents: (events, epochs) => this.#take(open, saved, events, epochs),
      // Drops the run so far, and follows the whole run as a new one.
      onRestart: () => {
        session.stop();
        void session.ended.then(() => this.discard(run.facts.id, file)).then(() => this.follow(document, foreign));
      },
    });
    this.#sessions.set(run.facts.id, { ...open, session });
    return run;
  }

  /**
   * Stops the file's training, if any, and waits for its end. The caller must check again afterwards, because a second click may have started another
   * training meanwhile. It must then start its own without waiting in between.
   */
  async #stopped(file: string): Promise<void> {
    const session = this.#at(file)?.session;
    session?.stop();
    await session?.ended;
  }

  /** Makes a run its file's newest, and starts saving it. */
  #begin(open: OpenRun): SavedRun {
    const { run } = open;
    const { file, id } = run.facts;
    this.#latest.set(file, open);
    this.#unsaved.set(id, open);
    this.#changed.fire({ file, run, events: [], epochs: null });
    return new SavedRun({
      open,
      store: this.#store,
      clock: this.#clock,
      weights: async () => await this.#sessionOf(id)?.checkpoint(),
      onProblem: (reason) => this.#savingProblems.report(run, reason),
    });
  }

  pause(file: string): void {
    const training = this.#at(file);
    if (training?.run.facts.followed) void showInformation("Another program trains this run, so it can't be paused here.");
    training?.session.pause();
  }

  resume(file: string): void {
    this.#at(file)?.session.resume();
  }

  stop(file: string): void {
    this.#at(file)?.session.stop();
  }

  /** Sets the pace of watched trainings, both in progress and started later. */
  setPace(pace: Pace): void {
    this.#pace = pace;
    for (const { run, session } of this.#sessions.values()) if (this.#watched.has(run.facts.file)) session.setPace(pace);
  }

  /** Trains the next epoch if the pace is one epoch per click. */
  step(file: string): void {
    this.#at(file)?.session.step();
  }

  /** Records whether a panel shows the file's training. */
  watch(file: string, isWatched: boolean): void {
    if (this.#watched.has(file) === isWatched) return;
    if (isWatched) this.#watched.add(file);
    else this.#watched.delete(file);
    const session = this.#at(file)?.session;
    session?.watch(isWatched);
    // A training that nobody watches runs at full speed.
    session?.setPace(isWatched ? this.#pace : "full");
  }

  /** Returns a checkpoint of the run: its current weights, or its final weights if it has ended. */
  async checkpointOf(id: string): Promise<Uint8Array | undefined> {
    return (await this.#sessionOf(id)?.checkpoint()) ?? this.#lastWeights.get(id) ?? (await this.#store.checkpoint(id));
  }

  /** Returns the last recorded state at or before the epoch of a run of this window. */
  stateBefore(id: string, epoch: number): Uint8Array | undefined {
    return this.#states.get(id)?.before(epoch);
  }

  /** Returns why the run can't be saved; undefined if it can be. */
  savingProblemOf(id: string): string | undefined {
    return this.#savingProblems.of(id);
  }

  /** Renames a run that this window has in memory. */
  rename(id: string, name: string): void {
    for (const { run } of [...this.#latest.values(), ...this.#unsaved.values()]) if (run.facts.id === id) run.name = name;
  }

  /** Forgets a deleted run of the file. */
  forget(id: string, file: string): void {
    if (this.#latest.get(file)?.run.facts.id === id) this.#latest.delete(file);
    this.#unsaved.delete(id);
    this.#lastWeights.delete(id);
    this.#states.delete(id);
    this.#savingProblems.forget(id);
    this.#forgotten.fire({ file, id });
  }

  /** Forgets saved runs that another window has deleted. */
  async #forgetDeleted(): Promise<void> {
    for (const { run } of [...this.#latest.values()]) {
      const { id, file } = run.facts;
      if (!this.#unsaved.has(id) && !(await this.#store.has(id))) this.forget(id, file);
    }
  }

  /** Deletes a run of this window once the saves in progress have finished. Does not delete a run in progress. */
  async discard(id: string, file: string): Promise<void> {
    await this.#ended.settled();
    if (this.isTraining(id)) return;
    await this.#store.remove(id);
    this.forget(id, file);
  }

  /** Moves the runs in memory to the new name of a renamed file or folder. Trainings continue, but a training of an overwritten file is stopped. */
  move(rename: Rename): void {
    if (this.#at(rename.from)) this.#at(rename.to)?.session.stop();
    for (const { run } of [...this.#latest.values(), ...this.#unsaved.values(), ...this.#sessions.values()]) {
      const file = renamed(run.facts.file, rename);
      if (file !== undefined) run.facts = { ...run.facts, file, fileName: baseName(file) };
    }
    for (const [file, open] of [...this.#latest]) {
      const to = renamed(file, rename);
      if (to !== undefined && this.#latest.delete(file)) this.#latest.set(to, open);
    }
    for (const file of [...this.#watched]) {
      const to = renamed(file, rename);
      if (to !== undefined && this.#watched.delete(file)) this.#watched.add(to);
    }
  }

  /** Returns whether this window is training the run. */
  isTraining(id: string): boolean {
    return this.#sessionOf(id) !== undefined;
  }

  /** Returns the runs in progress, including paused ones, oldest first. */
  inProgress(): RunState[] {
    return [...this.#sessions.values()].map(({ run }) => run).sort((a, b) => a.facts.begun - b.facts.begun);
  }

  /** Returns the files with a training in progress. */
  running(): string[] {
    return [...new Set([...this.#sessions.values()].map(({ run }) => run.facts.file))];
  }

  /** Stops and saves all trainings before the window closes. */
  async close(): Promise<void> {
    const sessions = [...this.#sessions.values()].map(({ session }) => session);
    for (const session of sessions) session.stop();
    await Promise.all(sessions.map(({ ended }) => ended));
    await this.#ended.close();
  }

  dispose(): void {
    this.#workers.dispose();
    this.#storeListeners.dispose();
    this.#changed.dispose();
    this.#forgotten.dispose();
    this.#savingProblems.dispose();
  }

  #sessionOf(id: string): OwnSession | undefined {
    return this.#sessions.get(id)?.session;
  }

  /** Returns the file's training in progress. If a rename overwrote the file, the old file's training may still be stopping. */
  #at(file: string): TrainingInProgress | undefined {
    const own = [...this.#sessions.values()].filter(({ run }) => run.facts.file === file);
    return own.find(({ run }) => run === this.#latest.get(file)?.run) ?? own[0];
  }

  /** Adds a session's events and epochs to the run. */
  #take({ run }: OpenRun, saved: SavedRun, events: readonly RunEvent[], epochs: EpochRows | null): void {
    const { file, id } = run.facts;
    if (epochs) {
      addEpochs(run, epochs.layout, epochs.rows);
      saved.append(epochs.rows);
    }
    for (const event of events) addEvent(run, event);
    if (isOver(run)) {
      run.ended = Date.now();
      this.#sessions.delete(id);
      const weights = this.#lastWeights.get(id);
      if (weights) saved.takeFinalWeights(weights);
    }
    this.#changed.fire({ file, run, events, epochs });
    if (isOver(run)) this.#finish(id, saved);
  }

  #finish(id: string, saved: SavedRun): void {
    this.#ended.finish(saved, () => {
      this.#lastWeights.delete(id);
      this.#unsaved.delete(id);
    });
  }
}

/** Returns the Python from the user's settings, "" for the first one found; null if our engine trains. A workspace can't set it. */
const pythonOfTrainings = (): string | null => (userSetting("engine") === "torch" ? (userSetting("python") ?? "") : null);

function factsOf(document: vscode.Uri, { run, model, lines }: TrainingChoice, { training }: TrainingPlan): RunFacts {
  const file = document.toString();
  const begun = Date.now();
  return { id: newId(begun), file, fileName: baseName(file), run, model, begun, seed: training.seed, lines };
}
