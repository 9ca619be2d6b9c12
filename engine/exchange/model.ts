/** The exporters' input, a trained network: the plan, the fit of the data, the weights by name, and the text. */
import { sizeOf } from "../catalog/shapes.ts";
import type { DataFit } from "../data/fit.ts";
import type { NamedTensor, Safetensors } from "../files/safetensors.ts";
import type { TrainedWith } from "../files/trainedWith.ts";
import type { Numbers } from "../kernels/kernels.ts";
import type { PlannedLayer, PlannedParameter, TrainingPlan } from "../plan.ts";

export interface TrainedModel {
  readonly plan: TrainingPlan;
  readonly fit: DataFit;
  /** The text of the .nn file; null if unknown. */
  readonly text: string | null;
  /** By name: `hidden/kernel`. */
  readonly weights: ReadonlyMap<string, NamedTensor>;
}

/** The result of an export. */
export interface Exported {
  readonly bytes: Uint8Array;
  /** Layers whose names the format does not allow. */
  readonly renamed: readonly Renamed[];
  /** Sentences for the user about information that the file lacks or stores inexactly. */
  readonly notes: readonly string[];
}

export interface Renamed {
  readonly from: string;
  readonly to: string;
}

/** Returns the model of a weights file. Throws an Error that names the parameter if the file lacks one or stores it in another shape. */
export function modelFrom({ tensors }: Pick<Safetensors, "tensors">, { plan, fit, text }: TrainedWith): TrainedModel {
  const weights = new Map<string, NamedTensor>();
  for (const layer of plan.network.layers)
    for (const { name, shape } of layer.parameters) {
      const full = `${layer.id}/${name}`;
      const found = tensors.get(full);
      if (!found) throw new Error(`it lacks ${full}`);
      if (found.values.length !== sizeOf(shape)) throw new Error(`its ${full} has ${found.values.length} numbers, not ${sizeOf(shape)}`);
      weights.set(full, found);
    }
  return { plan, fit, text, weights };
}

/** A layer's parameter with its numbers. */
export interface Weight extends PlannedParameter {
  readonly values: Numbers;
}

/** Returns the layer's parameters in the plan's order. */
export const weightsOf = ({ weights }: TrainedModel, layer: PlannedLayer): Weight[] =>
  layer.parameters.map((parameter) => ({
    ...parameter,
    values: weights.get(`${layer.id}/${parameter.name}`)?.values ?? new Float32Array(),
  }));

export const float32 = (values: ArrayLike<number>): Float32Array => Float32Array.from(values);

/** Returns a note if weights lose digits, since the formats store 4 bytes per number. */
export const roundingNotes = ({ weights }: TrainedModel): string[] =>
  [...weights.values()].some(({ values }) => values.BYTES_PER_ELEMENT === 8) ? ["The weights are rounded from float64 to float32."] : [];
