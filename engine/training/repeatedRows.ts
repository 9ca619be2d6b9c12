/** NN611: rows of the validation or test part that also are training rows, so that their loss is no measure for new rows. */
import type { Examples } from "../data/examples.ts";
import { percentText } from "../numberText.ts";
import type { Finding } from "./finding.ts";

type Split = Pick<Examples, "features" | "featureCount" | "targets" | "parts">;

/** The share of repeated held-out rows above which they are reported. */
const MANY = 0.1;
/** Coincidental repetition is not reported: at least this share of the held-out rows would repeat if the features were independent. */
const COINCIDENCE = 0.05;
/** With fewer distinct rows, as in a truth table, repetition is expected. */
const LEAST_DIFFERENT = 20;
/** The maximum number of evenly spaced rows looked up per part, and the maximum number of training values compared with them. */
const MOST_ROWS = 10_000;
const MOST_NUMBERS = 20_000_000;

/** Returns the finding about the part with the largest share of repeated rows, if the share is large. */
export function repeatedRows(examples: Split): Finding | undefined {
  const parts = (["validation", "test"] as const).map((part) => ({ part, ...repeatedIn(examples, examples.parts[part]) }));
  const [worst] = parts.sort((a, b) => b.share - a.share);
  if (!worst || !(worst.share > MANY) || worst.different < LEAST_DIFFERENT) return undefined;
  if (coincidence(examples) > COINCIDENCE) return undefined;
  return {
    code: "NN611",
    at: "data",
    message: `${percentText(worst.share)} of the ${worst.part} rows are in the training part, too, with the same features and target, so the ${worst.part} loss looks better than it is for new rows: remove repeated rows, or keep the rows that belong together in one part with \`split by=\`.`,
  };
}

/** Returns the share of the rows that equal a training row, and the number of distinct rows. */
function repeatedIn(examples: Split, rows: Uint32Array): { readonly share: number; readonly different: number } {
  const { parts, featureCount } = examples;
  const every = Math.max(1, Math.ceil(rows.length / MOST_ROWS));
  const held = rows.filter((_, k) => k % every === 0);
  if (held.length === 0) return { share: 0, different: 0 };
  const hash = rowHash(examples);
  const byHash = Map.groupBy(held, hash);
  const found = new Set<number>();
  const trained = parts.train.subarray(0, Math.floor(MOST_NUMBERS / Math.max(1, featureCount)));
  for (const row of trained)
    for (const other of byHash.get(hash(row)) ?? []) if (!found.has(other) && areEqual(examples, row, other)) found.add(other);
  return { share: found.size / held.length, different: byHash.size };
}

/**
 * Returns the expected number of training rows with the features of a new row, if the features are independent and take the values of the distinct
 * training rows: Σ_rows Π_j P(x_j = x_j′). With few values, such as answers from 1 to 5, different cases have equal rows. A single feature repeats
 * its values if it has fewer distinct values than half the number of rows.
 */
function coincidence(examples: Split): number {
  const { features, featureCount, parts } = examples;
  const hash = rowHash(examples);
  const different = [...new Map(Array.from(parts.train, (row) => [hash(row), row])).values()];
  if (featureCount === 1) return different.length < parts.train.length / 2 ? 1 : 0;
  let expected = parts.train.length;
  for (let j = 0; j < featureCount && expected > COINCIDENCE; j++) {
    const counts = new Map<number, number>();
    for (const row of different) {
      const value = features[row * featureCount + j] ?? 0;
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    let squares = 0;
    for (const count of counts.values()) squares += (count / different.length) ** 2;
    expected *= squares;
  }
  return expected;
}

/** Returns a function that hashes a row's features (FNV-1a over their bits). */
function rowHash({ features, featureCount }: Split): (row: number) => number {
  const number = new Float64Array(1);
  const bits = new Uint32Array(number.buffer);
  return (row) => {
    let hash = 0x811c9dc5;
    for (let k = row * featureCount; k < (row + 1) * featureCount; k++) {
      number[0] = features[k];
      hash = Math.imul(hash ^ bits[0], 0x01000193);
      hash = Math.imul(hash ^ bits[1], 0x01000193);
    }
    return hash;
  };
}

function areEqual({ features, featureCount, targets }: Split, a: number, b: number): boolean {
  const isSame = (values: ArrayLike<number>, width: number): boolean => {
    for (let k = 0; k < width; k++) if (values[a * width + k] !== values[b * width + k]) return false;
    return true;
  };
  return isSame(features, featureCount) && targets.every(({ values, width }) => isSame(values, width));
}
