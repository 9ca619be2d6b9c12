/** The formulas that Step Into steps through in a layer: forward z = x · W + b, then a = tanh(z); backward ∂L/∂z, ∂L/∂W, ∂L/∂b, ∂L/∂x. */
import { parameterFacts } from "../catalog/parameters.ts";
import { layerArithmetic } from "../inspect/layerArithmetic.ts";
import { inputsOf, weightedSum } from "../inspect/walkedStep.ts";
import { isActivated } from "../layerTraits.ts";
import type { Step } from "../network/network.ts";
import { isFusedLoss } from "../network/outputLosses.ts";
import type { Learner } from "../training/learner.ts";
import type { Place } from "./places.ts";

export interface Formula {
  readonly text: string;
  /** The layer's tensor computed by the formula: `z`, `kernel.grad`; `input.grad` is the gradient of the layer's inputs. */
  readonly computes: string;
}

/** Returns the formulas of a place in the order of computation; at most one if there is nothing to step into. */
export function formulasOf(learner: Learner, { phase, layer }: Place): Formula[] {
  const step = learner.network.steps[layer];
  if (!step) return [];
  return phase === "forward" ? forwardFormulas(learner, step) : phase === "reverse" ? reverseFormulas(learner, step) : [];
}

const hasActivation = ({ preactivation, output }: Step): boolean => preactivation !== output;

function forwardFormulas(learner: Learner, step: Step): Formula[] {
  const { layer } = step;
  const { kernel, bias } = weightedSum(learner, step);
  if (!kernel || !isActivated(layer) || !hasActivation(step)) return [];
  return [
    { text: `z = x · W${bias ? " + b" : ""}`, computes: "z" },
    { text: `a = ${layer.activation.name}(z)`, computes: "output" },
  ];
}

function reverseFormulas(learner: Learner, step: Step): Formula[] {
  const { network, outputs } = learner;
  const { layer } = step;
  const readers = network.steps.filter(({ layer: { inputs } }) => inputs.includes(layer.id));
  // The loss has already computed ∂L/∂z of such an output.
  const isKnown = readers.length === 0 && outputs.some((output) => output.step === step && isFusedLoss(output));
  const { kernel } = weightedSum(learner, step);
  const trained = network.parameters.filter((parameter) => parameter.layer === layer && parameter.planned.trained);
  const dz = hasActivation(step) ? "∂L/∂z" : "∂L/∂a";
  const ofParameter = (name: (typeof trained)[number]["planned"]["name"]): string =>
    name === "kernel" ? ` = xᵀ · ${dz}` : name === "bias" ? ` = Σ ${dz}` : "";
  return [
    ...(hasActivation(step) && !isKnown ? [{ text: "∂L/∂z = ∂L/∂a · f′(z)", computes: "z.grad" }] : []),
    ...trained.map(({ planned: { name } }) => ({
      text: `∂L/∂${parameterFacts[name].symbol}${ofParameter(name)}`,
      computes: `${name}.grad`,
    })),
    ...(inputsOf(learner, step).some(({ output }) => output.gradient)
      ? [{ text: kernel ? `∂L/∂x = ${dz} · Wᵀ` : layerArithmetic(step).back, computes: "input.grad" }]
      : []),
  ];
}
