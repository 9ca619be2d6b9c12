/** All trainings of the window: which runs, what each file's last run was, and where that is kept. */
import * as vscode from "vscode";
import type { TrainingPlan } from "../../../engine/plan.ts";
import type { TrainingChoice } from "../../../server/protocol.ts";
import type { EpochRows } from "../../messages/trainerMessages.ts";
import { type Session, startSession } from "../../node/trainingSession.ts";
import type { RunSummary } from "../../runs/runSchemas.ts";
import { addEpochs, addEvent, isOver, newRun, type RunEvent, type RunFacts, type RunState } from "../../runs/runState.ts";
import { summaryOf } from "../../runs/storedRun.ts";
import { settingOf } from "../editorSettings.ts";
import { readDataFile } from "../files.ts";
import { newId, type RunStore } from "../runs/runStore.ts";
import { KeptRun, type OpenRun } from "./savedRun.ts";

export interface RunChange {
  readonly file: string;
  readonly run: RunState;
  /** What came; nothing for a new run. They are in the run already. */
  readonly events: readonly RunEvent[];
  readonly epochs: EpochRows | null;
}

/** What makes a run out of an earlier one. */
export interface Continuation {
  readonly name?: string;
  readonly checkpoint?: Uint8Array;
}

interface Going extends OpenRun {
  readonly session: Session;
}

