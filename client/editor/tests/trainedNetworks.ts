/**
 * The trained networks that tests use: a run of the panel or an earlier test with the same plan and data, or else a training in a worker, which is no run of
 * the history.
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
  /** Where the weights come from, as a sentence. */
  readonly from: string;
}

/** A training that failed, with the line (from 0) of the cause, if it is known. The message is for the user. */
export class FailedTraining extends Error {
  readonly line: number | undefined;
  constructor(message: string, line: number | undefined) {
    super(message);
    this.line = line;
  }
}

/** A test was cancelled while its network was trained. */
export class Cancelled extends Error {}

/** The newest runs of a file that are compared with the plan. */
const MOST_RUNS = 5;
/** How much the remembered checkpoints may take together, in bytes. */
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

/** The hash of the data says nothing about a file of start weights, so a training with those is not known by its hashes. */
const canBeKnown = ({ plan }: Wanted): boolean => plan.training.start === null;

export class TrainedNetworks {
  readonly #workerFile: string;
  readonly #trainings: Pick<Trainings, "runs" | "open" | "checkpointOf">;
  /** By plan and data, those used last at the end. */
  readonly #remembered = new Map<string, TrainedNetwork>();
  readonly #sessions = new Set<Session>();

  /** `workerFile` is the path of the bundled training worker. */
  constructor(workerFile: string, trainings: Pick<Trainings, "runs" | "open" | "checkpointOf">) {
    this.#workerFile = workerFile;
    this.#trainings = trainings;
  }

  /** Returns the trained network of a choice that has a plan. Rejects with `FailedTraining` or `Cancelled`. */
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
    // The training says what is wrong with data that can't be read.
    const origin = await originOf(wanted.plan, wanted.read).catch(() => undefined);
    if (!origin) return undefined;
    const key = keyOf(wanted, origin);
    const remembered = this.#remembered.get(key);
    if (!remembered) return await this.#fromRuns(wanted, origin);
    this.#remember(key, remembered);
    return { ...remembered, from: "The weights of the last test are used: plan and data are the same." };
  }

  /** Returns the network of a finished run of the file with this plan and data. */
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

  /** Remembers the network as the one used last, and forgets those used longest ago where all together take too much memory. */
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

/** The hash of a plan leaves out the number of epochs. */
const keyOf = ({ document, plan, precision }: Wanted, origin: Origin): string =>
  [document.toString(), origin.plan, plan.training.epochs, origin.data, precision].join(" ");
