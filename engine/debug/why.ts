/**
 * Explains a number of the training: the arithmetic that computed it, with its numbers, as in One Step and in a written derivation. Names are written
 * as in the debugger's expressions, so that the user can ask about each of them in turn.
 */
import { outputErrorLines, unitBackward, unitForward } from "../derive/rowLines.ts";
import { type Notation, sumLetter } from "../derive/symbols.ts";
import { line, longSum, number } from "../inspect/arithmetic.ts";
import { productsOf } from "../inspect/forwardStages.ts";
import { layerArithmetic, numbersOf } from "../inspect/layerArithmetic.ts";
import { lossWorkings, totalWorking } from "../inspect/lossStages.ts";
import { gradientLines, weightWorking } from "../inspect/updateStages.ts";
import {
  columnOf,
  inputsOf,
  isRosenblatt,
  partOf,
  takeStep,
  type WalkedForward,
  type WalkedStep,
  weightedSum,
} from "../inspect/walkedStep.ts";
import { isInput } from "../layerTraits.ts";
import type { Parameter, Step } from "../network/network.ts";
import { formulaText } from "../numberText.ts";
import type { Expression } from "./expression/parse.ts";
import { type NamedNumber, NO_NUMBER, numberAt } from "./numbers.ts";
import { isInPieces, type Repeater } from "./repeatedBatch.ts";
import { namesAt } from "./tensors.ts";
import type { Timeline } from "./timeline.ts";

/** The maximum number of rows in a sum over the batch whose own numbers are also explained. */
const MOST_ROWS = 3;

/** The maximum number of rows whose losses are listed. */
const MOST_LOSSES = 8;

const HELP = "why explains one number, such as why(hidden.z[0, 1]), why(hidden.kernel.grad[0, 1]), why(hidden.kernel[0, 1]) or why(loss).";

/** Returns the argument of `why(...)`; undefined for another expression. */
export const askedWhy = (expression: Expression): Expression | undefined =>
  expression.kind === "call" && expression.name === "why" && expression.arguments.length === 1 ? expression.arguments[0] : undefined;

/** Returns lines that explain the number, or that state why there is no explanation. */
export async function whyText(timeline: Timeline, repeater: Repeater, expression: Expression): Promise<string> {
  if (timeline.cursor.layout.learns && isInPieces(timeline))
    return "A mini-batch of this training is computed in pieces, so no place has all of its numbers.";
  if (expression.kind === "name" && expression.path.length === 1 && expression.path[0] === "loss") return await whyLoss(timeline, repeater);
  const asked = numberAt(timeline, expression);
  if (typeof asked === "string") return asked === NO_NUMBER ? HELP : asked;
  if (!asked.tensor.values) return `${asked.tensor.name} is not computed yet in this batch.`;
  const parameter = parameterOf(timeline, asked);
  if (!timeline.cursor.layout.learns) return parameter ? FIXED : forwardLines(forwardOf(timeline), asked).join("\n");
  const lines = parameter ? await weightLines(timeline, repeater, asked, parameter) : batchLines(await walkedNow(repeater), asked);
  return lines.join("\n");
}

const FIXED = "Nothing is trained here, so the weights are those that the file or the run has.";

/** Returns the forward pass of a row that passes through the network without learning. */
function forwardOf({ learner, place }: Timeline): WalkedForward {
  const { network } = learner;
  const row = `row ${(place()?.piece ?? 0) + 1}`;
  return { learner, rows: 1, rowName: () => row, before: network.weights, paths: new Map(), isTraining: false };
}

const walkedNow = async (repeater: Repeater): Promise<WalkedStep> => {
  const { learner, of } = await repeater.present();
  return takeStep(learner, of);
};

async function whyLoss(timeline: Timeline, repeater: Repeater): Promise<string> {
  const found = namesAt(timeline)(["loss"]);
  if ("problem" in found) return found.problem;
  const walked = await walkedNow(repeater);
  const outputs = walked.learner.outputs.map((output) => ({ ...lossWorkings(walked, output), weight: output.plan.weight }));
  const rows = Array.from({ length: Math.min(walked.rows, MOST_LOSSES) }, (_, row) => row);
  const of = (k: number): string => (outputs.length > 1 ? `, ${walked.learner.outputs[k].step.layer.id}` : "");
  const ofRows = outputs.flatMap(({ ofRow }, k) =>
    rows.flatMap((row) => ofRow(row).lines.map((text) => `${walked.rowName(row)}${of(k)}: ${text}`)),
  );
  const { working } = totalWorking(walked, outputs, walked.penalty);
  const more = walked.rows > rows.length ? [`… ${walked.rows - rows.length} more rows`] : [];
  return [...working.lines.map((text) => text.replace(/^L/, "loss")), ...ofRows, ...more].join("\n");
}

