/** What a safetensors file contains: names and shapes from its header alone, and statistics from its numbers. */
import { open } from "node:fs/promises";
import { headerEnd, metadataFrom, parseSafetensors, shapesFrom } from "../../engine/files/safetensors.ts";

export interface TensorFacts {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface TensorStatistics {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly deviation: number;
  readonly zeros: number;
  /** Numbers that are infinite or NaN, which the others leave out. */
  readonly nonFinite: number;
}

export interface TensorHeader {
  readonly tensors: readonly TensorFacts[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Returns the first bytes of a local file, up to the end of its header. Throws an Error if it is no safetensors file. */
export async function headerBytes(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const first = new Uint8Array(8);
    await file.read(first, 0, 8, 0);
    const end = headerEnd(first);
    if (end === undefined) throw new Error("it is not a safetensors file, or its header is damaged");
    const bytes = new Uint8Array(end);
    await file.read(bytes, 0, end, 0);
    return bytes;
  } finally {
    await file.close();
  }
}

/** Throws an Error that says what is wrong with the file. */
export const headerFrom = (beginning: Uint8Array): TensorHeader => ({
  tensors: [...shapesFrom(beginning)].map(([name, shape]) => ({ name, shape })),
  metadata: metadataFrom(beginning),
});

/** Returns the statistics of each tensor of type F32 or F64. Throws an Error if the file is damaged. */
export function statisticsFrom(bytes: Uint8Array): ReadonlyMap<string, TensorStatistics> {
  const { tensors } = parseSafetensors(bytes);
  return new Map([...tensors].map(([name, { values }]) => [name, statisticsOf(values)]));
}

function statisticsOf(values: ArrayLike<number>): TensorStatistics {
  let [min, max, mean, spread] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  let [count, zeros] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    const distance = value - mean;
    mean += distance / ++count;
    spread += distance * (value - mean);
    min = Math.min(min, value);
    max = Math.max(max, value);
    if (value === 0) zeros++;
  }
  return { min, max, mean, deviation: Math.sqrt(spread / Math.max(1, count)), zeros, nonFinite: values.length - count };
}
