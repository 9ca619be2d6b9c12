/** `nn gradients`: prints the loss and the gradients of one forward and reverse pass over rows of the data, in float64. */
import { basename } from "node:path";
import { InvalidArgumentError } from "commander";
import { parameterFacts } from "../../engine/catalog/parameters.ts";
import { DataProblem } from "../../engine/data/problem.ts";
import { flattened, type Gradients, gradientsOf, type Nested } from "../../engine/evaluate/gradients.ts";
import type { FileReader } from "../../engine/host.ts";
import { openInspector } from "../../engine/inspect/inspector.ts";
import type { Walk } from "../../engine/inspect/views.ts";
import { isInput } from "../../engine/layerTraits.ts";
import { numberText, plural, roundedText } from "../../engine/numberText.ts";
import { layerKey, type TrainingPlan } from "../../engine/plan.ts";
import { stepPage } from "../printed/stepPage.ts";
import { FileError, openFile, requirePlan, UsageError } from "./openFile.ts";
import { styled, table } from "./print.ts";

/** The maximum number of weights in a network that is printed number by number. */
const MOST_WEIGHTS = 100;
/** The maximum number of rows whose outputs are printed. */
const MOST_ROWS = 10;
const MOST_ROW_NUMBERS = 10_000;
const DIGITS = 6;

export interface GradientsOptions {
  readonly json?: boolean;
  /** Prints the first training step as a web page. */
  readonly html?: boolean;
  readonly run?: string;
  readonly allow: readonly string[];
  /** Row numbers from 1. */
  readonly rows?: readonly number[];
}

/** Parses row numbers such as `3` or `1-4,7`. Throws an `InvalidArgumentError` for any other text. */
export function rowNumbers(text: string): number[] {
  const numbers = text.split(",").flatMap((part) => {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part.trim());
    const [from, to] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
    if (!match || from < 1 || to < from || to - from >= MOST_ROW_NUMBERS)
      throw new InvalidArgumentError("It must be row numbers from 1, such as 3 or 1-4,7.");
    return Array.from({ length: to - from + 1 }, (_, k) => from + k);
  });
  return [...new Set(numbers)];
}

export async function gradients(name: string, { json, html, run, allow, rows }: GradientsOptions): Promise<void> {
  const file = await openFile(name, { allow });
  const { plan, sources } = requirePlan(file, run);
  const lineOf = (key: string): number => file.lines.at(sources[key]?.start ?? 0).line;
  const explained = (error: unknown): never => {
    if (error instanceof RangeError) throw new UsageError(`${name}: ${error.message}`);
    throw error instanceof DataProblem ? new FileError(`${name}:${lineOf(error.at)}:1: error ${error.code}: ${error.message}`) : error;
  };
  if (html) {
    process.stdout.write(stepPage(basename(name), plan, await firstStep(plan, file.files, rows).catch(explained)));
    return;
  }
  const result = await gradientsOf(plan, file.files, { rows: rows?.map((row) => row - 1) }).catch(explained);
  if (json) {
    const layers = Object.fromEntries(result.layers.map(({ id, ...rest }) => [id, { line: lineOf(layerKey(id)), ...rest }]));
    process.stdout.write(`${JSON.stringify({ loss: result.loss, layers })}\n`);
    return;
  }
  const statistics = result.layers.flatMap(({ id, output: _output, ...parameters }) =>
    Object.entries(parameters).map(([parameter, gradient]) => {
      const values = flattened(gradient);
      const largest = values.reduce((max, g) => Math.max(max, Math.abs(g)), 0);
      return [
        `${id}/${parameter}`,
        String(lineOf(layerKey(id))),
        numberText(Math.sqrt(values.reduce((sum, g) => sum + g * g, 0))),
        numberText(values.reduce((a, b) => a + b, 0) / values.length),
        numberText(largest),
      ];
    }),
  );
  const heading = followsRule(plan) ? RULE_SUM : "gradient";
  const count = result.weights.reduce((sum, { values }) => sum + values.length, 0);
  const isSmall = count <= MOST_WEIGHTS;
  const numbers = isSmall ? `\n\n${everyNumber(result, plan)}` : "\n\nWith --json: every number.";
  process.stdout.write(
    `loss ${result.loss}, over ${plural(result.rows.length, "row")}\n\n${table([heading, "line", "norm", "mean", "largest"], statistics)}${numbers}\n`,
  );
}

