/** The trainings of a document with their plans, for Train Model, and the models of a document without a training. */
import { layerKey } from "../../engine/plan.ts";
import type { Analysis } from "../language/analysis.ts";
import { untrainedModels } from "../language/untrained.ts";
import type { TrainingChoice, UntrainedChoice } from "../protocol.ts";

export function trainings({ trains, plans, issues, text }: Analysis, lineOf: (offset: number) => number): TrainingChoice[] {
  const errors = issues.filter(({ severity }) => severity === "error");
  return trains.map((train, k) => {
    const planned = plans[k];
    const blocks = [train.node, train.model?.node, train.data?.node];
    // An error in one of the training's own blocks is more relevant than one elsewhere in the file.
    const error =
      errors.find(({ span }) => blocks.some((block) => block && span.start >= block.span.start && span.end <= block.span.end)) ?? errors[0];
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
        : {
            line: lineOf(error?.span.start ?? train.node.head.start),
            message: error ? `${error.code}: ${error.message}` : "This training can't be run yet.",
          },
    };
  });
}

export const untrained = (analysis: Analysis, lineOf: (offset: number) => number): UntrainedChoice[] =>
  untrainedModels(analysis).map(({ model, plan }) => ({
    model: model.name,
    plan: plan ?? null,
    lines: Object.fromEntries(model.layers.map(({ id, node }) => [layerKey(id), lineOf(node.span.start)])),
  }));
