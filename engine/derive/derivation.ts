/**
 * The derivation of one weight's gradient as a document: the numbers of the forward pass, the loss, each factor along the paths from the loss to the
 * weight, the sum over paths and rows, the update, and a check by a central difference. It is data (`Block`); documents.ts writes it.
 */
import { activations } from "../catalog/activations.ts";
import { difference, evaluated, exact, line, longSum, number, product, quotient, textOf } from "../inspect/arithmetic.ts";
import { errorWorkings, ownFormula } from "../inspect/lossStages.ts";
import { optimizerWorking } from "../inspect/updateStages.ts";
import { batchOf, inputsOf, isRosenblatt, partOf, type StepRows, takeStep, type WalkedStep, weightedSum } from "../inspect/walkedStep.ts";
import { isActivated, isInput } from "../layerTraits.ts";
import type { Parameter, Step } from "../network/network.ts";
import { formulaText, plural } from "../numberText.ts";
import type { Learner } from "../training/learner.ts";
import { trainingStep } from "../training/step.ts";
import { unitNames } from "../training/unitNames.ts";
import { type Cone, coneOf, pathsFrom } from "./reach.ts";
import { backwardLines, forwardLines, lossLines, targetLines } from "./rowLines.ts";
import { below, pencilNotation, sumLetter, symbolOf, weightSymbol } from "./symbols.ts";

