/** All trainings of the window: which runs, what each file's last run was, and where that is kept. */
import * as vscode from "vscode";
import type { TrainingEvent } from "../../engine/events.ts";
import type { TrainingChoice } from "../../server/protocol.ts";
import { readDataFile } from "../files.ts";
import { addEvent, isOver, newRun, type RunState } from "../panel/runState.ts";
import type { RunStore } from "./runStore.ts";
import { type Session, startSession } from "./session.ts";

export interface RunChange {
  readonly file: string;
  readonly run: RunState;
  /** What came; empty for a new run. */
  readonly events: readonly TrainingEvent[];
}

export interface Trainings extends vscode.Disposable {
  /** Every run's beginning and events. */
  readonly onChange: vscode.Event<RunChange>;
  /** The file's present or last run, from this window or an earlier one. */
  readonly runOf: (file: string) => Promise<RunState | undefined>;
  readonly start: (document: vscode.Uri, choice: TrainingChoice) => Promise<RunState>;
  readonly pause: (file: string) => void;
  readonly resume: (file: string) => void;
  readonly stop: (file: string) => void;
  /** Files whose training goes on. */
  readonly running: () => string[];
}

export function createTrainings(workerFile: string, store: RunStore, log: vscode.LogOutputChannel): Trainings {
  const runs = new Map<string, RunState>();
  const sessions = new Map<string, Session>();
  const changed = new vscode.EventEmitter<RunChange>();

  const trainings: Trainings = {
    onChange: changed.event,
    async runOf(file) {
      const known = runs.get(file) ?? (await store.load(file));
      if (known && !runs.has(file)) runs.set(file, known);
      return runs.get(file);
    },
    async start(document, { planned, run: name, model, lines }) {
      const file = document.toString();
      if (!planned) throw new Error("A training without a plan can't be started.");
      // Again after each wait: a second click may have started one meanwhile.
      for (let before = sessions.get(file); before; before = sessions.get(file)) {
        before.stop();
        await before.ended;
      }
      const begun = Date.now();
      const run = newRun({
        id: `${begun.toString(36)}-${name}`,
        file,
        fileName: document.path.split("/").at(-1) ?? file,
        run: name,
        model,
        begun,
        lines,
      });
      runs.set(file, run);
      changed.fire({ file, run, events: [] });
      const settings = vscode.workspace.getConfiguration("backprop", document);
      const precision = settings.get<"float32" | "float64">("precision", "float32");
      const session = startSession({
        workerFile,
        plan: planned.plan,
        precision,
        threads: settings.get<number>("threads", 0),
        read: (path) => readDataFile(path, document),
        onEvents(events) {
          for (const event of events) addEvent(run, event);
          changed.fire({ file, run, events });
          if (!isOver(run)) return;
          sessions.delete(file);
          store.save(run).catch((error: unknown) => log.error(`The run of ${run.facts.fileName} could not be kept: ${String(error)}`));
        },
      });
      sessions.set(file, session);
      return run;
    },
    pause: (file) => sessions.get(file)?.pause(),
    resume: (file) => sessions.get(file)?.resume(),
    stop: (file) => sessions.get(file)?.stop(),
    running: () => [...sessions.keys()],
    dispose() {
      for (const session of sessions.values()) session.stop();
      changed.dispose();
    },
  };
  return trainings;
}
