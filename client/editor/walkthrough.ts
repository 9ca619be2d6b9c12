/**
 * Completes the walkthrough's steps when something happens, not on a click. Each step sets a context that package.json names as its completion event.
 * The steps about XOR on one layer follow the copy of that sample.
 */
import * as vscode from "vscode";
import { lastEpoch, type RunState } from "../runs/runState.ts";
import type { Samples } from "./samples.ts";
import type { Trainings } from "./trainings/trainings.ts";

/** The steps' contexts, without their prefix. */
export const STEPS = ["neurons", "tlu", "perceptron", "open", "limit", "hidden", "train", "gradients", "debug", "more"] as const;
export type Step = (typeof STEPS)[number];

const OPENED: Readonly<Record<string, Step>> = {
  "gates.nn": "neurons",
  "tlu.nn": "tlu",
  "xor-limit.nn": "open",
};
const PERCEPTRON = "perceptron.nn";
const XOR = "xor-limit.nn";
/** The finding for one layer on data that is not linearly separable. */
const LIMIT = "NN501";

export function markDone(step: Step): void {
  const context = `backprop.done.${step}`;
  // The editor ticks a step when its context changes, and only after the walkthrough has been opened. So each time is a change.
  void vscode.commands.executeCommand("setContext", context, false);
  void vscode.commands.executeCommand("setContext", context, true);
}

export interface WalkthroughParts {
  readonly samples: Pick<Samples, "onShown" | "nameOf">;
  readonly trainings: Pick<Trainings, "onChange">;
}

/** Whether the run shows gradients: its last epoch has a layer with a gradient other than 0. */
export const hasGradients = (run: RunState | undefined): boolean =>
  run !== undefined && (lastEpoch(run)?.layers.some(({ gradient }) => gradient.norm > 0) ?? false);

/** Marks the steps that events complete. Commands mark their own steps. */
export function followWalkthrough({ samples, trainings }: WalkthroughParts): vscode.Disposable {
  /** The copies of XOR that had the finding. */
  const limited = new Set<string>();
  return vscode.Disposable.from(
    samples.onShown((name) => {
      const step = OPENED[name];
      if (step) markDone(step);
    }),
    vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      for (const uri of uris) {
        if (samples.nameOf(uri) !== XOR) continue;
        const found = vscode.languages.getDiagnostics(uri);
        if (found.some((one) => codeOf(one) === LIMIT)) limited.add(uri.toString());
        else if (limited.has(uri.toString()) && isRepaired(uri)) markDone("hidden");
      }
    }),
    trainings.onChange(({ file, run }) => {
      if (run.end?.kind !== "finished") return;
      const name = samples.nameOf(vscode.Uri.parse(file));
      if (name === PERCEPTRON) markDone("perceptron");
      else if (name === XOR) markDone((run.started?.layers.length ?? 0) > ONE_LAYER ? "train" : "limit");
    }),
    vscode.debug.onDidStartDebugSession(({ type }) => {
      if (type === "nn") markDone("debug");
    }),
  );
}

/** The number of layers of XOR on one layer: its input and its output. */
const ONE_LAYER = 2;

export const codeOf = ({ code }: vscode.Diagnostic): unknown => (typeof code === "object" ? code.value : code);

/** Whether the document is open and has no error. Checks that it is open because a closed document also loses its diagnostics. */
const isRepaired = (uri: vscode.Uri): boolean =>
  vscode.workspace.textDocuments.some((one) => one.uri.toString() === uri.toString()) &&
  vscode.languages.getDiagnostics(uri).every(({ severity }) => severity !== vscode.DiagnosticSeverity.Error);
