/**
 * The steps of the walkthrough are done by what has happened, not by a click: each sets a context that package.json names as the step's completion. The steps
 * about XOR on one layer are about the copy of that sample.
 */
import * as vscode from "vscode";
import { lastEpoch, type RunState } from "../runs/runState.ts";
import type { Samples } from "./samples.ts";
import type { Trainings } from "./trainings/trainings.ts";

/** The contexts of the steps, without their prefix. */
export const STEPS = ["neurons", "tlu", "perceptron", "open", "limit", "hidden", "train", "gradients", "debug", "more"] as const;
export type Step = (typeof STEPS)[number];

const OPENED: Readonly<Record<string, Step>> = {
  "gates.nn": "neurons",
  "tlu.nn": "tlu",
  "xor-limit.nn": "open",
};
const PERCEPTRON = "perceptron.nn";
const XOR = "xor-limit.nn";
/** The finding of one layer on data that is not linearly separable. */
const LIMIT = "NN501";

export const markDone = (step: Step): void => void vscode.commands.executeCommand("setContext", `backprop.done.${step}`, true);

export interface WalkthroughParts {
  readonly samples: Pick<Samples, "onShown" | "nameOf">;
  readonly trainings: Pick<Trainings, "onChange">;
}

/** Whether the run has gradients to look at: an epoch of layers that learn by them. */
export const hasGradients = (run: RunState | undefined): boolean =>
  run !== undefined && (lastEpoch(run)?.layers.some(({ gradient }) => gradient.norm > 0) ?? false);

/** Marks the steps that are done by events. Those of commands mark themselves. */
export function followWalkthrough({ samples, trainings }: WalkthroughParts): vscode.Disposable {
  /** The copies of XOR that have had the finding. */
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

/** The layers of XOR on one layer: its input and its output. */
const ONE_LAYER = 2;

export const codeOf = ({ code }: vscode.Diagnostic): unknown => (typeof code === "object" ? code.value : code);

/** Whether the text of a document is open and has no error. A closed document loses its diagnostics, too. */
const isRepaired = (uri: vscode.Uri): boolean =>
  vscode.workspace.textDocuments.some((one) => one.uri.toString() === uri.toString()) &&
  vscode.languages.getDiagnostics(uri).every(({ severity }) => severity !== vscode.DiagnosticSeverity.Error);