/** Returns the parameter of the number: the number is a weight or one of its slots. */
function parameterOf({ learner: { network } }: Timeline, { step, member }: NamedNumber): Parameter | undefined {
  const [name, more] = member.split(".");
  return more === "grad" ? undefined : network.parameters.find(({ layer, planned }) => layer === step.layer && planned.name === name);
}

/** Returns the lines of the update that produced a weight or one of its slots. */
async function weightLines(
  { learner: { plan } }: Timeline,
  repeater: Repeater,
  asked: NamedNumber,
  { planned, layer }: Parameter,
): Promise<string[]> {
  const { tensor, member, index, at } = asked;
  const name = `${tensor.name}[${index.join(", ")}]`;
  if (!planned.trained) return [`${line(name, Number(tensor.values?.[at]))}: no update changes it, since it is not trained.`];
  const updated = await repeater.lastUpdated();
  if (!updated) return [`${line(name, Number(tensor.values?.[at]))}: it is a start value, which no update has changed yet.`];
  const walked = takeStep(updated.learner, updated.of);
  const own = walked.learner.network.parameters.find((one) => one.layer.id === layer.id && one.planned.name === planned.name);
  if (!own) return [];
  const { epoch, batch = 0 } = updated.of;
  return [
    `${line(name, Number(tensor.values?.[at]))}, by the ${plan.training.optimizer.name} update of epoch ${epoch + 1}, batch ${batch + 1}: w is ${layer.id}.${planned.name}, lr = ${formulaText(walked.learningRate)}`,
    // The perceptron rule has no gradient.
    ...(isRosenblatt(walked.learner) ? [] : gradientLines(walked, own, at).lines),
    ...weightWorking(walked, own, at).lines,
    ...changeLines(asked, member === planned.name ? own.values[at] : undefined),
  ];
}

/** Returns the lines of an output, an input or a weighted sum; none for another number. */
function forwardLines(walked: WalkedForward, { step: live, member, index, at }: NamedNumber): string[] {
  const { network } = walked.learner;
  const step = network.stepOf.get(live.layer.id);
  const [own] = step ? (member === "input" ? inputsOf(walked.learner, step) : [step]) : [];
  const [row = 0] = index;
  if (!own || (member !== "input" && member !== "output" && member !== "z")) return [];
  const lines = unitForward(walked, NAMES, { step: own, row, unit: at - row * own.output.width });
  if (isInput(own.layer)) return lines.map((text) => `${text}, of ${walked.rowName(row)} of the data`);
  return member === "z" ? lines.slice(0, 1) : lines;
}

/** Returns the lines of a number of the batch: an output, a sum, or a gradient. */
function batchLines(walked: WalkedStep, asked: NamedNumber): string[] {
  const { step: live, tensor, member, index, at } = asked;
  const { network } = walked.learner;
  const step = network.stepOf.get(live.layer.id);
  if (!step) return [];
  const [row = 0] = index;
  const changed = changeLines(asked, numberOf(step, member, at));
  const forward = forwardLines(walked, asked);
  if (forward.length > 0) return [...forward, ...changed];
  if (member === "output.grad" || member === "z.grad")
    return [...errorLines(walked, { step, row, unit: at - row * step.output.width }, member), ...changed];
  const parameter = network.parameters.find(({ layer, planned }) => layer === step.layer && `${planned.name}.grad` === member);
  return parameter
    ? parameterLines(walked, step, parameter, at)
    : [line(`${tensor.name}[${index.join(", ")}]`, Number(tensor.values?.[at]))];
}

interface UnitOfRow {
  readonly step: Step;
  readonly row: number;
  readonly unit: number;
}

/** Returns the lines of a unit's ∂L/∂a or ∂L/∂z, including the values in the same layer from which it is computed. */
function errorLines(walked: WalkedStep, place: UnitOfRow, member: "output.grad" | "z.grad"): string[] {
  const { step, row, unit } = place;
  const k = walked.learner.outputs.findIndex((output) => output.step === step);
  const own = k < 0 ? [] : outputErrorLines(walked, NAMES, k, { row, unit });
  const lines = [...own, ...unitBackward(walked, NAMES, place)];
  const ofSum = [`f′(`, NAMES.gradient("z", step, row, unit)];
  const isWanted = (text: string): boolean => member === "z.grad" || !ofSum.some((begin) => text.startsWith(begin));
  return lines.filter(isWanted);
}

