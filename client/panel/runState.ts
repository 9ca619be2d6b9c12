/**
 * One training run as it is known so far: what the panel draws and what is kept when the window closes. The host and the
 * panel build it from the same events with the same function, so a snapshot and the deltas after it always agree.
 */
import type { TrainingEvent, TrainingEventOf } from "../../engine/events.ts";
import { short } from "../format.ts";

export type RunStatus = "loading" | "training" | "paused" | "finished" | "stopped" | "diverged" | "failed";

export interface RunFacts {
  readonly id: string;
  /** The document's URI. */
  readonly file: string;
  readonly fileName: string;
  readonly run: string;
  readonly model: string;
  /** Milliseconds since 1970. */
  readonly begun: number;
  /** Lines (from 0) of the plan's parts, by source map key, when the run began. */
  readonly lines: Readonly<Record<string, number>>;
}

export interface RunState {
  readonly facts: RunFacts;
  status: RunStatus;
  started: TrainingEventOf<"started"> | null;
  /** In order, though of very many not each; grows in place. */
  readonly epochs: TrainingEventOf<"epoch">[];
  progress: TrainingEventOf<"progress"> | null;
  /** How far a long file is read; absent before and for short ones. */
  loading?: TrainingEventOf<"loading">;
  readonly warnings: TrainingEventOf<"warning">[];
  /** What ended it. */
  end: Extract<TrainingEvent, { kind: "finished" | "stopped" | "diverged" | "failed" }> | null;
}

export const newRun = (facts: RunFacts): RunState => ({
  facts,
  status: "loading",
  started: null,
  epochs: [],
  progress: null,
  warnings: [],
  end: null,
});

export const isOver = ({ end }: RunState): boolean => end !== null;

/** Takes an event into the state. */
export function addEvent(state: RunState, event: TrainingEvent): void {
  switch (event.kind) {
    case "started":
      state.started = event;
      state.status = "training";
      return;
    case "loading":
      state.loading = event;
      return;
    case "progress":
      state.progress = event;
      return;
    case "epoch":
      state.epochs.push(event);
      return;
    case "warning":
      state.warnings.push(event);
      return;
    case "paused":
      state.status = "paused";
      return;
    case "resumed":
      state.status = "training";
      return;
    default:
      state.status = event.kind;
      state.end = event;
  }
}

/** One line for a status bar: what trains, how far it is, and how well. */
export function statusText({ facts, started, epochs, status }: RunState): string {
  const last = epochs.at(-1);
  const icon = status === "paused" ? "$(debug-pause)" : "$(sync~spin)";
  const epoch = started ? ` ${last?.epoch ?? 0}/${started.epochs}` : " loading";
  return `${icon} ${facts.run}${epoch}${last ? `, loss ${short(last.loss)}` : ""}`;
}
