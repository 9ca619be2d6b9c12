/** All trainings of the window: which runs, what each file's last run was, and where that is kept. */
import * as vscode from "vscode";
import type { TrainingPlan } from "../../engine/plan.ts";
import type { TrainingChoice } from "../../server/protocol.ts";
import { readDataFile } from "../files.ts";
import { addEpochs, addEvent, isOver, newRun, type RunEvent, type RunState } from "../runs/runState.ts";
import { newId, type RunStore } from "../runs/store.ts";
import { settingOf } from "../settings.ts";
import { type Session, startSession } from "./session.ts";
import type { EpochRows } from "./workerMessages.ts";

export interface RunChange {
  readonly file: string;
  readonly run: RunState;
  /** What came; nothing for a new run. They are in the run already. */
  readonly events: readonly RunEvent[];
  readonly epochs: EpochRows | null;
}

/** A run with what it can be looked into with. */
export interface OpenRun {
  readonly run: RunState;
  readonly plan: TrainingPlan;
  readonly precision: "float32" | "float64";
}

/** What makes a run out of an earlier one. */
export interface Continuation {
  readonly name?: string;
  readonly checkpoint?: Uint8Array;
}

export interface Trainings extends vscode.Disposable {
  /** Every run's beginning and events. */
  readonly onChange: vscode.Event<RunChange>;
  /** The file's present or last run, from this window or an earlier one. */
  readonly runOf: (file: string) => Promise<RunState | undefined>;
  /** A run of this window, going on or over, or one of the history. */
  readonly open: (id: string) => Promise<OpenRun | undefined>;
  readonly start: (document: vscode.Uri, choice: TrainingChoice, from?: Continuation) => Promise<RunState>;
  readonly pause: (file: string) => void;
  readonly resume: (file: string) => void;
  readonly stop: (file: string) => void;
  /** Whether a panel shows the file's training. */
  readonly watch: (file: string, isWatched: boolean) => void;
  /** The run's weights as they are now, or as they were at its end: a checkpoint. */
  readonly checkpointOf: (id: string) => Promise<Uint8Array | undefined>;
  /** Another name, and none any more: of the runs that this window remembers. */
  readonly rename: (id: string, name: string) => void;
  readonly forget: (id: string) => void;
  /** Files whose training goes on. */
  readonly running: () => string[];
  /** Stops what goes on and keeps it; before the window closes. */
  readonly close: () => Promise<void>;
}

const FIRST_SAVE_MS = 250;
const SAVE_EVERY_MS = 5000;

interface Going extends OpenRun {
  readonly session: Session;
}

