/** `nn test`: trains if necessary and tests every `expect` block. */
import { DataProblem } from "../../engine/data/problem.ts";
import { openUntrained, type Tested, testExpectations, type UntrainedSubject } from "../../engine/evaluate/expectationTests.ts";
import { numberText } from "../../engine/numberText.ts";
import { plainText } from "../../engine/safeText.ts";
import { expectPlan, lineText, subjectOf, testedLines } from "../../server/language/expectPlans.ts";
import { FileError, findings, type OpenFile, openFile, UsageError } from "./openFile.ts";
import { type Subject, savedSubject, trainedSubject } from "./subjects.ts";
import { type Reporter, reportFor, type TestedLine, type TestResult } from "./testReports.ts";

export interface TestOptions {
  readonly json?: boolean;
  readonly reporter?: Reporter;
  readonly allow: readonly string[];
  /** A weights file to test instead of a new training. */
  readonly weights?: string;
  /** A file with expectations to test instead of the files' own. */
  readonly expect?: string;
  /** The points for passing all expectations. */
  readonly points?: number;
}

/** Prints the results. Returns whether there are expectations and all passed. */
export async function testCommand(names: readonly string[], options: TestOptions): Promise<boolean> {
  const { allow, weights, expect, points } = options;
  if (weights !== undefined && names.length > 1) throw new UsageError("--weights belong to one file; test the files one by one.");
  if (points !== undefined && names.length > 1) throw new UsageError("--points are those of one file; test the files one by one.");
  const reporter = reporterOf(options);
  const report = reportFor(reporter);
  const results: TestResult[] = [];
  try {
    for (const name of names) {
      const file = await openFile(name, { allow, expect });
      const errors = findings(file, ["error"]);
      if (errors.length > 0) throw new FileError(...errors);
      for await (const { isClaim, ...result } of resultsOf(file, weights)) {
        results.push(result);
        process.stdout.write(report.add({ ...result, isClaim }));
      }
    }
  } catch (error) {
    if (error instanceof FileError || error instanceof UsageError) process.stdout.write(report.fail(results, error.message));
    throw error;
  }
  process.stdout.write(report.end(results));
  const passed = results.filter((one) => one.passed).length;
  if (results.length === 0)
    process.stderr.write(`Nothing was tested: ${plainText(expect ?? names.join(", "))} has no \`expect\` block with a line.\n`);
  else if (points !== undefined && reporter === "text")
    process.stdout.write(`${numberText((points * passed) / results.length)} of ${points} points\n`);
  return passed === results.length && passed > 0;
}

function reporterOf({ json, reporter }: TestOptions): Reporter {
  if (json && reporter !== undefined && reporter !== "json")
    throw new UsageError(`--json and --reporter ${reporter} exclude each other; write one of them.`);
  return json ? "json" : (reporter ?? "text");
}

async function* resultsOf(file: OpenFile, weights: string | undefined): AsyncGenerator<TestedLine> {
  const { analysis, place } = file;
  // Expectations about the same model and data share a training.
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

/** Trains the file's training with that index. */
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
