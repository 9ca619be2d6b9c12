/** What a layer's shape rule found wrong, as an issue that names both sides. */
import { type LayerKind, type ShapeProblem, shapeText, sizeOf } from "../../engine/catalog/layers.ts";
import { issue } from "./diagnostics.ts";
import type { ResolvedLayer } from "./model.ts";
import type { Scope } from "./scope.ts";
import type { Span } from "./span.ts";
import type { LayerNode } from "./tree.ts";

export function reportShapeProblem(
  line: LayerNode,
  kind: LayerKind,
  inputs: readonly ResolvedLayer[],
  problem: ShapeProblem,
  scope: Scope,
): void {
  switch (problem.problem) {
    case "several_axes": {
      const start = line.span.start;
      scope.report(
        issue(
          "NN303",
          line.name.span,
          { shape: shapeText(problem.shape) },
          {
            fixes: [{ title: "Insert `flatten` before it", changes: [{ span: { start, end: start }, text: "flatten\n  " }] }],
            related: relatedTo(inputs[0], `This gives ${shapeText(problem.shape)}.`),
          },
        ),
      );
      return;
    }
    case "different_shapes":
      scope.report(
        issue(
          "NN302",
          line.name.span,
          {
            layer: kind,
            first: shapeText(problem.first),
            other: shapeText(problem.other),
            firstName: inputs[0]?.id ?? "",
            otherName: inputs[problem.otherIndex]?.id ?? "",
          },
          {
            related: [
              ...relatedTo(inputs[0], `This gives ${shapeText(problem.first)}.`),
              ...relatedTo(inputs[problem.otherIndex], `This gives ${shapeText(problem.other)}.`),
            ],
          },
        ),
      );
      return;
    case "different_size":
      scope.report(
        issue("NN307", line.span, {
          from: shapeText(problem.from),
          to: shapeText(problem.to),
          fromSize: sizeOf(problem.from),
          toSize: sizeOf(problem.to),
        }),
      );
  }
}

const relatedTo = (layer: ResolvedLayer | undefined, message: string): { span: Span; message: string }[] =>
  layer ? [{ span: layer.node.span, message }] : [];
