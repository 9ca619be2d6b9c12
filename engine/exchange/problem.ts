/** A file can't be exported or imported. The message is a clause that follows "FILE can't be used:". */
export class ExchangeProblem extends Error {}

/** Returns the product of a shape's sizes. Throws `ExchangeProblem` if the shape is invalid or does not fit into memory. */
export function countOf(shape: readonly number[], what: string): number {
  let count = 1;
  for (const axis of shape) {
    count *= axis;
    if (!Number.isSafeInteger(axis) || axis < 0 || count > MOST_NUMBERS)
      throw new ExchangeProblem(`${what} has the shape ${shape.join("x")}, which is too large`);
  }
  return count;
}

/** The maximum number of elements in one tensor: 2 GB as float32. */
const MOST_NUMBERS = 2 ** 29;
