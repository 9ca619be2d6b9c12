/** The context of every check: the report of findings, the `let` declarations, and the nearest known name to a misspelt one. */
import { distance } from "fastest-levenshtein";
import { aliases } from "../../../engine/catalog/aliases.ts";
import { entryOf } from "../../../engine/catalog/index.ts";
import type { Fix, Report } from "../diagnostics/issue.ts";
import type { Span } from "../syntax/span.ts";
import type { LetNode, NameNode, ValueNode } from "../syntax/tree.ts";

/** A `let` line with its arithmetic done. */
export interface Declaration extends LetNode {
  readonly value: ValueNode | undefined;
}

export interface Scope {
  readonly report: Report;
  readonly lets: ReadonlyMap<string, Declaration>;
  /** The file's text, for fixes that follow its indentation. */
  readonly text: string;
}

/** Returns the known name that the word most likely means: another library's name for it, or one with at most a third of its letters different. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  // All names of one letter are one letter apart.
  let bestDistance = word.length === 1 ? 1 : Math.max(1, Math.floor(word.length / 3)) + 1;
  // A word this long is not a misspelt name, and computing the distance takes time quadratic in its length.
  if (word.length > 60) return undefined;
  const candidates = [...known];
  const alias = entryOf(aliases, word.toLowerCase());
  if (alias !== undefined && candidates.includes(alias)) return alias;
  // A name with one of its parts missing: sparse_crossentropy.
  const parts = word.split("_");
  const longer = parts.length > 1 && candidates.find((candidate) => parts.every((part) => candidate.split("_").includes(part)));
  if (longer) return longer;
  const same = candidates.find((candidate) => candidate.toLowerCase() === word.toLowerCase());
  if (same !== undefined) return same;
  for (const candidate of candidates) {
    const far = distance(word.toLowerCase(), candidate.toLowerCase());
    // Two swapped letters count as one change.
    const swapped = far === 2 && candidate.length === word.length && [...candidate].sort().join("") === [...word].sort().join("");
    const cost = swapped ? 1 : far;
    if (cost < bestDistance) {
      best = candidate;
      bestDistance = cost;
    }
  }
  if (best !== undefined || word.length < 4) return best;
  const [only, other] = startingWith(word, candidates);
  return other === undefined ? only : undefined;
}

/** Returns the names that start or end with a word: for `he`, `he_uniform` and `he_normal`. */
const startingWith = (word: string, known: readonly string[]): string[] =>
  known.filter((name) => name.startsWith(`${word.toLowerCase()}_`) || name.endsWith(`_${word.toLowerCase()}`));

/**
 * Returns the parts of a message about an unknown name, and the quick fix if a known name is near. `written` quotes a known name if the
 * language requires it.
 */
export function suggestion(
  name: NameNode | { text: string; span: Span },
  known: readonly string[],
  written = (one: string): string => one,
): { parts: { name: string; nearest: string | undefined; known: readonly string[] | undefined }; fixes: Fix[] } {
  const found = nearest(name.text, known);
  const near = found === undefined ? undefined : written(found);
  const several = near === undefined && name.text.length < 60 ? startingWith(name.text, known).map(written) : [];
  if (several.length > 0 && several.length <= 3)
    return {
      parts: { name: name.text, nearest: several.join("` or `"), known: undefined },
      fixes: several.map((one) => ({ title: `Change to \`${one}\``, changes: [{ span: name.span, text: one }], isGuess: true })),
    };
  return {
    parts: { name: name.text.slice(0, 60), nearest: near, known: known.length <= 12 ? known : undefined },
    fixes: near === undefined ? [] : [{ title: `Change to \`${near}\``, changes: [{ span: name.span, text: near }] }],
  };
}

/** Returns the value of a name declared by `let`; otherwise the node itself. */
export function resolved(node: ValueNode, { lets }: Scope): ValueNode {
  let value = node;
  // A `let` may refer to another one. The number of steps is limited, since references may form a cycle.
  for (let step = 0; step <= lets.size && value.kind === "name"; step++) {
    const next = lets.get(value.text)?.value;
    if (!next) break;
    value = next;
  }
  return value;
}
