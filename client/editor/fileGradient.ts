/** Write Out a Gradient for a file's training: the terminal's `nn derive` computes it from the saved text. */
import * as vscode from "vscode";
import { layerKey } from "../../engine/plan.ts";
import type { TrainingChoice } from "../../server/protocol.ts";
import { programOutput } from "../node/programOutput.ts";
import { allowedFolders } from "./editorSettings.ts";
import { askWeight, firstWeight, showGradient } from "./gradientDocument.ts";
import { showInformation } from "./notifications.ts";

/** Asks for the weight and opens the result. `program` is the path of the terminal's command. The document must be saved. */
export async function writeFileGradient(
  program: string,
  document: vscode.Uri,
  { run, planned, lines, problem }: TrainingChoice,
): Promise<void> {
  const suggested = planned && firstWeight(planned.plan, layerAtCursor(document, lines, planned.plan.network.layers));
  if (!suggested)
    return void showInformation(
      problem?.message ?? `The training ${run} has no layer with a kernel, so there is no gradient to write out.`,
    );
  const weight = await askWeight(suggested);
  if (weight === undefined) return;
  const allowed = allowedFolders().map((uri) => `--allow=${vscode.Uri.parse(uri).fsPath}`);
  const folder = vscode.workspace.getWorkspaceFolder(document)?.uri ?? vscode.Uri.joinPath(document, "..");
  await showGradient(() =>
    programOutput(program, ["derive", `--weight=${weight}`, `--run=${run}`, ...allowed, "--", document.fsPath], folder.fsPath),
  );
}

/** Returns the id of the layer on the cursor's line in the document's editor; undefined if there is none. */
function layerAtCursor(
  document: vscode.Uri,
  lines: TrainingChoice["lines"],
  layers: readonly { readonly id: string }[],
): string | undefined {
  const editor = vscode.window.visibleTextEditors.find((one) => one.document.uri.toString() === document.toString());
  return layers.find(({ id }) => lines[layerKey(id)] === editor?.selection.active.line)?.id;
}
