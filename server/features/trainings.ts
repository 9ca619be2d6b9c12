/** A document's trainings with their plans, for Train Model, and the models of a document without a training. */
import { layerKey } from "../../engine/plan.ts";
import type { Analysis } from "../language/analysis.ts";
import type { Issue } from "../language/diagnostics/issue.ts";
import type { Span } from "../language/syntax/span.ts";
import { untrainedModels } from "../language/untrained.ts";
import type { Problem, TrainingChoice, UntrainedChoice } from "../protocol.ts";

export function trainings({ trains, plans, issues, text }: Analysis, lineOf: (offset: number) => number): TrainingChoice[] {
  return trains.map((train, k) => {
    const planned = plans[k];
    return {
      run: train.node.label?.text ?? train.model?.name ?? "",
      model: train.model?.name ?? "",
      line: lineOf(train.node.head.start),
      lastLine: lineOf(train.node.span.end),
      planned: planned ?? null,
      text,
      lines: Object.fromEntries(Object.entries(planned?.sources ?? {}).map(([key, { start }]) => [key, lineOf(start)])),
      problem: planned
        ? null
        : (errorIn(issues, [train.node, train.model?.node, train.data?.node], lineOf) ?? {
            line: lineOf(train.node.head.start),
            message: "This training can't be run yet.",
          }),
    };
  });
}

/** Returns the first error in the blocks, which is the most relevant, or otherwise the first error in the file; undefined if there is none. */
export function errorIn(
  issues: readonly Issue[],
  blocks: readonly ({ readonly span: Span } | undefined)[],
  lineOf: (offset: number) => number,
): Problem | undefined {
  const errors = issues.filter(({ severity }) => severity === "error");
  const isIn = ({ span: { start, end } }: Issue): boolean =>
    blocks.some((block) => block && start >= block.span.start && end <= block.span.end);
  const error = errors.find(isIn) ?? errors[0];
  return error && { line: lineOf(error.span.start), message: `${error.code}: ${error.message}` };
}

export const untrained = (analysis: Analysis, lineOf: (offset: number) => number): UntrainedChoice[] =>
  untrainedModels(analysis).map(({ model, plan }) => ({
    model: model.name,
    plan: plan ?? null,
    lines: Object.fromEntries(model.layers.map(({ id, node }) => [layerKey(id), lineOf(node.span.start)])),
  }));
