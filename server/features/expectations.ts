/** The `expect` blocks of a document for a list of tests, and everything needed to test them. */
import type { Analysis } from "../language/analysis.ts";
import { syntax } from "../language/diagnostics/syntaxDiagnostics.ts";
import type { ResolvedExpect } from "../language/expect.ts";
import { expectPlan, lineText, subjectOf, testedLines } from "../language/expectPlans.ts";
import type { ExpectBlock, ExpectBlocks, Problem, TestChoice, TestChoices } from "../protocol.ts";
import type { Ranges } from "./ranges.ts";
import { errorIn, trainings } from "./trainings.ts";

export const expectBlocks = (analysis: Analysis, ranges: Ranges): ExpectBlocks => ({
  blocks: analysis.expects.map((expectation) => blockOf(analysis, expectation, ranges)),
  isDamaged: isDamaged(analysis),
});

export function testChoices(analysis: Analysis, ranges: Ranges, lineOf: (offset: number) => number): TestChoices {
  const choices = trainings(analysis, lineOf);
  const blocks = analysis.expects.map((expectation): TestChoice => {
    const subject = subjectOf(analysis, expectation);
    const trained = subject?.kind === "training" ? choices[subject.at] : undefined;
    const problem = trained?.problem ?? ownProblem(analysis, expectation, subject === undefined, lineOf);
    return {
      ...blockOf(analysis, expectation, ranges),
      plan: expectPlan(expectation),
      subject: problem ? null : (subject ?? null),
      problem,
    };
  });
  return { blocks, isDamaged: isDamaged(analysis), trainings: choices };
}

/** Returns why the block itself, apart from its training, can't be tested; null if it can. */
function ownProblem(
  { issues }: Analysis,
  { node, model, data, faulty }: ResolvedExpect,
  lacksSubject: boolean,
  lineOf: (offset: number) => number,
): Problem | null {
  if (!faulty && !lacksSubject) return null;
  const line = lineOf(node.keyword.start);
  return errorIn(issues, [node, model?.node, data?.node], lineOf) ?? { line, message: "A shape of the model is not known yet." };
}

function blockOf(analysis: Analysis, expectation: ResolvedExpect, ranges: Ranges): ExpectBlock {
  const { node, model } = expectation;
  const name = node.model?.text ?? model?.name ?? "";
  return {
    label: node.data ? `${name} on ${node.data.text}` : name,
    range: ranges.of(node.span),
    tests: testedLines(expectation).map((line) => ({
      kind: line.kind,
      text: lineText(analysis, line),
      range: ranges.of(line.span),
    })),
  };
}

/** Whether the text has a syntax error. */
const isDamaged = ({ issues }: Analysis): boolean => issues.some(({ code }) => code in syntax);
