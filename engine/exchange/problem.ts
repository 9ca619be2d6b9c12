/** A file can't be exported or imported. The message is a clause that follows "FILE can't be used:". */
export class ExchangeProblem extends Error {}

/** The type or the storage of a tensor's numbers is not supported. Its name and shape can still be read. */
export class UnsupportedNumbers extends ExchangeProblem {}

/** Returns the product of a shape's sizes. Throws `ExchangeProblem` if the shape is invalid or does not fit into memory. */
export function countOf(shape: readonly number[], what: string): number {
  let count = 1;
  for (const axis of shape) {
    count *= axis;
    if (!Number.isSafeInteger(axis) || axis < 0 || count > MOST_NUMBERS)
      throw new ExchangeProblem(`${what} has the shape ${shape.join("x")}, which is too large or invalid`);
  }
  return count;
}

/** The maximum number of elements in one tensor, and in all imported tensors together: 2 GB as float32. */
export const MOST_NUMBERS = 2 ** 29;
