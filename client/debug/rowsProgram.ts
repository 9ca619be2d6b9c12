/**
 * Prepares rows of an `expect` block for debugging, forward only: a whole block in a file without a training, or one row of a trained network. The
 * trained weights come from a saved run or from a training at the start of the session.
 */
import { basename } from "node:path";
import type { Place } from "../../engine/debug/places.ts";
import { type ExpectedRow, openRows, type RowsStepper, type RowWeights } from "../../engine/debug/rows.ts";
import type { TrainingEvent } from "../../engine/events.ts";
import { parametersOf, safetensorsFrom } from "../../engine/files/safetensors.ts";
import type { Precision } from "../../engine/network/compile.ts";
import { numberText } from "../../engine/numberText.ts";
import { layerKey, type SourceMap, type TrainingPlan } from "../../engine/plan.ts";
import { train } from "../../engine/training/trainer.ts";
import type { ResolvedExpect } from "../../server/language/expect.ts";
import { networkPlan } from "../../server/language/toPlan.ts";
import { firstError, LaunchProblem, lineAt, type Program, type Source } from "./program.ts";

interface Row extends ExpectedRow {
  readonly line: number;
}

interface Rows {
  readonly expectation: ResolvedExpect;
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

/** Throws `LaunchProblem` if the file has no such rows or the network has an error. */
export async function rowsProgram(source: Source): Promise<Program> {
  const { launch, path, text, analysis } = source;
  const { expectation, rows, notes } = chosenRows(source);
  const { model, node } = expectation;
  const network = model && !expectation.faulty ? networkPlan(model) : undefined;
  if (!model || !network) throw firstError(analysis, path);
  const trained = await weightsFor(source, expectation);
  const precision = trained?.precision ?? launch.precision ?? "float64";
  const own = opened(() => openRows({ network: trained?.network ?? network, rows, precision, weights: trained }), basename(path));
  const sources: SourceMap = Object.fromEntries(model.layers.map(({ id, node: layer }) => [layerKey(id), layer.span]));
  const blockLine = lineAt(text, node.span.start);
  const { stepper, plan } = own;
  const { network: compiled, order } = stepper.timeline.learner;
  const lineOfKey = (key: string): number => {
    const span = sources[key];
    return span ? lineAt(text, span.start) : blockLine;
  };
  const lineOf = ({ phase, layer, piece }: Place): number =>
    phase === "forward" ? lineOfKey(layerKey(compiled.steps[layer]?.layer.id ?? "")) : (rows[piece]?.line ?? blockLine);
  return {
    path,
    text,
    present: text,
    planned: { plan, sources, seeds: 1 },
    stepper,
    precision,
    lineOf,
    lineOfKey,
    blockLine,
    stopLines: [...new Set(stepper.timeline.cursor.layout.placesOf(0).map(lineOf))].sort((a, b) => a - b),
    rows: { count: order.length, resultOf: (row) => resultText(own, rows, row) },
    notes: [...notes, ...(trained?.notes ?? [])],
  };
}

/** Returns the row at `expectLine`, or else the rows of the block at the cursor, or else of the first block. */
function chosenRows({ launch, path, text, analysis }: Source): Rows {
  const name = basename(path);
  const all = analysis.expects.map((expectation) => ({
    expectation,
    rows: expectation.tests.flatMap((test): Row[] =>
      test.kind === "row" && !test.damaged
        ? [
            {
              features: test.features.map(({ value }) => value),
              targets: test.targets.map(({ value }) => value),
              tolerance: expectation.tolerance,
              line: lineAt(text, test.span.start),
            },
          ]
        : [],
    ),
  }));
  const { expectLine, line = 0 } = launch;
  if (expectLine !== undefined) {
    for (const { expectation, rows } of all) {
      const row = rows.find((one) => one.line === expectLine);
      if (row) return { expectation, rows: [row], notes: [] };
    }
    throw new LaunchProblem(`Line ${expectLine} of ${name} is no row of an \`expect\` block.`);
  }
  const some = all.filter(({ rows }) => rows.length > 0);
  // The cursor may be in the block or in its model.
  const here = some.find(({ expectation: { node, model } }) =>
    [node, model?.node].some((block) => block && isInside(line, block.span, text)),
  );
  const chosen = here ?? some[0];
  if (!chosen) throw new LaunchProblem(`${name} has no \`train\` block and no row of an \`expect\` block, so there is nothing to debug.`);
  const models = some.map(({ expectation }) => expectation.model?.name).join(", ");
  const guessed = `${name} expects rows of ${models}. These are the first ones; put the cursor into another block, or set \`line\`, to debug its rows.`;
  return { ...chosen, notes: some.length > 1 && !here ? [guessed] : [] };
}

const isInside = (line: number, { start, end }: { readonly start: number; readonly end: number }, text: string): boolean =>
  lineAt(text, start) <= line && line <= lineAt(text, end);

interface Trained extends RowWeights {
  readonly network: TrainingPlan["network"];
  readonly precision: Precision;
  readonly notes: readonly string[];
}

/** Returns the model's trained weights, from the saved run or else from a training now; undefined if the file does not train the model. */
async function weightsFor(
  { saved, analysis, path, files, kernels, launch }: Source,
  { model, data }: ResolvedExpect,
): Promise<Trained | undefined> {
  if (saved?.trained) {
    const { plan, fit } = saved.trained;
    const { network, training } = plan;
    return { bytes: saved.weights, outputs: training.outputs, fit, network, precision: saved.precision, notes: [] };
  }
  const isOwn = (train: (typeof analysis.trains)[number]): boolean => train.model?.node === model?.node;
  const exact = analysis.trains.findIndex((one) => isOwn(one) && (!data || one.data?.node === data.node));
  const at = exact >= 0 ? exact : analysis.trains.findIndex(isOwn);
  if (at < 0) return undefined;
  const planned = analysis.plans[at];
  if (!planned) throw firstError(analysis, path);
  const precision = launch.precision ?? "float32";
  let last: TrainingEvent | undefined;
  const host = { now: () => performance.now(), rest: async () => "go" as const };
  const trained = await train(planned.plan, {
    precision,
    files,
    ...(kernels && { kernels }),
    host,
    emit(event) {
      last = event;
    },
  });
  if (!trained || last?.kind === "diverged" || last?.kind === "failed")
    throw new LaunchProblem(last && "message" in last ? last.message : "The training ended early.");
  const { plan } = planned;
  return {
    bytes: safetensorsFrom(parametersOf(trained.network)),
    outputs: plan.training.outputs,
    fit: trained.examples.fit,
    network: plan.network,
    precision,
    notes: [`${plan.training.run} was trained now, up to epoch ${trained.epoch}. Set \`from\` to debug a saved run's weights.`],
  };
}

function opened(open: () => RowsStepper, name: string): RowsStepper {
  try {
    return open();
  } catch (error) {
    throw new LaunchProblem(`The weights don't belong to ${name}: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

/** Returns "0 1, as expected" or "0.31, expected 1". */
function resultText({ checked }: RowsStepper, rows: readonly Row[], row: number): string {
  const { prediction, passes } = checked(row);
  const outputs = prediction.outputs.map(({ values, chosen }) => chosen ?? values.map(numberText).join(" ")).join(" ");
  return passes ? `${outputs}, as expected` : `${outputs}, expected ${rows[row]?.targets.join(" ")}`;
}
