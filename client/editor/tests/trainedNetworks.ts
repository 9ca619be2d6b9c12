/**
 * The trained networks for tests: from a run in the history or an earlier test with the same plan and data, or else from a training in a worker. The
 * history does not contain that training.
 */
import type * as vscode from "vscode";
import { durationText } from "../../../engine/numberText.ts";
import type { TrainingPlan } from "../../../engine/plan.ts";
import type { TrainingChoice } from "../../../server/protocol.ts";
import type { InspectedRun } from "../../node/inspections.ts";
import { originOf } from "../../node/planOrigin.ts";
import { type Session, startSession } from "../../node/trainingSession.ts";
import { nameOf, type RunEvent, type RunState } from "../../runs/runState.ts";
import { settingOf } from "../editorSettings.ts";
import { readDataFile } from "../files.ts";
import type { Trainings } from "../trainings/trainings.ts";

export interface TrainedNetwork {
  readonly run: InspectedRun;
  readonly checkpoint: Uint8Array;
  /** The origin of the weights, as a sentence. */
  readonly from: string;
}

/** Thrown if a training failed. Contains the line (from 0) of the cause, if known. The message is for the user. */
export class FailedTraining extends Error {
  readonly line: number | undefined;
  constructor(message: string, line: number | undefined) {
    super(message);
    this.line = line;
  }
}

/** Thrown if a test is cancelled while its network is being trained. */
export class Cancelled extends Error {}

/** At most this many of a file's newest runs are compared with the plan. */
const MOST_RUNS = 5;
/** The maximum total size of the remembered checkpoints. */
const MOST_BYTES = 64 * 1024 * 1024;

interface Wanted {
  readonly document: vscode.Uri;
  readonly choice: TrainingChoice;
  readonly plan: TrainingPlan;
  readonly precision: InspectedRun["precision"];
  readonly read: InspectedRun["read"];
}

interface SameRun {
  readonly run: RunState;
  readonly checkpoint: Uint8Array;
}

const wantedOf = (document: vscode.Uri, choice: TrainingChoice, plan: TrainingPlan): Wanted => ({
  document,
  choice,
  plan,
  precision: settingOf("precision", document),
  read: (path) => readDataFile(path, document),
});

/** Whether hashes identify the training. They do not if it loads initial weights from a file, because the data's hash does not cover that file. */
const canBeKnown = ({ plan }: Wanted): boolean => plan.training.start === null;

export class TrainedNetworks {
  readonly #workerFile: string;
  readonly #trainings: Pick<Trainings, "runs" | "open" | "checkpointOf">;
  /** By plan and data. The most recently used networks are last. */
  readonly #remembered = new Map<string, TrainedNetwork>();
  readonly #sessions = new Set<Session>();

  /** `workerFile` is the path of the bundled training worker. */
  constructor(workerFile: string, trainings: Pick<Trainings, "runs" | "open" | "checkpointOf">) {
    this.#workerFile = workerFile;
    this.#trainings = trainings;
  }

