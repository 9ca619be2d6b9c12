/** Names of a layer's units: the columns of an input, the classes or target columns of an output. */
import { featureNames } from "../data/fit.ts";
import { isInput } from "../layerTraits.ts";
import type { Step } from "../network/network.ts";
import type { PlannedKind } from "../plan.ts";
import type { Learner } from "./learner.ts";

export const unit = (column: number): string => `unit ${column + 1}`;

/** The layers whose units are not those of their input. */
const WITH_OWN_UNITS: ReadonlySet<PlannedKind> = new Set<PlannedKind>(["dense", "neuron", "concat", "reshape"]);

/** Returns a function from a unit's index to its name, or to its number where no name is known. */
export function unitNames(learner: Learner, step: Step): (column: number) => string {
  const names = namesOf(learner, step);
  return (column) => names?.[column] ?? unit(column);
}

/** Returns the names of all units of the layer; undefined if they are not known. */
export function namesOf(learner: Learner, step: Step): readonly string[] | undefined {
  const { network, outputs, examples } = learner;
  const { fit } = examples;
  const { layer, output } = step;
  const fitting = (names: readonly string[] | null | undefined): readonly string[] | undefined =>
    names?.length === output.width ? names : undefined;
  if (isInput(layer)) return fitting(layer.columns ?? featureNames(fit.features));
  const target = fit.targets[outputs.findIndex((one) => one.step === step)];
  const own = fitting(target?.classes) ?? fitting(target?.columns);
  if (own) return own;
  const [only, other] = layer.inputs;
  const input = only !== undefined && other === undefined ? network.stepOf.get(only) : undefined;
  // These layers leave each number in its place.
  return input && output.width === input.output.width && !WITH_OWN_UNITS.has(layer.kind) ? namesOf(learner, input) : undefined;
}
