/** Reads lists of columns: names, strings and ranges, in `data` blocks and on `input` lines. */
import { cellRules } from "../../../engine/data/cells.ts";
import { CSV_FORMAT } from "../../../engine/data/csvFormat.ts";
import { fix } from "../diagnostics/fixes.ts";
import type { Fix } from "../diagnostics/issue.ts";
import { issue } from "../diagnostics/issue.ts";
import type { ArgumentNode, NameNode, StringNode } from "../syntax/tree.ts";
import { writtenName } from "../syntax/writtenName.ts";
import { type Scope, suggestion } from "./scope.ts";

/**
 * Returns column names, with ranges expanded. Reports repeated columns, columns that can't be learned, and, if the columns are known,
 * unknown names. A repeated column is returned once.
 */
export function columnsNamed(
  nodes: readonly ArgumentNode[],
  data: string,
  columns: readonly string[] | undefined,
  scope: Scope,
  ignored: UnusableColumns = NONE,
): string[] {
  const known = columns && { list: columns, set: new Set(columns), ignored, unknown: 0 };
  const met = new Set<string>();
  let repeats = 0;
  for (const [k, node] of nodes.entries()) {
    const names = columnsOf(node, data, known, scope);
    const repeated = names.find((name) => met.has(name));
    if (repeated !== undefined && ++repeats <= MOST_REPORTED)
      scope.report(issue("NN210", node.span, { what: "column", name: repeated }, { fixes: itemRemoved(nodes, k, names) }));
    for (const name of names) met.add(name);
  }
  return [...met];
}

function columnsOf({ value, name, span }: ArgumentNode, data: string, known: KnownColumns | undefined, scope: Scope): string[] {
  if (name || !value) {
    if (name) scope.report(issue("NN213", span, { message: "Write only names of columns here, without `=`." }));
    return [];
  }
  if (value.kind === "name" || value.kind === "string") return checkedColumn(value, data, known, scope);
  if (value.kind === "range") {
    if (!value.to || !known) return [];
    const from = known.list.indexOf(columnName(value.from));
    const to = known.list.indexOf(columnName(value.to));
    if (from < 0 || to < 0) return [...checkedColumn(value.from, data, known, scope), ...checkedColumn(value.to, data, known, scope)];
    if (from > to)
      scope.report(
        issue("NN213", span, {
          message: `\`${columnName(value.from)}\` comes after \`${columnName(value.to)}\` in ${data}; swap the two ends of the range.`,
        }),
      );
    return known.list.slice(from, to + 1);
  }
  scope.report(
    issue("NN213", span, {
      message: "Write the name of a column here, in quotes if it has other characters than letters, digits and _.",
    }),
  );
  return [];
}

/** Returns the columns named by one item of a list; none if an end of a range is unknown. */
export function columnsIn({ value }: ArgumentNode, columns: readonly string[]): readonly string[] {
  if (value?.kind === "name" || value?.kind === "string") return [columnName(value)];
  if (value?.kind !== "range" || !value.to) return [];
  const from = columns.indexOf(columnName(value.from));
  return from < 0 ? [] : columns.slice(from, columns.indexOf(columnName(value.to)) + 1);
}

/**
 * Reports NN218 on each item in a list of features that names a target column. In a table in the file the rows have a value per item, so
 * removing an item would make every row too long.
 */
export function reportTargets(
  items: readonly ArgumentNode[],
  targets: readonly string[],
  { columns, source }: { readonly columns: readonly string[]; readonly source: "rows" | "file" },
  scope: Scope,
): void {
  const learned = new Set(targets);
  let found = 0;
  for (const [k, item] of items.entries()) {
    const names = columnsIn(item, columns);
    const column = names.find((name) => learned.has(name));
    if (column !== undefined && ++found <= MOST_REPORTED)
      scope.report(issue("NN218", item.span, { column }, { fixes: source === "file" ? itemRemoved(items, k, names) : [] }));
  }
}

/** Returns the fix that removes an item and its comma; none for a range or the only item. */
function itemRemoved(items: readonly ArgumentNode[], k: number, names: readonly string[]): Fix[] {
  const [before, item, after] = [items[k - 1], items[k], items[k + 1]];
  if (!item || names.length !== 1 || !(before ?? after)) return [];
  const span = { start: before?.span.end ?? item.span.start, end: before || !after ? item.span.end : after.span.start };
  return [fix(`Remove \`${names[0]}\``, { span, text: "" })];
}

export const columnName = (node: NameNode | StringNode): string => (node.kind === "name" ? node.text : node.value);

/** The columns that can't be learned, and the directive that excludes them. */
export type UnusableColumns = ReadonlyMap<string, "ignore" | "sample_weight">;

interface KnownColumns {
  readonly list: readonly string[];
  readonly set: ReadonlySet<string>;
  readonly ignored: UnusableColumns;
  /** The number of unknown names so far. */
  unknown: number;
}
const NONE: UnusableColumns = new Map();
const NUMBERS = cellRules(CSV_FORMAT);
/** Only the first unknown or repeated names of a line are reported. */
const MOST_REPORTED = 10;

function checkedColumn(node: NameNode | StringNode, data: string, known: KnownColumns | undefined, scope: Scope): string[] {
  const name = columnName(node);
  if (known && !known.set.has(name) && ++known.unknown <= MOST_REPORTED) {
    const by = known.ignored.get(name);
    if (by) {
      const what = by === "ignore" ? "is left out by `ignore`" : "has the weights of `sample_weight`";
      const message = `\`${name}\` ${what} in ${data}, so it can't be used here; remove it from one of the two lines.`;
      scope.report(issue("NN213", node.span, { message }));
      return [name];
    }
    const isRowOfValues = 2 * known.list.filter((column) => NUMBERS.number(column) !== undefined).length >= known.list.length;
    const { parts, fixes } = suggestion({ text: name, span: node.span }, isRowOfValues ? [] : known.list, writtenName);
    const listed = isRowOfValues ? known.list : known.list.map(writtenName);
    scope.report(issue("NN211", node.span, { data, ...parts, known: listed, isRowOfValues }, { fixes }));
  }
  return [name];
}