export class Trainings implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<RunChange>();
  /** Every run's beginning and events. */
  readonly onChange: vscode.Event<RunChange> = this.#changed.event;
  readonly #workerFile: string;
  readonly #store: RunStore;
  readonly #log: vscode.LogOutputChannel;
  /** By file: the newest. */
  readonly #latest = new Map<string, OpenRun>();
  /** By file. */
  readonly #going = new Map<string, Going>();
  /** Files whose training a panel shows. */
  readonly #watched = new Set<string>();
  /** Runs of this window until they are saved, and the checkpoints that the ended ones have; by id. */
  readonly #unsaved = new Map<string, OpenRun>();
  readonly #ending = new Map<string, Uint8Array>();
  readonly #keeping = new Set<Promise<void>>();

  constructor(workerFile: string, store: RunStore, log: vscode.LogOutputChannel) {
    this.#workerFile = workerFile;
    this.#store = store;
    this.#log = log;
  }

  /** The file's present or last run, from this window or an earlier one. */
  async runOf(file: string): Promise<RunState | undefined> {
    const known = this.#latest.get(file);
    if (known) return known.run;
    const newest = (await this.#store.list()).find((one) => one.file === file);
    const loaded = newest && (await this.#store.load(newest.id));
    if (loaded && !this.#latest.has(file)) this.#latest.set(file, loaded);
    return this.#latest.get(file)?.run;
  }

  /** Returns the summaries of all runs, newest first. Those of this window's runs are current: what is saved of them lags behind. */
  async runs(): Promise<readonly RunSummary[]> {
    const saved = await this.#store.list();
    const unsaved = [...this.#unsaved.values()].map(({ run }) => summaryOf(run));
    return [...unsaved, ...saved.filter(({ id }) => !this.#unsaved.has(id))].sort((a, b) => b.begun - a.begun);
  }

  /** A run of this window, going on or over, or one of the history. */
  async open(id: string): Promise<OpenRun | undefined> {
    const own = [...this.#latest.values()].find(({ run }) => run.facts.id === id);
    return own ?? this.#unsaved.get(id) ?? (await this.#store.load(id));
  }

  /** Stops the file's training that goes on, and starts this one. */
  async start(document: vscode.Uri, choice: TrainingChoice, from: Continuation = {}): Promise<RunState> {
    const file = document.toString();
    if (!choice.planned) throw new Error("A training without a plan can't be started.");
    // Again after each wait: a second click may have started one meanwhile.
    for (let before = this.#going.get(file); before; before = this.#going.get(file)) {
      before.session.stop();
      await before.session.ended;
    }
    const { plan } = choice.planned;
    const run = newRun(factsOf(document, choice, plan));
    if (from.name !== undefined) run.name = from.name;
    const open: OpenRun = { run, plan, precision: settingOf("precision", document) };
    this.#latest.set(file, open);
    this.#unsaved.set(run.facts.id, open);
    this.#changed.fire({ file, run, events: [], epochs: null });
    const kept = new KeptRun(open, this.#store, this.#log);
    const session = startSession({
      workerFile: this.#workerFile,
      plan,
      precision: open.precision,
      threads: settingOf("threads", document),
      checkpoint: from.checkpoint,
      isWatched: this.#watched.has(file),
      read: (path) => readDataFile(path, document),
      onWeights: (bytes) => (kept.checkpoint = bytes),
      onEvents: (events, epochs) => this.#take(open, kept, events, epochs),
    });
    this.#going.set(file, { ...open, session });
    return run;
  }

  pause(file: string): void {
    this.#going.get(file)?.session.pause();
  }

  resume(file: string): void {
    this.#going.get(file)?.session.resume();
  }

  stop(file: string): void {
    this.#going.get(file)?.session.stop();
  }

  /** Whether a panel shows the file's training. */
  watch(file: string, isWatched: boolean): void {
    if (this.#watched.has(file) === isWatched) return;
    if (isWatched) this.#watched.add(file);
    else this.#watched.delete(file);
    this.#going.get(file)?.session.watch(isWatched);
  }

  /** The run's weights as they are now, or as they were at its end: a checkpoint. */
  async checkpointOf(id: string): Promise<Uint8Array | undefined> {
    const own = [...this.#going.values()].find(({ run }) => run.facts.id === id);
    return (own && (await own.session.look())) ?? this.#ending.get(id) ?? (await this.#store.checkpoint(id));
  }

  /** Gives a run that this window remembers another name. */
  rename(id: string, name: string): void {
    for (const { run } of [...this.#latest.values(), ...this.#unsaved.values()]) if (run.facts.id === id) run.name = name;
  }

  forget(id: string): void {
    for (const [file, { run }] of this.#latest) if (run.facts.id === id) this.#latest.delete(file);
  }

  /** Files whose training goes on. */
  running(): string[] {
    return [...this.#going.keys()];
  }

  /** Stops what goes on and keeps it; before the window closes. */
  async close(): Promise<void> {
    const sessions = [...this.#going.values()].map(({ session }) => session);
    for (const session of sessions) session.stop();
    await Promise.all(sessions.map(({ ended }) => ended));
    await Promise.all(this.#keeping);
  }

  dispose(): void {
    this.#changed.dispose();
  }

  /** What a session says. */
  #take({ run }: OpenRun, kept: KeptRun, events: readonly RunEvent[], epochs: EpochRows | null): void {
    const { file, id } = run.facts;
    if (epochs) {
      addEpochs(run, epochs.layout, epochs.rows);
      kept.append(epochs.rows);
    }
    for (const event of events) addEvent(run, event);
    if (isOver(run)) {
      this.#going.delete(file);
      if (kept.checkpoint) this.#ending.set(id, kept.checkpoint);
    }
    this.#changed.fire({ file, run, events, epochs });
    if (isOver(run)) this.#keep(id, kept);
  }

  #keep(id: string, kept: KeptRun): void {
    const keeping = kept.finish().then(() => {
      this.#ending.delete(id);
      this.#unsaved.delete(id);
      this.#keeping.delete(keeping);
    });
    this.#keeping.add(keeping);
  }
}

function factsOf(document: vscode.Uri, { run, model, lines }: TrainingChoice, { training }: TrainingPlan): RunFacts {
  const file = document.toString();
  const begun = Date.now();
  return { id: newId(begun), file, fileName: document.path.split("/").at(-1) ?? file, run, model, begun, seed: training.seed, lines };
}
