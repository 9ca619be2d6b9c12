/** The layers that normalize numbers to mean 0 and deviation 1: over the batch, over the row, or with the training data's statistics. */
import type { Numbers } from "../kernels/kernels.ts";
import type { PlannedFacts } from "../plan.ts";
import type { Mode } from "./network.ts";
import { clearAtFirst, type Passes, type Reading, requireParameter, type StepParts } from "./stepParts.ts";

/** The minimum deviation by which Keras's `Normalization` divides. */
const LEAST_DEVIATION = 1e-7;

/** Normalizes over the batch and all axes but the last: x is [n, width], n = rows · leading axes. */
export function batchNorm({ id, momentum, epsilon }: Reading<"batch_norm", "id" | "momentum" | "epsilon">, parts: StepParts): Passes {
  const { inputs, output: y, batch, parameters } = parts;
  const [x] = inputs;
  const gamma = requireParameter(parameters.gamma, id);
  const beta = requireParameter(parameters.beta, id);
  const movingMean = requireParameter(parameters.moving_mean, id);
  const movingVariance = requireParameter(parameters.moving_variance, id);
  const width = gamma.values.length;
  const mean = new Float64Array(width);
  const variance = new Float64Array(width);
  const deviation = new Float64Array(width);
  /** x̂ = (x − mean) / √(variance + ε), stored for the reverse pass. */
  const normal = new Float64Array(x.values.length);
  const sumSlope = new Float64Array(width);
  const sumProduct = new Float64Array(width);

  return {
    forward(mode: Mode) {
      const length = batch.rows * x.width;
      if (mode === "infer") {
        mean.set(movingMean.values);
        variance.set(movingVariance.values);
      } else measureColumns(x.values, length, mean, variance);
      if (mode === "train") {
        moveTowards(movingMean.values, mean, momentum);
        moveTowards(movingVariance.values, variance, momentum);
      }
      for (let c = 0; c < width; c++) deviation[c] = Math.sqrt(variance[c] + epsilon);
      for (let i = 0; i < length; i++) {
        const c = i % width;
        normal[i] = (x.values[i] - mean[c]) / deviation[c];
        y.values[i] = gamma.values[c] * normal[i] + beta.values[c];
      }
    },
    /** dx = gamma / deviation · (dy − mean(dy) − x̂ · mean(dy · x̂)), because mean and variance depend on every x. */
    backward() {
      const dy = y.gradient;
      if (!dy) return;
      const length = batch.rows * x.width;
      const n = length / width;
      clearAtFirst(batch, gamma, beta);
      sumSlope.fill(0);
      sumProduct.fill(0);
      for (let i = 0; i < length; i++) {
        sumSlope[i % width] += dy[i];
        sumProduct[i % width] += dy[i] * normal[i];
      }
      for (let c = 0; c < width; c++) {
        gamma.gradient[c] += sumProduct[c];
        beta.gradient[c] += sumSlope[c];
      }
      if (!x.gradient) return;
      for (let i = 0; i < length; i++) {
        const c = i % width;
        x.gradient[i] += (gamma.values[c] / deviation[c]) * (dy[i] - sumSlope[c] / n - (normal[i] * sumProduct[c]) / n);
      }
    },
  };
}

/** Writes the mean and variance of each column of x's first `length` numbers, which are [n, columns]. */
function measureColumns(x: Numbers, length: number, mean: Float64Array, variance: Float64Array): void {
  const width = mean.length;
  const n = length / width;
  mean.fill(0);
  variance.fill(0);
  for (let i = 0; i < length; i++) mean[i % width] += x[i];
  for (let c = 0; c < width; c++) mean[c] /= n;
  for (let i = 0; i < length; i++) variance[i % width] += (x[i] - mean[i % width]) ** 2;
  for (let c = 0; c < width; c++) variance[c] /= n;
}

/** Moves an average towards the batch's statistic. */
function moveTowards(average: Numbers, ofBatch: Float64Array, momentum: number): void {
  for (let c = 0; c < average.length; c++) average[c] = average[c] * momentum + ofBatch[c] * (1 - momentum);
}

/** Normalizes over the last axis of each row, both in training and in prediction. */
export function layerNorm(
  { id, epsilon }: Reading<"layer_norm", "id" | "epsilon">,
  { inputs, output: y, batch, parameters }: StepParts,
): Passes {
  const [x] = inputs;
  const gamma = requireParameter(parameters.gamma, id);
  const beta = requireParameter(parameters.beta, id);
  const width = gamma.values.length;
  const normal = new Float64Array(x.values.length);
  const deviation = new Float64Array(x.values.length / width);
  return {
    forward() {
      for (let k = 0; k < (batch.rows * x.width) / width; k++) {
        const from = k * width;
        let mean = 0;
        for (let c = 0; c < width; c++) mean += x.values[from + c];
        mean /= width;
        let variance = 0;
        for (let c = 0; c < width; c++) variance += (x.values[from + c] - mean) ** 2;
        deviation[k] = Math.sqrt(variance / width + epsilon);
        for (let c = 0; c < width; c++) {
          normal[from + c] = (x.values[from + c] - mean) / deviation[k];
          y.values[from + c] = gamma.values[c] * normal[from + c] + beta.values[c];
        }
      }
    },
    /** As for batch_norm, but along the row: dx = (g − mean(g) − x̂ · mean(g · x̂)) / deviation with g = gamma · dy. */
    backward() {
      const dy = y.gradient;
      if (!dy) return;
      clearAtFirst(batch, gamma, beta);
      for (let k = 0; k < (batch.rows * x.width) / width; k++) {
        const from = k * width;
        let slope = 0;
        let product = 0;
        for (let c = 0; c < width; c++) {
          gamma.gradient[c] += dy[from + c] * normal[from + c];
          beta.gradient[c] += dy[from + c];
          slope += gamma.values[c] * dy[from + c];
          product += gamma.values[c] * dy[from + c] * normal[from + c];
        }
        if (!x.gradient) continue;
        for (let c = 0; c < width; c++) {
          const g = gamma.values[c] * dy[from + c];
          x.gradient[from + c] += (g - slope / width - (normal[from + c] * product) / width) / deviation[k];
        }
      }
    },
  };
}

/** Normalizes with the mean and variance that training/normalizers.ts computes before the first epoch. */
export function normalize({ id }: PlannedFacts, { inputs, output: y, batch, parameters }: StepParts): Passes {
  const [x] = inputs;
  const mean = requireParameter(parameters.mean, id).values;
  const variance = requireParameter(parameters.variance, id).values;
  const width = mean.length;
  const deviationOf = (c: number): number => Math.max(Math.sqrt(variance[c]), LEAST_DEVIATION);
  return {
    forward() {
      for (let i = 0; i < batch.rows * x.width; i++) y.values[i] = (x.values[i] - mean[i % width]) / deviationOf(i % width);
    },
    backward() {
      const dx = x.gradient;
      const dy = y.gradient;
      if (!dx || !dy) return;
      for (let i = 0; i < batch.rows * x.width; i++) dx[i] += dy[i] / deviationOf(i % width);
    },
  };
}
