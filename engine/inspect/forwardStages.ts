/** The stages of a step's forward pass: the mini-batch, each layer's output, the loss. */
import { activations } from "../catalog/activations.ts";
import { layers as layerCatalog } from "../catalog/layers.ts";
import { losses } from "../catalog/losses.ts";
import { parameterFacts } from "../catalog/parameters.ts";
import { featureNames, type TargetFit } from "../data/fit.ts";
import type { Numbers } from "../kernels/kernels.ts";
import { isActivated, isActivationLine, isInput } from "../layerTraits.ts";
import type { Parameter, Step } from "../network/network.ts";
import { hasActivation } from "../network/steps.ts";
import { formulaText } from "../numberText.ts";
import { matrix, sumOf } from "./matrices.ts";
import type { WalkMatrix, WalkStage } from "./views.ts";
import { columnOf, inputsOf, partOf, rowOf, unit, type WalkedStep, weightedSum } from "./walkedStep.ts";

export function dataStage({ learner, rows, rowName }: WalkedStep): WalkStage {
  const { network, outputs, examples } = learner;
  const names = featureNames(examples.fit.features);
  const inputs = network.steps.filter(({ layer }) => isInput(layer));
  return {
    pass: "data",
    layer: null,
    title: "A mini-batch",
    formula: "",
    words: `${rows} of ${examples.parts.train.length} training rows, in the order of the next epoch, as the network reads them: numbers scaled, words one-hot encoded.`,
    matrices: [
      ...inputs.map(({ layer, output }) =>
        matrix({
          name: `x, ${layer.id}`,
          values: output.values,
          shape: [rows, output.width],
          rows: rowName,
          columns: (column) => (isInput(layer) && layer.columns ? layer.columns[column] : names[column]) ?? unit(column),
        }),
      ),
      ...outputs.map(({ targets, targetWidth, plan: { layer } }, k) =>
        matrix({
          name: `t, the target of ${layer}`,
          values: targets,
          shape: [rows, targetWidth],
          rows: rowName,
          columns: targetNames(examples.fit.targets[k]),
        }),
      ),
    ],
  };
}

const targetNames =
  ({ columns, classes }: TargetFit) =>
  (column: number): string =>
    columns[column] ?? classes?.[column] ?? `t ${column + 1}`;

export function forwardStage(walked: WalkedStep, step: Step): WalkStage {
  const { layer } = step;
  const { kernel } = weightedSum(walked.learner, step);
  const isActivatedSum = hasActivation(layer);
  const weights = kernel ? [weightMatrix(kernel, walked.before)] : [];
  const sums = sumsMatrix(walked, step);
  return {
    pass: "forward",
    layer: layer.id,
    title: `Forward through ${layer.id}`,
    formula: forwardFormula(step, kernel !== undefined),
    words: isActivatedSum
      ? "Each unit adds up its inputs, each times its weight, then applies the activation to the sum. Both are stored, since the reverse pass needs them."
      : "The output is stored, since the reverse pass needs it.",
    matrices: isActivatedSum ? [...weights, sums, outputsMatrix(walked, step)] : [...weights, sums],
  };
}

function forwardFormula({ layer }: Step, isSum: boolean): string {
  const formula = isActivated(layer) ? activations[layer.activation.name].formula : "";
  if (isSum) return `z = x · W + b${hasActivation(layer) ? `,  ${formula}` : ""}`;
  return isActivationLine(layer) ? formula : layerCatalog[layer.kind].formula;
}

/** Returns the matrix of pre-activations z, or of outputs a if the layer has no activation. */
function sumsMatrix({ learner, rows, rowName, before }: WalkedStep, step: Step): WalkMatrix {
  const { values, width } = step.preactivation;
  const [input] = inputsOf(learner, step);
  const { kernel, bias } = weightedSum(learner, step);
  return matrix({
    name: hasActivation(step.layer) ? "z" : "a",
    values,
    shape: [rows, width],
    rows: rowName,
    columns: unit,
    ...(kernel && {
      working: (row, j) => {
        const { values: x, width: inputs } = input.output;
        const sum = sumOf(rowOf(x, row, inputs), columnOf(partOf(before, kernel), j, inputs, width), bias && partOf(before, bias)[j]);
        return `z = Σ x · w + b = ${sum} = ${formulaText(values[row * width + j])}`;
      },
    }),
  });
}

function outputsMatrix({ rows, rowName }: WalkedStep, { layer, output, preactivation }: Step): WalkMatrix {
  const { values, width } = output;
  return matrix({
    name: "a",
    values,
    shape: [rows, width],
    rows: rowName,
    columns: unit,
    ...(isActivated(layer) && {
      working: (row, j) => {
        const at = row * width + j;
        return `a = ${layer.activation.name}(${formulaText(preactivation.values[at])}) = ${formulaText(values[at])}`;
      },
    }),
  });
}

function weightMatrix(parameter: Parameter, before: Numbers): WalkMatrix {
  const {
    planned: { name, shape },
    layer,
    values,
  } = parameter;
  const [inputs, units] = shape.length === 2 ? [shape[0], shape[1]] : [1, values.length];
  return matrix({
    name: `${parameterFacts[name].symbol}, ${layer.id}`,
    values: partOf(before, parameter),
    shape: [inputs, units],
    rows: (row) => (shape.length === 2 ? `from ${row + 1}` : ""),
    columns: unit,
  });
}

export function lossStage({ learner, rows, rowName, loss }: WalkedStep): WalkStage {
  const { outputs } = learner;
  const several = outputs.length > 1;
  const isWeighted = outputs.some(({ rowWeights }) => rowWeights);
  return {
    pass: "loss",
    layer: null,
    title: "The loss",
    formula: outputs.map(({ plan: { loss: used } }) => losses[used.name].formula).join(";  "),
    words: `The error of the batch: ${formulaText(loss)}, the mean over its ${rows} rows${isWeighted ? ", each row's loss times its weight w" : ""}${several ? ", each output times its weight" : ""}.`,
    matrices: outputs.flatMap(({ step, targets, targetWidth, rowWeights, plan: { layer } }) => [
      matrix({
        name: `a, the output of ${layer}`,
        values: step.output.values,
        shape: [rows, step.output.width],
        rows: rowName,
        columns: unit,
      }),
      matrix({
        name: "t, the target",
        values: targets,
        shape: [rows, targetWidth],
        rows: rowName,
        columns: (k) => (targetWidth === 1 ? "t" : `t ${k + 1}`),
      }),
      ...(rowWeights
        ? [matrix({ name: "w, the row's weight", values: rowWeights, shape: [rows, 1], rows: rowName, columns: () => "w" })]
        : []),
    ]),
  };
}
