/** Why runs of this window can't be saved. Each change is reported once. */
import * as vscode from "vscode";
import type { RunState } from "../../runs/runState.ts";

/** A run that can't be saved, with the reason. The reason is undefined when the run can be saved again. */
export interface SavingProblem {
  readonly run: RunState;
  readonly reason: string | undefined;
}

export class SavingProblems implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<SavingProblem>();
  /** Fires once when a run can't be saved, and when it can be saved again. */
  readonly onChange: vscode.Event<SavingProblem> = this.#changed.event;
  readonly #log: vscode.LogOutputChannel;
  /** Reasons by run id. */
  readonly #reasons = new Map<string, string>();

  constructor(log: vscode.LogOutputChannel) {
    this.#log = log;
  }

  /** Returns why the run can't be saved; undefined if it can be. */
  of(id: string): string | undefined {
    return this.#reasons.get(id);
  }

  /** Records why the run can't be saved; undefined if it can be. */
  report(run: RunState, reason: string | undefined): void {
    const { id, fileName } = run.facts;
    if (this.#reasons.get(id) === reason) return;
    const isNew = reason === undefined || !this.#reasons.has(id);
    if (reason === undefined) this.#reasons.delete(id);
    else this.#reasons.set(id, reason);
    if (reason !== undefined) this.#log.error(`The run of ${fileName} can't be saved: ${reason}`);
    if (isNew) this.#changed.fire({ run, reason });
  }

  forget(id: string): void {
    this.#reasons.delete(id);
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
