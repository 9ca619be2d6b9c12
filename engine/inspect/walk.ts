/**
 * One mini-batch, slowly: the book's explanation with the reader's own numbers. Forward layer by layer, the loss, then backwards
 * by the chain rule, then the update. Everything is computed in float64 by the reference's loops, whatever the run computes with;
 * the workings beside each number say how it comes about.
 */
import { type Activation, activations, isScalar, slopeAt } from "../catalog/activations.ts";
import { layers as layerCatalog, type ParameterName, parameterFacts } from "../catalog/layers.ts";
import { losses } from "../catalog/losses.ts";
import { optimizers } from "../catalog/optimizers.ts";
import type { Numbers } from "../kernels/kernels.ts";
import { isActivated, isActivationLine, isInput, isPenalized } from "../layerTraits.ts";
import { activationOf, type OutputLoss } from "../network/losses.ts";
import type { Parameter, Step } from "../network/network.ts";
import { hasActivation } from "../network/steps.ts";
import type { PlannedKind, PlannedLayer, TrainingPlan } from "../plan.ts";
import { beginEpoch, type Learner } from "../training/learner.ts";
import { learningRateAt } from "../training/optimizers.ts";
import { trainingStep } from "../training/step.ts";
import { matrix, number, sumOf, term } from "./matrices.ts";
import type { Walk, WalkMatrix, WalkStage } from "./views.ts";

/** Writes the step into the learner's network: expects float64 numbers, which are changed by the update. `epoch`: whole ones so far. */
export function walkOf(learner: Learner, epoch: number): Walk {
  const { plan, network, outputs, order, batchSize, optimizer } = learner;
  beginEpoch(learner, epoch + 1);
  const rows = Math.min(batchSize, order.length, network.capacity);
  const learningRate = learningRateAt(plan.training, optimizer.step);
  const before = network.weights.slice();
  let loss = Number.NaN;
  let errors: OutputError[] = [];
  let raw: Numbers = network.gradients;
  for (const moment of trainingStep(learner, { order, from: 0, rows, mode: "train" })) {
    // The reverse pass adds to the outputs' gradients, which until then are the losses' own.
    if (moment.at === "output error") errors = outputs.map(outputError);
    else if (moment.at === "chain rule") raw = network.gradients.slice();
    else if (moment.at === "gradient") loss = moment.loss;
  }

  const tell: Teller = { learner, rows, rowName: (row) => `row ${order[row] + 1}`, before, raw };
  const forward = network.steps.filter(({ layer }) => !isInput(layer)).map((step) => forwardStage(tell, step));
  const learning = network.steps.filter(({ layer, output }) => !isInput(layer) && output.gradient);
  return {
    epoch,
    rows,
    loss,
    learningRate,
    stages: [
      dataStage(tell),
      ...forward,
      lossStage(tell, loss),
      ...outputs.map((_output, k) => errorStage(tell, k, errors[k])),
      ...learning.toReversed().map((step) => backwardStage(tell, step)),
      ...network.parameters.filter(({ planned }) => planned.trained).map((parameter) => updateStage(tell, parameter, learningRate)),
    ],
  };
}

interface Teller {
  readonly learner: Learner;
  readonly rows: number;
  readonly rowName: (row: number) => string;
  /** The weights before the update. */
  readonly before: Numbers;
  /** The loss's gradient for each weight, as the chain rule gives it. */
  readonly raw: Numbers;
}

/** The losses' gradients where the reverse pass begins. */
interface OutputError {
  readonly ofOutput: Numbers | undefined;
  readonly ofSum: Numbers | undefined;
}

const outputError = ({ step: { output, preactivation } }: OutputLoss): OutputError => ({
  ofOutput: output.gradient?.slice(),
  ofSum: preactivation.gradient?.slice(),
});

const unit = (column: number): string => `unit ${column + 1}`;