  /** Returns the choice's trained network. Rejects with `FailedTraining`, also if the choice has no plan, or with `Cancelled`. */
  async of(document: vscode.Uri, choice: TrainingChoice, token: vscode.CancellationToken): Promise<TrainedNetwork> {
    if (!choice.planned) throw new FailedTraining(choice.problem?.message ?? "This training can't be run yet.", choice.problem?.line);
    const wanted = wantedOf(document, choice, choice.planned.plan);
    const known = canBeKnown(wanted) ? await this.#known(wanted) : undefined;
    return known ?? (await this.#train(wanted, token));
  }

  /** Returns the id of a finished run with the choice's plan and data; undefined if there is none. */
  async savedRun(document: vscode.Uri, choice: TrainingChoice): Promise<string | undefined> {
    const wanted = choice.planned && wantedOf(document, choice, choice.planned.plan);
    if (!wanted || !canBeKnown(wanted)) return undefined;
    const origin = await originOf(wanted.plan, wanted.read).catch(() => undefined);
    return origin && (await this.#sameRun(wanted, origin))?.run.facts.id;
  }

  dispose(): void {
    for (const session of this.#sessions) session.stop();
  }

  async #known(wanted: Wanted): Promise<TrainedNetwork | undefined> {
    // If the data can't be read, the training reports the reason.
    const origin = await originOf(wanted.plan, wanted.read).catch(() => undefined);
    if (!origin) return undefined;
    const key = keyOf(wanted, origin);
    const remembered = this.#remembered.get(key);
    if (!remembered) return await this.#fromRuns(wanted, origin);
    this.#remember(key, remembered);
    return { ...remembered, from: "The weights of the last test are used: plan and data are the same." };
  }

  /** Returns the network of a finished run of the file that has this plan and data. */
  async #fromRuns(wanted: Wanted, origin: Origin): Promise<TrainedNetwork | undefined> {
    const found = await this.#sameRun(wanted, origin);
    if (!found) return undefined;
    const { plan, precision, read } = wanted;
    const run = { id: `tests of ${found.run.facts.id}`, plan, precision, data: origin.data, read };
    const from = `The weights of the run ${nameOf(found.run)} are used: plan and data are the same.`;
    return { run, checkpoint: found.checkpoint, from };
  }

  async #sameRun({ document, plan, precision }: Wanted, origin: Origin): Promise<SameRun | undefined> {
    const file = document.toString();
    const runs = (await this.#trainings.runs()).filter((run) => run.file === file && run.status === "finished");
    for (const { id } of runs.slice(0, MOST_RUNS)) {
      const open = await this.#trainings.open(id);
      const own = open?.run.started?.origin;
      if (!open || own?.plan !== origin.plan || own.data !== origin.data) continue;
      if (open.plan.training.epochs !== plan.training.epochs || open.precision !== precision) continue;
      const checkpoint = await this.#trainings.checkpointOf(id);
      if (checkpoint) return { run: open.run, checkpoint };
    }
    return undefined;
  }

  async #train(wanted: Wanted, token: vscode.CancellationToken): Promise<TrainedNetwork> {
    const { document, choice, plan, precision, read } = wanted;
    const heard: { checkpoint?: Uint8Array; origin?: Origin; last?: RunEvent } = {};
    const session = startSession({
      workerFile: this.#workerFile,
      plan,
      precision,
      threads: settingOf("threads", document),
      text: choice.text ?? null,
      read,
      onWeights: (bytes) => (heard.checkpoint = bytes),
      onEvents(events) {
        for (const event of events) {
          if (event.kind === "started" && event.origin) heard.origin = event.origin;
          heard.last = event;
        }
      },
    });
    this.#sessions.add(session);
    const listening = token.onCancellationRequested(() => session.stop());
    if (token.isCancellationRequested) session.stop();
    await session.ended;
    listening.dispose();
    this.#sessions.delete(session);
    const { checkpoint, origin, last } = heard;
    if (last?.kind === "diverged" || last?.kind === "failed") throw new FailedTraining(last.message, choice.lines[last.at]);
    if (last?.kind !== "finished" || !checkpoint) throw new Cancelled();
    const key = origin && keyOf(wanted, origin);
    const id = `tests of ${document.toString()} ${key ?? choice.run}`;
    const from = `Trained ${choice.run} in ${durationText(last.seconds)}.`;
    const trained = { run: { id, plan, precision, data: origin?.data ?? null, read }, checkpoint, from };
    if (key !== undefined) this.#remember(key, trained);
    return trained;
  }

  /** Remembers the network as the most recently used one. Forgets the least recently used ones if all together exceed `MOST_BYTES`. */
  #remember(key: string, trained: TrainedNetwork): void {
    this.#remembered.delete(key);
    this.#remembered.set(key, trained);
    let bytes = [...this.#remembered.values()].reduce((sum, { checkpoint }) => sum + checkpoint.length, 0);
    for (const [oldest, { checkpoint }] of this.#remembered) {
      if (bytes <= MOST_BYTES || oldest === key) break;
      this.#remembered.delete(oldest);
      bytes -= checkpoint.length;
    }
  }
}

type Origin = Awaited<ReturnType<typeof originOf>>;

/** Returns the key of a network. It contains the number of epochs, because the plan's hash leaves it out. */
const keyOf = ({ document, plan, precision }: Wanted, origin: Origin): string =>
  [document.toString(), origin.plan, plan.training.epochs, origin.data, precision].join(" ");
