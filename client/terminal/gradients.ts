/** `nn gradients`: prints the loss and the gradients of one forward and reverse pass over all rows, in float64. */
import { DataProblem } from "../../engine/data/problem.ts";
import { flattened, gradientsOf } from "../../engine/evaluate/gradients.ts";
import { numberText } from "../../engine/numberText.ts";
import { layerKey } from "../../engine/plan.ts";
import { FileError, openFile, requirePlan } from "./openFile.ts";
import { table } from "./print.ts";

export async function gradients(
  name: string,
  { json, run, allow }: { json?: boolean; run?: string; allow: readonly string[] },
): Promise<void> {
  const file = await openFile(name, allow);
  const { plan, sources } = requirePlan(file, run);
  const lineOf = (key: string): number => file.lines.at(sources[key]?.start ?? 0).line;
  const result = await gradientsOf(plan, file.files).catch((error: unknown) => {
    throw error instanceof DataProblem ? new FileError(`${name}:${lineOf(error.at)}:1: error ${error.code}: ${error.message}`) : error;
  });
  if (json) {
    const layers = Object.fromEntries(result.layers.map(({ id, ...rest }) => [id, { line: lineOf(layerKey(id)), ...rest }]));
    process.stdout.write(`${JSON.stringify({ loss: result.loss, layers })}\n`);
    return;
  }
  const rows = result.layers.flatMap(({ id, output: _output, ...parameters }) =>
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
  process.stdout.write(
    `loss ${result.loss}\n\n${table(["gradient", "line", "norm", "mean", "largest"], rows)}\n\nWith --json: every number.\n`,
  );
}
