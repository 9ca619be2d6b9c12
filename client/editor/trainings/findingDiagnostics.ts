/** A training's findings as diagnostics on their lines. They follow their lines through changes of the text until the next training. */
import * as vscode from "vscode";
import { layerKey } from "../../../engine/plan.ts";
import { plainText } from "../../../engine/safeText.ts";
import type { RunEvent, RunState } from "../../runs/runState.ts";
import type { FindingLens, FindingLenses } from "../debug/findingLenses.ts";
import type { DocumentLines } from "./documentLines.ts";
import type { MatchedLines } from "./matchedLines.ts";
import type { OpenRun } from "./savedRun.ts";
import type { Trainings } from "./trainings.ts";

type Finding = Extract<RunEvent, { kind: "failed" | "diverged" | "warning" }>;

/** How long the text must be unchanged before the findings are placed again. Placing them sends a request to the language server. */
const AFTER_MS = 250;

export function showFindings(
  trainings: Trainings,
  documentLines: Pick<DocumentLines, "of" | "onRefresh">,
  lenses: Pick<FindingLenses, "set">,
): vscode.Disposable {
  const collection = vscode.languages.createDiagnosticCollection("nn training");
  /** The run and the findings of each file's last training. */
  const found = new Map<string, { readonly run: RunState; readonly findings: readonly Finding[] }>();
  const waiting = new Map<string, NodeJS.Timeout>();

  const place = async (file: string): Promise<void> => {
    const own = found.get(file);
    const open = own && (await trainings.open(own.run.facts.id));
    const matched = open && (await documentLines.of(open));
    if (found.get(file) !== own) return;
    const uri = vscode.Uri.parse(file);
    lenses.set(file, own && matched ? own.findings.flatMap((finding) => lensOf(finding, open, matched)) : []);
    collection.set(uri, own && matched ? own.findings.flatMap((finding) => diagnosticOf(uri, finding, matched)) : []);
  };
  const remove = (file: string): void => {
    found.delete(file);
    lenses.set(file, []);
    collection.delete(vscode.Uri.parse(file));
  };
  /** Moves the findings of renamed files to the new names. */
  const followRenames = (): void => {
    const moved = [...found].filter(([file, { run }]) => run.facts.file !== file);
    for (const [file] of moved) remove(file);
    for (const [, own] of moved) found.set(own.run.facts.file, own);
  };
  return vscode.Disposable.from(
    collection,
    trainings.onChange(({ file, run, events, epochs }) => {
      followRenames();
      if (events.length === 0 && !epochs) remove(file);
      const findings = events.filter((event) => event.kind === "failed" || event.kind === "diverged" || event.kind === "warning");
      if (findings.length === 0) return;
      const before = found.get(file);
      found.set(file, { run, findings: [...(before?.run.facts.id === run.facts.id ? before.findings : []), ...findings] });
      void place(file);
    }),
    documentLines.onRefresh(() => {
      followRenames();
      for (const file of found.keys()) void place(file);
    }),
    trainings.onForgotten(({ file, id }) => {
      followRenames();
      if (found.get(file)?.run.facts.id === id) remove(file);
    }),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      const file = document.uri.toString();
      if (contentChanges.length === 0 || !found.has(file)) return;
      clearTimeout(waiting.get(file));
      waiting.set(
        file,
        setTimeout(() => void place(file), AFTER_MS),
      );
    }),
    { dispose: () => waiting.forEach(clearTimeout) },
  );
}

function diagnosticOf(
  uri: vscode.Uri,
  { kind, code, message, at }: Finding,
  { lines, isSameText, hasSameSettings }: MatchedLines,
): vscode.Diagnostic[] {
  const line = lines[at] ?? (isSameText ? (lines["train"] ?? 0) : undefined);
  // Omits findings about settings that the text no longer contains.
  if (line === undefined || !(hasSameSettings || at.startsWith(layerKey("")))) return [];
  const severity = kind === "warning" ? vscode.DiagnosticSeverity.Warning : vscode.DiagnosticSeverity.Error;
  const diagnostic = new vscode.Diagnostic(lineRange(uri, line), plainText(message), severity);
  diagnostic.source = "nn training";
  if (code !== null) diagnostic.code = code;
  return [diagnostic];
}

/** Returns the lens of a finding with a known epoch; none if the text has changed, because the lens would debug a different training. */
function lensOf(finding: Finding, { run: { facts }, plan, precision }: OpenRun, { lines, isSameText }: MatchedLines): FindingLens[] {
  const line = lines[finding.at] ?? lines["train"];
  if (!isSameText || line === undefined || finding.kind === "failed" || finding.epoch === undefined) return [];
  const { epoch } = finding;
  const batch = finding.kind === "diverged" ? finding.batch : 1;
  return [{ line, run: facts.run, seed: plan.training.seed, precision, epoch, batch }];
}

/** Returns the range of a line without its indentation. */
function lineRange(uri: vscode.Uri, line: number): vscode.Range {
  const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri.toString());
  if (!document || line >= document.lineCount) return new vscode.Range(line, 0, line, 0);
  const { firstNonWhitespaceCharacterIndex, range } = document.lineAt(line);
  return range.with(new vscode.Position(line, firstNonWhitespaceCharacterIndex));
}
