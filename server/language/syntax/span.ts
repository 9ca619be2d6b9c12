/** A range of the text in offsets, the only coordinates inside the language. 0 ≤ `start` ≤ `end` ≤ the text's length. */
export interface Span {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

export const spanOver = (first: Span, last: Span): Span => ({ start: first.start, end: Math.max(first.end, last.end) });
export const covers = ({ start, end }: Span, offset: number): boolean => start <= offset && offset <= end;

/** Returns the node at an offset by binary search in sorted, non-overlapping nodes; the later one if two nodes touch there. */
export function nodeAt<N extends { readonly span: Span }>(nodes: readonly N[], offset: number): N | undefined {
  let low = 0;
  let high = nodes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((nodes[middle]?.span.start ?? Number.POSITIVE_INFINITY) <= offset) low = middle + 1;
    else high = middle;
  }
  const found = nodes[low - 1];
  return found && covers(found.span, offset) ? found : undefined;
}