export function createTrainings(workerFile: string, store: RunStore, log: vscode.LogOutputChannel): Trainings {
  /** By file: the newest. */
  const latest = new Map<string, OpenRun>();
  const going = new Map<string, Going>();
  const watched = new Set<string>();
  const changed = new vscode.EventEmitter<RunChange>();
  /** Runs of this window until they are saved, and the checkpoints that the ended ones have. */
  const unsaved = new Map<string, OpenRun>();
  const ending = new Map<string, Uint8Array>();
  const keeping = new Set<Promise<void>>();

  const trainings: Trainings = {
    onChange: changed.event,
    async runOf(file) {
      const known = latest.get(file);
      if (known) return known.run;
      const newest = (await store.list()).find((one) => one.file === file);
      const loaded = newest && (await store.load(newest.id));
      if (loaded && !latest.has(file)) latest.set(file, loaded);
      return latest.get(file)?.run;
    },
    async open(id) {
      const own = [...latest.values()].find(({ run }) => run.facts.id === id);
      return own ?? unsaved.get(id) ?? (await store.load(id));
    },
    async start(document, { planned, run: name, model, lines }, from = {}) {
      const file = document.toString();
      if (!planned) throw new Error("A training without a plan can't be started.");
      const { plan } = planned;
      // Again after each wait: a second click may have started one meanwhile.
      for (let before = going.get(file); before; before = going.get(file)) {
        before.session.stop();
        await before.session.ended;
      }
      const begun = Date.now();
      const run = newRun({
        id: newId(begun),
        file,
        fileName: document.path.split("/").at(-1) ?? file,
        run: name,
        model,
        begun,
        seed: plan.training.seed,
        lines,
      });
      if (from.name !== undefined) run.name = from.name;
      const precision = settingOf("precision", document);
      latest.set(file, { run, plan, precision });
      unsaved.set(run.facts.id, { run, plan, precision });
      changed.fire({ file, run, events: [], epochs: null });
      // The rows that come before the file is open wait for it.
      const record = store.record(run.facts.id).catch((error: unknown) => {
        log.error(`The epochs of ${run.facts.fileName} can't be recorded: ${String(error)}`);
        return undefined;
      });
      let checkpoint: Uint8Array | undefined;
      const save = async (): Promise<void> => {
        try {
          await store.save(run, plan, precision, checkpoint);
        } catch (error) {
          log.error(`The run of ${run.facts.fileName} could not be kept: ${String(error)}`);
        }
      };
      // A window that is killed loses no more than this: a young run half of its life, an old one five seconds.
      let saved: Promise<void> = save();
      let saving: NodeJS.Timeout | undefined;
      const saveAfter = (ms: number): void => {
        saving = setTimeout(() => {
          saved = save();
          void saved.then(() => {
            if (!isOver(run)) saveAfter(Math.min(2 * ms, SAVE_EVERY_MS));
          });
        }, ms);
      };
      void saved.then(() => {
        if (!isOver(run)) saveAfter(FIRST_SAVE_MS);
      });
      const keep = async (): Promise<void> => {
        clearTimeout(saving);
        await (await record)
          ?.close()
          .catch((error: unknown) => log.error(`The epochs of ${run.facts.fileName} are not all recorded: ${String(error)}`));
        await saved;
        await save();
        ending.delete(run.facts.id);
        unsaved.delete(run.facts.id);
      };
      const session = startSession({
        workerFile,
        plan,
        precision,
        threads: settingOf("threads", document),
        checkpoint: from.checkpoint,
        isWatched: watched.has(file),
        read: (path) => readDataFile(path, document),
        onWeights: (bytes) => (checkpoint = bytes),
        onEvents(events, epochs) {
          if (epochs) {
            addEpochs(run, epochs.layout, epochs.rows);
            void record.then((writer) => writer?.append(epochs.rows));
          }
          for (const event of events) addEvent(run, event);
          if (isOver(run)) {
            going.delete(file);
            if (checkpoint) ending.set(run.facts.id, checkpoint);
          }
          changed.fire({ file, run, events, epochs });
          if (isOver(run)) {
            const kept = keep().finally(() => keeping.delete(kept));
            keeping.add(kept);
          }
        },
      });
      going.set(file, { run, plan, precision, session });
      return run;
    },
    pause: (file) => going.get(file)?.session.pause(),
    resume: (file) => going.get(file)?.session.resume(),
    stop: (file) => going.get(file)?.session.stop(),
    watch(file, isWatched) {
      if (watched.has(file) === isWatched) return;
      if (isWatched) watched.add(file);
      else watched.delete(file);
      going.get(file)?.session.watch(isWatched);
    },
    async checkpointOf(id) {
      const own = [...going.values()].find(({ run }) => run.facts.id === id);
      return (own && (await own.session.look())) ?? ending.get(id) ?? (await store.checkpoint(id));
    },
    rename(id, name) {
      for (const { run } of [...latest.values(), ...unsaved.values()]) if (run.facts.id === id) run.name = name;
    },
    forget(id) {
      for (const [file, { run }] of latest) if (run.facts.id === id) latest.delete(file);
    },
    running: () => [...going.keys()],
    async close() {
      const sessions = [...going.values()].map(({ session }) => session);
      for (const session of sessions) session.stop();
      await Promise.all(sessions.map(({ ended }) => ended));
      await Promise.all(keeping);
    },
    dispose: () => changed.dispose(),
  };
  return trainings;
}
