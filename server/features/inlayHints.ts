/** Inlay hints: the output shape and the number of parameters at the end of each layer's line, and the model's total on its first line. */

import type { InlayHint } from "vscode-languageserver";
import { shapeText, sizeOf } from "../../engine/catalog/shapes.ts";
import { countText } from "../../engine/numberText.ts";
import type { Analysis } from "../language/analysis.ts";
import type { ResolvedLayer } from "../language/resolve/resolvedModel.ts";
import type { Span } from "../language/syntax/span.ts";
import type { Ranges } from "./ranges.ts";

export interface HintSettings {
  readonly shapes: boolean;
  readonly totals: boolean;
}

export function inlayHints({ models, text }: Analysis, within: Span, ranges: Ranges, { shapes, totals }: HintSettings): InlayHint[] {
  const hintAt = (offset: number, label: string, tooltip: string): InlayHint[] =>
    offset < within.start || offset > within.end
      ? []
      : [{ position: ranges.of({ start: offset, end: offset }).start, label, tooltip, paddingLeft: true }];
  return models.flatMap(({ node, layers }) => {
    const seen = new Map<object, number>();
    for (const layer of layers) seen.set(layer.node, (seen.get(layer.node) ?? 0) + 1);
    const done = new Set<object>();
    const own = layers.flatMap((layer) => {
      // A repeated layer is written on only one line, so only its first copy gets a hint.
      if (done.has(layer.node)) return [];
      done.add(layer.node);
      const copies = seen.get(layer.node) ?? 1;
      const label = labelOf(layer, copies);
      return label === undefined ? [] : hintAt(layer.node.span.end, label, `${layer.id}: output shape and parameters`);
    });
    const brace = text.indexOf("{", (node.name ?? { span: node.keyword }).span.end);
    const total = totalOf(layers);
    const whole =
      total === undefined || brace < 0 || brace >= node.span.end
        ? []
        : hintAt(brace + 1, `${countText(total)} parameters`, "All layers together");
    return [...(totals ? whole : []), ...(shapes ? own : [])];
  });
}

const countOf = ({ parameters }: ResolvedLayer): number | undefined => parameters?.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

function labelOf(layer: ResolvedLayer, copies: number): string | undefined {
  if (!layer.output) return undefined;
  const count = countOf(layer);
  const parameters = count ? ` · ${countText(count)}${copies > 1 ? ` × ${copies}` : ""}` : "";
  return `→ ${shapeText(layer.output)}${parameters}`;
}

/** Returns undefined if a layer's number of parameters is unknown, or if there are no layers. */
function totalOf(layers: readonly ResolvedLayer[]): number | undefined {
  let total = 0;
  for (const layer of layers) {
    const count = countOf(layer);
    if (count === undefined) return undefined;
    total += count;
  }
  return layers.length > 0 ? total : undefined;
}
