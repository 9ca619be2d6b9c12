/** Names of a layer's units: the columns of an input, the classes or target columns of an output. */
import type { Examples } from "../data/examples.ts";
import { featureNames } from "../data/fit.ts";
import { isInput } from "../layerTraits.ts";
import type { Network, Step } from "../network/network.ts";
import type { OutputLoss } from "../network/outputLosses.ts";
import type { PlannedKind } from "../plan.ts";

/** A network, and the names of its columns and classes. */
export interface NamedNetwork {
  readonly network: Network;
  readonly outputs: readonly Pick<OutputLoss, "step">[];
  readonly examples: Pick<Examples, "fit">;
}

export const unit = (column: number): string => `unit ${column + 1}`;

/** The layers with units that differ from their input's. */
const WITH_OWN_UNITS: ReadonlySet<PlannedKind> = new Set<PlannedKind>(["dense", "neuron", "concat", "reshape"]);

/** Returns a function that converts a unit's index to its name, or to its number if the name is unknown. */
export function unitNames(learner: NamedNetwork, step: Step): (column: number) => string {
  const names = namesOf(learner, step);
  return (column) => names?.[column] ?? unit(column);
}

/** Returns the names of all units of the layer; undefined if they are unknown. */
export function namesOf(learner: NamedNetwork, step: Step): readonly string[] | undefined {
  const { network, outputs, examples } = learner;
  const { fit } = examples;
  const { layer, output } = step;
  const fitting = (names: readonly string[] | null | undefined): readonly string[] | undefined =>
    names?.length === output.width ? names : undefined;
  if (isInput(layer)) {
    // A categorical column has one unit per category.
    const read = layer.columns?.flatMap((column) => fit.features.filter(({ name }) => name === column)) ?? fit.features;
    return fitting(featureNames(read)) ?? fitting(layer.columns);
  }
  const target = fit.targets[outputs.findIndex((one) => one.step === step)];
  const own = fitting(target?.classes) ?? fitting(target?.columns);
  if (own) return own;
  const [only, other] = layer.inputs;
  const input = only !== undefined && other === undefined ? network.stepOf.get(only) : undefined;
  // These layers leave each number at its position.
  return input && output.width === input.output.width && !WITH_OWN_UNITS.has(layer.kind) ? namesOf(learner, input) : undefined;
}
