/** One forward and reverse pass over all rows in float64: what `nn gradients` prints and the reference cases check. */
import { loadExamples } from "../data/examples.ts";
import type { FileReader } from "../host.ts";
import { compile } from "../network/compile.ts";
import { initializeWeights } from "../network/initialize.ts";
import { lossesOf, penalty } from "../network/losses.ts";
import { forwardPass, reversePass } from "../network/network.ts";
import type { TrainingPlan } from "../plan.ts";
import { batchLoader } from "./batches.ts";

export interface LayerGradients {
  readonly id: string;
  /** [rows, width] */
  readonly output: readonly (readonly number[])[];
  /** [inputs, units] */
  readonly kernel?: readonly (readonly number[])[];
  readonly bias?: readonly number[];
}

export interface Gradients {
  /** The mean over the training rows, penalties included. */
  readonly loss: number;
  readonly layers: readonly LayerGradients[];
}

/** In training mode but without dropout. Throws `DataProblem` for data that can't be used. */
export async function gradientsOf(plan: TrainingPlan, files: FileReader): Promise<Gradients> {
  const examples = await loadExamples(plan, files, "float64");
  const order = examples.parts.train;
  const network = compile(plan.network, { precision: "float64", capacity: order.length });
  initializeWeights(network, plan.training.seed);
  const outputs = lossesOf(network, plan.training.outputs);
  batchLoader(network, outputs, examples)(order, 0, order.length);
  forwardPass(network, "inspect");
  let total = 0;
  for (const output of outputs) {
    total += output.total();
    output.addGradient(1 / order.length);
  }
  reversePass(network);
  const loss = total / order.length + penalty(network, "add");
  const layers = network.steps.map(({ layer, output }): LayerGradients => {
    const own = network.parameters.filter((parameter) => parameter.layer === layer);
    const kernel = own.find(({ planned }) => planned.name === "kernel");
    const bias = own.find(({ planned }) => planned.name === "bias");
    return {
      id: layer.id,
      output: matrix(output.values, output.width),
      ...(kernel && { kernel: matrix(kernel.gradient, kernel.planned.shape[1] ?? 1) }),
      ...(bias && { bias: [...bias.gradient] }),
    };
  });
  return { loss, layers };
}

function matrix(values: ArrayLike<number>, width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, row) =>
    Array.from({ length: width }, (_value, j) => values[row * width + j] ?? 0),
  );
}
