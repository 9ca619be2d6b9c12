/** The stages of a step's update: each parameter's gradient with penalty and clipping, and its new numbers from the optimizer's rule. */
import { type Optimizer, optimizers } from "../catalog/optimizers.ts";
import { parameterFacts } from "../catalog/parameters.ts";
import type { Numbers } from "../kernels/kernels.ts";
import { isPenalized } from "../layerTraits.ts";
import type { Parameter } from "../network/network.ts";
import { formulaText } from "../numberText.ts";
import { unit, unitNames } from "../training/unitNames.ts";
import { call, difference, type Expression, exact, line, longSum, max, min, named, number, product, quotient, sum } from "./arithmetic.ts";
import { rowsOf, shapeOf, weightMatrix } from "./forwardStages.ts";
import { matrix, ownColumn, sameCell } from "./matrices.ts";
import { slipsOf } from "./slips.ts";
import { updateWorking } from "./updateArithmetic.ts";
import type { WalkMatrix, WalkStage, Working } from "./views.ts";
import { columnOf, inputsOf, isRosenblatt, partOf, type WalkedStep } from "./walkedStep.ts";

export function updateStage(walked: WalkedStep, parameter: Parameter): WalkStage {
  const { learner, learningRate } = walked;
  const { optimizer } = learner.plan.training;
  const { planned, layer, values } = parameter;
  const step = learner.network.stepOf.get(layer.id);
  const [input] = step ? inputsOf(learner, step) : [];
  const isByRule = isRosenblatt(learner);
  const [height, width] = shapeOf(parameter);
  const common = {
    shape: [height, width] as [number, number],
    rows: rowsOf(learner, parameter, input),
    columns: step ? unitNames(learner, step) : unit,
  };
  return {
    pass: "update",
    layer: layer.id,
    title: `The update of ${layer.id}'s ${planned.name}`,
    label: `${layer.id}'s ${planned.name}`,
    formula: isByRule ? ruleFormula(planned.name) : isPlain(optimizer) ? "w ← w − lr · g" : optimizers[optimizer.name].formula,
    words: isByRule
      ? `Rosenblatt's rule, with a learning rate of ${formulaText(learningRate)}: a wrong output moves the weights towards the right one, and a right output leaves them as they are. No gradient is needed. Σ runs over the rows of the batch.`
      : `${optimizer.name} moves the weights against the gradient g, with a learning rate of lr = ${formulaText(learningRate)}.${stepWords(walked)}${changesOf(walked, parameter)}`,
    matrices: [
      ...(isByRule ? ruleOperands(walked, parameter) : [matrix({ ...common, name: "g, the gradient", ...gradientsOf(walked, parameter) })]),
      ...(isByRule ? [] : stateMatrices(walked, parameter, common)),
      { ...weightMatrix(walked, parameter, input), name: `${planned.name} before` },
      matrix({
        ...common,
        name: `${planned.name}, updated`,
        values,
        formula: isByRule ? ruleFormula(planned.name) : "",
        uses: isByRule
          ? [
              sameCell(`${planned.name} before`),
              ...(planned.name === "bias" ? [] : [{ matrix: "x", row: "all", column: "i" } as const]),
              ownColumn("t − a"),
            ]
          : [sameCell("g, the gradient"), sameCell(`${planned.name} before`)],
        working: (row, j) => weightWorking(walked, parameter, row * width + j),
      }),
    ],
  };
}

const isPlain = ({ name, settings }: WalkedStep["learner"]["plan"]["training"]["optimizer"]): boolean =>
  name === "sgd" && settings.momentum === 0;

/** Returns a sentence about the step number t if the optimizer's formula uses it. */
function stepWords({ learner, optimizer }: WalkedStep): string {
  const { formula } = optimizers[learner.plan.training.optimizer.name];
  return formula.includes("ᵗ") ? ` This is step t = ${optimizer.step + 1}.` : "";
}

