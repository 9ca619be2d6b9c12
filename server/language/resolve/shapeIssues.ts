/** Converts problems found by a layer's shape rule to issues that name both shapes. */
import { type LayerKind, takesActivation } from "../../../engine/catalog/layers.ts";
import { type Shape, type ShapeProblem, shapeText, sizeOf } from "../../../engine/catalog/shapes.ts";
import { lineBefore, unitsChanged } from "../diagnostics/fixes.ts";
import type { Fix } from "../diagnostics/issue.ts";
import { issue } from "../diagnostics/issue.ts";
import type { Span } from "../syntax/span.ts";
import type { LayerNode } from "../syntax/tree.ts";
import { type ResolvedLayer, unitsOf } from "./resolvedModel.ts";
import type { Scope } from "./scope.ts";

export function reportShapeProblem(
  line: LayerNode,
  kind: LayerKind,
  inputs: readonly ResolvedLayer[],
  problem: ShapeProblem,
  scope: Scope,
): void {
  switch (problem.problem) {
    case "several_axes": {
      scope.report(
        issue(
          "NN303",
          line.name.span,
          { layer: kind, shape: shapeText(problem.shape) },
          {
            fixes: flattenBefore(line, scope),
            related: relatedTo(inputs[0], `This layer's output has the shape ${shapeText(problem.shape)}.`),
          },
        ),
      );
      return;
    }
    case "different_shapes": {
      const other = inputs[problem.otherIndex];
      scope.report(
        issue(
          "NN302",
          line.name.span,
          {
            layer: kind,
            exceptLast: problem.exceptLast,
            first: shapeText(problem.first),
            other: shapeText(problem.other),
            firstName: inputs[0]?.id ?? "",
            otherName: other?.id ?? "",
          },
          {
            fixes: problem.exceptLast ? [] : [...sizedAs(other, problem.first), ...sizedAs(inputs[0], problem.other)],
            related: [
              ...relatedTo(inputs[0], `This layer's output has the shape ${shapeText(problem.first)}.`),
              ...relatedTo(other, `This layer's output has the shape ${shapeText(problem.other)}.`),
            ],
          },
        ),
      );
      return;
    }
    case "different_size":
      scope.report(
        issue(
          "NN307",
          line.span,
          { from: shapeText(problem.from), to: shapeText(problem.to), fromSize: sizeOf(problem.from), toSize: sizeOf(problem.to) },
          { related: relatedTo(inputs[0], `This layer's output has the shape ${shapeText(problem.from)}.`) },
        ),
      );
  }
}

/** Returns the fix that inserts `flatten`. A `from` on the layer's line moves to `flatten`. */
function flattenBefore(line: LayerNode, scope: Scope): Fix[] {
  const [from] = line.from ?? [];
  const before = lineBefore(line.span, from ? `flatten from ${from.text}` : "flatten", scope, "Insert `flatten` before it");
  if (!from) return [before];
  // Without `from`, the layer's input is the line above, now `flatten`.
  const end = line.arguments.at(-1)?.span.end ?? line.name.span.end;
  return [{ ...before, changes: [...before.changes, { span: { start: end, end: from.span.end }, text: "" }] }];
}

/** Returns the fix that sets a layer's units to the other shape. */
function sizedAs(layer: ResolvedLayer | undefined, shape: Shape): Fix[] {
  const [units] = shape;
  if (!layer || !takesActivation(layer.kind) || unitsOf(layer) === undefined || shape.length !== 1 || units === undefined) return [];
  return unitsChanged(layer.node, units).map((one) => ({ ...one, title: `Change \`${layer.id}\` to ${units} units` }));
}

const relatedTo = (layer: ResolvedLayer | undefined, message: string): { span: Span; message: string }[] =>
  layer ? [{ span: layer.node.span, message }] : [];
