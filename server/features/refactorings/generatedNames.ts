/** Generated names such as `dense_2`, which unlabelled layers get by position. A new layer or label renumbers them. */
import type { AnyLayerKind } from "../../../engine/catalog/layers.ts";
import type { Analysis } from "../../language/analysis.ts";
import type { ResolvedModel } from "../../language/resolve/resolvedModel.ts";

/** Returns a generated name of the kind used in the model's lines or another block; undefined if there is none. */
export function usedGeneratedName({ layers, node }: ResolvedModel, kind: AnyLayerKind, { text, tree }: Analysis): string | undefined {
  const { keyword, span } = node;
  const after = tree.blocks.filter((block) => block.kind !== "model").map((block) => text.slice(block.span.start, block.span.end));
  const words = [text.slice(keyword.start, span.end), ...after].join("\n");
  const generated = layers.filter((layer) => !layer.node.label && layer.kind === kind).map(({ id }) => id);
  return generated.find((id) => new RegExp(`\\b${id}\\b`).test(words));
}

/** Returns why a layer of the kind can't be added or removed; undefined if it can. */
export function wouldRenumber(model: ResolvedModel, kind: AnyLayerKind, analysis: Analysis): string | undefined {
  const name = usedGeneratedName(model, kind, analysis);
  return name === undefined
    ? undefined
    : `Another line names \`${name}\`, which would then be another layer; give that layer a label first.`;
}
