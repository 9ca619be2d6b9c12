/** Write Out a Gradient: one weight's gradient by the chain rule, as a new Markdown document. The editor's preview renders its formulas. */
import * as vscode from "vscode";
import type { TrainingPlan } from "../../engine/plan.ts";
import { showError } from "./notifications.ts";
import { fileColumn } from "./panel/editorGroups.ts";

/** Returns the first weight of the given layer, or else of the first layer with a trained kernel; undefined if there is none. */
export function firstWeight({ network }: TrainingPlan, layer?: string): string | undefined {
  const kernelOf = network.layers.filter(({ kind, parameters }) => kind === "dense" && parameters.some(({ trained }) => trained));
  const own = kernelOf.find(({ id }) => id === layer) ?? kernelOf[0];
  return own && `${own.id}.kernel[0, 0]`;
}

/** Asks for the weight. */
export const askWeight = async (suggested: string): Promise<string | undefined> =>
  await vscode.window.showInputBox({
    title: "Write Out a Gradient",
    prompt: "A weight of a dense layer, counted from 0, such as hidden.kernel[0, 1] or hidden.bias[2]",
    value: suggested,
  });

/** Shows the document that `write` returns, with its preview. Shows the user an Error that `write` throws. */
export async function showGradient(write: () => Promise<string>): Promise<void> {
  try {
    const document = await vscode.workspace.openTextDocument({ language: "markdown", content: await write() });
    await vscode.window.showTextDocument(document, { viewColumn: fileColumn() });
    if (vscode.extensions.getExtension("vscode.markdown-language-features"))
      await vscode.commands.executeCommand("markdown.showPreviewToSide", document.uri);
  } catch (error) {
    void showError(error instanceof Error ? error.message : String(error));
  }
}
