/** The stages of the loss: each row's loss with its numbers, and the output error that starts the reverse pass. */
import { isScalar } from "../catalog/activations.ts";
import type { Configured } from "../catalog/index.ts";
import { type ElementLossName, type Loss, losses } from "../catalog/losses.ts";
import { type Optimizer, optimizers } from "../catalog/optimizers.ts";
import { isFusedLoss, lossDivisor, type OutputLoss } from "../network/outputLosses.ts";
import { formulaText, plural } from "../numberText.ts";
import { unitNames } from "../training/unitNames.ts";
import { type Expression, evaluated, exact, line, longSum, named, number, product, quotient, sum } from "./arithmetic.ts";
import { type ClassAnswer, classLossForms, classLossSlope, lossForms, lossSlope, type UnitAnswer } from "./lossArithmetic.ts";
import { matrix, sameCell, worked } from "./matrices.ts";
import { slipsOf } from "./slips.ts";
import type { WalkMatrix, WalkStage, Working } from "./views.ts";
import { isRosenblatt, targetRowNames, type WalkedStep } from "./walkedStep.ts";

/** The arithmetic of an output's loss. A column is a unit, or a place of a categorical loss. */
interface LossCells {
  readonly columns: number;
  /** The forms of the loss in a column of a row. */
  readonly forms: (row: number, column: number) => Expression[];
  /** The derivative of a row's loss for unit j, before weights and means are applied. */
  readonly slope: (row: number, j: number) => Expression;
  /** The derivative in symbols. */
  readonly slopeSymbol: string;
  /** The target of unit j. */
  readonly target: (row: number, j: number) => number;
}

type ElementUse = Configured<"losses", ElementLossName>;
const isElementwise = (use: Configured<"losses">): use is ElementUse => !("row" in losses[use.name]);

function cellsOf(output: OutputLoss): LossCells {
  return isElementwise(output.plan.loss) ? unitCells(output, output.plan.loss) : classCells(output);
}

function unitCells(output: OutputLoss, use: ElementUse): LossCells {
  const { step, targets } = output;
  const { width, values } = step.output;
  const isFused = isFusedLoss(output);
  const target = (row: number, j: number): number => targets[row * width + j];
  const answer = (row: number, j: number): UnitAnswer => {
    const at = row * width + j;
    return { a: values[at], t: targets[at], z: step.preactivation.values[at], isFused };
  };
  return {
    columns: width,
    forms: (row, j) => lossForms(use, answer(row, j)),
    slope: (row, j) => lossSlope(use, answer(row, j)),
    slopeSymbol: isFused ? "a − t" : losses[use.name].derivative,
    target,
  };
}

function classCells(output: OutputLoss): LossCells {
  const { step, targets, plan, classes: units, places } = output;
  const { width, values } = step.output;
  const isFused = isFusedLoss(output);
  const smoothing = "label_smoothing" in plan.loss.settings ? plan.loss.settings.label_smoothing : 0;
  const isIndex = losses[plan.loss.name].target === "class_index";
  const target = (row: number, j: number): number => {
    const place = row * places + Math.floor(j / units);
    const one = isIndex ? Number(targets[place] === j % units) : targets[place * units + (j % units)];
    return one * (1 - smoothing) + smoothing / units;
  };
  const answer = (row: number, place: number): ClassAnswer => {
    const of = <T>(value: (j: number) => T): T[] => Array.from({ length: units }, (_, k) => value(place * units + k));
    return {
      a: of((j) => values[row * width + j]),
      t: of((j) => target(row, j)),
      z: of((j) => step.preactivation.values[row * width + j]),
      isFused,
    };
  };
  return {
    columns: places,
    forms: (row, place) => classLossForms(answer(row, place)),
    slope: (row, j) => classLossSlope(answer(row, Math.floor(j / units)), j % units),
    slopeSymbol: isFused ? "a − t" : losses[plan.loss.name].derivative,
    target,
  };
}

/** Returns the target of unit j of an output in a row. */
export const targetOf = (output: OutputLoss, row: number, j: number): number => cellsOf(output).target(row, j);

/** The last form never cancels, so its value is the loss. */
const lossOf = (forms: readonly Expression[]): number => evaluated(forms.at(-1) ?? exact(0));

