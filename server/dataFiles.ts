/** Data files for the checker. Each file is read once and cached until it changes; only a sample of a large file is read. */

import { posix } from "node:path";
import { headerEnd } from "../engine/files/safetensors.ts";
import { bytesText } from "../engine/numberText.ts";
import { type Analysis, analyse } from "./language/analysis.ts";
import {
  type CsvFormat,
  csvFacts,
  type DataFiles,
  type IdxFacts,
  idxFacts,
  type Known,
  type TableFacts,
  unpackedBeginning,
  type WeightsFacts,
  weightsFacts,
} from "./language/resolve/dataFacts.ts";
import { nearest } from "./language/resolve/scope.ts";
import { parse } from "./language/syntax/parse.ts";
import { isMissing, locate, unreadableMessage } from "./locate.ts";

/** Access to files by URI. Both functions throw if the file can't be read. */
export interface FileAccess {
  /** Returns the size in bytes and a `version` that changes with the file. Throws if the file, with links resolved, is outside `roots`. */
  readonly stat: (uri: string, roots: readonly string[]) => Promise<{ readonly size: number; readonly version: string }>;
  /** Returns the bytes [from, to). Throws if the file has since moved outside `roots`. */
  readonly read: (uri: string, from: number, to: number, roots: readonly string[]) => Promise<Uint8Array>;
  /** Returns the names of the data files in a URI's folder; absent if folders can't be listed. */
  readonly beside?: (uri: string, roots: readonly string[]) => Promise<readonly string[]>;
}

export interface DocumentPlace {
  readonly uri: string;
  readonly roots: readonly string[];
}

/** The number of bytes read from the beginning of a larger table, so that a check stays fast. */
const CSV_SAMPLE = 2 * 1024 * 1024;
/** The limit up to which the sample of a table with longer rows is enlarged, so that it contains a row of values. */
const LARGEST_CSV_SAMPLE = 32 * 1024 * 1024;
const IDX_HEAD = 64 * 1024;
const LABELS_WHOLE = 4 * 1024 * 1024;

interface CachedFacts {
  readonly version: string;
  readonly known: Known<TableFacts> | Known<IdxFacts> | Known<WeightsFacts>;
}
/** A data file of known size. */
interface LocatedFile {
  readonly size: number;
  readonly read: (from: number, to: number) => Promise<Uint8Array>;
}
type FileRequest =
  | { readonly kind: "csv"; readonly path: string; readonly format: CsvFormat; readonly missing: readonly string[] }
  | { readonly kind: "idx" | "weights"; readonly path: string };

const keyOf = (request: FileRequest): string => JSON.stringify(request);

export interface DataReader {
  /** Returns the analysis of a text, with the facts from its data files. */
  readonly analyse: (text: string, place: DocumentPlace) => Promise<Analysis>;
}

