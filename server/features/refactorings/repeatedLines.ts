/** Turns repeated lines of layers into a `repeat`: the selected lines, or the longest run of equal patterns around the cursor. */
import { isInputWord } from "../../../engine/catalog/layers.ts";
import type { Analysis } from "../../language/analysis.ts";
import { indentAt } from "../../language/diagnostics/fixes.ts";
import { covers, type Span } from "../../language/syntax/span.ts";
import type { ModelLineNode } from "../../language/syntax/tree.ts";
import { newlineOf, type Refactoring } from "./refactoring.ts";

/** The maximum number of lines in one repeated pattern. A longer one is hardly recognizable as a repetition. */
const LONGEST_PATTERN = 6;
const MOST_TIMES = 1000;

/** A pattern of `period` lines that occurs `times` times, starting at the line `first` of a body. */
interface Run {
  readonly first: number;
  readonly period: number;
  readonly times: number;
}

/** Returns a line's text without its layout if it can be repeated: a layer without a label, `from` or input. */
type Key = (line: ModelLineNode | undefined) => string | undefined;

export function repeatedLines(body: readonly ModelLineNode[], place: Span, { text, tree }: Analysis): Refactoring | undefined {
  const key: Key = (line) =>
    line?.kind === "layer" && !line.label && !line.from && !line.damaged && !isInputWord(line.name.text)
      ? text.slice(line.span.start, line.span.end).replace(/\s+/g, " ")
      : undefined;
  const selected = body.flatMap(({ span }, i) => (span.start < place.end && place.start < span.end ? [i] : []));
  const run = selected.length > 1 ? selectedRun(body, selected, key) : longestRun(body, place.start, key);
  const from = run && body[run.first];
  const to = run && body[run.first + run.period * run.times - 1];
  if (!run || !from || !to) return undefined;
  const span = { start: from.span.start, end: to.span.end };
  // A comment between the lines would be lost.
  if (tree.comments.some((comment) => comment.start >= span.start && comment.start < span.end)) return undefined;
  const indent = indentAt(text, span.start);
  const lines = body.slice(run.first, run.first + run.period).map((line) => `${indent}  ${text.slice(line.span.start, line.span.end)}`);
  return {
    title: `Write ${run.period * run.times} lines as \`repeat ${run.times}\``,
    kind: "refactor.extract",
    changes: [{ span, text: [`repeat ${run.times} {`, ...lines, `${indent}}`].join(newlineOf(text)) }],
  };
}

/** Returns the shortest pattern repeated by the selected lines. */
function selectedRun(body: readonly ModelLineNode[], selected: readonly number[], key: Key): Run | undefined {
  const keys = selected.map((i) => key(body[i]));
  const [first = 0] = selected;
  if (keys.includes(undefined)) return undefined;
  for (let period = 1; period <= keys.length / 2; period++) {
    const times = keys.length / period;
    if (Number.isInteger(times) && times <= MOST_TIMES && keys.every((own, i) => own === keys[i % period])) return { first, period, times };
  }
  return undefined;
}

/** Returns the longest run of lines around the cursor that repeats a pattern of one to six lines. */
function longestRun(body: readonly ModelLineNode[], offset: number, key: Key): Run | undefined {
  const at = body.findIndex((line) => covers(line.span, offset));
  if (at < 0 || key(body[at]) === undefined) return undefined;
  let best: Run | undefined;
  for (let period = 1; period <= LONGEST_PATTERN; period++) {
    // Whether a line equals the line one period below it.
    const same = (i: number): boolean => key(body[i]) !== undefined && key(body[i]) === key(body[i + period]);
    for (let begin = Math.max(0, at - period + 1); begin <= at; begin++) {
      let first = begin;
      while (first > 0 && same(first - 1)) first--;
      let end = first;
      while (same(end)) end++;
      const times = Math.min(MOST_TIMES, Math.floor((end - first + period) / period));
      const holds = times >= 2 && at < first + times * period;
      if (holds && (!best || times * period > best.times * best.period)) best = { first, period, times };
    }
  }
  return best;
}