export function lossStage(walked: WalkedStep): WalkStage {
  const { learner, rows } = walked;
  const { outputs } = learner;
  const isCounting = isRosenblatt(learner);
  const perOutput = outputs.map((output, k) => lossMatrices(walked, output, k));
  const several = outputs.length > 1 ? " L adds up the means of the outputs, each times its loss weight λ." : "";
  const weighted = outputs.some(({ rowWeights }) => rowWeights) ? " Each row's loss is multiplied by c, how much the row counts." : "";
  const penalties = walked.penalty;
  return {
    pass: "loss",
    layer: null,
    title: "The loss",
    label: "loss",
    formula: isCounting ? `loss = ${MISTAKE}` : outputs.map(({ plan: { loss } }) => (losses[loss.name] as Loss).formula).join(";  "),
    words: `${isCounting ? "A row with a wrong output is a mistake. " : ""}The loss L of the batch is the mean over its n = ${plural(rows, "row")}: L = ${formulaText(walked.loss)}.${weighted}${several}${penalties > 0 ? " The penalty on the weights is added." : ""}`,
    matrices: [...perOutput.flatMap(({ matrices }) => matrices), totalMatrix(walked, perOutput, penalties)],
  };
}

/** The loss of a row by Rosenblatt's rule. */
const MISTAKE = "1 if t ≠ a, else 0";

/** Returns the formula of one unit's loss, without the mean over units and rows. */
export const ownFormula = (name: OutputLoss["plan"]["loss"]["name"]): string =>
  (losses[name] as Loss).formula.replace(/(^|[·−] ?)mean /, "$1");

interface OutputMatrices {
  readonly matrices: readonly WalkMatrix[];
  /** Each row's loss multiplied by its weight. */
  readonly rowLosses: readonly number[];
  readonly weight: number;
}

interface LossWorkings {
  /** The number of losses averaged in a row's loss. */
  readonly columns: number;
  /** The losses of each row's columns. */
  readonly cells: readonly number[];
  readonly ofCell: (row: number, column: number) => Working;
  /** Each row's loss multiplied by its weight. */
  readonly rowLosses: readonly number[];
  /** A row's loss in symbols. */
  readonly left: string;
  readonly ofRow: (row: number) => Working;
}

/** Returns the arithmetic of an output's losses. */
export function lossWorkings({ learner, rows }: Pick<WalkedStep, "learner" | "rows">, output: OutputLoss): LossWorkings {
  const { step, targets, rowWeights, plan } = output;
  const { forms, columns } = cellsOf(output);
  const isCounting = isRosenblatt(learner);
  const divisor = lossDivisor(plan.loss.name, step);
  const cells = Array.from({ length: rows * columns }, (_, at) => lossOf(forms(Math.floor(at / columns), at % columns)));
  const reason = (row: number, j: number): string => {
    if (!isCounting) return "";
    const [a, t] = [step.output.values[row * columns + j], targets[row * columns + j]];
    return `, since t = ${formulaText(t)} ${a === t ? "=" : "≠"} a = ${formulaText(a)}`;
  };
  const ofCell = (row: number, j: number): Working => {
    const own = forms(row, j);
    return { lines: [line("loss", cells[row * columns + j], ...own) + reason(row, j)], slips: slipsOf(own[0]) };
  };
  const rowForms = (row: number): Expression[] => {
    const own = Array.from(cells.slice(row * columns, (row + 1) * columns), (value) => number(value));
    const ofRow = columns === 1 ? forms(row, 0) : [divisor === 1 ? longSum(own) : quotient(longSum(own), exact(divisor, "k"))];
    return rowWeights ? ofRow.map((form) => product(number(rowWeights[row], "c"), form)) : ofRow;
  };
  const rowLosses = Array.from({ length: rows }, (_, row) => lossOf(rowForms(row)));
  const mean = divisor === 1 ? "Σ loss" : "Σ loss / k";
  const left = `${rowWeights ? "c · " : ""}${columns === 1 ? "loss" : mean}`;
  const ofRow = (row: number): Working => (columns === 1 && !rowWeights ? ofCell(row, 0) : worked(left, rowLosses[row], ...rowForms(row)));
  return { columns, cells, ofCell, rowLosses, left, ofRow };
}