export function dataReader(access: FileAccess): DataReader {
  const cache = new Map<string, CachedFacts>();

  const fileAt = (uri: string, size: number, { roots }: DocumentPlace): LocatedFile => ({
    size,
    read: (from, to) => access.read(uri, from, to, roots),
  });

  async function factsOf(request: FileRequest, place: DocumentPlace): Promise<CachedFacts["known"]> {
    const located = locate(request.path, place.uri, place.roots);
    if ("problem" in located) return located;
    const key = `${located.uri} ${keyOf(request)}`;
    try {
      const { size, version } = await access.stat(located.uri, place.roots);
      const old = cache.get(key);
      if (old?.version === version) return old.known;
      const known =
        request.kind === "csv"
          ? await readCsv(request, fileAt(located.uri, size, place))
          : await (request.kind === "idx" ? readIdx : readWeights)(request.path, fileAt(located.uri, size, place));
      if (cache.size > 200) cache.clear();
      cache.set(key, { version, known });
      return known;
    } catch (error) {
      return { problem: await problemOf(request.path, located.uri, error, place) };
    }
  }

  /** Returns why a file can't be read. If it does not exist, suggests the file in that folder with the nearest name. */
  async function problemOf(path: string, uri: string, error: unknown, { roots }: DocumentPlace): Promise<string> {
    const message = unreadableMessage(path, error);
    if (!isMissing(error)) return message;
    const names = (await access.beside?.(uri, roots).catch(() => [])) ?? [];
    const found = nearest(posix.basename(path), names);
    return found === undefined
      ? message
      : `There is no file ${path} beside this one; did you mean \`${posix.join(posix.dirname(path), found)}\`?`;
  }

  async function readCsv({ path, format, missing }: Extract<FileRequest, { kind: "csv" }>, file: LocatedFile): Promise<Known<TableFacts>> {
    const { bytes, isWhole } = await beginning(file);
    if (isWhole) return csvFacts(bytes, format, path, missing);
    const lastLine = bytes.lastIndexOf(0x0a);
    if (lastLine < 0)
      return {
        problem: `${path} has no line break in its first ${bytesText(bytes.length)}, so it is not a table; save it as CSV in UTF-8.`,
      };
    const sample = bytes.subarray(0, lastLine + 1);
    const known = csvFacts(sample, { ...format, isBeginning: true }, path, missing);
    return "facts" in known ? { facts: { ...known.facts, sampleBytes: sample.length } } : known;
  }

  /** Returns the beginning of a table's unpacked content, long enough for a row of values, and whether it is the whole content. */
  async function beginning({ read, size }: LocatedFile): Promise<{ readonly bytes: Uint8Array; readonly isWhole: boolean }> {
    for (let sample = CSV_SAMPLE; ; sample *= 2) {
      const found = await read(0, Math.min(size, sample));
      // For a gzip file read as a whole, one more byte shows that its content is longer. A truncated one is unpacked only up to a safe length.
      const bytes = await unpackedBeginning(found, found.length === size ? sample + 1 : Math.floor(0.9 * sample));
      const isWhole = found.length === size && bytes.length <= sample;
      if (isWhole || hasTwoLines(bytes) || sample >= LARGEST_CSV_SAMPLE) return { bytes: bytes.subarray(0, sample), isWhole };
    }
  }

  async function readIdx(path: string, { read, size }: LocatedFile): Promise<Known<IdxFacts>> {
    const head = await read(0, Math.min(size, IDX_HEAD));
    const tail = size > head.length ? await read(size - 4, size) : head.subarray(Math.max(0, size - 4));
    const first = await idxFacts(head, size, tail.length === 4 ? tail : new Uint8Array(4), path);
    if ("facts" in first && first.facts.shape.length === 1 && head.length < size && size <= LABELS_WHOLE)
      return await idxFacts(await read(0, size), size, tail, path);
    return first;
  }

  async function readWeights(path: string, { size, read }: LocatedFile): Promise<Known<WeightsFacts>> {
    const end = headerEnd(await read(0, Math.min(size, 8)));
    return weightsFacts(end === undefined ? new Uint8Array() : await read(0, Math.min(size, end)), path);
  }

  return {
    async analyse(text, place) {
      const parsed = parse(text);
      const found = new Map<string, CachedFacts["known"]>();
      // The first analysis collects the requests for files; the second has their facts. A file's content causes no further request.
      for (;;) {
        const requests: FileRequest[] = [];
        const analysis = analyse(text, filesFrom(found, requests), parsed);
        if (requests.length === 0) return analysis;
        await Promise.all(requests.map(async (request) => found.set(keyOf(request), await factsOf(request, place))));
      }
    },
  };
}

/** Whether the bytes contain the ends of two lines: the names and a row of values. */
function hasTwoLines(bytes: Uint8Array): boolean {
  const first = bytes.indexOf(0x0a);
  return first >= 0 && bytes.lastIndexOf(0x0a) > first;
}

function filesFrom(found: ReadonlyMap<string, CachedFacts["known"]>, requests: FileRequest[]): DataFiles {
  const find = (request: FileRequest): CachedFacts["known"] | undefined => {
    const known = found.get(keyOf(request));
    if (!known) requests.push(request);
    return known;
  };
  return {
    csv: (path, format, missing) => find({ kind: "csv", path, format, missing }) as Known<TableFacts> | undefined,
    idx: (path) => find({ kind: "idx", path }) as Known<IdxFacts> | undefined,
    weights: (path) => find({ kind: "weights", path }) as Known<WeightsFacts> | undefined,
  };
}
