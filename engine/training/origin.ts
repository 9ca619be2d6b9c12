/**
 * The origin of a training: SHA-256 hashes of its plan and its data. They are stored in its events and checkpoints, so that a training is continued
 * only with its original plan and data.
 */
import { sourcesOf } from "../data/ownSources.ts";
import { type FileReader, sha256, utf8From } from "../host.ts";
import type { DataPlan, SourcePlan, TrainingPlan } from "../plan.ts";

export interface Origin {
  /** The hash of the plan's JSON with sorted keys, excluding the number of epochs. */
  readonly plan: string;
  /**
   * The hash of the data file's bytes. For two files or several sources, the hash of their concatenated hashes. For rows in the `.nn` file and for a
   * generator, the hash of the source's JSON with sorted keys.
   */
  readonly data: string;
}

/** The keys of the hashes in the metadata of weights and checkpoints. */
const KEYS = { plan: "plan_hash", data: "data_hash" } as const;

export const originMetadata = ({ plan, data }: Origin): Readonly<Record<string, string>> => ({ [KEYS.plan]: plan, [KEYS.data]: data });

/** Returns the origin in a file's metadata; undefined if an older version wrote the file. */
export function originFrom(metadata: Readonly<Record<string, string>>): Origin | undefined {
  const { [KEYS.plan]: plan, [KEYS.data]: data } = metadata;
  return plan === undefined || data === undefined ? undefined : { plan, data };
}

/** Returns the names of the sources for a message. */
export const sourceName = (data: DataPlan): string => sourcesOf(data).map(nameOf).join(" or ");

function nameOf(source: SourcePlan): string {
  if (source.kind === "csv") return source.path;
  return source.kind === "idx" ? `${source.images} or ${source.labels}` : "the data";
}

/** A reader that hashes the files it reads. */
export interface HashedFiles {
  readonly files: FileReader;
  /** Returns the hash of the data's sources. Their files must already have been read. */
  readonly hashOf: (data: DataPlan) => Promise<string>;
}

export function hashedFiles({ read, ...files }: FileReader): HashedFiles {
  const hashes = new Map<string, Promise<string>>();
  async function hashOfSource(source: SourcePlan): Promise<string> {
    if (source.kind === "csv") return (await hashes.get(source.path)) ?? "";
    if (source.kind === "idx") return await hashOfText([await hashes.get(source.images), await hashes.get(source.labels)].join(""));
    return await hashOfText(sortedJson(source));
  }
  return {
    files: {
      ...files,
      async read(path) {
        const bytes = await read(path);
        hashes.set(path, sha256(bytes));
        return bytes;
      },
    },
    async hashOf(data) {
      const [first, ...others] = await Promise.all(sourcesOf(data).map(hashOfSource));
      return first !== undefined && others.length === 0 ? first : await hashOfText([first, ...others].join(""));
    },
  };
}

export async function planHash({ training: { epochs: _epochs, ...training }, ...plan }: TrainingPlan): Promise<string> {
  return await hashOfText(sortedJson({ ...plan, training }));
}

const hashOfText = async (text: string): Promise<string> => await sha256(utf8From(text));

/** Returns the value's JSON with each object's keys in alphabetical order, so that equal values have equal texts. */
const sortedJson = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
