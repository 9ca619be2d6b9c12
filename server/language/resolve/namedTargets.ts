/**
 * Reads the `target` line: columns in order, or by the outputs' names as in `target kind=species size=petal_width`. The word `features` stands for the
 * features, as an autoencoder learns them, unless a column has this name.
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

/** Returns the columns of a list. Reports unknown and repeated ones. */
export type ReadColumns = (items: readonly ArgumentNode[]) => readonly string[];

/** Returns whether a value is the word `features` and no column has this name. */
export const isFeaturesWord = (value: ValueNode | undefined, columns: readonly string[] | undefined): boolean =>
  value?.kind === "name" && value.text === "features" && columns?.includes("features") !== true;

/** Reads a `target` line. `known` are the data's columns, if they are known. Reports outputs that are named twice or not at all. */
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

/** Returns the columns after `output=` as items of a list: those in brackets, or the only one. */
function itemsOf({ value }: ArgumentNode): ArgumentNode[] {
  const values = value?.kind === "list" ? value.items : value ? [value] : [];
  return values.map((one) => ({ kind: "argument", name: undefined, value: one, span: one.span }));
}

/** Returns where the names stand in a row among the columns. Adds them at the end if they do not. */
function rangeIn(columns: string[], names: readonly string[]): ColumnRange {
  const at = columns.findIndex((_, k) => names.every((name, i) => columns[k + i] === name));
  if (at >= 0) return [at, at + names.length];
  columns.push(...names);
  return [columns.length - names.length, columns.length];
}
