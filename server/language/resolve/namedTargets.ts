/**
 * Reads the `target` line: columns in order, or by output name as in `target kind=species size=petal_width`. The word `features` means the
 * features, as learned by an autoencoder, unless a column has this name.
 */
import type { ColumnRange, OutputTarget } from "../../../engine/plan.ts";
import { issue } from "../diagnostics/issue.ts";
import type { ArgumentNode, DirectiveNode, NameNode, ValueNode } from "../syntax/tree.ts";
import type { Scope } from "./scope.ts";

export interface NamedTargets {
  readonly columns: readonly string[];
  /** Each output's target, if the line names outputs; "features" if it is `target features`; otherwise undefined. */
  readonly byOutput: TargetsByOutput | "features" | undefined;
}

/** Whether no output learns a column. */
export const onlyFeatures = ({ byOutput }: NamedTargets): boolean =>
  byOutput === "features" || (byOutput !== undefined && [...byOutput.values()].every(({ target }) => target === "features"));

type TargetsByOutput = ReadonlyMap<string, { readonly name: NameNode; readonly target: OutputTarget }>;

/** Returns the columns in a list. Reports unknown and repeated ones. */
export type ReadColumns = (items: readonly ArgumentNode[]) => readonly string[];

/** Returns whether a value is the word `features` and no column has this name. */
export const isFeaturesWord = (value: ValueNode | undefined, columns: readonly string[] | undefined): boolean =>
  value?.kind === "name" && value.text === "features" && columns?.includes("features") !== true;

/** Reads a `target` line. `known` are the data's columns, if known. Reports outputs named twice or not at all. */
export function targetsNamed(
  { arguments: nodes }: DirectiveNode,
  known: readonly string[] | undefined,
  read: ReadColumns,
  scope: Scope,
): NamedTargets {
  const [first] = nodes;
  if (nodes.length === 1 && !first?.name && isFeaturesWord(first?.value, known)) return { columns: [], byOutput: "features" };
  if (!nodes.some(({ name }) => name)) return { columns: read(nodes), byOutput: undefined };
  const columns: string[] = [];
  const byOutput = new Map<string, { readonly name: NameNode; readonly target: OutputTarget }>();
  for (const node of nodes) {
    const { name, span } = node;
    if (!name) scope.report(issue("NN213", span, { message: "Name the output of every column, as in `output=column`, or of none." }));
    else if (byOutput.has(name.text)) scope.report(issue("NN210", name.span, { what: "argument", name: name.text }));
    else
      byOutput.set(name.text, {
        name,
        target: isFeaturesWord(node.value, known) ? "features" : rangeIn(columns, read(itemsOf(node))),
      });
  }
  return { columns, byOutput };
}

/** Returns the columns after `output=` as list items: the bracketed ones, or the only one. */
function itemsOf({ value }: ArgumentNode): ArgumentNode[] {
  const values = value?.kind === "list" ? value.items : value ? [value] : [];
  return values.map((one) => ({ kind: "argument", name: undefined, value: one, span: one.span }));
}

/** Returns the range of the names among the columns of a row. Appends them if they are not there. */
function rangeIn(columns: string[], names: readonly string[]): ColumnRange {
  const at = columns.findIndex((_, k) => names.every((name, i) => columns[k + i] === name));
  if (at >= 0) return [at, at + names.length];
  columns.push(...names);
  return [columns.length - names.length, columns.length];
}
