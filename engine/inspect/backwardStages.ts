/** The stages of a step's reverse pass: the output errors, each layer's gradients by the chain rule, the update. */
import { isScalar, slopeAt } from "../catalog/activations.ts";
import { optimizers } from "../catalog/optimizers.ts";
import type { Numbers } from "../kernels/kernels.ts";
import { isActivated, isPenalized } from "../layerTraits.ts";
import type { Parameter, Step } from "../network/network.ts";
import { formulaText } from "../numberText.ts";
import type { PlannedLayer, TrainingPlan } from "../plan.ts";
import { isClipped } from "../training/optimizers.ts";
import { matrix, sumOf, term } from "./matrices.ts";
import type { WalkMatrix, WalkStage } from "./views.ts";
import { columnOf, inputsOf, partOf, rowOf, unit, type WalkedStep, weightedSum } from "./walkedStep.ts";

export function errorStage({ learner, rows, rowName, errors }: WalkedStep, k: number): WalkStage {
  const error = errors[k];
  const { step, plan, targets, targetWidth, rowWeights } = learner.outputs[k];
  const weightText = (row: number): string => (rowWeights ? `, w = ${formulaText(rowWeights[row])}` : "");
  const isOfSum = step.preactivation !== step.output && (error.ofSum?.some((value) => value !== 0) ?? false);
  const values = (isOfSum ? error.ofSum : error.ofOutput) ?? new Float64Array(rows * step.output.width);
  const { width } = step.output;
  const target = (row: number, j: number): number => (targetWidth === width ? targets[row * width + j] : targets[row] === j ? 1 : 0);
  return {
    pass: "error",
    layer: plan.layer,
    title: `The output error of ${plan.layer}`,
    formula: isOfSum ? "∂L/∂z, loss and activation together" : "∂L/∂a, the loss's slope",
    words: isOfSum
      ? "This loss is made for this activation: the derivative of both together is simpler, and exact where each alone would lose digits."
      : "The derivative of the loss with respect to each output: the sign says in which direction the loss grows, the size how steeply.",
    matrices: [
      matrix({
        name: isOfSum ? "∂L/∂z" : "∂L/∂a",
        values,
        shape: [rows, width],
        rows: rowName,
        columns: unit,
        working: (row, j) =>
          `a = ${formulaText(step.output.values[row * width + j])}, t = ${formulaText(target(row, j))}${weightText(row)}, ${rows} row${rows === 1 ? "" : "s"} → ${formulaText(values[row * width + j])}`,
      }),
    ],
  };
}

export function backwardStage(walked: WalkedStep, step: Step): WalkStage {
  const { layer } = step;
  const { kernel, bias } = weightedSum(walked.learner, step);
  const [input] = inputsOf(walked.learner, step);
  return {
    pass: "backward",
    layer: layer.id,
    title: `Back through ${layer.id}`,
    formula: kernel
      ? "∂L/∂z = ∂L/∂a · f′(z);  ∂L/∂W = xᵀ · ∂L/∂z;  ∂L/∂b = Σ ∂L/∂z;  ∂L/∂x = ∂L/∂z · Wᵀ"
      : "the chain rule, through the layer's own formula",
    words: kernel
      ? "How much each sum, each weight and each input contributed to the error. The gradient of an input is ∂L/∂a of the layer below."
      : "The error is passed back through the layer's own formula.",
    matrices: [
      signalMatrix(walked, step),
      ...(kernel?.planned.trained && input ? [kernelMatrix(walked, step, kernel, input)] : []),
      ...(bias?.planned.trained ? [biasMatrix(walked, step, bias)] : []),
      ...(kernel ? [] : otherMatrices(walked, step)),
      ...inputsOf(walked.learner, step).flatMap((below) => inputMatrix(walked, step, below)),
    ],
  };
}

const signalOf = ({ preactivation }: Step): Numbers => preactivation.gradient ?? new Float64Array(0);

/** Returns the matrix of ∂L/∂z, or of ∂L/∂a if the layer has no activation. */
function signalMatrix({ rows, rowName }: WalkedStep, step: Step): WalkMatrix {
  const { layer, output, preactivation } = step;
  const dz = signalOf(step);
  const da = output.gradient;
  const { width } = preactivation;
  const use = isActivated(layer) ? layer.activation : undefined;
  // If the loss computes ∂L/∂z itself, no gradient passes through the activation.
  const isFused = !da?.some((value) => value !== 0);
  return matrix({
    name: preactivation === output ? "∂L/∂a" : "∂L/∂z",
    values: dz,
    shape: [rows, width],
    rows: rowName,
    columns: unit,
    ...(use &&
      isScalar(use) &&
      !isFused &&
      preactivation !== output && {
        working: (row: number, j: number) => {
          const at = row * width + j;
          const slope = slopeAt(use, preactivation.values[at], output.values[at]);
          return `∂L/∂z = ∂L/∂a · f′(z) = ${term(da?.[at] ?? 0)} · ${term(slope)} = ${formulaText(dz[at])}`;
        },
      }),
  });
}

