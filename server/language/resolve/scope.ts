/** What a check carries along: where findings go, what `let` declared, and the nearest name to a misspelt one. */
import { distance } from "fastest-levenshtein";
import { aliases } from "../../../engine/catalog/aliases.ts";
import { entryOf } from "../../../engine/catalog/index.ts";
import type { Fix, Report } from "../diagnostics/issue.ts";
import { issue } from "../diagnostics/issue.ts";
import type { Span } from "../syntax/span.ts";
import type { BlockNode, LetNode, NameNode, ValueNode } from "../syntax/tree.ts";

export interface Scope {
  readonly report: Report;
  readonly lets: ReadonlyMap<string, LetNode>;
  /** The file's, for fixes that must keep its indentation. */
  readonly text: string;
}

/** The known name that a reader would take the word for: what another library calls it, or at most a third of its letters away. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  // A word that long is no name, and the distance takes time by the square of its length.
  if (word.length > 60) return undefined;
  const candidates = [...known];
  const alias = entryOf(aliases, word.toLowerCase());
  if (alias !== undefined && candidates.includes(alias)) return alias;
  // A name with a part left out: sparse_crossentropy.
  const parts = word.split("_");
  const longer = parts.length > 1 && candidates.find((candidate) => parts.every((part) => candidate.split("_").includes(part)));
  if (longer) return longer;
  for (const candidate of candidates) {
    const far = distance(word.toLowerCase(), candidate.toLowerCase());
    // Two letters swapped count as one slip.
    const swapped = far === 2 && candidate.length === word.length && [...candidate].sort().join("") === [...word].sort().join("");
    const cost = swapped ? 1 : far;
    if (cost < bestDistance) {
      best = candidate;
      bestDistance = cost;
    }
  }
  return best;
}

/** What a message on an unknown name needs, with the quick fix where there is a near one. */
export function suggestion(
  name: NameNode | { text: string; span: Span },
  known: readonly string[],
): { parts: { name: string; nearest: string | undefined; known: readonly string[] | undefined }; fixes: Fix[] } {
  const near = nearest(name.text, known);
  return {
    parts: { name: name.text.slice(0, 60), nearest: near, known: known.length <= 12 ? known : undefined },
    fixes: near === undefined ? [] : [{ title: `Change to \`${near}\``, changes: [{ span: name.span, text: near }] }],
  };
}

/** The value that a name stands for, if `let` declared it; otherwise the node itself. */
export function resolved(node: ValueNode, { lets }: Scope): ValueNode {
  let value = node;
  // A `let` may name another above it; a circle ends after as many steps as there are lets.
  for (let step = 0; step <= lets.size && value.kind === "name"; step++) {
    const next = lets.get(value.text)?.value;
    if (!next) break;
    value = next;
  }
  return value;
}

export function scopeOf(blocks: readonly BlockNode[], text: string, report: Report): Scope {
  const lets = new Map<string, LetNode>();
  for (const block of blocks) {
    if (block.kind !== "let" || !block.name) continue;
    if (lets.has(block.name.text)) report(issue("NN210", block.name.span, { what: "let", name: block.name.text }));
    else lets.set(block.name.text, block);
  }
  return { report, lets, text };
}
