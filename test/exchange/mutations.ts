/** Damaged copies of a file: cut off, with changed bytes, with huge numbers. */
import { seed } from "../fixtures.ts";

export function* mutations(bytes: Uint8Array, count: number): Generator<Uint8Array> {
  let state = seed >>> 0;
  const below = (n: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % n;
  };
  for (let k = 0; k < count; k++) {
    if (k % 3 === 0) yield bytes.slice(0, below(bytes.length));
    else {
      const copy = bytes.slice();
      for (let j = 0; j <= below(8); j++) copy[below(copy.length)] = k % 3 === 1 ? below(256) : 0xff;
      yield copy;
    }
  }
}
