/** Evaluates expressions for watches, hovers and the debug console, and sets numbers for the user. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { parseExpression } from "../../engine/debug/expression/parse.ts";
import { settableNumber } from "../../engine/debug/numbers.ts";
import { evaluateNow } from "../../engine/debug/previous.ts";
import { batchRepeater, type Repeater } from "../../engine/debug/repeatedBatch.ts";
import { askedWhy, whyText } from "../../engine/debug/why.ts";
import { DerivationProblem, derivation } from "../../engine/derive/derivation.ts";
import { markdownDocument } from "../../engine/derive/documents.ts";
import { safetensorsFrom } from "../../engine/files/safetensors.ts";
import { numberText } from "../../engine/numberText.ts";
import type { Program } from "./program.ts";
import { Refusal } from "./refusal.ts";
import type { Arguments } from "./requests.ts";
import { csvText, nestedList, tensorText } from "./tensorText.ts";
import type { Variables } from "./variables.ts";

export interface Evaluating {
  readonly program: Program;
  readonly repeater: Repeater;
}

/** A hover shows at most this many numbers. */
const MOST_HOVERED = 64;

/** Returns an expression's value, or the explanation of a number. Throws `Refusal`. `variables` are the current stop's. */
export async function evaluated(
  { program: { stepper, precision }, repeater }: Evaluating,
  variables: Variables | undefined,
  { expression, context }: Arguments<"evaluate">,
): Promise<DebugProtocol.EvaluateResponse["body"]> {
  const parsed = parseExpression(expression);
  if ("problem" in parsed) throw new Refusal(parsed.problem);
  const asked = askedWhy(parsed.expression);
  if (asked) return { result: await whyText(stepper.timeline, repeater, asked), variablesReference: 0 };
  const result = await evaluateNow(stepper.timeline, parsed.expression);
  if ("problem" in result) throw new Refusal(result.problem);
  const { value } = result;
  if (typeof value !== "object")
    return { result: typeof value === "number" && context !== "clipboard" ? numberText(value) : String(value), variablesReference: 0 };
  if (context === "clipboard") return { result: nestedList(value), variablesReference: 0 };
  if (!variables || (context === "hover" && value.values.length > MOST_HOVERED))
    return { result: tensorText(value, precision), variablesReference: 0 };
  const { value: text, ...rest } = variables.shown(parsed.expression, expression, value);
  return { result: text, ...rest };
}

/** Returns a tensor as a CSV or safetensors file, in base64. Throws `Refusal`. */
export async function exportedTensor(
  { stepper, precision }: Program,
  { expression, format }: Arguments<"nnExport">,
): Promise<{ readonly base64: string }> {
  const parsed = parseExpression(expression);
  const result = "problem" in parsed ? parsed : await evaluateNow(stepper.timeline, parsed.expression);
  if ("problem" in result) throw new Refusal(result.problem);
  const { value } = result;
  if (typeof value === "string") throw new Refusal(`${expression} is a text.`);
  const { shape, values } = typeof value === "object" ? value : { shape: [], values: [Number(value)] };
  if (format === "csv") return { base64: Buffer.from(csvText({ shape, values })).toString("base64") };
  const numbers = precision === "float32" ? Float32Array.from(values) : Float64Array.from(values);
  return { base64: Buffer.from(safetensorsFrom([{ name: expression, shape, values: numbers }])).toString("base64") };
}

/** Returns the derivation of a weight's gradient in the current mini-batch, in float64. Throws `Refusal`. */
export async function writtenGradient({ stepper }: Program, weight: string): Promise<{ readonly markdown: string }> {
  const { timeline } = stepper;
  if (!timeline.cursor.layout.learns) throw new Refusal("Nothing is trained here, so there is no gradient to write out.");
  if (timeline.cursor.ending()) throw new Refusal("The training is over; step back to write out a gradient.");
  const { learner, of } = await batchRepeater(timeline, "float64").present();
  try {
    return { markdown: markdownDocument(derivation(learner, of, weight)) };
  } catch (error) {
    if (error instanceof DerivationProblem) throw new Refusal(error.message);
    throw error;
  }
}

/** Sets the number that an expression names. Returns it as the network stores it. Throws `Refusal`. */
export async function setNumber({ stepper }: Program, expression: string, text: string): Promise<{ readonly value: string }> {
  const { timeline } = stepper;
  const named = parseExpression(expression);
  const found = "problem" in named ? named.problem : settableNumber(timeline, named.expression);
  if (typeof found === "string") throw new Refusal(found);
  if (timeline.cursor.ending()) throw new Refusal("The training is over; step back to change a number.");
  const parsed = parseExpression(text);
  const result = "problem" in parsed ? parsed : await evaluateNow(timeline, parsed.expression);
  if ("problem" in result) throw new Refusal(result.problem);
  if (typeof result.value !== "number") throw new Refusal(`${text} is not a number.`);
  const { value } = result;
  timeline.change(() => found.set(value));
  return { value: numberText(found.now()) };
}
