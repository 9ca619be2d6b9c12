/** Finds the known names nearest to a misspelt one. */

/** Returns the number of letters to insert, delete, replace or swap with a neighbour to change one word into the other. */
function distance(a: string, b: string): number {
  let [before, row] = [Array<number>(b.length + 1).fill(0), Array.from({ length: b.length + 1 }, (_, k) => k)];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1] + Number(a[i - 1] !== b[j - 1]);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2] + 1 : changed;
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, changed, swapped));
    }
    [before, row] = [row, next];
  }
  return row[b.length];
}

/** The maximum share of differing letters in two similar words. */
const NEAR = 0.4;
const MOST_LISTED = 20;

/** Returns ". Is it hidden?" with the known name nearest to an unknown word, or a list of the known names if none is similar. */
export function nearText(word: string, known: readonly string[]): string {
  const own = word.toLowerCase();
  const near = known
    .map((name) => ({ name, away: name.toLowerCase().startsWith(own) ? 0 : distance(own, name.toLowerCase()) }))
    .filter(({ name, away }) => away <= Math.max(1, NEAR * Math.max(own.length, name.length)))
    .sort((a, b) => a.away - b.away)[0];
  if (near) return `. Is it ${near.name}?`;
  return known.length === 0 ? "." : `. There ${known.length === 1 ? "is" : "are"} ${known.slice(0, MOST_LISTED).join(", ")}.`;
}
