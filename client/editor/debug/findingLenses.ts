/** Lenses over the lines of a training's findings that debug the mini-batch where each was found. */
import * as vscode from "vscode";
import type { OpenRun } from "../trainings/savedRun.ts";

/** A mini-batch of a training, as the debugger is told to begin there. */
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

  /** Sets the lenses of a file. */
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