/** Returns the working of a parameter's number `at` after the update by the optimizer or by Rosenblatt's rule. */
export function weightWorking(walked: WalkedStep, parameter: Parameter, at: number): Working {
  if (!isRosenblatt(walked.learner)) return optimizerWorking(walked, parameter, at);
  const [, width] = shapeOf(parameter);
  return ruleWorking(walked, parameter, Math.floor(at / width), at % width);
}

/** Returns the working of a parameter's number `at` after the optimizer's update. */
export function optimizerWorking(
  { learner, before, gradients, learningRate, optimizer }: WalkedStep,
  { offset, values }: Parameter,
  at: number,
): Working {
  return updateWorking(learner.plan.training.optimizer, {
    w: before[offset + at],
    g: gradients.clipped[offset + at],
    rate: learningRate,
    slots: optimizer.slots.map((slot) => slot[offset + at]),
    step: optimizer.step,
    momentumProduct: optimizer.momentumProduct,
    now: values[at],
  });
}

/** Returns the parameter's part of each optimizer slot before the step, unless all of the slot's numbers are 0. */
function stateMatrices(
  { learner, optimizer }: WalkedStep,
  { offset, values }: Parameter,
  common: Pick<Parameters<typeof matrix>[0], "shape" | "rows" | "columns">,
): WalkMatrix[] {
  const { slots } = optimizers[learner.plan.training.optimizer.name] as Optimizer;
  return optimizer.slots.flatMap((slot, k) => {
    const own = slot.subarray(offset, offset + values.length);
    return own.some((value) => value !== 0)
      ? [matrix({ ...common, name: `${(slots[k] ?? "").replaceAll("_", " ")} before`, values: own })]
      : [];
  });
}

/** Returns the gradients used by the update. Where the penalty or clipping changes them, their workings show how. */
function gradientsOf(walked: WalkedStep, parameter: Parameter): { values: Numbers; working?: (row: number, j: number) => Working } {
  const { gradients } = walked;
  const values = partOf(gradients.clipped, parameter);
  const [, width] = shapeOf(parameter);
  const hasChanges = isPenalizedParameter(parameter) || clips(walked);
  if (!hasChanges) return { values };
  return {
    values,
    working(row, j) {
      const at = row * width + j;
      const { lines, expression } = gradientLines(walked, parameter, at);
      return { lines, slips: slipsOf(expression) };
    },
  };
}

const isPenalizedParameter = ({ layer, planned }: Parameter): boolean => isPenalized(layer) && parameterFacts[planned.name].isPenalized;
const clips = ({ learner: { plan } }: WalkedStep): boolean => plan.training.clip.value !== null || plan.training.clip.norm !== null;

/** Returns the lines from the chain rule's gradient of a parameter's number `index` to the update's gradient: the penalty, then clipping. */
export function gradientLines(
  walked: WalkedStep,
  { layer, planned, offset }: Parameter,
  index: number,
): { lines: string[]; expression: Expression } {
  const at = offset + index;
  const { before, gradients, learner } = walked;
  const { clip } = learner.plan.training;
  const raw = number(gradients.raw[at], "∂L/∂w");
  const lines: string[] = [];
  let g: Expression = raw;
  const add = (left: string, result: number, expression: Expression): void => {
    lines.push(line(left, result, expression));
    g = expression;
  };
  if (isPenalized(layer) && parameterFacts[planned.name].isPenalized) {
    const w = number(before[at], "w");
    const l1 = layer.l1 === 0 ? [] : [named("the l1 penalty", product(exact(layer.l1), call("sign", w)))];
    const l2 = layer.l2 === 0 ? [] : [named("the l2 penalty", product(exact(2), exact(layer.l2), w))];
    const left = `g = ∂L/∂w${l1.length > 0 ? " + l1 · sign(w)" : ""}${l2.length > 0 ? " + 2 · l2 · w" : ""}`;
    add(left, gradients.penalized[at], sum(raw, ...l1, ...l2));
  }
  const penalized = gradients.penalized[at];
  let own = penalized;
  if (clip.value !== null) {
    own = Math.max(-clip.value, Math.min(clip.value, penalized));
    add("g = max(−c, min(c, g))", own, max(exact(-clip.value), min(exact(clip.value), number(penalized, "g"))));
  }
  if (clip.norm !== null) {
    const limit = clip.value ?? Number.POSITIVE_INFINITY;
    let squares = 0;
    for (const one of gradients.penalized) squares += Math.max(-limit, Math.min(limit, one)) ** 2;
    const length = Math.sqrt(squares);
    if (length > clip.norm)
      add("g = g · c / ‖g‖", gradients.clipped[at], quotient(product(number(own, "g"), exact(clip.norm, "c")), number(length, "‖g‖")));
  }
  if (lines.length === 0) lines.push(line("g = ∂L/∂w", gradients.clipped[at], raw));
  return { lines, expression: g };
}

