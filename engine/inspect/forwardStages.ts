/** The stages of a step's forward pass: the mini-batch and each layer's output. */
import { activations, isScalar } from "../catalog/activations.ts";
import { layers as layerCatalog } from "../catalog/layers.ts";
import { parameterFacts } from "../catalog/parameters.ts";
import type { TargetFit } from "../data/fit.ts";
import { isActivated, isActivationLine, isInput } from "../layerTraits.ts";
import type { Parameter, Step } from "../network/network.ts";
import { hasActivation } from "../network/steps.ts";
import { countText } from "../numberText.ts";
import { unit, unitNames } from "../training/unitNames.ts";
import { activationArithmetic, sinceOf, softmaxOf } from "./activationArithmetic.ts";
import { type Expression, line, longSum, named, number, product } from "./arithmetic.ts";
import { layerArithmetic, numbersOf } from "./layerArithmetic.ts";
import { matrix, ownColumn, ownRow, sameCell, worked } from "./matrices.ts";
import { slipsOf } from "./slips.ts";
import type { WalkMatrix, WalkStage, Working } from "./views.ts";
import {
  columnOf,
  inputsOf,
  partOf,
  placeOf,
  rowOf,
  targetRowNames,
  type WalkedForward,
  type WalkedStep,
  weightedSum,
} from "./walkedStep.ts";

