/** Reads the `target` line: columns in order, or by the outputs' names as in `target kind=species size=petal_width`. */
import { issue } from "../diagnostics/issue.ts";
import type { ArgumentNode, DirectiveNode, NameNode } from "../syntax/tree.ts";
import type { Scope } from "./scope.ts";

/** The range [from, to) of the target columns. */
export type TargetRange = readonly [number, number];

export interface NamedTargets {
  readonly columns: readonly string[];
  /** Each output's columns, if the line names outputs; otherwise undefined. */
  readonly byOutput: ReadonlyMap<string, { readonly name: NameNode; readonly range: TargetRange }> | undefined;
}

/** Returns the columns of a list. Reports unknown and repeated ones. */
export type ReadColumns = (items: readonly ArgumentNode[]) => readonly string[];

/** Reads a `target` line. Reports outputs that are named twice or not at all. */
export function targetsNamed({ arguments: nodes }: DirectiveNode, read: ReadColumns, scope: Scope): NamedTargets {
  if (!nodes.some(({ name }) => name)) return { columns: read(nodes), byOutput: undefined };
  const columns: string[] = [];
  const byOutput = new Map<string, { readonly name: NameNode; readonly range: TargetRange }>();
  for (const node of nodes) {
    const { name, span } = node;
    if (!name) scope.report(issue("NN213", span, { message: "Name the output of every column, as in `output=column`, or of none." }));
    else if (byOutput.has(name.text)) scope.report(issue("NN210", name.span, { what: "argument", name: name.text }));
    else byOutput.set(name.text, { name, range: rangeIn(columns, read(itemsOf(node))) });
  }
  return { columns, byOutput };
}

/** Returns the columns after `output=` as items of a list: those in brackets, or the only one. */
function itemsOf({ value }: ArgumentNode): ArgumentNode[] {
  const values = value?.kind === "list" ? value.items : value ? [value] : [];
  return values.map((one) => ({ kind: "argument", name: undefined, value: one, span: one.span }));
}

/** Returns where the names stand in a row among the columns. Adds them at the end if they do not. */
function rangeIn(columns: string[], names: readonly string[]): TargetRange {
  const at = columns.findIndex((_, k) => names.every((name, i) => columns[k + i] === name));
  if (at >= 0) return [at, at + names.length];
  columns.push(...names);
  return [columns.length - names.length, columns.length];
}