/** Returns the first training step, with the first mini-batch or a single row. Throws a `RangeError` if that row does not exist. */
async function firstStep(plan: TrainingPlan, files: FileReader, rows: readonly number[] = []): Promise<Walk> {
  const [row = 0] = rows;
  if (rows.length > 1)
    throw new UsageError("--html prints the step of one row, such as --rows 3, or without --rows of the first mini-batch.");
  const inspector = await openInspector(plan, files, { precision: "float64" });
  return await inspector.walk({ weights: "start", rows: rows.length === 0 ? "batch" : "row", row });
}

/** The sum that Rosenblatt's rule subtracts from a weight, times the rate, instead of a gradient. */
const RULE_SUM = "Σ (a − t) · x";

const followsRule = ({ training }: TrainingPlan): boolean => training.optimizer.name === "perceptron";

/** Returns tables of each layer's numbers in both passes. */
function everyNumber({ layers, signals, rows, weights }: Gradients, plan: TrainingPlan): string {
  const isRule = followsRule(plan);
  const inputs = new Set(plan.network.layers.filter(isInput).map(({ id }) => id));
  return layers
    .flatMap(({ id, output, ...gradients }, k) => {
      const { z, t, outputGradient, sumGradient } = signals[k] ?? {};
      const ofRows = (title: string, values: readonly (readonly number[])[] | undefined): string[] => {
        if (!values) return [];
        const more = values.length > MOST_ROWS ? `, the first ${MOST_ROWS} of ${values.length} rows` : "";
        const shown = values.slice(0, MOST_ROWS).map((row, at) => [`row ${(rows[at] ?? 0) + 1}`, ...row.map(digits)]);
        return [grid(`${title} of ${id}${more}`, shown)];
      };
      const parameters = weights.filter((one) => one.id === id);
      return [
        ...parameters.map(({ name, shape, values }) => grid(`${parameterFacts[name].symbol} of ${id}`, lines(values, shape))),
        ...ofRows("z", z),
        ...ofRows(inputs.has(id) ? "x" : "a", output),
        ...ofRows("t", t),
        ...(isRule ? [] : [...ofRows("∂L/∂a", outputGradient), ...ofRows("∂L/∂z", sumGradient)]),
        ...parameters.flatMap(({ name, shape }) => {
          const { symbol } = parameterFacts[name];
          const gradient = gradients[name];
          const title = isRule ? `${RULE_SUM} for ${symbol}` : `∂L/∂${symbol}`;
          return gradient ? [grid(`${title} of ${id}`, lines(flattened(gradient as Nested), shape))] : [];
        }),
      ];
    })
    .join("\n\n");
}

const digits = (value: number): string => roundedText(value, DIGITS);

/** Returns a parameter's numbers in rows. Each row of a kernel belongs to one input. */
function lines(values: readonly number[], shape: readonly number[]): string[][] {
  const width = shape.at(-1) ?? 1;
  return Array.from({ length: values.length / width }, (_, row) => [
    shape.length > 1 ? `from ${row + 1}` : "",
    ...values.slice(row * width, (row + 1) * width).map(digits),
  ]);
}

const grid = (title: string, rows: readonly (readonly string[])[]): string =>
  `${styled("bold", title)}\n${table(["", ...(rows[0] ?? []).slice(1).map((_, unit) => `unit ${unit + 1}`)], rows)}`;
