/** Reads the `missing` line: how missing values are treated, and which other values count as missing. */
import { directives } from "../../../engine/catalog/index.ts";
import type { MissingValues } from "../../../engine/plan.ts";
import { issue } from "../diagnostics/issue.ts";
import type { ArgumentNode, DirectiveNode, ValueNode } from "../syntax/tree.ts";
import { wordOf } from "./directiveLines.ts";
import { resolved, type Scope } from "./scope.ts";

const { takes } = directives.data.missing;

const isList = ({ name }: ArgumentNode): boolean => name?.text === takes.list;

/** Returns how missing values are treated: the default if the line has only a list of them. */
export function missingOf(line: DirectiveNode | undefined, scope: Scope): MissingValues {
  const lists = line?.arguments.filter(isList) ?? [];
  const [list, second] = lists;
  if (!line || !list) return wordOf(line, takes, scope);
  if (second) scope.report(issue("NN210", second.name?.span ?? second.span, { what: "argument", name: takes.list }));
  const wrong = itemsOf(list, scope).find(({ kind }) => kind !== "number" && kind !== "string" && kind !== "name");
  if (wrong ?? !list.value)
    scope.report(
      issue("NN213", wrong?.span ?? list.span, {
        message: '`values` takes numbers and texts, such as `values=[-999, "n.a."]`; write them in a list.',
      }),
    );
  const others = line.arguments.filter((argument) => !isList(argument));
  return others.length > 0 ? wordOf({ ...line, arguments: others }, takes, scope) : takes.default;
}

/** Returns the additional texts and numbers that mean "no value". `missingOf` reports invalid ones. */
export function missingValuesOf(line: DirectiveNode | undefined, scope: Scope): readonly string[] {
  const list = line?.arguments.find(isList);
  return (list ? itemsOf(list, scope) : []).flatMap((value): string[] => {
    if (value.kind === "number") return [String(value.value)];
    if (value.kind === "string") return [value.value];
    return value.kind === "name" ? [value.text] : [];
  });
}

function itemsOf({ value: node }: ArgumentNode, scope: Scope): ValueNode[] {
  const value = node && resolved(node, scope);
  if (value?.kind === "list") return value.items.map((item) => resolved(item, scope));
  return value ? [value] : [];
}