function lossMatrices(walked: WalkedStep, output: OutputLoss, k: number): OutputMatrices {
  const { learner, rows, rowName } = walked;
  const { step, targets, targetWidth, rowWeights, plan } = output;
  const { columns, cells, ofCell, rowLosses, left, ofRow } = lossWorkings(walked, output);
  const ofUnit = isRosenblatt(learner) ? MISTAKE : ownFormula(plan.loss.name);
  const names = unitNames(learner, step);
  const shared = { rows: rowName };
  return {
    rowLosses,
    weight: plan.weight,
    matrices: [
      matrix({
        ...shared,
        name: `a, the output of ${plan.layer}`,
        values: step.output.values,
        shape: [rows, step.output.width],
        columns: names,
      }),
      matrix({
        rows: targetRowNames(walked, k),
        name: "t, the target",
        values: targets,
        shape: [rows, targetWidth],
        columns: (k) => (targetWidth === 1 ? "t" : `t ${k + 1}`),
      }),
      ...(rowWeights
        ? [matrix({ ...shared, name: "c, how much the row counts", values: rowWeights, shape: [rows, 1], columns: () => "c" })]
        : []),
      ...(columns > 1
        ? [
            matrix({
              ...shared,
              name: "loss of each unit",
              values: Float64Array.from(cells),
              shape: [rows, columns],
              columns: names,
              formula: ofUnit,
              working: ofCell,
            }),
          ]
        : []),
      matrix({
        ...shared,
        name: `loss of each row${rowWeights ? ", times c" : ""}`,
        values: Float64Array.from(rowLosses),
        shape: [rows, 1],
        columns: () => "loss",
        formula: columns === 1 && !rowWeights ? ofUnit : left,
        working: ofRow,
      }),
    ],
  };
}

function totalMatrix(walked: WalkedStep, perOutput: readonly OutputMatrices[], penalties: number): WalkMatrix {
  const { left, working } = totalWorking(walked, perOutput, penalties);
  return matrix({
    name: "L",
    values: Float64Array.of(walked.loss),
    shape: [1, 1],
    rows: () => "",
    columns: () => "L",
    formula: left,
    working: () => working,
  });
}

/** Returns the formula and the working of the batch's loss. */
export function totalWorking(
  { rows, loss }: WalkedStep,
  perOutput: readonly Pick<OutputMatrices, "rowLosses" | "weight">[],
  penalties: number,
): { readonly left: string; readonly working: Working } {
  const means = perOutput.map(({ rowLosses, weight }): Expression => {
    const mean = quotient(longSum(rowLosses.map((one) => number(one))), exact(rows, "n"));
    return weight === 1 && perOutput.length === 1 ? mean : product(exact(weight, "λ"), named("the mean", mean));
  });
  const parts = [...means, ...(penalties > 0 ? [number(penalties, "the penalty")] : [])];
  const symbol = perOutput.length === 1 && perOutput[0].weight === 1 ? "Σ loss / n" : "Σ λ · Σ loss / n";
  const left = `L = ${symbol}${penalties > 0 ? " + penalty" : ""}`;
  return { left, working: worked(left, loss, parts.length === 1 ? parts[0] : sum(...parts)) };
}

export function errorStage(walked: WalkedStep, k: number): WalkStage {
  const { learner, rows, rowName, errors } = walked;
  const output = learner.outputs[k];
  const { step, plan } = output;
  const { width } = step.output;
  const { isFused, values } = errors[k];
  const cells = cellsOf(output);
  const names = unitNames(learner, step);
  const shape: [number, number] = [rows, width];
  const given = [
    matrix({ name: `a, the output of ${plan.layer}`, values: step.output.values, shape, rows: rowName, columns: names }),
    matrix({
      name: "t, the target",
      values: Float64Array.from({ length: rows * width }, (_, at) => cells.target(Math.floor(at / width), at % width)),
      shape,
      rows: rowName,
      columns: names,
    }),
  ];
  if (isRosenblatt(learner)) return rosenblattStage(walked, output, given);
  const { symbol, left, words, working } = errorWorkings(walked, k);
  return {
    pass: "error",
    layer: plan.layer,
    title: `The output error of ${plan.layer}`,
    label: `error of ${plan.layer}`,
    formula: left,
    words: `${errorWords(output, isFused)} ${words}`,
    matrices: [
      ...given,
      matrix({
        name: symbol,
        values,
        shape,
        rows: rowName,
        columns: names,
        formula: left,
        uses: given.map(({ name }) => sameCell(name)),
        working,
      }),
    ],
  };
}

interface ErrorWorkings {
  readonly symbol: string;
  /** The output error in symbols. */
  readonly left: string;
  /** The origin of each factor. */
  readonly words: string;
  readonly working: (row: number, j: number) => Working;
}

/** Returns the arithmetic of an output's error. `k` is the output's index. */
export function errorWorkings(walked: WalkedStep, k: number): ErrorWorkings {
  const output = walked.learner.outputs[k];
  const { isFused, values } = walked.errors[k];
  const { slope, slopeSymbol } = cellsOf(output);
  const { symbols, times, words } = scaleOf(walked, output);
  const symbol = isFused ? "∂L/∂z" : "∂L/∂a";
  const left = `${symbol} = ${symbols(slopeSymbol)}`;
  const { width } = output.step.output;
  return { symbol, left, words, working: (row, j) => worked(left, values[row * width + j], times(row, slope(row, j))) };
}

