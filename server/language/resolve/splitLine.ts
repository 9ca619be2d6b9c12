/** Reads the `split` line: the shares of the parts, and how the rows are divided among them. */
import { directives } from "../../../engine/catalog/index.ts";
import { roundedText } from "../../../engine/numberText.ts";
import type { SplitPlan } from "../../../engine/plan.ts";
import { issue } from "../diagnostics/issue.ts";
import type { Span } from "../syntax/span.ts";
import type { ArgumentNode, DirectiveNode } from "../syntax/tree.ts";
import { fractionsOf } from "./directiveLines.ts";
import type { ReadColumns } from "./namedTargets.ts";
import { resolved, type Scope } from "./scope.ts";
import { shown } from "./valueText.ts";

const { names, options } = directives.data.split.takes;

/**
 * Returns the split. The rest after `validation` and `test` is for training, unless `train` sets another share. Without a line, all rows
 * are for training.
 */
export function splitOf(line: DirectiveNode | undefined, headSpan: Span, columns: ReadColumns, scope: Scope): SplitPlan {
  const isOption = ({ name }: ArgumentNode): boolean => name !== undefined && Object.hasOwn(options, name.text);
  const shares = line && { ...line, arguments: line.arguments.filter((argument) => !isOption(argument)) };
  const split = fractionsOf(shares, names, { max: 1, others: Object.keys(options) }, scope);
  const validation = split.get("validation") ?? 0;
  const test = split.get("test") ?? 0;
  const train = split.get("train") ?? Math.max(0, 1 - validation - test);
  if (train + validation + test > 1 + 1e-9)
    scope.report(
      issue("NN213", line?.span ?? headSpan, {
        message: `The parts add to ${roundedText(train + validation + test, 7)}, which is more than all rows; make them add to at most 1.`,
      }),
    );
  const shuffle = optionOf(line, "shuffle", scope);
  const by = optionOf(line, "by", scope);
  return { train, validation, test, shuffle: shuffleOf(shuffle, scope), by: by ? columnOf(by, columns) : null };
}

/** Returns an option's argument. Reports a repeated one. */
function optionOf(line: DirectiveNode | undefined, name: keyof typeof options, scope: Scope): ArgumentNode | undefined {
  const [first, second] = line?.arguments.filter((argument) => argument.name?.text === name) ?? [];
  if (second) scope.report(issue("NN210", second.name?.span ?? second.span, { what: "argument", name }));
  return first;
}

function shuffleOf(argument: ArgumentNode | undefined, scope: Scope): boolean {
  const value = argument?.value && resolved(argument.value, scope);
  if (value?.kind === "boolean") return value.value;
  if (argument && value)
    scope.report(issue("NN213", argument.span, { message: `\`shuffle\` must be true or false, but ${shown(value)} is not.` }));
  return options.shuffle.default;
}

/** Returns the column after `by=`. Reports an unknown one. */
const columnOf = (argument: ArgumentNode, columns: ReadColumns): string | null => columns([{ ...argument, name: undefined }])[0] ?? null;
