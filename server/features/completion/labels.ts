/** The names by which a line can refer to the layers above it. */
import type { ResolvedLayer, ResolvedModel } from "../../language/resolve/resolvedModel.ts";
import type { ModelLineNode, RepeatNode } from "../../language/syntax/tree.ts";
import { blockAround, type Context } from "./context.ts";

export interface Label {
  readonly name: string;
  readonly layer: ResolvedLayer;
}

/**
 * Returns the layers above the cursor's line, labelled ones first. Inside a `repeat`, its own layers have their written names; outside it,
 * the names of their copies: `h_1`, `h_2`.
 */
export function labelsBefore(context: Context, model: ResolvedModel | undefined): Label[] {
  const { lineStart } = context.place;
  const here = innermost(blockAround("model", context)?.body ?? [], lineStart);
  const found = new Map<string, Label>();
  for (const layer of model?.layers ?? []) {
    const { node, id } = layer;
    if (node.span.start >= lineStart) continue;
    const isInside = here !== undefined && node.span.start >= here.span.start;
    const name = isInside ? node.label?.text : id;
    if (name !== undefined && !found.has(name)) found.set(name, { name, layer });
  }
  const all = [...found.values()];
  return [...all.filter(({ layer }) => layer.node.label), ...all.filter(({ layer }) => !layer.node.label)];
}

function innermost(body: readonly ModelLineNode[], offset: number): RepeatNode | undefined {
  const around = body.find((line) => line.kind === "repeat" && line.keyword.end < offset && offset <= line.span.end);
  return around?.kind === "repeat" ? (innermost(around.body, offset) ?? around) : undefined;
}
