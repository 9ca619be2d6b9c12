/** Actions on a stored run: training it again, exporting its history, weights and charts, opening its plan. */
import * as vscode from "vscode";
import type { TrainingPlan } from "../../../engine/plan.ts";
import { csvFrom, jsonFrom } from "../../runs/exports.ts";
import { lacksOptimizerState } from "../../runs/foreignWeights.ts";
import { completeRows, rowLength } from "../../runs/history.ts";
import { missingEpochs } from "../../runs/recordedEpochs.ts";
import { RUN_FILES } from "../../runs/runFiles.ts";
import type { HistoryFormat, PictureFormat, Retraining } from "../../runs/runSchemas.ts";
import { hasPlan, nameOf, type RunState, whyNoWeights } from "../../runs/runState.ts";
import { seedName, USUAL_SEEDS } from "../../runs/seedResults.ts";
import { trainedWithFrom, weightsFrom } from "../../runs/trainedFile.ts";
import { showError, showInformation, showWarning } from "../notifications.ts";
import { type SavedFormat, saveFile } from "../saveFile.ts";
import { startSeeds } from "../trainings/seedSeries.ts";
import type { Trainings } from "../trainings/trainings.ts";
import { isTrustedHere } from "../trust.ts";
import { missingText } from "./runMessages.ts";
import type { RunStore } from "./runStore.ts";

export class RunActions {
  readonly #trainings: Trainings;
  readonly #store: RunStore;

  constructor(trainings: Trainings, store: RunStore) {
    this.#trainings = trainings;
    this.#store = store;
  }

  /** Trains the run again. Returns the new run; undefined after a message that explains why there is none. */
  async again(id: string, how: Retraining): Promise<RunState | undefined> {
    if (!isTrustedHere()) return undefined;
    const open = await this.#trainings.open(id);
    if (!open) {
      showMissing();
      return undefined;
    }
    const { run, plan } = open;
    const { facts } = run;
    if (!hasPlan(run)) {
      void showError("The program that trained this run wrote no plan.json, so the run can't be trained again here.");
      return undefined;
    }
    const changed = changedPlan(plan, how, how === "seed" ? await this.#seedsOf(facts.file) : []);
    const weights = await this.#trainings.checkpointOf(id);
    const checkpoint = how === "longer" ? weights : undefined;
    if (how === "longer" && !checkpoint) {
      void showError(whyNoWeights(run, this.#store.pathOf(id)));
      return undefined;
    }
    if (checkpoint && lacksOptimizerState(checkpoint))
      void showInformation(
        "The run has only its weights, so the optimizer and the schedule of the learning rate start from the beginning.",
      );
    const choice = {
      run: facts.run,
      model: facts.model,
      line: 0,
      planned: { plan: changed, seeds: 1, sources: {} },
      lines: facts.lines,
      problem: null,
      ...textOf(weights),
    };
    const from = {
      name: nameAgain(run, changed, how),
      ...(checkpoint && { checkpoint }),
      ...(facts.text !== undefined && { text: facts.text }),
    };
    const document = vscode.Uri.parse(facts.file);
    return how === "seeds"
      ? await startSeeds(this.#trainings, document, choice, USUAL_SEEDS, from)
      : await this.#trainings.start(document, choice, from);
  }

  async exportHistory(id: string, format: HistoryFormat): Promise<void> {
    const open = await this.#trainings.open(id);
    if (!open) return showMissing();
    const { history } = open.run;
    if (!history) return void showError("This run has no epochs that can be exported.");
    const recorded = await this.#store.rows(id, rowLength(history.layout));
    const complete = completeRows(history);
    // The table of a short run also has the epochs of a time when the record could not be written.
    const rows = complete && complete.length > (recorded?.length ?? 0) ? complete : recorded;
    if (!rows)
      return void showError(`The epochs of this run can't be exported: its folder ${this.#store.pathOf(id)} has no ${RUN_FILES.record}.`);
    const text = format === "csv" ? csvFrom(open.run, rows) : jsonFrom(open.run, open.plan, rows);
    const saved = await saveAs(open.run, "history", format, Buffer.from(text));
    const missing = missingEpochs(history, rows);
    if (saved && missing.length > 0) void showWarning(missingText(open.run, missing));
  }

  async exportWeights(id: string): Promise<void> {
    const open = await this.#trainings.open(id);
    const checkpoint = await this.#trainings.checkpointOf(id);
    if (!open) return showMissing();
    if (!checkpoint) return void showError(whyNoWeights(open.run, this.#store.pathOf(id)));
    await saveAs(open.run, "weights", "safetensors", weightsFrom(checkpoint));
  }

  async exportPicture(id: string, name: string, format: PictureFormat, bytes: Uint8Array): Promise<void> {
    const open = await this.#trainings.open(id);
    if (open) await saveAs(open.run, name, format, bytes);
  }

  /** Writes an HTML page and opens it in the browser. */
  async exportPage(id: string, name: string, page: string): Promise<void> {
    const open = await this.#trainings.open(id);
    const saved = open && (await saveAs(open.run, name, "html", Buffer.from(page)));
    if (saved) await vscode.env.openExternal(saved);
  }

  /** Opens the plan as JSON in an editor. */
  async openPlan(id: string): Promise<void> {
    const open = await this.#trainings.open(id);
    if (!open) return showMissing();
    const document = await vscode.workspace.openTextDocument({ language: "json", content: JSON.stringify(open.plan, null, 2) });
    await vscode.window.showTextDocument(document, { preview: true });
  }

  /** Returns the seeds of the file's runs. */
  async #seedsOf(document: string): Promise<number[]> {
    return (await this.#trainings.runs()).filter(({ file }) => file === document).flatMap(({ seed }) => seed ?? []);
  }
}

const showMissing = (): void => void showError("This run is no longer in the history.");

/** Returns the text that the weights were trained from, if it is stored with them. */
function textOf(weights: Uint8Array | undefined): { readonly text?: string } {
  try {
    const text = weights && trainedWithFrom(weights)?.text;
    return typeof text === "string" ? { text } : {};
  } catch {
    // The training that continues from damaged weights reports them.
    return {};
  }
}

function nameAgain(run: RunState, { training }: TrainingPlan, how: Retraining): string {
  switch (how) {
    case "same":
      return nameOf(run);
    case "seed":
    case "seeds":
      return seedName(run.facts.run, training.seed);
    case "longer":
      return `${nameOf(run).replace(/, to epoch \d+$/, "")}, to epoch ${training.epochs}`;
  }
}

function changedPlan(plan: TrainingPlan, how: Retraining, seeds: readonly number[]): TrainingPlan {
  const { training } = plan;
  if (how === "longer") return { ...plan, training: { ...training, epochs: 2 * training.epochs } };
  if (how === "same" || how === "seeds") return plan;
  let seed = training.seed + 1;
  while (seeds.includes(seed)) seed++;
  return { ...plan, training: { ...training, seed } };
}

/** Asks for a location, by default beside the .nn file, and writes the file. Returns the written file. */
async function saveAs(run: RunState, what: string, format: SavedFormat, bytes: Uint8Array): Promise<vscode.Uri | undefined> {
  if (!isTrustedHere()) return undefined;
  const { file, fileName } = run.facts;
  return await saveFile(vscode.Uri.parse(file), `${fileName.replace(/\.nn$/, "")}-${nameOf(run)}-${what}`, format, bytes);
}
