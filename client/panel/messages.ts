/** What the host and the panel say to each other, and the checks on arrival: neither trusts the other's shape. */
import type { TrainingEvent } from "../../engine/events.ts";
import type { RunState } from "./runState.ts";

export type ToPanel =
  /** All there is; replaces what the panel had. null: nothing was trained yet. */
  | { readonly kind: "snapshot"; readonly state: RunState | null }
  /** What came since. */
  | { readonly kind: "events"; readonly run: string; readonly events: readonly TrainingEvent[] };

export type FromPanel =
  /** The panel's script runs and wants a snapshot. */
  | { readonly kind: "ready" }
  /** Everything sent so far is drawn: so many epochs, of that run. The next events are sent after this. */
  | { readonly kind: "drawn"; readonly run: string | null; readonly epochs: number }
  | { readonly kind: "pause" }
  | { readonly kind: "resume" }
  | { readonly kind: "stop" }
  | { readonly kind: "train" }
  /** Show a plan's part in the editor, by source map key. */
  | { readonly kind: "reveal"; readonly at: string };

/** What the panel keeps over a reload of the window. */
export interface PanelMemory {
  readonly file: string;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** undefined for anything that is not a message of ours. */
export function fromPanel(message: unknown): FromPanel | undefined {
  if (!isRecord(message)) return undefined;
  switch (message["kind"]) {
    case "ready":
    case "pause":
    case "resume":
    case "stop":
    case "train":
      return { kind: message["kind"] };
    case "drawn": {
      const { run, epochs } = message;
      return (typeof run === "string" || run === null) && typeof epochs === "number" ? { kind: "drawn", run, epochs } : undefined;
    }
    case "reveal":
      return typeof message["at"] === "string" && message["at"].length < 1000 ? { kind: "reveal", at: message["at"] } : undefined;
    default:
      return undefined;
  }
}

export function toPanel(message: unknown): ToPanel | undefined {
  if (!isRecord(message)) return undefined;
  if (message["kind"] === "snapshot") {
    const state = message["state"];
    return state === null || isRunState(state) ? { kind: "snapshot", state } : undefined;
  }
  if (message["kind"] !== "events" || typeof message["run"] !== "string" || !Array.isArray(message["events"])) return undefined;
  return message["events"].every(isEvent) ? { kind: "events", run: message["run"], events: message["events"] } : undefined;
}

const EVENT_KINDS: { readonly [K in TrainingEvent["kind"]]: true } = {
  loading: true,
  started: true,
  progress: true,
  epoch: true,
  warning: true,
  paused: true,
  resumed: true,
  diverged: true,
  stopped: true,
  finished: true,
  failed: true,
};
const isEvent = (value: unknown): value is TrainingEvent =>
  isRecord(value) && typeof value["kind"] === "string" && Object.hasOwn(EVENT_KINDS, value["kind"]);

/** Enough of a state to be drawn without a surprise; also what a stored run must pass. */
export function isRunState(value: unknown): value is RunState {
  if (!isRecord(value) || !isRecord(value["facts"])) return false;
  const { facts, epochs, warnings, started } = value;
  return (
    typeof facts["id"] === "string" &&
    typeof facts["file"] === "string" &&
    isRecord(facts["lines"]) &&
    Array.isArray(epochs) &&
    epochs.every(isEvent) &&
    Array.isArray(warnings) &&
    (started === null || isEvent(started))
  );
}
