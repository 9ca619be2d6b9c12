/** The panel's preview of a file without a run: its trainings with their networks and settings, or why a training can't be run. */
import { countText, numberText, plural } from "../../../engine/numberText.ts";
import { type DataPlan, parameterCount, type SourcePlan, type TrainingPlan } from "../../../engine/plan.ts";
import type { TrainingChoice } from "../../../server/protocol.ts";
import type { PlannedTraining } from "../../messages/panelMessages.ts";

export const previewOf = (choices: readonly TrainingChoice[]): readonly PlannedTraining[] =>
  choices.map(({ run, model, planned, problem }) => ({
    run,
    model,
    problem: problem && { line: problem.line + 1, message: problem.message },
    layers: planned ? layersOf(planned.plan) : [],
    settings: planned ? settingsOf(planned.plan) : [],
  }));

const layersOf = ({ network, data }: TrainingPlan): PlannedTraining["layers"] =>
  network.layers.map((layer) => {
    const names = layer.kind === "input" ? (layer.columns ?? data.features) : null;
    const { id, kind, inputs, output: shape } = layer;
    return { id, kind, inputs, shape, parameters: parameterCount(layer), ...(names && names.length === shape.at(-1) && { names }) };
  });

/** Returns the settings with their values, in file order. */
function settingsOf({ data, training, network }: TrainingPlan): PlannedTraining["settings"] {
  const { learningRate, batch, epochs, outputs, optimizer } = training;
  const settings = [
    ["Data", sourceText(data.source)],
    ["Features", featuresText(data)],
    ["Target", targetText(data, training)],
    ["Loss", [...new Set(outputs.map(({ loss }) => loss.name))].join(", ")],
    ["Optimizer", optimizer.name],
    ["Learning rate", typeof learningRate === "number" ? numberText(learningRate) : learningRate.name],
    ["Batch", batch === null ? "all rows" : plural(batch, "row")],
    ["Epochs", countText(epochs)],
    ["Parameters", countText(network.layers.reduce((sum, layer) => sum + parameterCount(layer), 0))],
  ] as const;
  return settings.map(([name, value]) => ({ name, value }));
}

function sourceText(source: SourcePlan): string {
  switch (source.kind) {
    case "csv":
      return source.path;
    case "idx":
      return source.images;
    case "generator":
      return source.use.name;
    case "table":
      return `${plural(source.rows.length, "row")} in the file`;
  }
}

function targetText({ target, source }: DataPlan, { outputs }: TrainingPlan["training"]): string {
  if (target.length > 0) return target.join(", ");
  return source.kind === "idx" && source.labels !== null && outputs.some((output) => output.target !== "features")
    ? source.labels
    : "the features";
}

/** At most this many names are shown. */
const MOST_NAMES = 6;

function featuresText({ features, featureShape }: DataPlan): string {
  if (!features) return featureShape.join(" × ");
  const more = features.length - MOST_NAMES;
  return features.slice(0, MOST_NAMES).join(", ") + (more > 0 ? ` and ${countText(more)} more` : "");
}
