/** The stages of a step's reverse pass: each layer's gradients by the chain rule, and a summary of the pass. */
import { activations, isScalar, slopeAt } from "../catalog/activations.ts";
import type { Numbers } from "../kernels/kernels.ts";
import { isActivated, isInput } from "../layerTraits.ts";
import type { Parameter, Step } from "../network/network.ts";
import { countText, formulaText, plural } from "../numberText.ts";
import { unitNames } from "../training/unitNames.ts";
import { derivativeArithmetic, sinceOf } from "./activationArithmetic.ts";
import { difference, type Expression, line, longSum, named, number, product, sum } from "./arithmetic.ts";
import { productsOf, rowsOf, shapeOf, weightMatrix } from "./forwardStages.ts";
import { layerArithmetic, numbersOf } from "./layerArithmetic.ts";
import { matrix, ownColumn, ownRow, sameCell, worked } from "./matrices.ts";
import { slipsOf } from "./slips.ts";
import type { WalkMatrix, WalkStage, Working } from "./views.ts";
import { columnOf, inputsOf, type Path, partOf, placeOf, rowOf, type WalkedStep, weightedSum } from "./walkedStep.ts";

export function backwardStage(walked: WalkedStep, step: Step): WalkStage {
  const { learner } = walked;
  const { layer } = step;
  const { kernel, bias } = weightedSum(learner, step);
  const inputs = [...new Set(inputsOf(learner, step))];
  const [input] = inputs;
  const back = inputs.filter(({ output }) => output.gradient);
  return {
    pass: "backward",
    layer: layer.id,
    title: `Back through ${layer.id}`,
    label: layer.id,
    formula: [...signalFormulas(walked, step), ...(kernel ? sumFormulas(kernel, bias, back) : [layerArithmetic(step).back])]
      .filter((one) => one !== "")
      .join(";  "),
    words: backwardWords(walked, step, back),
    matrices: [
      ...pathMatrices(walked, step),
      ...signalMatrices(walked, step),
      ...(kernel && input ? sumGradients(walked, step, input) : otherGradients(walked, step)),
      ...(kernel && back.length > 0 ? [weightMatrix(walked, kernel, input)] : []),
      ...back.map((to) => inputMatrix(walked, step, to)),
    ],
  };
}

const sumFormulas = (kernel: Parameter, bias: Parameter | undefined, back: readonly Step[]): string[] => [
  ...(kernel.planned.trained ? ["∂L/∂W = xᵀ · ∂L/∂z"] : []),
  ...(bias?.planned.trained ? ["∂L/∂b = Σ ∂L/∂z"] : []),
  ...(back.length > 0 ? ["∂L/∂x = ∂L/∂z · Wᵀ"] : []),
];

function backwardWords(walked: WalkedStep, step: Step, back: readonly Step[]): string {
  const { learner, rows } = walked;
  const { kernel } = weightedSum(learner, step);
  const paths = pathsTo(walked, step);
  const sentences = [
    ...(paths.length > 1
      ? [
          `The output of ${step.layer.id} reaches the loss on ${paths.length} paths, and each brings its own share of ∂L/∂a: the sum over the paths is ∂L/∂a.`,
        ]
      : []),
    ...(kernel
      ? [
          "How much each sum, each weight and each input contributed to the error.",
          ...(kernel.planned.trained ? [`In ∂L/∂W and ∂L/∂b, Σ runs over the ${plural(rows, "row")} of the batch.`] : []),
          ...(back.length > 0 ? [`In ∂L/∂x, Σ runs over the ${plural(step.preactivation.width, "unit")} of ${step.layer.id}.`] : []),
        ]
      : ["The gradient is passed back through this layer by the chain rule."]),
    ...back.map((to) => handedOn(walked, step, to)),
  ];
  return sentences.join(" ");
}

function handedOn(walked: WalkedStep, step: Step, to: Step): string {
  const count = pathsTo(walked, to).length;
  return count > 1
    ? `∂L/∂x is the share of ${step.layer.id} in ∂L/∂a of ${to.layer.id}, to which ${count} paths lead.`
    : `∂L/∂x is handed on to ${to.layer.id} as its ∂L/∂a, back towards the input.`;
}