function errorWords({ plan, step }: OutputLoss, isFused: boolean): string {
  const loss: Loss = losses[plan.loss.name];
  if (!isFused) return `The derivative of each row's loss with respect to the output a is ${loss.derivative}.`;
  const activation = "activation" in step.layer && !isScalar(step.layer.activation) ? "softmax" : "the activation's slope";
  return `The loss and the activation are differentiated together: ∂loss/∂a · f′(z) simplifies to a − t, because ${activation} cancels the denominator of the loss's derivative. So this is ∂L/∂z at once, and no ∂L/∂a is computed.`;
}

interface Scale {
  /** The derivative in symbols, with the factors and divisors of the batch's loss. */
  readonly symbols: (slope: string) => string;
  readonly times: (row: number, slope: Expression) => Expression;
  /** The origin of each factor. */
  readonly words: string;
}

/** Returns the factors of a row's derivative in the derivative of the batch's loss. */
function scaleOf({ learner, rows }: WalkedStep, { plan, step, rowWeights }: OutputLoss): Scale {
  const divisor = lossDivisor(plan.loss.name, step);
  // An optimizer that uses sums takes no mean over rows or units.
  const isOfSums = (optimizers[learner.plan.training.optimizer.name] as Optimizer).sums === true;
  const divisors = isOfSums ? [] : [exact(rows, "n"), ...(divisor === 1 ? [] : [exact(divisor, "k")])];
  const factors = [...(plan.weight === 1 ? [] : ["λ"]), ...(rowWeights ? ["c"] : [])];
  const under = divisors.length === 0 ? "" : divisors.length === 1 ? " / n" : " / (n · k)";
  const words = [
    ...(isOfSums ? [] : [`n = ${rows}, since the batch's loss is the mean over its ${plural(rows, "row")}.`]),
    ...(divisors.length > 1 ? [`k = ${divisor}, since a row's loss is the mean over its ${divisor} units.`] : []),
    ...(factors.includes("λ") ? [`λ = ${plan.weight} is the output's loss weight.`] : []),
    ...(rowWeights ? ["c is how much the row counts."] : []),
  ];
  return {
    words: words.join(" "),
    symbols(slope) {
      const isPlain = !/ if |, with /.test(slope);
      const own = isPlain ? slope : "∂loss/∂a";
      const isSum = /[+−]/.test(own.replaceAll(/\([^()]*(\([^()]*\)[^()]*)*\)/g, "").replace(/^−/, ""));
      const needsParentheses = isSum && (factors.length > 0 || under !== "");
      return [...factors, needsParentheses ? `(${own})` : own].join(" · ") + under;
    },
    times(row, slope) {
      const parts = [
        ...(plan.weight === 1 ? [] : [exact(plan.weight, "λ")]),
        ...(rowWeights ? [number(rowWeights[row], "c")] : []),
        // A product contributes its factors.
        ...(slope.kind === "product" ? slope.parts : [slope]),
      ];
      const over = parts.length === 1 ? slope : product(...parts);
      if (divisors.length === 0) return over;
      return quotient(over, divisors.length === 1 ? divisors[0] : named("n · k", product(...divisors)));
    },
  };
}

/** Rosenblatt's rule uses the error itself rather than a derivative. */
function rosenblattStage(
  { learner, rows, rowName }: WalkedStep,
  { step, plan, targets }: OutputLoss,
  given: readonly WalkMatrix[],
): WalkStage {
  const { width, values } = step.output;
  const wrong = Array.from({ length: rows }, (_, row) => row).filter((row) =>
    Array.from({ length: width }, (_, j) => row * width + j).some((at) => values[at] !== targets[at]),
  );
  return {
    pass: "error",
    layer: plan.layer,
    title: `The error of ${plan.layer}`,
    label: `error of ${plan.layer}`,
    formula: "error = t − a",
    words: `${plural(wrong.length, "mistake")} in ${plural(rows, "row")}. The error is 0 where the output is right. Rosenblatt's rule needs no gradient: the slope of a step function is 0, so no gradient would pass through it.`,
    matrices: [
      ...given,
      matrix({
        name: "t − a",
        values: Float64Array.from({ length: rows * width }, (_, at) => targets[at] - values[at]),
        shape: [rows, width],
        rows: rowName,
        columns: unitNames(learner, step),
        formula: "t − a",
        working: (row, j) => {
          const at = row * width + j;
          return worked("t − a", targets[at] - values[at], {
            kind: "difference",
            left: number(targets[at], "t"),
            right: number(values[at], "a"),
          });
        },
      }),
    ],
  };
}
