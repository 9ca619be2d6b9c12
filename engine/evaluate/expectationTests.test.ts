/** Tests results of expectations, with weights written in the file so that each output is known. */
import { expect, test } from "vitest";
import { analyse } from "../../server/language/analysis.ts";
import { expectPlan, subjectOf } from "../../server/language/expectPlans.ts";
import { planOf } from "../../test/fixtures.ts";
import { openUntrained, testExpectations } from "./expectationTests.ts";

const NO_FILES = {
  async read(): Promise<never> {
    throw new Error("no file");
  },
};

/** Returns the results of the first `expect` block of a text whose model has no training. */
async function resultsOf(text: string) {
  const analysis = analyse(text);
  const [expectation] = analysis.expects;
  const subject = expectation && subjectOf(analysis, expectation);
  if (!expectation || subject?.kind !== "untrained") throw new Error("The text has no expectation without a training.");
  return await testExpectations(await openUntrained(subject, NO_FILES), expectPlan(expectation));
}

test("a row passes if each output is within the tolerance of the expected number", async () => {
  const model = "model M {\n  input a, b\n  dense 1 kernel=[[2], [1]] bias=[0]\n}\n";
  expect(await resultsOf(`${model}expect M {\n  tolerance 0.25\n  1 0 -> 2\n  1 1 -> 2.75\n  1 1 -> 2.5\n}\n`)).toEqual([
    { passed: true, actual: "2", summary: "2", expected: "2" },
    { passed: true, actual: "3", summary: "3", expected: "2.75" },
    { passed: false, actual: "3", summary: "3", expected: "2.5" },
  ]);
});

test("a claim is measured on the data of the block, and says what was expected", async () => {
  const text =
    "model M {\n  input x\n  dense 1 kernel=[[1]] bias=[0]\n}\ndata D {\n  features x\n  target y\n  1 -> 1\n  2 -> 4\n}\nexpect M on D {\n  mae <= 1\n  mae < 1\n}\n";
  expect(await resultsOf(text)).toEqual([
    { passed: true, actual: "1", summary: "1", expected: "<= 1" },
    { passed: false, actual: "1", summary: "1", expected: "< 1" },
  ]);
});

test("of a class's scores, the summary has only the largest one, which is the class's own", async () => {
  const text =
    "model M {\n  input a, b, c\n  dense 3 softmax kernel=[[1, 0, 0], [0, 1, 0], [0, 0, 1]] bias=[0, 0, 0]\n}\ndata D {\n  features a, b, c\n  target y\n  9 0 0 -> red\n  0 9 0 -> green\n  0 0 9 -> blue\n}\ntrain M on D {\n  loss sparse_categorical_crossentropy\n}\nexpect M on D {\n  0 2 0 -> blue\n}\n";
  const plan = planOf(text);
  const [expectation] = analyse(text).expects;
  if (!expectation) throw new Error("The text has no expectation.");
  const results = await testExpectations(await openUntrained({ network: plan.network, plan }, NO_FILES), expectPlan(expectation));
  // softmax(0, 2, 0): 1 / (e² + 2) = 0.1065, e² / (e² + 2) = 0.787. The classes are in alphabetical order: blue, green, red.
  expect(results).toEqual([{ passed: false, actual: "green (0.1065 0.787 0.1065)", summary: "green (0.787)", expected: "blue" }]);
});
