/** Tests the expectations of `expect` blocks on a network, for `nn test` and for the editor. */
import { whyUndefined } from "../catalog/metrics.ts";
import { loadExamples } from "../data/examples.ts";
import { DataProblem } from "../data/problem.ts";
import type { FileReader } from "../host.ts";
import { compile } from "../network/compile.ts";
import { initializeWeights } from "../network/initialize.ts";
import type { Network } from "../network/network.ts";
import { lossesOf } from "../network/outputLosses.ts";
import { numberText } from "../numberText.ts";
import type { ExpectationPlan, ExpectPlan, MetricPlan, NetworkPlan, OutputPlan, TrainingPlan } from "../plan.ts";
import type { Trained } from "../training/learner.ts";
import { claimHolds, measureClaims, rowPasses } from "./expectations.ts";
import { type Prediction, predictor } from "./predictor.ts";

/** A network to test, with its weights. */
export interface Tested {
  readonly network: Network;
  readonly outputs: readonly OutputPlan[];
  /** The network with its data; undefined without data. */
  readonly trained: Trained | undefined;
  /** The metrics of the training. A claim about one of them uses its settings. */
  readonly metrics: readonly MetricPlan[];
}

export interface ExpectationResult {
  readonly passed: boolean;
  /** The measured result, as text. */
  readonly actual: string;
  /** `actual` for the end of a line: a class has only its own score, not those of the other classes. */
  readonly summary: string;
  /** The expected result, as text. */
  readonly expected: string;
}

/** Returns the result of each expectation, in order. */
export async function testExpectations(tested: Tested, { tests, tolerance }: ExpectPlan): Promise<ExpectationResult[]> {
  const { network, outputs, trained, metrics } = tested;
  const claimed = tests.flatMap((one) => (one.kind === "claim" ? one.metric : []));
  const measured = claimed.length > 0 && trained ? await measureClaims(trained, claimed, metrics) : undefined;
  const predict = predictor(network, outputs, trained?.examples.fit ?? null);
  return tests.map((test) =>
    test.kind === "claim"
      ? claimResult(test, measured?.get(test.metric) ?? Number.NaN)
      : rowResult(test, () => predict(test.features), outputs, tolerance),
  );
}

type Claim = Extract<ExpectationPlan, { kind: "claim" }>;
type Row = Extract<ExpectationPlan, { kind: "row" }>;

function claimResult({ metric, operator, value: wanted }: Claim, value: number): ExpectationResult {
  const why = Number.isNaN(value) && whyUndefined(metric);
  const actual = why ? `undefined because ${why}` : numberText(value);
  return {
    passed: claimHolds(value, operator, wanted),
    actual,
    summary: actual,
    expected: `${operator} ${numberText(wanted)}`,
  };
}

function rowResult({ targets }: Row, predict: () => Prediction, outputs: readonly OutputPlan[], tolerance: number): ExpectationResult {
  const expected = targets.map((target) => (typeof target === "number" ? numberText(target) : target)).join(" ");
  try {
    const prediction = predict();
    return {
      passed: rowPasses(prediction, targets, outputs, tolerance),
      actual: predictionText(prediction, (scores) => scores),
      // With several scores, the chosen class has the largest one.
      summary: predictionText(prediction, (scores) => [Math.max(...scores)]),
      expected,
    };
  } catch (error) {
    if (!(error instanceof DataProblem)) throw error;
    return { passed: false, actual: error.message, summary: error.message, expected };
  }
}

/** Returns each output's numbers, or its class with the scores that `shown` selects. */
function predictionText({ outputs }: Prediction, shown: (scores: readonly number[]) => readonly number[]): string {
  const text = (values: readonly number[]): string => values.map(numberText).join(" ");
  return outputs.map(({ values, chosen }) => (chosen === null ? text(values) : `${chosen} (${text(shown(values))})`)).join(" ");
}

/** A model without a training. `plan` contains the data for measuring claims. */
export interface UntrainedSubject {
  readonly network: NetworkPlan;
  readonly plan: TrainingPlan | null;
}

/** The seed of weights that are not written in the file. */
const SEED = 42;
const CAPACITY = 64;

/** Returns a model without a training, with the weights written in the file or initial weights. Throws `DataProblem` if its data are unusable. */
export async function openUntrained({ network: own, plan }: UntrainedSubject, files: FileReader): Promise<Tested> {
  const network = compile(plan?.network ?? own, { precision: "float64", capacity: CAPACITY });
  initializeWeights(network, SEED);
  if (!plan) return { network, outputs: [], trained: undefined, metrics: [] };
  const examples = await loadExamples(plan, files, "float64");
  const outputs = lossesOf(network, plan.training.outputs);
  return { network, outputs: plan.training.outputs, trained: { network, outputs, examples }, metrics: [] };
}
