/** Computes an exported ONNX file and compares it with the engine's predictions. */
import type { Scaler } from "../../data/scaling.ts";
import { type Difference, differenceOf, type Predicted, type Rows } from "../compare.ts";
import type { TrainedModel } from "../model.ts";
import { evaluateOnnx } from "./evaluate.ts";
import { scalersOf } from "./file.ts";
import { readOnnx } from "./read.ts";

/** Throws `ExchangeProblem` if the file can't be read. The rows are in the file's units. */
export function onnxDifference(bytes: Uint8Array, { inputs, outputs }: Predicted, count: number): Difference {
  const read = readOnnx(bytes);
  const given = read.inputs.map(({ name }, k) => {
    const own = inputs[k];
    if (!own) throw new Error(`the file has an input ${name} that the network lacks`);
    return [name, { shape: [count, ...own.shape], data: own.values }] as const;
  });
  const found = evaluateOnnx(read, new Map(given));
  const numbers = (name: string): ArrayLike<number> => {
    const data = found.get(name)?.data;
    return data instanceof Float64Array ? data : [];
  };
  return differenceOf(
    outputs,
    outputs.map(({ layer }) => ({ values: numbers(layer) })),
  );
}

/** Returns the rows in the data's own units. */
export function inOwnUnits({ plan, fit }: TrainedModel, { inputs, outputs }: Predicted): Predicted {
  const columns = plan.network.layers.flatMap((layer) => (layer.kind === "input" ? [layer.columns] : []));
  return {
    inputs: inputs.map((rows, k) => ({ ...rows, values: unscaled(rows, scalersOf(columns[k] ?? null, fit.features)) })),
    outputs: outputs.map((rows, k) => ({ ...rows, values: unscaled(rows, fit.targets[k]?.scalers ?? []) })),
  };
}

/** A single scaler may apply to all pixels. */
function unscaled({ values }: Rows, scalers: readonly Scaler[]): Float64Array {
  if (scalers.length === 0) return values;
  return values.map((value, k) => {
    const { offset, factor } = scalers[k % scalers.length];
    return value * factor + offset;
  });
}
