/** Links from the paths of data files to the files, opened with Ctrl+click. */
import type { DocumentLink } from "vscode-languageserver";
import type { Analysis } from "../language/analysis.ts";
import { isSourceLine } from "../language/resolve/ownSources.ts";
import type { Ranges } from "./ranges.ts";

/** The calls that name files. */
const WITH_PATHS: ReadonlySet<string> = new Set(["csv", "idx", "weights"]);
/** The arguments of these calls that are paths. */
const PATHS: ReadonlySet<string> = new Set(["path", "images", "labels"]);

/** `locate` returns a path's URI; undefined if the document may not read the file. */
export function documentLinks({ tree }: Analysis, ranges: Ranges, locate: (path: string) => string | undefined): DocumentLink[] {
  return tree.blocks.flatMap((block) => {
    if (block.kind !== "data" && block.kind !== "train") return [];
    return block.body.flatMap((line) => {
      if (line.kind !== "directive" || !(isSourceLine(line.name.text) || line.name.text === "start")) return [];
      const call = line.arguments[0]?.value;
      if (call?.kind !== "call" || !WITH_PATHS.has(call.name.text)) return [];
      return call.arguments.flatMap(({ name, value }): DocumentLink[] => {
        if (value?.kind !== "string" || (name && !PATHS.has(name.text))) return [];
        const target = locate(value.value);
        // The link covers the text inside the quotes. An empty string has no link.
        const { start, end } = value.span;
        return target === undefined || end - start < 3 ? [] : [{ range: ranges.of({ start: start + 1, end: end - 1 }), target }];
      });
    });
  });
}
