/** Compiles a plan to a network. All memory is allocated here, so that batches need no allocation. */
import { sizeOf } from "../catalog/shapes.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { referenceKernels } from "../kernels/reference.ts";
import type { NetworkPlan, PlannedLayer } from "../plan.ts";
import { randomFrom } from "../random.ts";
import type { Batch, Network, Parameter, Step, Tensor } from "./network.ts";
import type { StepParts } from "./stepParts.ts";
import { hasActivation, STEPS } from "./steps.ts";

export type Precision = "float32" | "float64";

export interface CompileOptions {
  /** The precision of the reference kernels that are used if `kernels` is absent. */
  readonly precision: Precision;
  /** The maximum number of rows computed at once. */
  readonly capacity: number;
  readonly kernels?: Kernels;
}

/** Returns a network of `plan`: its memory and its steps. Weights are zero until `initializeWeights`. */
export function compile(plan: NetworkPlan, { precision, capacity, kernels = referenceKernels(precision) }: CompileOptions): Network {
  const { allocate } = kernels;
  const learning = layersThatLearn(plan);

  const parameterTotal = plan.layers.reduce((sum, layer) => sum + layer.parameters.reduce((s, { shape }) => s + sizeOf(shape), 0), 0);
  const weights = allocate(parameterTotal);
  const gradients = allocate(parameterTotal);
  const signalTotal = plan.layers.reduce(
    (sum, layer) => sum + (learning.has(layer.id) ? padded(sizeOf(layer.output) * capacity) * (hasActivation(layer) ? 2 : 1) : 0),
    0,
  );
  const signals = allocate(signalTotal);

  const batch: Batch = { rows: capacity, piece: "first", random: randomFrom(0, "dropout") };
  const parameters: Parameter[] = [];
  const steps: Step[] = [];
  const stepOf = new Map<string, Step>();
  let signalOffset = 0;
  let parameterOffset = 0;

  const tensor = (layer: PlannedLayer): Tensor => {
    const width = sizeOf(layer.output);
    const length = width * capacity;
    if (!learning.has(layer.id)) return { width, values: allocate(length), gradient: undefined };
    const start = signalOffset;
    signalOffset += padded(length);
    return { width, values: allocate(length), gradient: signals.subarray(start, start + length) };
  };

  for (const layer of plan.layers) {
    const own = layer.parameters.map((planned): Parameter => {
      const offset = parameterOffset;
      parameterOffset += sizeOf(planned.shape);
      return {
        layer,
        planned,
        offset,
        values: weights.subarray(offset, parameterOffset),
        gradient: gradients.subarray(offset, parameterOffset),
      };
    });
    const output = tensor(layer);
    const preactivation = hasActivation(layer) ? tensor(layer) : output;
    const inputs = layer.inputs.map((id) => requireStep(stepOf, id).output);
    const parts: StepParts = {
      inputs,
      output,
      preactivation,
      batch,
      kernels,
      parameters: Object.fromEntries(own.map((parameter) => [parameter.planned.name, parameter])),
    };
    const step: Step = { layer, output, preactivation, ...stepFor(layer, parts) };
    parameters.push(...own);
    steps.push(step);
    stepOf.set(layer.id, step);
  }
  return { plan, steps, stepOf, batch, capacity, kernels, parameters, weights, gradients, signals };
}

/** Returns the length in whole cache lines: kernels may write whole vectors past an array's end. */
const padded = (length: number): number => 16 * Math.ceil(length / 16);

function stepFor<L extends PlannedLayer>(layer: L, parts: StepParts): Pick<Step, "forward" | "backward"> {
  // TypeScript can't infer that STEPS[kind] takes a layer of that kind.
  const make = STEPS[layer.kind] as (layer: L, parts: StepParts) => Pick<Step, "forward" | "backward">;
  return make(layer, parts);
}

function requireStep(steps: ReadonlyMap<string, Step>, id: string): Step {
  const step = steps.get(id);
  if (!step) throw new Error(`The plan's layer ${id} is used before it is made.`);
  return step;
}

/**
 * Returns the layers that need a gradient of their output: those with a trained parameter in the layer or in any layer before it. The others get no
 * gradient, which saves the first layer's input gradient, its largest product.
 */
function layersThatLearn(plan: NetworkPlan): ReadonlySet<string> {
  const learning = new Set<string>();
  for (const layer of plan.layers) {
    if (layer.parameters.some(({ trained }) => trained) || layer.inputs.some((id) => learning.has(id))) learning.add(layer.id);
  }
  return learning;
}
