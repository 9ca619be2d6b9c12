/** `nn gradcheck`: compares every parameter's gradient with central differences of the loss, in float64. */

import { DataProblem } from "../../engine/data/problem.ts";
import { checkGradients } from "../../engine/evaluate/gradientCheck.ts";
import { countText, errorText } from "../../engine/numberText.ts";
import { layerKey } from "../../engine/plan.ts";
import { FileError, openFile, requirePlan } from "./openFile.ts";
import { styled, table } from "./print.ts";

/** The largest relative error that counts as agreement. */
const LIMIT = 1e-6;

/** Prints the errors. Returns whether all gradients agree. */
export async function gradcheck(
  name: string,
  { json, run, all, allow }: { json?: boolean; run?: string; all?: boolean; allow: readonly string[] },
): Promise<boolean> {
  const file = await openFile(name, { allow });
  const { plan, sources } = requirePlan(file, run);
  if (plan.training.optimizer.name === "perceptron")
    throw new FileError(`${name}: the perceptron rule does not use a gradient, so there is none to check.`);
  const lineOf = (key: string): number => file.lines.at(sources[key]?.start ?? 0).line;
  const isTerminal = process.stderr.isTTY === true;
  let shown = 0;
  const result = await checkGradients(plan, file.files, {
    ...(all && { sample: Number.POSITIVE_INFINITY }),
    async halt(done, of) {
      if (isTerminal && performance.now() - shown > 200) {
        shown = performance.now();
        process.stderr.write(`\r\x1b[K${countText(done)} of ${countText(of)} weights compared`);
      }
      return false;
    },
  }).catch((error: unknown) => {
    throw error instanceof DataProblem ? new FileError(`${name}:${lineOf(error.at)}:1: error ${error.code}: ${error.message}`) : error;
  });
  if (isTerminal) process.stderr.write("\r\x1b[K");
  if (!result) return false;
  const { maxRelativeError, rows: dataRows, weights, checked, layers } = result;
  const passed = maxRelativeError <= LIMIT;
  const { seed } = plan.training;
  if (json) {
    const facts = { max_relative_error: maxRelativeError, rows: dataRows, weights, checked, seed, layers };
    process.stdout.write(`${JSON.stringify(facts)}\n`);
    return passed;
  }
  const rows = Object.entries(layers).flatMap(([id, errors]) =>
    Object.entries(errors).map(([parameter, error]) => [`${id}/${parameter}`, String(lineOf(layerKey(id))), errorText(error)]),
  );
  const verdict = passed ? styled("green", "The reverse pass agrees") : styled("red", "The reverse pass disagrees");
  const which = checked < weights ? `${countText(checked)} of ${countText(weights)}` : `all ${countText(weights)}`;
  const sample = checked < weights ? `, a random sample drawn with seed ${seed} (\`--all\` compares every one; ` : " (";
  const errors = `${errorText(maxRelativeError)} at most, over ${which} weights on ${dataRows} ${dataRows === 1 ? "row" : "rows"}${sample}limit ${LIMIT})`;
  process.stdout.write(
    `${table(["gradient", "line", "largest relative error"], rows)}\n\n${verdict} with central differences: ${errors}.\n`,
  );
  return passed;
}
