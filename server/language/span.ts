/** A stretch of the text, in offsets: the only coordinates inside the language. `start` ≤ `end` ≤ the text's length. */
export interface Span {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

export const spanOver = (first: Span, last: Span): Span => ({ start: first.start, end: Math.max(first.end, last.end) });
export const covers = ({ start, end }: Span, offset: number): boolean => start <= offset && offset <= end;
