/** `nn test`: trains where needed and tests every `expect` block. */
import { DataProblem } from "../../engine/data/problem.ts";
import { openUntrained, type Tested, testExpectations, type UntrainedSubject } from "../../engine/evaluate/expectationTests.ts";
import { numberText } from "../../engine/numberText.ts";
import { plainText } from "../../engine/safeText.ts";
import { expectPlan, lineText, subjectOf, testedLines } from "../../server/language/expectPlans.ts";
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

async function* resultsOf(file: OpenFile, weights: string | undefined): AsyncGenerator<TestedLine> {
  const { analysis, place } = file;
  // Expectations on the same model and data share a training.
  const trainings = new Map<number, Promise<Tested>>();
  if (weights !== undefined) {
    const saved = await savedSubject(file, { weights });
    trainings.set(saved.at, Promise.resolve(testedFrom(file, saved, saved.at)));
  }
  for (const expectation of analysis.expects) {
    const { node, model } = expectation;
    const subject = subjectOf(analysis, expectation);
    if (subject?.kind === "training" && !trainings.has(subject.at)) trainings.set(subject.at, trainedNow(file, subject.at));
    const tested = await (subject?.kind === "training" ? trainings.get(subject.at) : untrained(file, subject, model?.name));
    if (!tested) continue;
    const results = await testExpectations(tested, expectPlan(expectation));
    for (const [k, one] of testedLines(expectation).entries()) {
      const { name, line } = place(one.span.start);
      const { passed, actual } = results[k] ?? { passed: false, actual: "" };
      const facts = { file: name, line, model: model?.name ?? node.model?.text ?? "" };
      yield { ...facts, text: lineText(analysis, one), passed, actual, isClaim: one.kind === "claim" };
    }
  }
}

/** Trains the file's training of that index. */
async function trainedNow(file: OpenFile, at: number): Promise<Tested> {
  const planned = file.analysis.plans[at];
  if (!planned) throw new FileError(`${file.name} can't be trained yet.`);
  return testedFrom(file, await trainedSubject(file, planned), at);
}

const testedFrom = ({ analysis }: OpenFile, { plan, trained }: Subject, at: number): Tested => ({
  network: trained.network,
  outputs: plan.training.outputs,
  trained,
  metrics: analysis.trains[at]?.metrics ?? [],
});

async function untrained(file: OpenFile, subject: UntrainedSubject | undefined, model = "the model"): Promise<Tested> {
  if (!subject) throw new FileError(`${file.name}: a shape of ${model} is not known, so its expectations can't be tested.`);
  return await openUntrained(subject, file.files).catch((error: unknown) => {
    throw error instanceof DataProblem ? new FileError(`${file.name}: ${error.message}`) : error;
  });
}
