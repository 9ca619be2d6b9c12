/** `nn test`: trains where needed and tests every `expect` block. */
import { whyUndefined } from "../../engine/catalog/metrics.ts";
import { loadExamples } from "../../engine/data/examples.ts";
import { DataProblem } from "../../engine/data/problem.ts";
import { claimHolds, measureClaims, predictor, rowPasses } from "../../engine/evaluate/expectations.ts";
import { compile } from "../../engine/network/compile.ts";
import { initializeWeights } from "../../engine/network/initialize.ts";
import type { Network } from "../../engine/network/network.ts";
import { lossesOf } from "../../engine/network/outputLosses.ts";
import { numberText } from "../../engine/numberText.ts";
import type { OutputPlan } from "../../engine/plan.ts";
import { plainText } from "../../engine/safeText.ts";
import type { Trained } from "../../engine/training/trainer.ts";
import type { ResolvedExpect } from "../../server/language/expect.ts";
import type { ReadRow } from "../../server/language/resolve/rows.ts";
import { networkPlan, untrainedPlan } from "../../server/language/toPlan.ts";
import { FileError, findings, type OpenFile, openFile, UsageError } from "./openFile.ts";
import { styled } from "./print.ts";
import { type Subject, savedSubject, trainedSubject } from "./subjects.ts";

interface Result {
  readonly file: string;
  readonly line: number;
  readonly model: string;
  /** The expectation as written in the file. */
  readonly text: string;
  readonly passed: boolean;
  readonly actual: string;
}

/** A result, and whether it is a claim about a metric, whose value is always printed. */
interface TestedLine extends Result {
  readonly isClaim: boolean;
}

export interface TestOptions {
  readonly json?: boolean;
  readonly allow: readonly string[];
  /** A weights file that is tested instead of a new training. */
  readonly weights?: string;
  /** A file whose expectations are tested instead of the files' own. */
  readonly expect?: string;
  /** The points for passing all expectations. */
  readonly points?: number;
}

/** Prints the results. Returns whether all expectations passed, of which there is at least one. */
export async function testCommand(names: readonly string[], { json, allow, weights, expect, points }: TestOptions): Promise<boolean> {
  if (weights !== undefined && names.length > 1) throw new UsageError("--weights belong to one file; test the files one by one.");
  if (points !== undefined && names.length > 1) throw new UsageError("--points are those of one file; test the files one by one.");
  const results: Result[] = [];
  for (const name of names) {
    const file = await openFile(name, { allow, expect });
    const errors = findings(file, ["error"]);
    if (errors.length > 0) throw new FileError(...errors);
    for await (const { isClaim, ...result } of resultsOf(file, weights)) {
      results.push(result);
      if (!json) show({ ...result, isClaim });
    }
  }
  const failed = results.filter(({ passed }) => !passed).length;
  if (json) process.stdout.write(`${JSON.stringify(results)}\n`);
  else process.stdout.write(`${results.length - failed} passed, ${failed} failed\n`);
  if (results.length === 0)
    process.stderr.write(`Nothing was tested: ${plainText(expect ?? names.join(", "))} has no \`expect\` block with a line.\n`);
  else if (points !== undefined && !json) {
    const reached = (points * (results.length - failed)) / results.length;
    process.stdout.write(`${numberText(reached)} of ${points} points\n`);
  }
  return failed === 0 && results.length > 0;
}

function show({ file, line, text, passed, actual, isClaim }: TestedLine): void {
  const mark = passed ? styled("green", "passed") : styled("red", "failed");
  const value = passed && !isClaim ? "" : ` (it is ${actual})`;
  process.stdout.write(`${plainText(file)}:${line}: ${mark}: ${plainText(`${text}${value}`)}\n`);
}

/** A network to test, with its trained weights. */
interface Tested {
  readonly network: Network;
  readonly outputs: readonly OutputPlan[];
  /** undefined if there is no data. */
  readonly trained: Trained | undefined;
}