export type Block =
  | { readonly kind: "heading"; readonly level: 1 | 2 | 3; readonly text: string }
  /** Plain text. It may quote names from the file, so the writers escape all of it. */
  | { readonly kind: "text"; readonly text: string }
  /** Equations in the notation of One Step. They contain no names from the file. */
  | { readonly kind: "lines"; readonly lines: readonly string[] }
  | { readonly kind: "table"; readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** The reason why a gradient can't be derived, for the user. */
export class DerivationProblem extends Error {}

const ALL_DIGITS = 15;
/** The maximum number of paths listed for a row. */
const MOST_PATHS = 200;
/** The number of equations after which no further rows are written out, except the row with the largest share. */
const MOST_LINES = 400;

interface Weight {
  readonly step: Step;
  readonly input: Step;
  readonly parameter: Parameter;
  /** The index of the unit, and the index of the weight's input unit; undefined for a bias. */
  readonly unit: number;
  readonly from: number | undefined;
  readonly at: number;
}

/** Returns the derivation of a weight's gradient. `wanted` is a weight such as `hidden.kernel[0, 1]` or `hidden[0,1]`. Takes a training step of the learner. Throws `DerivationProblem`. */
export function derivation(learner: Learner, of: StepRows, wanted: string): Block[] {
  const weight = weightNamed(learner, wanted);
  if (isRosenblatt(learner)) throw new DerivationProblem("The perceptron rule does not use a gradient, so there is none to derive.");
  const walked = takeStep(learner, of);
  const updated = learner.network.weights.slice();
  const { step, unit } = weight;
  const cone = coneOf(walked, step, unit);
  const shares = sharesOf(walked, weight);
  const total = partOf(walked.gradients.raw, weight.parameter)[weight.at];
  const derived = { walked, weight, cone, shares };
  const order = shares.map((_, row) => row).sort((a, b) => Math.abs(shares[b]) - Math.abs(shares[a]));
  const rows = new Map<number, Block[]>();
  let lines = 0;
  for (const row of order) {
    const blocks = rowBlocks(derived, row);
    lines += blocks.reduce((count, block) => count + (block.kind === "lines" ? block.lines.length : 0), 0);
    if (rows.size > 0 && lines > MOST_LINES) break;
    rows.set(row, blocks);
  }
  const isWhole = rows.size === shares.length;
  const some = isWhole
    ? ""
    : ` ${rows.size === 1 ? "The row with the largest share is" : `The ${rows.size} rows with the largest shares are`} written out; the table below has the shares of all.`;
  const gradient = `∂L/∂${weightSymbol(learner, step, unit, weight.from)}`;
  const last = [...(isWhole ? [] : [shareTable(derived)]), ...resultBlocks(derived, gradient, total)];
  const check = centralDifference(walked, weight, of);
  learner.network.weights.set(updated);
  return [
    ...introduction(derived, of, some),
    ...[...rows].sort(([a], [b]) => a - b).flatMap(([, blocks]) => blocks),
    { kind: "heading", level: 2, text: "The gradient" },
    ...last,
    ...penaltyBlocks(derived, gradient),
    ...check,
    { kind: "heading", level: 2, text: "The update" },
    {
      kind: "text",
      text: `The optimizer ${learner.plan.training.optimizer.name} changes the weight w with the learning rate lr = ${formulaText(walked.learningRate)}. g is its gradient.`,
    },
    { kind: "lines", lines: optimizerWorking(walked, weight.parameter, weight.at).lines },
  ];
}

interface Derived {
  readonly walked: WalkedStep;
  readonly weight: Weight;
  readonly cone: Cone;
  /** The share of each row in the gradient. */
  readonly shares: readonly number[];
}

const INDEXED = /^\s*([^\s.[\]]+?)(?:\.(kernel|bias))?(?:\.grad)?\s*\[\s*(-?\d{1,9})\s*(?:,\s*(-?\d{1,9})\s*)?\](?:\.grad)?\s*$/;

/** Returns the weight with this name. Throws `DerivationProblem`. */
function weightNamed({ network }: Learner, text: string): Weight {
  const [, layer, member, first, second] = INDEXED.exec(text) ?? [];
  if (layer === undefined || first === undefined)
    throw new DerivationProblem(`"${text}" is not a weight, such as hidden.kernel[0, 1] or hidden.bias[0].`);
  const step = network.stepOf.get(layer);
  const [input] = step ? inputsOf({ network }, step) : [];
  const { kernel, bias } = step ? weightedSum({ network }, step) : {};
  if (!step || !input || !kernel) {
    const known = network.steps.filter((one) => weightedSum({ network }, one).kernel).map(({ layer: { id } }) => id);
    throw new DerivationProblem(
      `${step ? `${layer} has no kernel, so its gradient is not written out` : `There is no layer ${layer}`}; layers with a kernel are ${known.join(", ")}.`,
    );
  }
  const isBias = member === "bias" || (member === undefined && second === undefined);
  const parameter = isBias ? bias : kernel;
  if (!parameter) throw new DerivationProblem(`${layer} has no bias.`);
  if (!parameter.planned.trained)
    throw new DerivationProblem(`The ${parameter.planned.name} of ${layer} is frozen, so it has no gradient.`);
  const { width } = step.preactivation;
  const sizes = isBias ? [width] : [input.output.width, width];
  const given = [first, ...(second === undefined ? [] : [second])].map(Number);
  if (given.length !== sizes.length)
    throw new DerivationProblem(
      `${layer}.${parameter.planned.name} has ${plural(sizes.length, "axis", "axes")}; write ${layer}.${parameter.planned.name}[${sizes.map(() => "0").join(", ")}].`,
    );
  const index = given.map((one, axis) => (one < 0 ? sizes[axis] + one : one));
  index.forEach((one, axis) => {
    if (one < 0 || one >= sizes[axis])
      throw new DerivationProblem(`Index ${given[axis]} is outside an axis of ${sizes[axis]} (0 to ${sizes[axis] - 1}).`);
  });
  const unit = index.at(-1) ?? 0;
  const from = isBias ? undefined : index[0];
  return { step, input, parameter, unit, from, at: from === undefined ? unit : from * width + unit };
}

const errorOf = ({ preactivation }: Step, row: number, unit: number): number =>
  preactivation.gradient?.[row * preactivation.width + unit] ?? Number.NaN;

function inputOf({ input, from }: Weight, row: number): number {
  return from === undefined ? 1 : input.output.values[row * input.output.width + from];
}

const sharesOf = ({ rows }: WalkedStep, weight: Weight): number[] =>
  Array.from({ length: rows }, (_, row) => inputOf(weight, row) * errorOf(weight.step, row, weight.unit));

function introduction({ walked, weight }: Derived, { epoch, rows: chosen, batch = 0 }: StepRows, some: string): Block[] {
  const { learner, rows } = walked;
  const { network, plan } = learner;
  const { step, input, unit, from, parameter } = weight;
  const name = unitNames(learner, step)(unit);
  const what =
    from === undefined
      ? `the bias of ${name} of ${step.layer.id}`
      : `the weight from ${unitNames(learner, input)(from)} to ${name} of ${step.layer.id}`;
  const index = from === undefined ? `${unit}` : `${from}, ${unit}`;
  const trained = epoch + batch === 0 ? "its start weights" : `its weights after ${steps(epoch, batch)}`;
  const which = chosen
    ? chosen.map((_row, k) => walked.rowName(k)).join(chosen.length > 2 ? ", " : " and ")
    : `the ${plural(rows, "row")} of the mini-batch`;
  const layers = network.steps.map((one, k): string[] => [
    String(k),
    one.layer.id,
    one.layer.kind,
    isActivated(one.layer) ? one.layer.activation.name : isInput(one.layer) ? "" : "–",
    isActivated(one.layer) && one.preactivation !== one.output ? activations[one.layer.activation.name].derivative : "",
    String(one.output.width),
  ]);
  return [
    { kind: "heading", level: 1, text: `The gradient of ${step.layer.id}.${parameter.planned.name}[${index}]` },
    {
      kind: "text",
      text: `This is ${what}, in the training ${plan.training.run} with ${trained}. Its value is ${formulaText(partOf(walked.before, parameter)[weight.at], 6)}. L is the loss of ${which}: L = ${formulaText(walked.loss, 6)}.${some}`,
    },
    {
      kind: "text",
      text: "Each symbol has the number of its layer above and the number of its unit, counted from 1, below: z is the weighted sum of a unit, b its bias, a its output (a = z without an activation function f). A weight w has two numbers below: the unit that it comes from and the unit that it leads to. Each line can be checked with a pencil: its operands have the digits that its result needs.",
    },
    { kind: "table", columns: ["layer", "name", "kind", "f", "f′(z)", "units"], rows: layers },
  ];
}

/** Returns "3 epochs and 2 mini-batches", without parts that are 0. */
const steps = (epochs: number, batches: number): string =>
  [...(epochs > 0 ? [plural(epochs, "epoch")] : []), ...(batches > 0 ? [plural(batches, "mini-batch", "mini-batches")] : [])].join(" and ");

function rowBlocks({ walked, weight, cone, shares }: Derived, row: number): Block[] {
  const { learner } = walked;
  const { step, unit } = weight;
  const name = walked.rowName(row);
  const notation = pencilNotation(learner);
  const { loss, error } = lossLines(walked, notation, row, (one) => cone.has(one));
  const back = backwardLines(walked, notation, row, cone);
  const words = learner.outputs.flatMap((output, k) =>
    cone.has(output.step)
      ? [`The loss of a row is ${ownFormula(output.plan.loss.name)}, where t is the target.`, errorWorkings(walked, k).words]
      : [],
  );
  const { input, from } = weight;
  const symbol = symbolOf(learner, sumLetter(step), step, unit);
  return [
    { kind: "heading", level: 2, text: `Forward through the layers: ${name}` },
    { kind: "lines", lines: [...forwardLines(walked, notation, row), ...targetLines(walked, row, (one) => cone.has(one))] },
    { kind: "heading", level: 3, text: `The loss of ${name} and the output error` },
    { kind: "text", text: [...new Set(words)].join(" ") },
    { kind: "lines", lines: [...loss, ...error] },
    { kind: "heading", level: 3, text: `Back to the weight: ${name}` },
    ...(back.length > 0 ? [{ kind: "lines", lines: back } as const] : []),
    ...pathBlocks(walked, weight, row),
    {
      kind: "lines",
      lines: [
        from === undefined
          ? line(`share = ∂L/∂${symbol}`, shares[row])
          : line(
              `share = ${symbolOf(learner, "a", input, from)} · ∂L/∂${symbol}`,
              shares[row],
              product(number(inputOf(weight, row), "x"), number(errorOf(step, row, unit), "∂L/∂z")),
            ),
      ],
    },
  ];
}

function pathBlocks(walked: WalkedStep, weight: Weight, row: number): Block[] {
  const { learner } = walked;
  const { step, unit, input, from } = weight;
  const paths = pathsFrom(walked, step, { row, unit }, MOST_PATHS);
  if (!paths)
    return [
      {
        kind: "text",
        text: "The paths to the loss are too many to list, or lead through a layer that mixes its numbers; the sums above add them up layer by layer.",
      },
    ];
  const x = from === undefined ? undefined : number(inputOf(weight, row), "x");
  const values = paths.map(({ factors }) =>
    factors.reduce((all, factor) => all * ("value" in factor ? factor.value : 1), x && "value" in x ? x.value : 1),
  );
  const lines = paths.map(({ factors, symbols }, k) => {
    const all = x ? [x, ...factors] : factors;
    const names = x && from !== undefined ? [symbolOf(learner, "a", input, from), ...symbols] : symbols;
    return line(`p${below(k + 1)} = ${names.join(" · ")}`, values[k], all.length === 1 ? all[0] : product(...all));
  });
  const total = values.reduce((sum, value) => sum + value, 0);
  return [
    {
      kind: "text",
      text:
        paths.length === 1
          ? "One path leads from the weight to the loss. Its factors by the chain rule:"
          : `${paths.length} paths lead from the weight to the loss. The factors of each by the chain rule, and their sum:`,
    },
    { kind: "lines", lines: paths.length === 1 ? lines : [...lines, line("Σ p", total, longSum(values.map((value) => number(value))))] },
  ];
}

function shareTable({ walked, weight, shares }: Derived): Block {
  const { from, step, unit } = weight;
  const rows = shares.map((share, row) => [
    walked.rowName(row),
    ...(from === undefined ? [] : [formulaText(inputOf(weight, row), 6)]),
    formulaText(errorOf(step, row, unit), 6),
    formulaText(share, 6),
  ]);
  return { kind: "table", columns: ["row", ...(from === undefined ? [] : ["a"]), `∂L/∂${sumLetter(step)}`, "share"], rows };
}

function resultBlocks({ shares }: Derived, name: string, total: number): Block[] {
  if (shares.length === 1) return [{ kind: "lines", lines: [line(name, total)] }];
  return [
    { kind: "text", text: "The loss is that of all rows, so the gradient is the sum of their shares:" },
    { kind: "lines", lines: [line(`${name} = Σ share`, total, longSum(shares.map((share) => number(share))))] },
  ];
}

/** Returns the changes of the gradient g by the penalty and by clipping. `name` is the symbol of the gradient before them. */
function penaltyBlocks({ walked: { gradients }, weight: { parameter, at } }: Derived, name: string): Block[] {
  const [raw, penalized, clipped] = [gradients.raw, gradients.penalized, gradients.clipped].map((flat) => partOf(flat, parameter)[at]);
  const lines = [
    ...(penalized === raw
      ? []
      : [line(`g = ${name} + penalty`, penalized, { kind: "sum", parts: [number(raw), number(penalized - raw)] })]),
    ...(clipped === penalized ? [] : [line("g", clipped)]),
  ];
  return lines.length === 0
    ? []
    : [
        { kind: "text", text: "The penalty on the weights adds to it, and clipping may shorten it:" },
        { kind: "lines", lines },
      ];
}

/** Returns the check of the gradient by two forward passes with a slightly changed weight; empty if a layer uses random numbers. */
function centralDifference({ learner, before, gradients }: WalkedStep, { parameter, at }: Weight, of: StepRows): Block[] {
  const { network } = learner;
  if (network.steps.some(({ layer }) => layer.kind === "dropout" || layer.kind === "gaussian_noise")) return [];
  const batch = batchOf(learner, of);
  const place = parameter.offset + at;
  const step = 1e-5 * Math.max(1, Math.abs(before[place]));
  const lossAt = (value: number): number => {
    network.weights.set(before);
    network.weights[place] = value;
    for (const moment of trainingStep(learner, { ...batch, mode: "train" })) if (moment.at === "gradient") return moment.loss;
    return Number.NaN;
  };
  const [more, less] = [lossAt(before[place] + step), lossAt(before[place] - step)];
  const ratio = quotient(difference(number(more), number(less)), product(exact(2), exact(step)));
  const wanted = partOf(gradients.penalized, parameter)[at];
  return [
    { kind: "heading", level: 2, text: "Check by a central difference" },
    {
      kind: "text",
      text: `The loss with this weight, here called w, moved by ε = ${step} up and down, in two forward passes without the chain rule:`,
    },
    {
      kind: "lines",
      lines: [
        `L(w + ε) = ${formulaText(more, ALL_DIGITS)}`,
        `L(w − ε) = ${formulaText(less, ALL_DIGITS)}`,
        // The losses differ only in their last digits.
        `(L(w + ε) − L(w − ε)) / 2ε = ${textOf(ratio, ALL_DIGITS)} = ${formulaText(evaluated(ratio, ALL_DIGITS))}`,
      ],
    },
    { kind: "text", text: `By the chain rule it is ${formulaText(wanted, 6)}.` },
  ];
}