/** Returns the lines of a parameter's gradient: the sum over the rows, then the factors of the rows with the largest shares. */
function parameterLines(walked: WalkedStep, step: Step, parameter: Parameter, at: number): string[] {
  const { learner, gradients, rows } = walked;
  const { id } = step.layer;
  const name = `${id}.${parameter.planned.name}.grad`;
  const value = partOf(gradients.raw, parameter)[at];
  const { kernel, bias } = weightedSum(learner, step);
  const changed = partOf(gradients.penalized, parameter)[at] === value ? [] : gradientLines(walked, parameter, at).lines;
  if (parameter !== kernel && parameter !== bias) {
    const { gradient } = layerArithmetic(step);
    const working = gradient?.(numbersOf(walked, step), { name: parameter.planned.name, at, result: value });
    return [...(working?.lines ?? [line(name, value)]), ...changed];
  }
  const { width } = step.preactivation;
  const [from, unit] = parameter === kernel ? [Math.floor(at / width), at % width] : [undefined, at];
  const errors = columnOf(step.preactivation.gradient ?? new Float64Array(rows * width), unit, rows, width);
  const [input] = inputsOf(learner, step);
  const inputs = from === undefined ? errors.map(() => 1) : columnOf(input.output.values, from, rows, input.output.width);
  const letter = sumLetter(step);
  const error = `${id}.${letter === "z" ? "z" : "output"}.grad[:, ${unit}]`;
  const total =
    from === undefined
      ? line(`${name}[${unit}] = Σ ${error}`, value, longSum(errors.map((one) => number(one))))
      : line(
          `${name}[${from}, ${unit}] = Σ ${input.layer.id}[:, ${from}] · ${error}`,
          value,
          longSum(productsOf(["x", "∂L/∂z"], inputs, errors)),
        );
  const largest = errors
    .map((one, row) => ({ row, share: Math.abs(one * inputs[row]) }))
    .sort((a, b) => b.share - a.share)
    .slice(0, MOST_ROWS)
    .map(({ row }) => row)
    .sort((a, b) => a - b);
  const factors = largest.flatMap((row) => errorLines(walked, { step, row, unit }, letter === "z" ? "z.grad" : "output.grad"));
  const some = largest.length < rows ? [`The factors of the ${MOST_ROWS} rows with the largest shares:`] : [];
  return [total, ...changed, ...some, ...factors];
}

/** States that the number differs from the explained one because the user changed it or one of its inputs. */
function changeLines({ tensor, at }: NamedNumber, explained: number | undefined): string[] {
  const value = Number(tensor.values?.[at]);
  return explained === undefined || Object.is(value, explained) || value === explained
    ? []
    : [`The training has ${formulaText(value)} here, since a number was changed by hand after it was computed.`];
}

/** Returns a number of the repeated batch; undefined for a parameter's gradient, since the penalty is added to it later. */
function numberOf({ output, preactivation }: Step, member: string, at: number): number | undefined {
  if (member === "output") return output.values[at];
  if (member === "z") return preactivation.values[at];
  if (member === "output.grad") return output.gradient?.[at];
  return member === "z.grad" ? preactivation.gradient?.[at] : undefined;
}

const member = (letter: "a" | "z"): string => (letter === "a" ? "output" : "z");
const indexOf = ({ layer: { output } }: Step, unit: number): string => {
  let rest = unit;
  const index = output.toReversed().map((size) => {
    const own = rest % size;
    rest = Math.floor(rest / size);
    return own;
  });
  return index.reverse().join(", ");
};

/** The names in the debugger's expressions. */
const NAMES: Notation = {
  unit: (letter, step, row, unit) => `${step.layer.id}.${member(letter)}[${row}, ${indexOf(step, unit)}]`,
  gradient: (letter, step, row, unit) => `${step.layer.id}.${member(letter)}.grad[${row}, ${indexOf(step, unit)}]`,
  bias: (step, unit) => `${step.layer.id}.bias[${unit}]`,
  outputs: (step, row) => `${step.layer.id}[${row}]`,
  gradients: (letter, step, row) => `${step.layer.id}.${member(letter)}.grad[${row}]`,
  weights: (step, of) => ("to" in of ? `${step.layer.id}.kernel[:, ${of.to}]` : `${step.layer.id}.kernel[${of.from}]`),
};
