/** Derives a gradient of a plan with its initial weights, or with the weights after some epochs. It repeats those epochs with the same bits. */
import { loadExamples } from "../data/examples.ts";
import type { FileReader } from "../host.ts";
import { epochSeeker } from "../inspect/epochSeeker.ts";
import type { TrainingPlan } from "../plan.ts";
import { batchSizeOf, learnerFor } from "../training/learner.ts";
import { DerivationProblem, derivation } from "./derivation.ts";
import { latexDocument, markdownDocument } from "./documents.ts";
import { exerciseOf } from "./exercise.ts";

export type DerivationFormat = "markdown" | "latex";

export interface DerivationRequest {
  /** `hidden.kernel[0, 1]` or `hidden.bias[2]`, counted from 0. */
  readonly weight: string;
  /** The numbers of rows, counted from 1; undefined for the next mini-batch. */
  readonly rows?: readonly number[] | undefined;
  /** The number of epochs before the derivation; 0 (the default) for the initial weights. */
  readonly epoch?: number | undefined;
  readonly format: DerivationFormat;
  /** Whether to omit the chain rule's results and put the solutions at the end. */
  readonly isExercise?: boolean | undefined;
}

/** Returns the text of the derivation. Throws `DerivationProblem`, or `DataProblem` if the data can't be used. */
export async function derivedDocument(
  plan: TrainingPlan,
  files: FileReader,
  { weight, rows, epoch = 0, format, isExercise }: DerivationRequest,
): Promise<string> {
  const examples = await loadExamples(plan, files, "float64");
  const missing = rows?.find((row) => row < 1 || row > examples.rows);
  if (missing !== undefined) throw new DerivationProblem(`The data have the rows 1 to ${examples.rows}; there is no row ${missing}.`);
  if (epoch > plan.training.epochs)
    throw new DerivationProblem(`The training has ${plan.training.epochs} epochs; there is no epoch ${epoch}.`);
  const batchSize = batchSizeOf(plan, examples.parts.train.length);
  const capacity = rows && rows.length > batchSize ? { capacity: rows.length } : {};
  const learner = learnerFor(plan, examples, { precision: "float64", ...capacity });
  await epochSeeker(learner, files).seek(epoch, null);
  const whole = derivation(learner, { epoch, rows: rows?.map((row) => row - 1) }, weight);
  const blocks = isExercise ? exerciseOf(whole) : whole;
  return format === "latex" ? latexDocument(blocks) : markdownDocument(blocks);
}