function kernelMatrix({ rows, raw }: WalkedStep, step: Step, kernel: Parameter, { output: x }: Step): WalkMatrix {
  const { width } = step.preactivation;
  const values = partOf(raw, kernel);
  return matrix({
    name: "∂L/∂W",
    values,
    shape: [x.width, width],
    rows: (i) => `from ${i + 1}`,
    columns: unit,
    working: (i, j) => {
      const sum = sumOf(columnOf(x.values, i, rows, x.width), columnOf(signalOf(step), j, rows, width));
      return `∂L/∂w = Σ x · ∂L/∂z = ${sum} = ${formulaText(values[i * width + j])}`;
    },
  });
}

function biasMatrix({ rows, raw }: WalkedStep, step: Step, bias: Parameter): WalkMatrix {
  const { width } = step.preactivation;
  const values = partOf(raw, bias);
  return matrix({
    name: "∂L/∂b",
    values,
    shape: [1, width],
    rows: () => "",
    columns: unit,
    working: (_row, j) => {
      const own = columnOf(signalOf(step), j, rows, width);
      const ones = own.map(() => 1);
      return `∂L/∂b = Σ ∂L/∂z = ${sumOf(own, ones).replaceAll(" · 1", "")} = ${formulaText(values[j])}`;
    },
  });
}

/** Returns the gradients of a layer that is not a weighted sum, without workings. */
const otherMatrices = ({ learner, raw }: WalkedStep, { layer }: Step): WalkMatrix[] =>
  learner.network.parameters
    .filter((parameter) => parameter.layer === layer && parameter.planned.trained)
    .map((parameter) =>
      matrix({
        name: `∂L/∂${parameter.planned.name}`,
        values: partOf(raw, parameter),
        shape: [1, parameter.values.length],
        rows: () => "",
        columns: unit,
      }),
    );

/** Returns the gradient of one of the layer's inputs as a list of one matrix. The list is empty if no layer below it is trained. */
function inputMatrix({ learner, rows, rowName, before }: WalkedStep, step: Step, below: Step): WalkMatrix[] {
  const { gradient, width: inputs } = below.output;
  if (!gradient) return [];
  const { kernel } = weightedSum(learner, step);
  const { width } = step.preactivation;
  // Several layers add to a shared input's gradient, so one layer's sum is not all of it.
  const isShared = learner.network.steps.filter(({ layer }) => layer.inputs.includes(below.layer.id)).length > 1;
  return [
    matrix({
      name: `∂L/∂a of ${below.layer.id}`,
      values: gradient,
      shape: [rows, inputs],
      rows: rowName,
      columns: unit,
      ...(kernel &&
        !isShared && {
          working: (row: number, i: number) => {
            const sum = sumOf(rowOf(signalOf(step), row, width), rowOf(partOf(before, kernel), i, width));
            return `∂L/∂x = Σ ∂L/∂z · w = ${sum} = ${formulaText(gradient[row * inputs + i])}`;
          },
        }),
    }),
  ];
}

export function updateStage({ learner, before, learningRate }: WalkedStep, parameter: Parameter): WalkStage {
  const { plan } = learner;
  const { optimizer } = plan.training;
  const { name } = optimizer;
  const { planned, layer, offset, values, gradient } = parameter;
  const [height, width] = planned.shape.length === 2 ? [planned.shape[0], planned.shape[1]] : [1, values.length];
  const isPlain = optimizer.name === "sgd" && optimizer.settings.momentum === 0;
  return {
    pass: "update",
    layer: layer.id,
    title: `The update of ${layer.id}'s ${planned.name}`,
    formula: isPlain ? "w ← w − lr · ∂L/∂w" : optimizers[name].formula,
    words: `${name} moves the weights against the gradient, with a learning rate of ${formulaText(learningRate)}.${extras(plan, layer)}`,
    matrices: [
      matrix({
        name: `${planned.name}, updated`,
        values,
        shape: [height, width],
        rows: (row) => (planned.shape.length === 2 ? `from ${row + 1}` : ""),
        columns: unit,
        working: (row, column) => {
          const at = row * width + column;
          const [old, now] = [before[offset + at], values[at]];
          return isPlain
            ? `w = ${formulaText(old)} − ${formulaText(learningRate)} · ${term(gradient[at])} = ${formulaText(now)}`
            : `g = ${formulaText(gradient[at])}; w = ${formulaText(old)} ${now < old ? "−" : "+"} ${formulaText(Math.abs(now - old))} = ${formulaText(now)}`;
        },
      }),
    ],
  };
}

/** Returns a sentence that names what a gradient includes besides the chain rule's result, or "" if there is nothing. */
function extras({ training: { clip } }: TrainingPlan, layer: PlannedLayer): string {
  const hasPenalty = isPenalized(layer);
  const parts = [...(hasPenalty ? ["the penalty's gradient"] : []), ...(isClipped(clip) ? ["clipping"] : [])];
  return parts.length > 0 ? ` Its gradient here includes ${parts.join(" and ")}.` : "";
}