const pathsTo = ({ paths }: WalkedStep, { layer }: Step): readonly Path[] => paths.get(layer.id) ?? [];

const isOutputFused = ({ learner, errors }: WalkedStep, step: Step): boolean =>
  learner.outputs.some((output, k) => output.step === step && errors[k].isFused);

/** Returns the contribution of each path to ∂L/∂a, and their sum. A single path equals ∂L/∂a. */
function pathMatrices(walked: WalkedStep, step: Step): WalkMatrix[] {
  const { learner, rows, rowName } = walked;
  const paths = pathsTo(walked, step);
  const error = step.output.gradient;
  if (!error || paths.length === 0) return [];
  const { width } = step.output;
  const common = { shape: [rows, width] as [number, number], rows: rowName, columns: unitNames(learner, step) };
  const origin = ({ from }: Path): string => (from === null ? "the loss" : from);
  // A layer without an activation shares one tensor for a and z, so its total is the sum of the paths.
  const total = Float64Array.from({ length: rows * width }, (_, at) => paths.reduce((all, { values }) => all + values[at], 0));
  if (paths.length === 1) return [matrix({ ...common, name: `∂L/∂a, from ${origin(paths[0])}`, values: total })];
  const left = `∂L/∂a = ${paths.map((path) => `from ${origin(path)}`).join(" + ")}`;
  return [
    ...paths.map((path) => matrix({ ...common, name: `∂L/∂a from ${origin(path)}`, values: path.values })),
    matrix({
      ...common,
      name: "∂L/∂a",
      values: total,
      formula: left,
      working: (row, j) => {
        const at = row * width + j;
        return worked(left, total[at], sum(...paths.map((path) => number(path.values[at], `from ${origin(path)}`))));
      },
    }),
  ];
}

/** Returns the name of the ∂L/∂a matrix, if the stage has one. */
function errorNames(walked: WalkedStep, step: Step): string[] {
  const [only, ...others] = pathsTo(walked, step);
  if (!only) return [];
  return [others.length > 0 ? "∂L/∂a" : `∂L/∂a, from ${only.from ?? "the loss"}`];
}

/** Returns the name of the ∂L/∂z matrix. */
const signalName = (walked: WalkedStep, step: Step): string =>
  isOutputFused(walked, step) && pathsTo(walked, step).length === 0 ? "∂L/∂z, the output error" : "∂L/∂z";

/** Returns the gradient of a layer's pre-activation z. */
const signalOf = ({ preactivation }: Step): Numbers => preactivation.gradient ?? new Float64Array(0);

/** Returns the formula of ∂L/∂z in a list; empty for a layer without weighted sums. */
function signalFormulas(walked: WalkedStep, step: Step): string[] {
  const { layer, output, preactivation } = step;
  if (!isActivated(layer)) return [];
  const hasPaths = pathsTo(walked, step).length > 0;
  if (preactivation === output) return ["∂L/∂z = ∂L/∂a, since a = z"];
  const isFused = isOutputFused(walked, step);
  if (isFused && !hasPaths) return ["∂L/∂z is the output error"];
  const { derivative } = activations[layer.activation.name];
  const own = isScalar(layer.activation) ? `∂L/∂z = ∂L/∂a · f′(z), with f′(z) = ${derivative}` : "∂L/∂zⱼ = aⱼ · (∂L/∂aⱼ − Σ a · ∂L/∂a)";
  return [isFused ? `${own}, plus the output error` : own];
}

