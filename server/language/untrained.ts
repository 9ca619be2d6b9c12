/** The models in a file without a training, with the rows shown for them. */
import { directives } from "../../engine/catalog/index.ts";
import { sizeOf } from "../../engine/catalog/shapes.ts";
import type { NetworkPlan, UntrainedPlan, UntrainedRow } from "../../engine/plan.ts";
import type { Analysis } from "./analysis.ts";
import { isInput, type ResolvedModel } from "./resolve/resolvedModel.ts";
import { networkPlan } from "./toPlan.ts";

/** A model, and its plan. */
export interface UntrainedModel {
  readonly model: ResolvedModel;
  /** undefined if the model has an error. */
  readonly plan: UntrainedPlan | undefined;
}

/** With more inputs, the table of all combinations would be too long. */
const MOST_INPUTS = 6;
const MOST_ROWS = 2 ** MOST_INPUTS;

/** Returns the models of a file without a `train` block; none if the file has one. */
export function untrainedModels(analysis: Analysis): UntrainedModel[] {
  if (analysis.trains.length > 0) return [];
  return analysis.models.map((model) => {
    // A model without an input or without layers computes nothing.
    const isComplete = model.layers.some(isInput) && model.layers.some((layer) => !isInput(layer));
    const network = model.faulty || !isComplete ? undefined : networkPlan(model);
    return { model, plan: network && planOf(analysis, model, network) };
  });
}

function planOf(analysis: Analysis, model: ResolvedModel, network: NetworkPlan): UntrainedPlan {
  const inputs = inputNames(model);
  const outputs = model.outputs.reduce((sum, { output }) => sum + sizeOf(output ?? []), 0);
  const found = rowsOf(analysis, model, inputs);
  const rows = found.rows.filter(({ x, expected }) => x.length === inputs.length && (expected?.length ?? outputs) === outputs);
  return { network, inputs, rowsFrom: found.from, rows: rows.slice(0, MOST_ROWS), rowsOf: rows.length };
}

function inputNames(model: ResolvedModel): string[] {
  const all = model.layers.filter(isInput).map(({ id, columns, output }) => ({ id, columns, size: sizeOf(output ?? []) }));
  return all.flatMap(({ id, columns, size }) =>
    columns?.length === size ? columns : Array.from({ length: size }, (_, k) => `${all.length > 1 ? `${id} ` : "x"}${k + 1}`),
  );
}

interface Rows {
  readonly from: UntrainedPlan["rowsFrom"];
  readonly rows: readonly UntrainedRow[];
}

/** Returns the rows of the model's expectations, otherwise the rows of the file's data, otherwise all combinations of 0 and 1. */
function rowsOf({ expects, data }: Analysis, model: ResolvedModel, inputs: readonly string[]): Rows {
  const expected = expects
    .filter((one) => one.model?.node === model.node)
    .flatMap(({ tests, tolerance }) =>
      tests.flatMap((test): UntrainedRow[] => {
        if (test.kind !== "row") return [];
        const x = numbersOf(test.features.map(({ value }) => value));
        const targets = numbersOf(test.targets.map(({ value }) => value));
        return x && targets ? [{ x, expected: targets, tolerance }] : [];
      }),
    );
  if (expected.length > 0) return { from: "expect", rows: expected };
  const ofData = data.flatMap(({ source, target, scale }): UntrainedRow[] =>
    source?.kind === "table" && scale === "none" ? source.rows.flatMap((row) => dataRow(source.columns, row, inputs, target)) : [],
  );
  return ofData.length > 0 ? { from: "data", rows: ofData } : { from: "combinations", rows: combinations(inputs.length) };
}

/** Returns a row of a table; none if it lacks a number for an input. */
function dataRow(
  columns: readonly string[],
  row: readonly (number | string)[],
  inputs: readonly string[],
  target: readonly string[],
): UntrainedRow[] {
  const cells = (names: readonly string[]): number[] | undefined => numbersOf(names.map((name) => row[columns.indexOf(name)]));
  const x = cells(inputs);
  return x ? [{ x, expected: cells(target) ?? null, tolerance: directives.expect.tolerance.takes.default }] : [];
}

const numbersOf = (cells: readonly (number | string | undefined)[]): number[] | undefined => {
  const numbers = cells.filter((cell) => typeof cell === "number");
  return numbers.length === cells.length ? numbers : undefined;
};

/** Returns the combinations of 0 and 1, counting up. */
const combinations = (inputs: number): UntrainedRow[] =>
  inputs > MOST_INPUTS
    ? []
    : Array.from({ length: 2 ** inputs }, (_, k) => ({
        x: Array.from({ length: inputs }, (_bit, i) => (k >> (inputs - 1 - i)) & 1),
        expected: null,
        tolerance: 0,
      }));