function dataStage({ learner, rows, rowName }: Teller): WalkStage {
  const { network, outputs, examples, plan } = learner;
  const names = examples.encoding.flatMap(({ name, width, words }) =>
    Array.from({ length: width }, (_, k) => (words ? `${name} = ${words[k]}` : name === null ? `pixel ${k + 1}` : name)),
  );
  const inputs = network.steps.filter(({ layer }) => isInput(layer));
  return {
    pass: "data",
    layer: null,
    title: "A mini-batch",
    formula: "",
    words: `${rows} of ${examples.parts.train.length} training rows, in the next epoch's order and as the network sees them: scaled, words expanded.`,
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
      ...outputs.map(({ targets, targetWidth, plan: { layer, target } }) =>
        matrix({
          name: `t, the target of ${layer}`,
          values: targets,
          shape: [rows, targetWidth],
          rows: rowName,
          columns: (column) => plan.data.target[target[0] + column] ?? examples.classes?.[column] ?? `t ${column + 1}`,
        }),
      ),
    ],
  };
}

const inputsOf = (learner: Learner, { layer }: Step): Step[] =>
  layer.inputs.flatMap((id) => {
    const step = learner.network.stepOf.get(id);
    return step ? [step] : [];
  });

const parameterOf = ({ network }: Learner, step: Step, name: ParameterName): Parameter | undefined =>
  network.parameters.find(({ layer, planned }) => layer === step.layer && planned.name === name);

/** Whether z = x · W + b says all that it does before its activation; otherwise its own formula is shown, without workings. */
const IS_WEIGHTED_SUM: { readonly [K in PlannedKind]: boolean } = {
  input: false,
  dense: true,
  activation: false,
  neuron: false,
  flatten: false,
  reshape: false,
  dropout: false,
  batch_norm: false,
  layer_norm: false,
  normalize: false,
  concat: false,
  add: false,
  multiply: false,
};

const weightedSum = (learner: Learner, step: Step): { kernel?: Parameter | undefined; bias?: Parameter | undefined } =>
  IS_WEIGHTED_SUM[step.layer.kind] ? { kernel: parameterOf(learner, step, "kernel"), bias: parameterOf(learner, step, "bias") } : {};

const activationFacts = (step: Step): Activation | undefined => {
  const name = activationOf(step.layer);
  return name && activations[name];
};

function forwardStage({ learner, rows, rowName, before }: Teller, step: Step): WalkStage {
  const { layer, output, preactivation } = step;
  const [input] = inputsOf(learner, step);
  const { kernel, bias } = weightedSum(learner, step);
  const activation = activationFacts(step);
  const isCurved = hasActivation(layer);
  const weights = (parameter: Parameter, k: number): number => before[parameter.offset + k];
  const xs = (row: number): number[] => Array.from(input.output.values.subarray(row * input.output.width, (row + 1) * input.output.width));
  const column = (own: Parameter, j: number): number[] =>
    Array.from({ length: input.output.width }, (_, i) => weights(own, i * preactivation.width + j));
  const sums = matrix({
    name: isCurved ? "z" : "a",
    values: preactivation.values,
    shape: [rows, preactivation.width],
    rows: rowName,
    columns: unit,
    ...(kernel && {
      working: (row, j) =>
        `z = Σ x · w + b = ${sumOf(xs(row), column(kernel, j), bias && weights(bias, j))} = ${number(preactivation.values[row * preactivation.width + j])}`,
    }),
  });
  const results = matrix({
    name: "a",
    values: output.values,
    shape: [rows, output.width],
    rows: rowName,
    columns: unit,
    ...(activation && {
      working: (row, j) => {
        const at = row * output.width + j;
        return `a = ${isActivated(layer) ? layer.activation.name : "f"}(${number(preactivation.values[at])}) = ${number(output.values[at])}`;
      },
    }),
  });
  const given = input && kernel ? [weightMatrix(kernel, before)] : [];
  return {
    pass: "forward",
    layer: layer.id,
    title: `Forward through ${layer.id}`,
    formula: kernel
      ? `z = x · W + b${activation && isCurved ? `,  ${activation.formula}` : ""}`
      : isActivationLine(layer)
        ? activations[layer.activation.name].formula
        : layerCatalog[layer.kind].formula,
    words: isCurved
      ? "Each unit sums its inputs, each times its weight, then bends the sum. Both are kept: the way back needs them."
      : "What comes out is kept: the way back needs it.",
    matrices: isCurved ? [...given, sums, results] : [...given, sums],
  };
}

