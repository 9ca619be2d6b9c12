/** NN611: rows of the validation or test part that are training rows, too, so that their loss says little about new rows. */
import type { Examples } from "../data/examples.ts";
import { percentText } from "../numberText.ts";
import type { Finding } from "./finding.ts";

type Split = Pick<Examples, "features" | "featureCount" | "targets" | "parts">;

/** A larger share of the held-out rows is no coincidence. */
const MANY = 0.1;
/** With fewer different rows, as in a truth table, repetition is to be expected. */
const LEAST_DIFFERENT = 20;
/** The most rows of a part that are looked up, evenly spaced, and the most numbers of the training part that are compared with them. */
const MOST_ROWS = 10_000;
const MOST_NUMBERS = 20_000_000;

/** Returns the finding about the part of which most rows are repeated, if many are. */
export function repeatedRows(examples: Split): Finding | undefined {
  const parts = (["validation", "test"] as const).map((part) => ({ part, ...repeatedIn(examples, examples.parts[part]) }));
  const [worst] = parts.sort((a, b) => b.share - a.share);
  if (!worst || !(worst.share > MANY) || worst.different < LEAST_DIFFERENT) return undefined;
  return {
    code: "NN611",
    at: "data",
    message: `${percentText(worst.share)} of the ${worst.part} rows are in the training part, too, with the same features and target, so the ${worst.part} loss looks better than it is for new rows: remove repeated rows, or keep the rows that belong together in one part with \`split by=\`.`,
  };
}

/** Returns the share of the rows that equal a training row, and how many of them differ from one another. */
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

/** Returns a function from a row to a hash of its features (FNV-1a over their bits). */
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
