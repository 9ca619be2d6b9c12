/** What can be done with a run besides looking at it: train it once more, and take it out of the editor. */
import * as vscode from "vscode";
import type { TrainingPlan } from "../../engine/plan.ts";
import type { Trainings } from "../training/trainings.ts";
import { isTrustedHere } from "../trust.ts";
import { csvFrom, jsonFrom, weightsFrom } from "./exports.ts";
import { rowLength } from "./history.ts";
import { nameOf, type RunState } from "./runState.ts";
import type { Again, HistoryFormat, PictureFormat } from "./schemas.ts";
import type { RunStore } from "./store.ts";

export interface RunActions {
  readonly again: (id: string, how: Again) => Promise<RunState | undefined>;
  readonly exportHistory: (id: string, format: HistoryFormat) => Promise<void>;
  readonly exportWeights: (id: string) => Promise<void>;
  readonly exportPicture: (id: string, name: string, format: PictureFormat, bytes: Uint8Array) => Promise<void>;
  /** The plan as JSON, in an editor of its own. */
  readonly openPlan: (id: string) => Promise<void>;
}

export function createRunActions(trainings: Trainings, store: RunStore): RunActions {
  const missing = (): void => void vscode.window.showErrorMessage("This run is not in the history any more.");

  return {
    async again(id, how) {
      if (!isTrustedHere()) return undefined;
      const open = await trainings.open(id);
      if (!open) {
        missing();
        return undefined;
      }
      const { run, plan } = open;
      const { facts } = run;
      const seeds = how === "seed" ? (await store.list()).filter(({ file }) => file === facts.file).map(({ seed }) => seed) : [];
      const changed = changedPlan(plan, how, seeds);
      const checkpoint = how === "longer" ? await trainings.checkpointOf(id) : undefined;
      if (how === "longer" && !checkpoint) {
        void vscode.window.showErrorMessage(`${nameOf(run)} has no weights to go on from: it ended before its first epoch.`);
        return undefined;
      }
      const name = {
        same: nameOf(run),
        seed: `${facts.run}, seed ${changed.training.seed}`,
        longer: `${nameOf(run).replace(/, to epoch \d+$/, "")}, to epoch ${changed.training.epochs}`,
      }[how];
      const choice = {
        run: facts.run,
        model: facts.model,
        line: 0,
        planned: { plan: changed, sources: {} },
        lines: facts.lines,
        problem: null,
      };
      return await trainings.start(vscode.Uri.parse(facts.file), choice, { name, ...(checkpoint && { checkpoint }) });
    },
    async exportHistory(id, format) {
      const open = await trainings.open(id);
      const rows = open && (await store.rows(id, open.run.history ? rowLength(open.run.history.layout) : 1));
      if (!open || !rows) return missing();
      const text = format === "csv" ? csvFrom(open.run, rows) : jsonFrom(open.run, open.plan, rows);
      await saveAs(open.run, "history", format, Buffer.from(text));
    },
    async exportWeights(id) {
      const open = await trainings.open(id);
      const checkpoint = await trainings.checkpointOf(id);
      if (!open || !checkpoint) return void vscode.window.showErrorMessage("This run has no weights: it ended before its first epoch.");
      await saveAs(open.run, "weights", "safetensors", weightsFrom(checkpoint));
    },
    async exportPicture(id, name, format, bytes) {
      const open = await trainings.open(id);
      if (open) await saveAs(open.run, name, format, bytes);
    },
    async openPlan(id) {
      const open = await trainings.open(id);
      if (!open) return missing();
      const document = await vscode.workspace.openTextDocument({ language: "json", content: JSON.stringify(open.plan, null, 2) });
      await vscode.window.showTextDocument(document, { preview: true });
    },
  };
}

function changedPlan(plan: TrainingPlan, how: Again, seeds: readonly number[]): TrainingPlan {
  const { training } = plan;
  if (how === "longer") return { ...plan, training: { ...training, epochs: 2 * training.epochs } };
  if (how === "same") return plan;
  let seed = training.seed + 1;
  while (seeds.includes(seed)) seed++;
  return { ...plan, training: { ...training, seed } };
}

const FILTERS = { csv: "CSV", json: "JSON", safetensors: "Safetensors", png: "PNG", svg: "SVG" } as const;

/** Asks where, beside the .nn file to begin with. */
async function saveAs(run: RunState, what: string, format: keyof typeof FILTERS, bytes: Uint8Array): Promise<void> {
  if (!isTrustedHere()) return;
  const stem = `${run.facts.fileName.replace(/\.nn$/, "")}-${nameOf(run)}-${what}`.replaceAll(/[^\w.-]+/g, "-");
  const beside = vscode.Uri.joinPath(vscode.Uri.parse(run.facts.file), "..", `${stem}.${format}`);
  const target = await vscode.window.showSaveDialog({ defaultUri: beside, filters: { [FILTERS[format]]: [format] } });
  if (!target) return;
  await vscode.workspace.fs.writeFile(target, bytes);
  void vscode.window.setStatusBarMessage(`Saved ${target.path.split("/").at(-1)}`, 4000);
}