/** Returns f′(z) and ∂L/∂z. */
function signalMatrices(walked: WalkedStep, step: Step): WalkMatrix[] {
  const { learner, rows, rowName } = walked;
  const { layer, output, preactivation } = step;
  if (!isActivated(layer)) return [];
  const use = layer.activation;
  const { width } = preactivation;
  const dz = signalOf(step);
  const common = { shape: [rows, width] as [number, number], rows: rowName, columns: unitNames(learner, step) };
  const hasPaths = pathsTo(walked, step).length > 0;
  const k = learner.outputs.findIndex((one) => one.step === step);
  const loss = isOutputFused(walked, step) ? walked.errors[k].values : undefined;
  if (loss && !hasPaths) return [matrix({ ...common, name: "∂L/∂z, the output error", values: dz })];
  const error = output.gradient ?? new Float64Array(rows * width);
  if (preactivation === output) {
    const left = "∂L/∂z = ∂L/∂a";
    const working = (row: number, j: number): Working => worked(left, dz[row * width + j], number(error[row * width + j]));
    return [matrix({ ...common, name: "∂L/∂z", values: dz, formula: left, working })];
  }
  const withLoss = (own: Expression, at: number): Expression => (loss ? sum(own, number(loss[at], "the output error")) : own);
  const suffix = loss ? " + the output error" : "";
  if (!isScalar(use)) {
    const left = `∂L/∂z = a · (∂L/∂a − Σ a · ∂L/∂a)${suffix}`;
    return [
      matrix({ ...common, name: "a", values: output.values }),
      matrix({
        ...common,
        name: "∂L/∂z",
        values: dz,
        formula: left,
        working: (row, j) => {
          const at = row * width + j;
          const { from, units } = placeOf(step, j);
          const of = (values: Numbers): number[] => Array.from(values.subarray(row * width + from, row * width + from + units));
          const weighted = longSum(productsOf(["a", "∂L/∂a"], of(output.values), of(error)));
          const own = product(number(output.values[at], "a"), difference(number(error[at]), named("Σ a · ∂L/∂a", weighted)));
          return worked(left, dz[at], withLoss(own, at));
        },
      }),
    ];
  }
  const slopes = Float64Array.from(output.values.subarray(0, rows * width), (a, at) => slopeAt(use, preactivation.values[at], a));
  const { derivative } = activations[use.name];
  const left = `∂L/∂z = ∂L/∂a · f′(z)${suffix}`;
  return [
    matrix({ ...common, name: "z", values: preactivation.values }),
    matrix({ ...common, name: "a", values: output.values }),
    matrix({
      ...common,
      name: "f′(z)",
      values: slopes,
      formula: `f′(z) = ${derivative}`,
      uses: [sameCell("z"), sameCell("a")],
      working: (row, j) => {
        const at = row * width + j;
        const expression = derivativeArithmetic(use, preactivation.values[at], output.values[at]);
        const symbols = / if | between/.test(derivative) ? "f′(z)" : `f′(z) = ${derivative.replace(/, with .*$/, "")}`;
        return { lines: [line(symbols, slopes[at], expression) + sinceOf(use, preactivation.values[at])], slips: slipsOf(expression) };
      },
    }),
    matrix({
      ...common,
      name: "∂L/∂z",
      values: dz,
      formula: left,
      uses: [...errorNames(walked, step).map(sameCell), sameCell("f′(z)")],
      working: (row, j) => {
        const at = row * width + j;
        return worked(left, dz[at], withLoss(product(number(error[at], "∂L/∂a"), number(slopes[at], "f′(z)")), at));
      },
    }),
  ];
}

/** Returns x and the gradients of a weighted sum's kernel and bias. */
function sumGradients(walked: WalkedStep, step: Step, input: Step): WalkMatrix[] {
  const { learner, rows, rowName, gradients } = walked;
  const { kernel, bias } = weightedSum(learner, step);
  const { width } = step.preactivation;
  const dz = signalOf(step);
  const { values: x, width: inputs } = input.output;
  const names = unitNames(learner, step);
  const given = matrix({
    name: isInput(input.layer) ? `x, ${input.layer.id}` : `x, the output of ${input.layer.id}`,
    values: x,
    shape: [rows, inputs],
    rows: rowName,
    columns: unitNames(learner, input),
  });
  const ofKernel = (own: Parameter): WalkMatrix => {
    const values = partOf(gradients.raw, own);
    const left = "∂L/∂w = Σ x · ∂L/∂z";
    return matrix({
      name: "∂L/∂W",
      values,
      shape: [inputs, width],
      rows: rowsOf(learner, own, input),
      columns: names,
      formula: left,
      uses: [{ matrix: given.name, row: "all", column: "i" }, ownColumn(signalName(walked, step))],
      working: (i, j) =>
        worked(
          left,
          values[i * width + j],
          longSum(productsOf(["x", "∂L/∂z"], columnOf(x, i, rows, inputs), columnOf(dz, j, rows, width))),
        ),
    });
  };
  const ofBias = (own: Parameter): WalkMatrix => {
    const values = partOf(gradients.raw, own);
    const left = "∂L/∂b = Σ ∂L/∂z";
    return matrix({
      name: "∂L/∂b",
      values,
      shape: [1, width],
      rows: () => "",
      columns: names,
      formula: left,
      uses: [ownColumn(signalName(walked, step))],
      working: (_row, j) => worked(left, values[j], longSum(columnOf(dz, j, rows, width).map((one) => number(one)))),
    });
  };
  return [...(kernel?.planned.trained ? [given, ofKernel(kernel)] : []), ...(bias?.planned.trained ? [ofBias(bias)] : [])];
}

