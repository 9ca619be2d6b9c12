/** A training's findings as diagnostics on the lines concerned, until the file is changed or trained again. */
import * as vscode from "vscode";
import { plainText } from "../../../engine/safeText.ts";
import type { Trainings } from "./trainings.ts";

export function showFindings(trainings: Trainings): vscode.Disposable {
  const findings = vscode.languages.createDiagnosticCollection("nn training");
  const listening = [
    findings,
    trainings.onChange(({ file, run, events, epochs }) => {
      const document = vscode.Uri.parse(file);
      if (events.length === 0 && !epochs) findings.delete(document);
      const found = events.flatMap((event) =>
        event.kind === "failed" || event.kind === "diverged" || event.kind === "warning" ? [event] : [],
      );
      if (found.length === 0) return;
      const made = found.map(({ kind, code, message, at }) => {
        const line = run.facts.lines[at] ?? run.facts.lines["train"] ?? 0;
        const diagnostic = new vscode.Diagnostic(
          lineRange(document, line),
          plainText(message),
          kind === "warning" ? vscode.DiagnosticSeverity.Warning : vscode.DiagnosticSeverity.Error,
        );
        diagnostic.source = "nn training";
        if (code !== null) diagnostic.code = code;
        return diagnostic;
      });
      findings.set(document, [...(findings.get(document) ?? []), ...made]);
    }),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0) findings.delete(document.uri);
    }),
  ];
  return vscode.Disposable.from(...listening);
}

/** Returns the range of a line without its indentation. */
function lineRange(uri: vscode.Uri, line: number): vscode.Range {
  const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri.toString());
  if (!document || line >= document.lineCount) return new vscode.Range(line, 0, line, 0);
  const { firstNonWhitespaceCharacterIndex, range } = document.lineAt(line);
  return range.with(new vscode.Position(line, firstNonWhitespaceCharacterIndex));
}
