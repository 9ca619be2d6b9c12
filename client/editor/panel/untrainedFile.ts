/** The panel's contents for a file without a training: its models, computed in the inspector worker. No trust is needed to show them. */
import type * as vscode from "vscode";
import type { UntrainedPlan } from "../../../engine/plan.ts";
import type { UntrainedChoice } from "../../../server/protocol.ts";
import type { ToPanel, UntrainedModel } from "../../messages/panelMessages.ts";
import type { Inspections } from "../../node/inspections.ts";

export interface UntrainedParts {
  readonly inspections: Pick<Inspections, "look" | "walkRow" | "close">;
  /** Requests the models of a document without a training from the language server. */
  readonly untrainedOf: (document: vscode.Uri) => Promise<readonly UntrainedChoice[]>;
}

type Views = Awaited<ReturnType<Inspections["look"]>>;
type MessageOf<K extends ToPanel["kind"]> = Extract<ToPanel, { kind: K }>;

export class UntrainedFile {
  readonly #parts: UntrainedParts;
  #choices: readonly UntrainedChoice[] = [];

  constructor(parts: UntrainedParts) {
    this.#parts = parts;
  }

  /** Returns the file's models; none if the file has a training or can't be read. */
  async look(document: vscode.Uri): Promise<MessageOf<"untrained">> {
    const fileName = document.path.split("/").at(-1) ?? "";
    try {
      this.#choices = await this.#parts.untrainedOf(document);
    } catch {
      this.#choices = [];
    }
    const plans = this.#choices.flatMap(({ plan }) => plan ?? []);
    if (this.#choices.length === 0) return { kind: "untrained", fileName, models: [] };
    const { views, problem } = await this.#viewsOf(document, plans);
    return { kind: "untrained", fileName, models: this.#choices.map((choice) => modelOf(choice, plans, views, problem)) };
  }

  /** Returns a row's forward pass through the model; undefined if the file has changed since the panel was drawn. */
  async walk(document: vscode.Uri, model: number, row: number): Promise<MessageOf<"walkedRow"> | undefined> {
    const plan = this.#choices[model]?.plan;
    if (!plan) return undefined;
    const stages = await this.#parts.inspections.walkRow(document.toString(), plan, row).catch(() => []);
    return { kind: "walkedRow", model, row, stages: [...stages] };
  }

  /** Returns the line of a layer, from 0. */
  lineOf(model: number, at: string): number | undefined {
    return this.#choices[model]?.lines[at];
  }

  close(document: vscode.Uri): void {
    this.#parts.inspections.close(document.toString());
  }

  async #viewsOf(document: vscode.Uri, plans: readonly UntrainedPlan[]): Promise<{ views: Views; problem: string }> {
    try {
      return { views: await this.#parts.inspections.look(document.toString(), plans), problem: "" };
    } catch (error) {
      return { views: [], problem: error instanceof Error ? error.message : String(error) };
    }
  }
}

function modelOf({ model, plan }: UntrainedChoice, plans: readonly UntrainedPlan[], views: Views, problem: string): UntrainedModel {
  if (!plan)
    return { name: model, view: null, problem: "This model has no layers yet, or it has an error, which is in the Problems view." };
  return { name: model, view: views[plans.indexOf(plan)] ?? null, problem };
}
