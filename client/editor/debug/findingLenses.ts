/** Lenses above the lines of a training's findings. Each debugs the mini-batch where the finding occurred. */
import * as vscode from "vscode";
import type { OpenRun } from "../trainings/savedRun.ts";

/** The mini-batch of a training where the debugger starts. */
export interface DebuggedBatch {
  readonly run: string;
  readonly seed: number;
  readonly precision: OpenRun["precision"];
  readonly epoch: number;
  /** From 1. */
  readonly batch: number;
}

export interface FindingLens extends DebuggedBatch {
  /** From 0. */
  readonly line: number;
}

export class FindingLenses implements vscode.CodeLensProvider {
  readonly #changes = new vscode.EventEmitter<void>();
  readonly #lenses = new Map<string, readonly FindingLens[]>();
  readonly onDidChangeCodeLenses = this.#changes.event;

  /** Sets a file's lenses. */
  set(file: string, lenses: readonly FindingLens[]): void {
    if (lenses.length === 0 && !this.#lenses.has(file)) return;
    if (lenses.length > 0) this.#lenses.set(file, lenses);
    else this.#lenses.delete(file);
    this.#changes.fire();
  }

  provideCodeLenses({ uri }: vscode.TextDocument): vscode.CodeLens[] {
    const lenses = uri.scheme === "file" ? (this.#lenses.get(uri.toString()) ?? []) : [];
    return lenses.map(({ line, ...batch }) => {
      const tooltip = `Debugs epoch ${batch.epoch}, batch ${batch.batch}, where this was found`;
      const command = {
        title: "$(debug-alt) Debug This Batch",
        tooltip,
        command: "backprop.debug",
        arguments: [uri.toString(), batch.run, batch],
      };
      return new vscode.CodeLens(new vscode.Range(line, 0, line, 0), command);
    });
  }
}