export function dataStage(walked: WalkedStep): WalkStage {
  const { learner, rows, rowName } = walked;
  const { network, outputs, examples } = learner;
  const inputs = network.steps.filter(({ layer }) => isInput(layer));
  const order = learner.plan.training.shuffle ? ", in the shuffled order of the next epoch" : "";
  return {
    pass: "data",
    layer: null,
    title: "A mini-batch",
    label: "mini-batch",
    formula: "",
    words: `${rows} of ${countText(examples.parts.train.length)} training rows${order}, as the network reads them: numbers scaled, words one-hot encoded. x are the inputs, t the targets.`,
    matrices: [
      ...inputs.map((step) =>
        matrix({
          name: `x, ${step.layer.id}`,
          values: step.output.values,
          shape: [rows, step.output.width],
          rows: rowName,
          columns: unitNames(learner, step),
        }),
      ),
      ...outputs.map(({ targets, targetWidth, plan: { layer } }, k) =>
        matrix({
          name: `t, the target of ${layer}`,
          values: targets,
          shape: [rows, targetWidth],
          rows: targetRowNames(walked, k),
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

export function forwardStage(walked: WalkedForward, step: Step): WalkStage {
  const { layer } = step;
  const { kernel, bias } = weightedSum(walked.learner, step);
  const inputs = inputsOf(walked.learner, step);
  const isSum = kernel !== undefined;
  return {
    pass: "forward",
    layer: layer.id,
    title: `Forward through ${layer.id}`,
    label: layer.id,
    formula: forwardFormula(step, isSum, bias !== undefined),
    words: forwardWords(walked, step, inputs),
    matrices: [
      ...inputs.map((input) => inputMatrix(walked, input, inputs.length)),
      ...(kernel ? [weightMatrix(walked, kernel, inputs[0])] : []),
      ...(bias ? [weightMatrix(walked, bias)] : []),
      ...(isSum ? sumMatrices(walked, step) : otherMatrices(walked, step)),
    ],
  };
}

function forwardFormula({ layer }: Step, isSum: boolean, hasBias: boolean): string {
  const formula = isActivated(layer) ? activations[layer.activation.name].formula : "";
  if (isSum) return `z = x · W${hasBias ? " + b" : ""},  ${hasActivation(layer) ? formula : "a = z"}`;
  return isActivationLine(layer) ? formula : layerCatalog[layer.kind].formula;
}

function forwardWords({ learner, isTraining }: WalkedForward, step: Step, inputs: readonly Step[]): string {
  const { layer } = step;
  const isSum = weightedSum(learner, step).kernel !== undefined;
  const origin = inputs.length === 1 && !isInput(inputs[0].layer) ? ` x is the output a of ${inputs[0].layer.id}.` : "";
  const stored = isTraining ? "The reverse pass needs these numbers, so they are stored." : "";
  if (!isSum) return `${origin.trim()} ${stored}`.trim();
  const applied = hasActivation(layer) ? ", then applies its activation function to the sum" : "";
  return `Each unit adds up its inputs, each times its weight${applied}: Σ runs over the ${inputs[0]?.output.width ?? 0} inputs of the unit.${origin} ${stored}`.trim();
}

const inputName = ({ layer }: Step, count: number): string =>
  count > 1 || !isInput(layer) ? `x, the output of ${layer.id}` : `x, ${layer.id}`;

const parameterName = ({ planned: { name }, layer }: Parameter): string => `${parameterFacts[name].symbol}, ${name} of ${layer.id}`;

/** Returns a layer's input as the stage's x. */
function inputMatrix({ learner, rows, rowName }: WalkedForward, input: Step, count: number): WalkMatrix {
  const { output } = input;
  return matrix({
    name: inputName(input, count),
    values: output.values,
    shape: [rows, output.width],
    rows: rowName,
    columns: unitNames(learner, input),
  });
}

/** Returns a parameter before the update. `input` is the layer whose units are a kernel's rows. */
export function weightMatrix({ learner, before }: WalkedForward, parameter: Parameter, input?: Step): WalkMatrix {
  const step = learner.network.stepOf.get(parameter.layer.id);
  return matrix({
    name: parameterName(parameter),
    values: partOf(before, parameter),
    shape: shapeOf(parameter),
    rows: rowsOf(learner, parameter, input),
    columns: step ? unitNames(learner, step) : unit,
  });
}

/** Returns a parameter's height and width: a vector is one row. */
export const shapeOf = ({ planned: { shape }, values }: Parameter): [number, number] =>
  shape.length === 2 ? [shape[0], shape[1]] : [1, values.length];

/** Returns the names of a parameter's rows: the units of the input layer of a kernel. */
export function rowsOf(learner: WalkedForward["learner"], { planned }: Parameter, input?: Step): (row: number) => string {
  if (planned.shape.length !== 2) return () => "";
  const names = input ? unitNames(learner, input) : unit;
  return (row) => `from ${names(row)}`;
}

/** Returns a weighted sum's pre-activations z and outputs a, or only a if it has no activation. */
function sumMatrices(walked: WalkedForward, step: Step): WalkMatrix[] {
  const { learner, rows, rowName, before } = walked;
  const { values, width } = step.preactivation;
  const [input] = inputsOf(learner, step);
  const { kernel, bias } = weightedSum(learner, step);
  if (!kernel) return [];
  const isActivatedSum = hasActivation(step.layer);
  const left = `${isActivatedSum ? "z" : "a = z"} = Σ x · w${bias ? " + b" : ""}`;
  const { values: x, width: inputs } = input.output;
  const sums = matrix({
    name: isActivatedSum ? "z" : "a",
    values,
    shape: [rows, width],
    rows: rowName,
    columns: unitNames(learner, step),
    formula: left,
    uses: [ownRow(inputName(input, 1)), ownColumn(parameterName(kernel)), ...(bias ? [ownColumn(parameterName(bias))] : [])],
    working: (row, j) => {
      const products = productsOf(["x", "w"], rowOf(x, row, inputs), columnOf(partOf(before, kernel), j, inputs, width));
      const extra = bias ? [number(partOf(before, bias)[j], "b")] : [];
      return worked(left, values[row * width + j], longSum(products, ...extra));
    },
  });
  return isActivatedSum ? [sums, outputsMatrix(walked, step)] : [sums];
}

/** Returns the products left[k] · right[k] with the names of both factors. */
export const productsOf = ([first, second]: readonly [string, string], left: readonly number[], right: readonly number[]): Expression[] =>
  left.map((one, k) => product(number(one, first), number(right[k], second)));

function outputsMatrix({ learner, rows, rowName }: WalkedForward, step: Step): WalkMatrix {
  const { layer, output, preactivation } = step;
  const { values, width } = output;
  const formula = isActivated(layer) ? activations[layer.activation.name].formula : "a = z";
  return matrix({
    name: "a",
    values,
    shape: [rows, width],
    rows: rowName,
    columns: unitNames(learner, step),
    formula,
    uses: [isActivated(layer) && !isScalar(layer.activation) ? ownRow("z") : sameCell("z")],
    working: (row, j) => {
      if (!isActivated(layer)) return worked("a = z", values[row * width + j], number(preactivation.values[row * width + j], "z"));
      const at = row * width + j;
      const z = preactivation.values[at];
      const use = layer.activation;
      if (!isScalar(use)) {
        const { from, units } = placeOf(step, j);
        const sums = Array.from({ length: units }, (_, k) => preactivation.values[row * width + from + k]);
        return worked("a = e^z / Σ e^z", values[at], softmaxOf(sums, j - from));
      }
      const expression = activationArithmetic(use, z);
      return { lines: [line(`a = ${use.name}(z)`, values[at], expression) + sinceOf(use, z)], slips: slipsOf(named("f", expression)) };
    },
  });
}

/** Returns the numbers of a layer without weighted sums. */
function otherMatrices(walked: WalkedForward, step: Step): WalkMatrix[] {
  const { learner, rows, rowName } = walked;
  const { layer, output, preactivation } = step;
  const shape: [number, number] = [rows, output.width];
  const common = { shape, rows: rowName, columns: unitNames(learner, step) };
  if (isActivationLine(layer)) {
    const z = preactivation.values;
    const copied = (row: number, j: number): Working => worked("z = x", z[row * output.width + j], number(z[row * output.width + j]));
    return [matrix({ ...common, name: "z", values: z, formula: "z = x", working: copied }), outputsMatrix(walked, step)];
  }
  const own = numbersOf(walked, step);
  const { between, forward } = layerArithmetic(step);
  const parameters = learner.network.parameters.filter((parameter) => parameter.layer === layer);
  return [
    ...parameters.map((parameter) => weightMatrix(walked, parameter)),
    ...(between?.(own) ?? []),
    matrix({
      ...common,
      name: "a",
      values: output.values,
      formula: layerCatalog[layer.kind].formula,
      working: forward && ((row, j) => forward(own, row, j)),
    }),
  ];
}
