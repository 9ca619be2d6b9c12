/** Behind each layer's line: its gradient norm now, with a tiny curve of how it came there; gone when the file is changed. */
import * as vscode from "vscode";
import { layerKey } from "../../engine/plan.ts";
import { short } from "../format.ts";
import { columnOf, type HistoryTable } from "../runs/history.ts";
import type { RunState } from "../runs/runState.ts";
import type { Trainings } from "./trainings.ts";

const EVERY_MS = 250;
const BARS = "▁▂▃▄▅▆▇█";
const MOST_BARS = 12;

/** Twelve bars at most: each the mean of its stretch of epochs, by its logarithm, from the least to the largest. */
export function sparkline(values: readonly number[]): string {
  const sound = values.filter((value) => value > 0 && Number.isFinite(value)).map(Math.log10);
  if (sound.length < 2) return "";
  const count = Math.min(MOST_BARS, sound.length);
  const means = Array.from({ length: count }, (_, k) => {
    const part = sound.slice(Math.floor((k * sound.length) / count), Math.floor(((k + 1) * sound.length) / count));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const [low, high] = [Math.min(...means), Math.max(...means)];
  return means.map((mean) => BARS[high > low ? Math.round(((BARS.length - 1) * (mean - low)) / (high - low)) : 3]).join("");
}

export function hintOf({ history, facts }: RunState, layer: string): { line: number; text: string; hover: string } | undefined {
  const line = facts.lines[layerKey(layer)];
  if (!history?.last || line === undefined) return undefined;
  const column = columnOf.figure(history.layout, layer, "norm");
  const norms = Array.from(columnRows(history, column));
  const norm = history.last[column] ?? Number.NaN;
  const ratio = history.last[columnOf.figure(history.layout, layer, "update_ratio")] ?? Number.NaN;
  return {
    line,
    text: `∇ ${short(norm)} ${sparkline(norms)}`.trimEnd(),
    hover: `\`${layer}\` in epoch ${history.last[0]}: gradient norm **${short(norm)}**, update ${short(ratio)} of the weights. The curve is the norm's logarithm over the epochs so far. Setting: \`backprop.gradientHints\`.`,
  };
}

const columnRows = ({ columns, rows }: HistoryTable, column: number): Float64Array =>
  columns[column]?.subarray(0, rows) ?? new Float64Array(0);

export function showGradientHints(trainings: Trainings): vscode.Disposable {
  const type = vscode.window.createTextEditorDecorationType({
    after: { color: new vscode.ThemeColor("editorCodeLens.foreground"), margin: "0 0 0 3em" },
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedOpen,
  });
  /** Files that changed since their run began: its lines are others now. */
  const changed = new Set<string>();
  let waiting: NodeJS.Timeout | undefined;
  const isOn = (): boolean => vscode.workspace.getConfiguration("backprop").get<boolean>("gradientHints") !== false;

  const draw = async (): Promise<void> => {
    for (const editor of vscode.window.visibleTextEditors) {
      const { document } = editor;
      if (document.languageId !== "nn") continue;
      const file = document.uri.toString();
      const run = isOn() && !changed.has(file) ? await trainings.runOf(file) : undefined;
      editor.setDecorations(type, run ? decorationsOf(run, document) : []);
    }
  };
  const drawSoon = (): void => {
    waiting ??= setTimeout(() => {
      waiting = undefined;
      void draw();
    }, EVERY_MS);
  };
  drawSoon();
  return vscode.Disposable.from(
    type,
    trainings.onChange(({ file, events, epochs }) => {
      if (events.length === 0 && !epochs) changed.delete(file);
      drawSoon();
    }),
    vscode.window.onDidChangeVisibleTextEditors(drawSoon),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (document.languageId !== "nn" || contentChanges.length === 0 || changed.has(document.uri.toString())) return;
      changed.add(document.uri.toString());
      drawSoon();
    }),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("backprop.gradientHints")) drawSoon();
    }),
    { dispose: () => clearTimeout(waiting) },
  );
}

function decorationsOf(run: RunState, document: vscode.TextDocument): vscode.DecorationOptions[] {
  return (run.history?.layout.layers ?? []).flatMap((layer) => {
    const hint = hintOf(run, layer);
    // A run of an earlier window may be of another text.
    if (!hint || hint.line >= document.lineCount) return [];
    const { end } = document.lineAt(hint.line).range;
    return [
      {
        range: new vscode.Range(end, end),
        hoverMessage: new vscode.MarkdownString(hint.hover),
        renderOptions: { after: { contentText: hint.text } },
      },
    ];
  });
}