/** Returns the gradients of the parameters of a layer without weighted sums. */
function otherGradients(walked: WalkedStep, step: Step): WalkMatrix[] {
  const { learner, gradients } = walked;
  const own = numbersOf(walked, step);
  const { gradient } = layerArithmetic(step);
  return learner.network.parameters
    .filter((parameter) => parameter.layer === step.layer && parameter.planned.trained)
    .map((parameter) => {
      const { name } = parameter.planned;
      const values = partOf(gradients.raw, parameter);
      const [height, width] = shapeOf(parameter);
      return matrix({
        name: `∂L/∂${name}`,
        values,
        shape: [height, width],
        rows: rowsOf(learner, parameter),
        columns: unitNames(learner, step),
        working: gradient && ((row, j) => gradient(own, { name, at: row * width + j, result: values[row * width + j] })),
      });
    });
}

/** Returns the gradient that the layer passes back to one of its inputs. */
function inputMatrix(walked: WalkedStep, step: Step, to: Step): WalkMatrix {
  const { learner, rows, rowName, before } = walked;
  const { width: inputs } = to.output;
  const values = pathsTo(walked, to).find(({ from }) => from === step.layer.id)?.values ?? new Float64Array(rows * inputs);
  const common = {
    name: `∂L/∂x, to ${to.layer.id}`,
    values,
    shape: [rows, inputs] as [number, number],
    rows: rowName,
    columns: unitNames(learner, to),
  };
  const { kernel } = weightedSum(learner, step);
  const { width } = step.preactivation;
  if (kernel) {
    const left = "∂L/∂x = Σ ∂L/∂z · w";
    return matrix({
      ...common,
      formula: left,
      uses: [ownRow(signalName(walked, step))],
      working: (row, i) => {
        const products = productsOf(["∂L/∂z", "w"], rowOf(signalOf(step), row, width), rowOf(partOf(before, kernel), i, width));
        return worked(left, values[row * inputs + i], longSum(products));
      },
    });
  }
  const { back, backward } = layerArithmetic(step);
  const own = numbersOf(walked, step);
  const input = own.inputs.indexOf(to);
  const dz = signalOf(step);
  const ofActivation = (row: number, i: number): Working => worked("∂L/∂x = ∂L/∂z", values[row * inputs + i], number(dz[row * inputs + i]));
  const working = isActivated(step.layer)
    ? ofActivation
    : backward && ((row: number, i: number) => backward(own, { input, row, i, result: values[row * inputs + i] }));
  return matrix({ ...common, formula: back, working });
}

/** Returns the stage that summarizes what the two passes computed. */
export function autodiffStage({ learner, loss }: WalkedStep): WalkStage {
  const trained = learner.network.parameters.filter(({ planned }) => planned.trained);
  const count = trained.reduce((total, { values }) => total + values.length, 0);
  return {
    pass: "backward",
    layer: null,
    title: "Two passes, all gradients",
    label: "all gradients",
    formula: "",
    words: [
      `One forward pass and one reverse pass have computed the derivative of the loss L = ${formulaText(loss)} with respect to ${count === 1 ? "its 1 weight" : `all ${countText(count)} weights and biases`}.`,
      `Central differences, (L(w + ε) − L(w − ε)) / 2ε, need two forward passes for each of them: ${countText(2 * count)} forward passes.`,
      "That is why the reverse pass starts at the loss and shares its numbers: ∂L/∂z of a unit serves every weight into that unit and every layer nearer the input.",
      "Computing derivatives in this order is reverse-mode automatic differentiation (autodiff). Backpropagation is autodiff of the network's loss, followed by the gradient step.",
    ].join(" "),
    matrices: [],
  };
}