function weightMatrix({ planned: { name, shape }, layer, offset, values }: Parameter, before: Numbers): WalkMatrix {
  const [inputs, units] = shape.length === 2 ? [shape[0], shape[1]] : [1, values.length];
  return matrix({
    name: `${parameterFacts[name].symbol}, ${layer.id}`,
    values: before.subarray(offset, offset + values.length),
    shape: [inputs, units],
    rows: (row) => (shape.length === 2 ? `from ${row + 1}` : ""),
    columns: unit,
  });
}

function lossStage({ learner, rows, rowName }: Teller, loss: number): WalkStage {
  const { outputs } = learner;
  const several = outputs.length > 1;
  return {
    pass: "loss",
    layer: null,
    title: "The loss",
    formula: outputs.map(({ plan: { loss: used } }) => losses[used.name].formula).join(";  "),
    words: `How far off the batch is: ${number(loss)}, the mean over its ${rows} rows${several ? ", each output by its weight" : ""}.`,
    matrices: outputs.flatMap(({ step, targets, targetWidth, plan: { layer } }) => [
      matrix({ name: `a, what ${layer} says`, values: step.output.values, shape: [rows, step.output.width], rows: rowName, columns: unit }),
      matrix({
        name: "t, what it should say",
        values: targets,
        shape: [rows, targetWidth],
        rows: rowName,
        columns: (k) => (targetWidth === 1 ? "t" : `t ${k + 1}`),
      }),
    ]),
  };
}

function errorStage({ learner, rows, rowName }: Teller, k: number, error: OutputError): WalkStage {
  const { step, plan, targets, targetWidth } = learner.outputs[k];
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
      ? "Where the loss is made for the activation, the slope of both together is simpler, and exact where either alone would lose digits."
      : "How the loss changes with each output: the sign says which way is up, the size how steep.",
    matrices: [
      matrix({
        name: isOfSum ? "∂L/∂z" : "∂L/∂a",
        values,
        shape: [rows, width],
        rows: rowName,
        columns: unit,
        working: (row, j) =>
          `a = ${number(step.output.values[row * width + j])}, t = ${number(target(row, j))}, ${rows} row${rows === 1 ? "" : "s"} → ${number(values[row * width + j])}`,
      }),
    ],
  };
}