/** Returns a sentence that names the changes to a gradient after the chain rule; "" if there are none. */
function changesOf(walked: WalkedStep, parameter: Parameter): string {
  const parts = [...(isPenalizedParameter(parameter) ? ["the penalty's gradient"] : []), ...(clips(walked) ? ["clipping"] : [])];
  return parts.length > 0
    ? ` Its gradient here includes ${parts.join(" and ")}.`
    : ` Here g is ∂L/∂${parameterFacts[parameter.planned.name].symbol}.`;
}

const ruleFormula = (name: string): string => (name === "bias" ? "b ← b + lr · Σ (t − a)" : "w ← w + lr · Σ (t − a) · x");

/** Returns the error t − a of each row and unit. */
function errorsOf(
  { learner, rows }: WalkedStep,
  { layer }: Parameter,
): { t: Numbers; a: Numbers; rows: number; width: number; c: Numbers | undefined } {
  const output = learner.outputs.find(({ step }) => step.layer === layer);
  const { width, values } = output?.step.output ?? { width: 0, values: new Float64Array(0) };
  return { t: output?.targets ?? values, a: values, rows, width, c: output?.rowWeights };
}

function ruleOperands(walked: WalkedStep, parameter: Parameter): WalkMatrix[] {
  const { learner, rows, rowName } = walked;
  const { t, a, width } = errorsOf(walked, parameter);
  const step = learner.network.stepOf.get(parameter.layer.id);
  const [input] = step ? inputsOf(learner, step) : [];
  const names = step ? unitNames(learner, step) : unit;
  const errors = Float64Array.from({ length: rows * width }, (_, at) => t[at] - a[at]);
  return [
    ...(input && parameter.planned.name === "kernel"
      ? [
          matrix({
            name: "x",
            values: input.output.values,
            shape: [rows, input.output.width],
            rows: rowName,
            columns: unitNames(learner, input),
          }),
        ]
      : []),
    matrix({ name: "t − a", values: errors, shape: [rows, width], rows: rowName, columns: names }),
  ];
}

/** w ← w + lr · Σ (t − a) · x. For a bias x is 1. */
function ruleWorking(walked: WalkedStep, parameter: Parameter, i: number, j: number): Working {
  const { learner, before, learningRate } = walked;
  const { t, a, rows, width, c } = errorsOf(walked, parameter);
  const step = learner.network.stepOf.get(parameter.layer.id);
  const [input] = step ? inputsOf(learner, step) : [];
  const isBias = parameter.planned.name === "bias";
  const at = i * width + j;
  const x = input ? columnOf(input.output.values, i, rows, input.output.width) : [];
  const terms = Array.from({ length: rows }, (_, row) => {
    const error = named("(t − a)", difference(number(t[row * width + j]), number(a[row * width + j])));
    const weight = c ? [number(c[row], "c")] : [];
    return isBias && !c ? error : product(...weight, error, ...(isBias ? [] : [number(x[row], "x")]));
  });
  const factors = terms.length > 1 ? [longSum(terms)] : terms[0].kind === "product" ? terms[0].parts : terms;
  const expression = sum(number(before[parameter.offset + at], "w"), product(number(learningRate, "lr"), ...factors));
  const left = isBias ? "b" : "w";
  return { lines: [line(left, parameter.values[at], expression)], slips: slipsOf(expression) };
}
