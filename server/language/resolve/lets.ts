/** The `let` declarations, with the arithmetic after `let name =`. */

import { lineRemoved } from "../diagnostics/fixes.ts";
import type { Report } from "../diagnostics/issue.ts";
import { issue } from "../diagnostics/issue.ts";
import type { BlockNode, ComputedNode, ModelLineNode, NumberNode, Operator, TermNode } from "../syntax/tree.ts";
import { type Declaration, resolved, type Scope, suggestion } from "./scope.ts";
import { kindText, shown } from "./valueText.ts";

/** Returns the scope for the checks. An expression may use the declarations above it. */
export function scopeOf(blocks: readonly BlockNode[], text: string, report: Report): Scope {
  const lets = new Map<string, Declaration>();
  const scope: Scope = { report, lets, text };
  const later = new Set(blocks.flatMap((block) => (block.kind === "let" && block.name ? [block.name.text] : [])));
  for (const block of blocks) {
    if (block.kind !== "let" || !block.name) continue;
    const { name, value } = block;
    if (lets.has(name.text)) report(issue("NN210", name.span, { what: "let", name: name.text }));
    else lets.set(name.text, { ...block, value: value?.kind === "computed" ? computed(value, later, scope) : value });
  }
  return scope;
}

/** Reports NN531 on each declaration that no other line uses. */
export function checkUnused(blocks: readonly BlockNode[], scope: Scope): void {
  if (scope.lets.size === 0) return;
  const used = new Set(namesIn(blocks));
  for (const [name, { name: node, span }] of scope.lets)
    if (node && !used.has(name)) scope.report(issue("NN531", node.span, { name }, { fixes: [lineRemoved(span, scope)] }));
}

/** Returns the words in all values of a file. */
function* namesIn(blocks: readonly BlockNode[]): Iterable<string> {
  for (const block of blocks) {
    if (block.kind === "let") yield* wordsOf(block.value);
    else if (block.kind === "model") yield* wordsOfLines(block.body);
    else
      for (const line of block.body) {
        if (line.kind === "directive") for (const { value } of line.arguments) yield* wordsOf(value);
        else if (line.kind === "row") for (const cell of [...line.features, ...line.targets]) yield* wordsOf(cell);
      }
  }
}

function* wordsOfLines(lines: readonly ModelLineNode[]): Iterable<string> {
  for (const line of lines) {
    if (line.kind === "layer") for (const { value } of line.arguments) yield* wordsOf(value);
    else if (line.kind === "repeat") {
      yield* wordsOf(line.count);
      yield* wordsOfLines(line.body);
    }
  }
}

function* wordsOf(node: TermNode | undefined): Iterable<string> {
  if (node?.kind === "name") yield node.text;
  else if (node?.kind === "list") for (const item of node.items) yield* wordsOf(item);
  else if (node?.kind === "call") for (const { value } of node.arguments) yield* wordsOf(value);
  else if (node?.kind === "computed") for (const { term } of node.parts) yield* wordsOf(term);
}

/** Returns the value of an expression. undefined if one of its parts is not a number, which is reported. */
function computed(node: ComputedNode, declared: ReadonlySet<string>, scope: Scope): NumberNode | undefined {
  const value = termValue(node, declared, scope);
  if (value === undefined || Number.isFinite(value))
    return value === undefined ? undefined : { kind: "number", value, text: String(value), span: node.span };
  const written = scope.text.slice(node.span.start, node.span.end).slice(0, 60);
  const what = Number.isNaN(value) ? "0 divided by 0" : "infinite";
  scope.report(issue("NN213", node.span, { message: `\`${written}\` is ${what}; change it so that its result is a number.` }));
  return undefined;
}

function termValue(node: TermNode | undefined, declared: ReadonlySet<string>, scope: Scope): number | undefined {
  if (!node) return undefined;
  if (node.kind === "computed") {
    let result: number | undefined = isProduct(node) ? 1 : 0;
    for (const { operator, term } of node.parts) {
      const value = termValue(term, declared, scope);
      result = result === undefined || value === undefined ? undefined : OPERATIONS[operator](result, value);
    }
    return result;
  }
  const value = resolved(node, scope);
  if (value.kind === "number") return value.value;
  if (value.kind === "name") {
    // A declaration without a value has its own message.
    if (scope.lets.has(value.text)) return undefined;
    const { parts, fixes } = suggestion(value, [...scope.lets.keys()]);
    scope.report(
      declared.has(value.text)
        ? issue("NN213", node.span, { message: `\`${parts.name}\` is declared below; move its line above this one.` })
        : issue("NN209", node.span, { what: "let", ...parts }, { fixes }),
    );
  } else
    scope.report(
      issue("NN213", node.span, { message: `Only numbers can be computed with, but \`${shown(value)}\` is ${kindText(value)}.` }),
    );
  return undefined;
}

const isProduct = ({ parts }: ComputedNode): boolean => parts[0]?.operator === "*";

const OPERATIONS: Readonly<Record<Operator, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
};