function backwardStage({ learner, rows, rowName, before, raw }: Teller, step: Step): WalkStage {
  const { layer, output, preactivation } = step;
  const { network } = learner;
  const [input] = inputsOf(learner, step);
  const { kernel, bias } = weightedSum(learner, step);
  const dz = preactivation.gradient ?? new Float64Array(0);
  const da = output.gradient;
  const width = preactivation.width;
  const use = isActivated(layer) ? layer.activation : undefined;
  const matrices: WalkMatrix[] = [];
  const isFused = da === undefined || (preactivation !== output && !da.some((value) => value !== 0));
  matrices.push(
    matrix({
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
            return `∂L/∂z = ∂L/∂a · f′(z) = ${term(da?.[at] ?? 0)} · ${term(slope)} = ${number(dz[at])}`;
          },
        }),
    }),
  );
  const columnOf = (values: Numbers, j: number, stride: number): number[] =>
    Array.from({ length: rows }, (_, row) => values[row * stride + j]);
  if (kernel?.planned.trained && input) {
    const inputs = input.output.width;
    matrices.push(
      matrix({
        name: "∂L/∂W",
        values: raw.subarray(kernel.offset, kernel.offset + kernel.values.length),
        shape: [inputs, width],
        rows: (i) => `from ${i + 1}`,
        columns: unit,
        working: (i, j) =>
          `∂L/∂w = Σ x · ∂L/∂z = ${sumOf(columnOf(input.output.values, i, inputs), columnOf(dz, j, width))} = ${number(raw[kernel.offset + i * width + j])}`,
      }),
    );
  }
  if (bias?.planned.trained) {
    matrices.push(
      matrix({
        name: "∂L/∂b",
        values: raw.subarray(bias.offset, bias.offset + bias.values.length),
        shape: [1, width],
        rows: () => "",
        columns: unit,
        working: (_row, j) => {
          const own = columnOf(dz, j, width);
          return `∂L/∂b = Σ ∂L/∂z = ${sumOf(
            own,
            own.map(() => 1),
          ).replaceAll(" · 1", "")} = ${number(raw[bias.offset + j])}`;
        },
      }),
    );
  }
  if (!kernel) {
    for (const { planned, offset, values } of network.parameters.filter(({ layer: of, planned: own }) => of === layer && own.trained)) {
      matrices.push(
        matrix({
          name: `∂L/∂${planned.name}`,
          values: raw.subarray(offset, offset + values.length),
          shape: [1, values.length],
          rows: () => "",
          columns: unit,
        }),
      );
    }
  }
  for (const below of inputsOf(learner, step)) {
    const { gradient, width: inputs } = below.output;
    if (!gradient) continue;
    const isShared = network.steps.filter(({ layer: { inputs: ids } }) => ids.includes(below.layer.id)).length > 1;
    matrices.push(
      matrix({
        name: `∂L/∂a of ${below.layer.id}`,
        values: gradient,
        shape: [rows, inputs],
        rows: rowName,
        columns: unit,
        ...(kernel &&
          !isShared && {
            working: (row: number, i: number) =>
              `∂L/∂x = Σ ∂L/∂z · w = ${sumOf(
                Array.from(dz.subarray(row * width, (row + 1) * width)),
                Array.from(before.subarray(kernel.offset + i * width, kernel.offset + (i + 1) * width)),
              )} = ${number(gradient[row * inputs + i])}`,
          }),
      }),
    );
  }
  return {
    pass: "backward",
    layer: layer.id,
    title: `Back through ${layer.id}`,
    formula: kernel
      ? "∂L/∂z = ∂L/∂a · f′(z);  ∂L/∂W = xᵀ · ∂L/∂z;  ∂L/∂b = Σ ∂L/∂z;  ∂L/∂x = ∂L/∂z · Wᵀ"
      : "the chain rule, through the layer's own formula",
    words: kernel
      ? "How much each sum, each weight and each input had its share in the error. What goes to the inputs is the layer below's ∂L/∂a."
      : "What the layer did forward is undone for the error.",
    matrices,
  };
}

function updateStage({ learner, before }: Teller, parameter: Parameter, learningRate: number): WalkStage {
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
    words: `${name}, with a learning rate of ${number(learningRate)}: against the gradient, down the slope.${extras(plan, layer)}`,
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
            ? `w = ${number(old)} − ${number(learningRate)} · ${term(gradient[at])} = ${number(now)}`
            : `g = ${number(gradient[at])}; w = ${number(old)} ${now < old ? "−" : "+"} ${number(Math.abs(now - old))} = ${number(now)}`;
        },
      }),
    ],
  };
}

/** What a gradient has besides the chain rule's part. */
function extras({ training: { clip } }: TrainingPlan, layer: PlannedLayer): string {
  const hasPenalty = isPenalized(layer);
  const isClipped = clip.norm !== null || clip.value !== null;
  const parts = [...(hasPenalty ? ["the penalty's share"] : []), ...(isClipped ? ["clipping"] : [])];
  return parts.length > 0 ? ` Its gradient here includes ${parts.join(" and ")}.` : "";
}
