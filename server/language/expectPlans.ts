/** The plans of `expect` blocks: the expectations and the network to test. */
import type { ExpectationPlan, ExpectPlan, NetworkPlan, TrainingPlan } from "../../engine/plan.ts";
import type { Analysis } from "./analysis.ts";
import type { ResolvedExpect } from "./expect.ts";
import { networkPlan, untrainedPlan } from "./toPlan.ts";

/** The network that an `expect` block tests. */
export type TestSubject =
  /** The training with this index in the file. */
  | { readonly kind: "training"; readonly at: number }
  /** A model without a training. `plan` has the data on which claims are measured; null if there are none. */
  | { readonly kind: "untrained"; readonly network: NetworkPlan; readonly plan: TrainingPlan | null };

/** Returns a block's subject; undefined if a shape in its model is unknown. */
export function subjectOf({ trains }: Analysis, { model, data, claims }: ResolvedExpect): TestSubject | undefined {
  const exact = trains.findIndex((train) => train.model?.node === model?.node && (!data || train.data?.node === data.node));
  const at = exact >= 0 ? exact : trains.findIndex((train) => train.model?.node === model?.node);
  if (at >= 0) return { kind: "training", at };
  const plan = (model && data && claims.length > 0 && untrainedPlan(model, data)) || null;
  const network = plan?.network ?? (model && networkPlan(model));
  return network && { kind: "untrained", network, plan };
}

export type ExpectedLine = ResolvedExpect["tests"][number];

/** Returns the block's complete lines that contain an expectation. */
export const testedLines = ({ tests }: ResolvedExpect): ExpectedLine[] =>
  tests.filter((line) => (line.kind === "claim" ? line.value !== undefined : !line.damaged));

/** Returns the expectations of `testedLines`, in their order. */
export const expectPlan = (expectation: ResolvedExpect): ExpectPlan => ({
  tolerance: expectation.tolerance,
  tests: testedLines(expectation).flatMap(planned),
});

function planned(line: ExpectedLine): ExpectationPlan[] {
  if (line.kind === "row")
    return [{ kind: "row", features: line.features.map(({ value }) => value), targets: line.targets.map(({ value }) => value) }];
  const { metric, operator, value } = line;
  return value ? [{ kind: "claim", metric: metric.text, operator, value: value.value }] : [];
}

/** Returns a line's text in the file, with single blanks. */
export const lineText = ({ text }: Analysis, { span: { start, end } }: ExpectedLine): string => text.slice(start, end).replace(/\s+/g, " ");
