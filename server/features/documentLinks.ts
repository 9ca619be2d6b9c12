/** Data files open on Ctrl+click. */
import type { DocumentLink } from "vscode-languageserver";
import type { Analysis } from "../language/analysis.ts";
import type { Ranges } from "./ranges.ts";

/** `locate`: a path's URI, or undefined where it lies outside of what the file may read. */
export function documentLinks({ tree }: Analysis, ranges: Ranges, locate: (path: string) => string | undefined): DocumentLink[] {
  return tree.blocks.flatMap((block) => {
    if (block.kind !== "data") return [];
    return block.body.flatMap((line) => {
      if (line.kind !== "directive" || line.name.text !== "source") return [];
      const call = line.arguments[0]?.value;
      if (call?.kind !== "call" || (call.name.text !== "csv" && call.name.text !== "idx")) return [];
      return call.arguments.flatMap(({ name, value }): DocumentLink[] => {
        if (value?.kind !== "string" || name?.text === "delimiter") return [];
        const target = locate(value.value);
        // Inside the quotes.
        const { start, end } = value.span;
        return target === undefined || end - start < 3 ? [] : [{ range: ranges.of({ start: start + 1, end: end - 1 }), target }];
      });
    });
  });
}
