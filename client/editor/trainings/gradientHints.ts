/**
 * Hints at the end of each layer's line: its gradient norm and a sparkline of the norm's history. They follow their layers through changes of the
 * text. A layer that was changed since the training has no hint.
 */
import * as vscode from "vscode";
import { numberText } from "../../../engine/numberText.ts";
import { layerKey } from "../../../engine/plan.ts";
import { markdownText } from "../../../engine/safeText.ts";
import { columnOf, type HistoryTable } from "../../runs/history.ts";
import type { RunState } from "../../runs/runState.ts";
import { affects, settingOf } from "../editorSettings.ts";
import type { DocumentLines } from "./documentLines.ts";
import type { Lines } from "./matchedLines.ts";
import type { Trainings } from "./trainings.ts";

const EVERY_MS = 250;
const BARS = "▁▂▃▄▅▆▇█";
const MOST_BARS = 12;

/**
 * Returns a text of at most twelve bars. Each is the mean logarithm of an equal part of the values, scaled from the smallest to the largest bar.
 * Values without a logarithm are omitted. With fewer than two values, the text is empty.
 */
export function sparkline(values: readonly number[]): string {
  const logarithms = values.filter((value) => value > 0 && Number.isFinite(value)).map(Math.log10);
  if (logarithms.length < 2) return "";
  const count = Math.min(MOST_BARS, logarithms.length);
  const means = Array.from({ length: count }, (_, k) => {
    const part = logarithms.slice(Math.floor((k * logarithms.length) / count), Math.floor(((k + 1) * logarithms.length) / count));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const [low, high] = [Math.min(...means), Math.max(...means)];
  return means.map((mean) => BARS[high > low ? Math.round(((BARS.length - 1) * (mean - low)) / (high - low)) : 3]).join("");
}

export interface GradientHint {
  readonly line: number;
  readonly text: string;
  readonly hover: string;
}

/** Returns a hint for each line with trainable layers. The copies of a `repeat` share one. */
export function hintsOf({ history }: RunState, lineOf: Lines): GradientHint[] {
  if (!history?.last) return [];
  const { layout, last } = history;
  const lines = Map.groupBy(layout.layers, (layer) => lineOf[layerKey(layer)] ?? -1);
  return [...lines].flatMap(([line, layers]): GradientHint[] => {
    const [first] = layers;
    if (line < 0 || first === undefined) return [];
    const value = (layer: string, statistic: "norm" | "update_ratio"): number =>
      last[columnOf.statistic(layout, layer, statistic)] ?? Number.NaN;
    const norms = layers.map((layer) => value(layer, "norm"));
    const setting = "Setting: `backprop.gradientHints`.";
    if (layers.length > 1) {
      return [
        {
          line,
          text: `∇ ${numberText(norms[0] ?? 0)} … ${numberText(norms.at(-1) ?? 0)} ${sparkline(norms)}`.trimEnd(),
          hover: `Gradient norms in epoch ${last[0]}, from ${markdownText(first)} (${numberText(norms[0] ?? 0)}) to ${markdownText(layers.at(-1) ?? "")} (${numberText(norms.at(-1) ?? 0)}). The bars show the ${layers.length} layers in order, on a logarithmic scale. ${setting}`,
        },
      ];
    }
    const normHistory = Array.from(columnRows(history, columnOf.statistic(layout, first, "norm")));
    return [
      {
        line,
        text: `∇ ${numberText(norms[0] ?? 0)} ${sparkline(normHistory)}`.trimEnd(),
        hover: `${markdownText(first)} in epoch ${last[0]}: gradient norm **${numberText(norms[0] ?? 0)}**, update ${numberText(value(first, "update_ratio"))} of the weights. The bars show the norm over the epochs so far, on a logarithmic scale. ${setting}`,
      },
    ];
  });
}

const columnRows = ({ columns, rows }: HistoryTable, column: number): Float64Array =>
  columns[column]?.subarray(0, rows) ?? new Float64Array(0);

export function showGradientHints(trainings: Trainings, documentLines: Pick<DocumentLines, "of" | "onRefresh">): vscode.Disposable {
  const type = vscode.window.createTextEditorDecorationType({
    after: { color: new vscode.ThemeColor("editorCodeLens.foreground"), margin: "0 0 0 3em" },
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedOpen,
  });
  let waiting: NodeJS.Timeout | undefined;

  const draw = async (): Promise<void> => {
    for (const editor of vscode.window.visibleTextEditors) {
      const { document } = editor;
      if (document.languageId !== "nn") continue;
      const { version } = document;
      const open = settingOf("gradientHints") ? await trainings.latestOf(document.uri.toString()) : undefined;
      const matched = open && (await documentLines.of(open));
      // If the text changed meanwhile, another drawing follows soon. Until then, the editor moves the hints with their lines.
      if (document.version === version)
        editor.setDecorations(type, open && matched ? decorationsOf(open.run, matched.lines, document) : []);
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
    trainings.onChange(drawSoon),
    trainings.onForgotten(drawSoon),
    documentLines.onRefresh(drawSoon),
    vscode.window.onDidChangeVisibleTextEditors(drawSoon),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (document.languageId === "nn" && contentChanges.length > 0) drawSoon();
    }),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (affects(change, "gradientHints")) drawSoon();
    }),
    { dispose: () => clearTimeout(waiting) },
  );
}

function decorationsOf(run: RunState, lines: Lines, document: vscode.TextDocument): vscode.DecorationOptions[] {
  return hintsOf(run, lines).flatMap(({ line, text, hover }) => {
    if (line >= document.lineCount) return [];
    const { end } = document.lineAt(line).range;
    return [
      {
        range: new vscode.Range(end, end),
        hoverMessage: new vscode.MarkdownString(hover),
        renderOptions: { after: { contentText: text } },
      },
    ];
  });
}
