/** Data files for the checker: read once, kept while they do not change, small pieces of large ones. */

import { type Analysis, analyse } from "./language/analysis.ts";
import { csvFacts, type DataFiles, type IdxFacts, idxFacts, type Known, type TableFacts } from "./language/resolve/dataFacts.ts";
import { locate, unreadable } from "./locate.ts";

/** Bytes by URI; each throws where the file can't be read. */
export interface FileAccess {
  /** `version` changes when the file does. Throws for a place outside `roots`, links followed. */
  readonly stat: (uri: string, roots: readonly string[]) => Promise<{ readonly size: number; readonly version: string }>;
  /** Bytes [from, to). */
  readonly read: (uri: string, from: number, to: number) => Promise<Uint8Array>;
}

export interface DocumentPlace {
  readonly uri: string;
  readonly roots: readonly string[];
}

/** Larger tables are judged by their beginning, so that a check stays under the time of a blink. */
const CSV_SAMPLE = 2 * 1024 * 1024;
const IDX_HEAD = 64 * 1024;
const LABELS_WHOLE = 4 * 1024 * 1024;

interface Kept {
  readonly version: string;
  readonly known: Known<TableFacts> | Known<IdxFacts>;
}
type Wish =
  | { readonly kind: "csv"; readonly path: string; readonly format: { header: boolean; delimiter: string } }
  | { readonly kind: "idx"; readonly path: string };

const keyOf = (wish: Wish): string => JSON.stringify(wish);

export interface DataReader {
  /** The analysis of a text with all that its data files say. */
  readonly analyse: (text: string, place: DocumentPlace) => Promise<Analysis>;
}

export function dataReader(access: FileAccess): DataReader {
  const kept = new Map<string, Kept>();

  async function fresh(wish: Wish, place: DocumentPlace): Promise<Kept["known"]> {
    const located = locate(wish.path, place.uri, place.roots);
    if ("problem" in located) return located;
    const key = `${located.uri} ${keyOf(wish)}`;
    try {
      const { size, version } = await access.stat(located.uri, place.roots);
      const old = kept.get(key);
      if (old?.version === version) return old.known;
      const known = wish.kind === "csv" ? await readCsv(wish, located.uri, size) : await readIdx(wish.path, located.uri, size);
      if (kept.size > 200) kept.clear();
      kept.set(key, { version, known });
      return known;
    } catch (error) {
      return { problem: unreadable(wish.path, error) };
    }
  }

  async function readCsv({ path, format }: Extract<Wish, { kind: "csv" }>, uri: string, size: number): Promise<Known<TableFacts>> {
    const bytes = await access.read(uri, 0, Math.min(size, CSV_SAMPLE));
    if (bytes.length >= size) return csvFacts(bytes, format, path);
    const lastLine = bytes.lastIndexOf(0x0a);
    const known = csvFacts(bytes.subarray(0, lastLine + 1), { ...format, isBeginning: true }, path);
    return "facts" in known ? { facts: { ...known.facts, isSample: true } } : known;
  }

  async function readIdx(path: string, uri: string, size: number): Promise<Known<IdxFacts>> {
    const head = await access.read(uri, 0, Math.min(size, IDX_HEAD));
    const tail = size > head.length ? await access.read(uri, size - 4, size) : head.subarray(Math.max(0, size - 4));
    const first = await idxFacts(head, size, tail.length === 4 ? tail : new Uint8Array(4), path);
    if ("facts" in first && first.facts.shape.length === 1 && head.length < size && size <= LABELS_WHOLE)
      return await idxFacts(await access.read(uri, 0, size), size, tail, path);
    return first;
  }

  return {
    async analyse(text, place) {
      const found = new Map<string, Kept["known"]>();
      // The first look asks for files; when they are known, the second one has all it needs. A wish can lead to no further wish.
      for (;;) {
        const wishes: Wish[] = [];
        const analysis = analyse(text, filesFrom(found, wishes));
        if (wishes.length === 0) return analysis;
        await Promise.all(wishes.map(async (wish) => found.set(keyOf(wish), await fresh(wish, place))));
      }
    },
  };
}

function filesFrom(found: ReadonlyMap<string, Kept["known"]>, wishes: Wish[]): DataFiles {
  const look = (wish: Wish): Kept["known"] | undefined => {
    const known = found.get(keyOf(wish));
    if (!known) wishes.push(wish);
    return known;
  };
  return {
    csv: (path, format) => look({ kind: "csv", path, format }) as Known<TableFacts> | undefined,
    idx: (path) => look({ kind: "idx", path }) as Known<IdxFacts> | undefined,
  };
}