async function* resultsOf(file: OpenFile, weights: string | undefined): AsyncGenerator<TestedLine> {
  const { analysis, place } = file;
  // Expectations on the same model and data share a training.
  const trainings = new Map<number, Promise<Tested>>();
  if (weights !== undefined) {
    const saved = await savedSubject(file, { weights });
    trainings.set(saved.at, Promise.resolve(testedFrom(saved)));
  }
  for (const expectation of analysis.expects) {
    const { node, model, data } = expectation;
    const at = analysis.trains.findIndex((train) => train.model?.node === model?.node && (!data || train.data?.node === data.node));
    const other = at >= 0 ? at : analysis.trains.findIndex((train) => train.model?.node === model?.node);
    if (other >= 0 && !trainings.has(other)) trainings.set(other, trainedNow(file, other));
    const subject = await (trainings.get(other) ?? untrainedSubject(file, expectation));
    const text = ({ start, end }: { start: number; end: number }): string => analysis.text.slice(start, end).replace(/\s+/g, " ");
    const facts = ({ start }: { start: number }) => {
      const { name, line } = place(start);
      return { file: name, line, model: model?.name ?? node.model?.text ?? "" };
    };
    const measured =
      expectation.claims.length > 0 && subject.trained
        ? await measureClaims(
            subject.trained,
            expectation.claims.map(({ metric }) => metric.text),
            analysis.trains[other]?.metrics,
          )
        : undefined;
    const predictRow = predictor(subject.network, subject.outputs, subject.trained?.examples.fit ?? null);
    for (const one of expectation.tests) {
      if (one.kind === "claim") {
        const value = measured?.get(one.metric.text) ?? Number.NaN;
        const passed = one.value !== undefined && claimHolds(value, one.operator, one.value.value);
        yield { ...facts(one.span), text: text(one.span), passed, actual: claimText(one.metric.text, value), isClaim: true };
      } else {
        yield {
          ...facts(one.span),
          text: text(one.span),
          ...rowResult(one, predictRow, subject.outputs, expectation.tolerance),
          isClaim: false,
        };
      }
    }
  }
}

/** A measured value, or why there is none. */
function claimText(metric: string, value: number): string {
  const why = Number.isNaN(value) && whyUndefined(metric);
  return why ? `undefined because ${why}` : numberText(value);
}

function rowResult(
  row: ReadRow,
  predictRow: ReturnType<typeof predictor>,
  outputs: readonly OutputPlan[],
  tolerance: number,
): { passed: boolean; actual: string } {
  const prediction = predictRow(row.features.map(({ value }) => value));
  const targets = row.targets.map(({ value }) => value);
  const actual = prediction.outputs
    .map(({ values, chosen }) => (chosen === null ? values.map(numberText).join(" ") : `${chosen} (${values.map(numberText).join(" ")})`))
    .join(" ");
  return { passed: rowPasses(prediction, targets, outputs, tolerance), actual };
}

/** Trains the file's training of that index. */
async function trainedNow(file: OpenFile, at: number): Promise<Tested> {
  const planned = file.analysis.plans[at];
  if (!planned) throw new FileError(`${file.name} can't be trained yet.`);
  return testedFrom(await trainedSubject(file, planned));
}

const testedFrom = ({ plan, trained }: Subject): Tested => ({ network: trained.network, outputs: plan.training.outputs, trained });

/** Returns the network of a model that has no training, with the weights that the file writes and initial ones otherwise. */
async function untrainedSubject(file: OpenFile, { model, data, claims }: ResolvedExpect): Promise<Tested> {
  const plan = model && data && claims.length > 0 ? untrainedPlan(model, data) : undefined;
  const own = plan?.network ?? (model && networkPlan(model));
  if (!own)
    throw new FileError(`${file.name}: a shape of ${model?.name ?? "the model"} is not known, so its expectations can't be tested.`);
  const network = compile(own, { precision: "float64", capacity: 64 });
  initializeWeights(network, 42);
  if (!plan) return { network, outputs: [], trained: undefined };
  const examples = await loadExamples(plan, file.files, "float64").catch((error: unknown) => {
    throw error instanceof DataProblem ? new FileError(`${file.name}: ${error.message}`) : error;
  });
  const outputs = lossesOf(network, plan.training.outputs);
  return { network, outputs: plan.training.outputs, trained: { network, outputs, examples } };
}
