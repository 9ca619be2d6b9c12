/** The first event of a training: its layers, rows and settings. */
import type { LayerFacts, RunSettings, TrainingEventOf } from "../events.ts";
import { wordOf } from "../layerTraits.ts";
import type { Precision } from "../network/compile.ts";
import { parameterCount, type TrainingPlan } from "../plan.ts";
import { rateOf } from "./causes.ts";
import type { Learner } from "./learner.ts";
import type { Origin } from "./origin.ts";
import { namesOf } from "./unitNames.ts";

/** The maximum number of units in a layer with names in the event. */
const MOST_NAMES = 64;

function namesIn(learner: Learner, id: string): { readonly names?: readonly string[] } {
  const step = learner.network.stepOf.get(id);
  const names = step && step.output.width <= MOST_NAMES ? namesOf(learner, step) : undefined;
  return names ? { names } : {};
}

function settingsOf(plan: TrainingPlan): RunSettings {
  const { optimizer, learningRate, batch } = plan.training;
  const schedule = typeof learningRate === "number" ? null : learningRate.name;
  return { optimizer: optimizer.name, learningRate: rateOf(plan), schedule, batch };
}

/** Returns the layers as drawn in a panel. */
export const layerFactsOf = (learner: Learner): LayerFacts[] =>
  learner.network.plan.layers.map((layer) => ({
    id: layer.id,
    kind: wordOf(layer),
    inputs: layer.inputs,
    shape: layer.output,
    parameters: parameterCount(layer),
    ...namesIn(learner, layer.id),
  }));

export function startedEvent(
  learner: Learner,
  { precision, loadSeconds, origin }: { readonly precision: Precision; readonly loadSeconds: number; readonly origin: Origin },
): TrainingEventOf<"started"> {
  const { plan, examples, batches, network } = learner;
  const { train: trainRows, validation, test } = examples.parts;
  return {
    kind: "started",
    model: plan.network.name,
    run: plan.training.run,
    layers: layerFactsOf(learner),
    rows: { train: trainRows.length, validation: validation.length, test: test.length },
    epochs: plan.training.epochs,
    batchesPerEpoch: batches,
    precision,
    kernels: network.kernels.name,
    loadSeconds,
    origin,
    settings: settingsOf(plan),
  };
}
