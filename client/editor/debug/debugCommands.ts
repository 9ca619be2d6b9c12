/** Debugger commands: the variables menu's, which receive the clicked variable, and the toolbar's. */
import * as vscode from "vscode";
import { askWeight, showGradient } from "../gradientDocument.ts";
import { showError } from "../notifications.ts";
import { saveFile } from "../saveFile.ts";
import { DEBUG_TYPE } from "./configurations.ts";

type Command = (parts: unknown, given: unknown) => unknown;

export const DEBUG_COMMANDS: Readonly<Record<`backprop.debug.${string}`, Command>> = {
  "backprop.debug.writeGradient": (_parts, given) => writeGradient(given),
  "backprop.debug.exportCsv": (_parts, given) => exportNumbers(given, "csv"),
  "backprop.debug.exportSafetensors": (_parts, given) => exportNumbers(given, "safetensors"),
  "backprop.debug.goTo": () => goToBatch(),
};

interface Chosen {
  readonly session: vscode.DebugSession;
  readonly expression: string;
  /** Whether the variable is a single number. */
  readonly isNumber: boolean;
}

/** Returns the session and the expression of the clicked variable; shows a message and returns undefined if there is none. */
function chosen(given: unknown): Chosen | undefined {
  const { variable } = (given ?? {}) as { readonly variable?: { readonly evaluateName?: unknown; readonly variablesReference?: unknown } };
  const session = vscode.debug.activeDebugSession;
  const expression = variable?.evaluateName;
  if (session?.type === DEBUG_TYPE && typeof expression === "string")
    return { session, expression, isNumber: variable?.variablesReference === 0 };
  void showError("Choose a weight or a tensor among the variables of a training that is being debugged.");
  return undefined;
}

/** Writes out a weight's gradient with the numbers at the stop. */
async function writeGradient(given: unknown): Promise<void> {
  const own = chosen(given);
  if (!own) return;
  const { session, expression, isNumber } = own;
  const [name = "", row = "0"] = expression.replace(/\.grad\b/, "").split(/[[\]]/);
  const weight = isNumber ? expression : await askWeight(`${name}[${row}${name.endsWith(".bias") ? "" : ", 0"}]`);
  if (weight === undefined) return;
  await showGradient(async () => ((await session.customRequest("nnGradient", { weight })) as { readonly markdown: string }).markdown);
}

/** Writes a tensor's numbers to a file. */
async function exportNumbers(given: unknown, format: "csv" | "safetensors"): Promise<void> {
  const own = chosen(given);
  if (!own) return;
  const { session, expression } = own;
  try {
    const { base64 } = (await session.customRequest("nnExport", { expression, format })) as { readonly base64: string };
    await saveFile(vscode.Uri.file(String(session.configuration["program"])), expression, format, Buffer.from(base64, "base64"));
  } catch (error) {
    void showError(error instanceof Error ? error.message : String(error));
  }
}

const EPOCH_AND_BATCH = /^\s*(\d{1,9})\s*(?:[,;:.\s]\s*(\d{1,9})\s*)?$/;

/** Returns the epoch and the mini-batch in a text such as "12" or "12, 3"; undefined if the text is invalid. Both count from 1. */
export function epochAndBatch(text: string): { readonly epoch: number; readonly batch: number } | undefined {
  const [, epoch, batch = "1"] = EPOCH_AND_BATCH.exec(text) ?? [];
  return Number(epoch) > 0 && Number(batch) > 0 ? { epoch: Number(epoch), batch: Number(batch) } : undefined;
}

/** Goes to an earlier or later mini-batch of the debugged training. */
async function goToBatch(): Promise<void> {
  const session = vscode.debug.activeDebugSession;
  if (session?.type !== DEBUG_TYPE) return void showError("No training is being debugged.");
  const text = await vscode.window.showInputBox({
    title: "Go to a Mini-Batch",
    prompt: "The epoch, or the epoch and the mini-batch, such as 12 or 12, 3",
    validateInput: (given) =>
      epochAndBatch(given) ? undefined : "Write an epoch from 1, such as 12, or an epoch and a mini-batch, such as 12, 3.",
  });
  const to = text === undefined ? undefined : epochAndBatch(text);
  if (!to) return;
  await Promise.resolve(session.customRequest("nnGoTo", to)).catch((error: unknown) =>
    showError(error instanceof Error ? error.message : String(error)),
  );
}
